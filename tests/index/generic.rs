//! Code that is written once for both indexes, over the trait they share.

use std::borrow::Borrow;

use stabtree::{EntryIterator, Interval, IntervalBTree, IntervalIndex, IntervalRbTree, Span};

type Pair = (Interval<u8>, char);

fn own<L: Borrow<Interval<u8>>>((interval, value): (L, &char)) -> Pair {
    (*interval.borrow(), *value)
}

fn of(entries: &[(u8, u8, char)]) -> Vec<Pair> {
    entries.iter().map(|(start, last, value)| (Interval::new(*start, *last), *value)).collect()
}

const ENTRIES: [(u8, u8, char); 4] = [(1, 9, 'a'), (3, 4, 'b'), (3, 20, 'c'), (30, 40, 'd')];

fn queries_answer_as_the_list_does<I: IntervalIndex<u8, char>>() {
    let index: I = of(&ENTRIES).into_iter().collect();
    let handles: Vec<_> = index.iter().with_handles().map(|(handle, ..)| handle).collect();
    assert_eq!((index.len(), index.is_empty()), (4, false));
    assert!(index.iter().map(own).eq(of(&ENTRIES)));
    assert!(index.iter().rev().map(own).eq(of(&ENTRIES).into_iter().rev()));
    assert!(index.iter().with_handles().rev().map(|(h, ..)| h).eq(handles.iter().rev().copied()));
    assert!(index.overlapping(5..30).map(own).eq(of(&[(1, 9, 'a'), (3, 20, 'c')])));
    assert!(index.overlapping(5..30).with_handles().map(|(h, ..)| h).eq([handles[0], handles[2]]));
    assert!(index.stab(4).map(own).eq(of(&ENTRIES[..3])));
    assert!(index.covering(&Interval::new(4, 9)).map(own).eq(of(&[ENTRIES[0], ENTRIES[2]])));
    assert!(index.range(3..30).rev().map(own).eq(of(&[ENTRIES[2], ENTRIES[1]])));
    assert!(index.within(2..=20).map(own).eq(of(&ENTRIES[1..3])));
    assert!(index.exact(&Interval::new(3, 4)).map(own).eq(of(&ENTRIES[1..2])));
    assert_eq!((index.overlaps(21..30), index.overlaps(..=1)), (false, true));
    assert_eq!(index.count_overlapping(3..=4), 3);
    assert_eq!(index.first_overlapping(5..).map(own), Some((Interval::new(1, 9), 'a')));
    let first = index.first_overlapping_handle(5..);
    assert_eq!(first, Some(handles[0]));
    assert_eq!(index.next_overlapping_handle(handles[0], 5..), Some(handles[2]));
    assert_eq!(index.first().map(own), Some((Interval::new(1, 9), 'a')));
    assert_eq!(index.last().map(own), Some((Interval::new(30, 40), 'd')));
    assert_eq!(index.hull(), Some(Interval::new(1, 40)));
    assert_eq!(index.nearest_before(30).map(own), Some((Interval::new(3, 20), 'c')));
    assert_eq!(index.nearest_after(1).map(own), Some((Interval::new(3, 4), 'b')));
    assert_eq!(index.nearest_after(30).map(own), None);
    assert_eq!(index.join(&index).count(), 4 + 2 * 3);
    assert_eq!(index.stab_batch(&[4, 25]).offsets(), [0, 3, 3]);
    assert_eq!(index.overlapping_batch(&[4..5, 2..2])[0], handles[..3]);
    assert_eq!(index.count_overlapping_batch(&[4..5, 0..1]), [3, 0]);
    assert!(index.gaps(0..=50).eq([(0, 0), (21, 29), (41, 50)].map(|(a, b)| Interval::new(a, b))));
    assert!(index.merged(..).eq([Interval::new(1, 20), Interval::new(30, 40)]));
    assert_eq!(index.spans(20..30).next(), Some(Span::Covered(Interval::point(20))));
    assert_eq!(index.depth(4..=5).last(), Some((Interval::point(5), 2)));
    assert_eq!(index.check(), Ok(4));
}

fn changes_change_as_they_say<I: IntervalIndex<u8, char>>() {
    let mut index = I::new();
    assert!(index.is_empty());
    index.reserve(2);
    assert!(index.try_reserve(3).is_ok() && index.capacity() >= 3);
    let b = index.insert(Interval::new(3, 4), 'b');
    let d = index.try_insert(Interval::new(3, 5), 'd').expect("capacity");
    let c = index.insert_after(b, Interval::new(3, 9), 'c').expect("the same start");
    assert!(index.insert_after(b, Interval::new(4, 9), 'x').is_err());
    assert!(index.iter().map(|(_, value)| *value).eq(['b', 'c', 'd']));
    index[d] = 'e';
    *index.get_mut(b).expect("an entry") = 'f';
    assert_eq!((index.get(b), index[c], index.get(d)), (Some(&'f'), 'c', Some(&'e')));
    assert_eq!(index.interval(c).map(|interval| *interval.borrow()), Some(Interval::new(3, 9)));
    assert_eq!(index.entry(c).map(own), Some((Interval::new(3, 9), 'c')));
    assert_eq!(index.set_interval(c, Interval::new(1, 2)), Some(Interval::new(3, 9)));
    assert_eq!(index.remove(b), Some((Interval::new(3, 4), 'f')));
    assert!(!index.contains_handle(b) && index.contains_handle(c));

    let mut other: I = of(&ENTRIES).into_iter().collect();
    index.append(&mut other);
    assert_eq!((index.len(), other.len()), (6, 0));
    index.iter_mut().for_each(|(_, value)| value.make_ascii_uppercase());
    index.overlapping_mut(30..).for_each(|(_, value)| *value = 'z');
    assert!(index.iter().map(|(_, value)| *value).eq(['C', 'A', 'E', 'B', 'C', 'z']));
    index.retain(|interval, _| *interval.last() != 4);
    let extracted: Vec<_> = index.extract_if(3.., |_, value| *value == 'C').collect();
    assert_eq!(extracted, [(Interval::new(3, 20), 'C')]);
    assert_eq!(index.pop_first(), Some((Interval::new(1, 2), 'C')));
    assert_eq!(index.pop_last(), Some((Interval::new(30, 40), 'z')));
    index.shrink_to_fit();
    assert_eq!(index.check(), Ok(2));
    index.extend([(Interval::point(0), 'q')]);
    assert_eq!(index.into_iter().next_back(), Some((Interval::new(3, 5), 'E')));
}

fn clearing_leaves_nothing<I: IntervalIndex<u8, char>>() {
    let mut index: I = of(&ENTRIES).into_iter().collect();
    let old = index.first_overlapping_handle(..).expect("an entry");
    index.clear();
    assert!(index.is_empty() && !index.contains_handle(old) && index.iter().next().is_none());
}

#[test]
fn generic_code_works_with_either_index() {
    queries_answer_as_the_list_does::<IntervalBTree<u8, char>>();
    queries_answer_as_the_list_does::<IntervalRbTree<u8, char>>();
    changes_change_as_they_say::<IntervalBTree<u8, char>>();
    changes_change_as_they_say::<IntervalRbTree<u8, char>>();
    clearing_leaves_nothing::<IntervalBTree<u8, char>>();
    clearing_leaves_nothing::<IntervalRbTree<u8, char>>();
}
