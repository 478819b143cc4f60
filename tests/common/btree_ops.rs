//! Operations on an `IntervalBTree` beside an `IntervalRbTree` and a plain list, for property tests
//! and fuzzing: whatever one of them answers, the others must answer too.

use std::collections::HashMap;
use std::fmt::Debug;
use std::ops::Bound;

use stabtree::{Handle, Interval, IntervalBTree, IntervalRbTree};

use super::model::{Query, overlaps};

/// Ends made of a byte, in order of it.
pub trait Ends: Ord + Copy + Debug + 'static {
    fn at(byte: u8) -> Self;
}

impl Ends for u8 {
    fn at(byte: u8) -> Self {
        byte
    }
}

impl Ends for u64 {
    /// Half of them at either end of the type.
    fn at(byte: u8) -> Self {
        let byte = Self::from(byte);
        if byte < 128 { byte } else { Self::MAX - (255 - byte) }
    }
}

impl Ends for i32 {
    fn at(byte: u8) -> Self {
        Self::from(byte) - 128
    }
}

impl Ends for (u8, i16) {
    fn at(byte: u8) -> Self {
        (byte / 16, i16::from(byte % 16) - 8)
    }
}

/// How the intervals of many entries lie to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(fuzzing, derive(arbitrary::Arbitrary))]
pub enum Shape {
    AllEqual,
    EqualStarts,
    Nested,
    Comb,
    Giant,
    Ascending,
    Descending,
    Scattered,
}

impl Shape {
    fn ends(self, i: u8) -> (u8, u8) {
        match self {
            Self::AllEqual => (7, 9),
            Self::EqualStarts => (100, 100 + i % 100),
            Self::Nested => (i / 2, 255 - i / 2),
            Self::Comb => (i, if i.is_multiple_of(16) { 255 } else { i }),
            Self::Giant => (i, if i == 0 { 255 } else { i.saturating_add(3) }),
            Self::Ascending => (i, i.saturating_add(1)),
            Self::Descending => (255 - i, 255 - i / 2),
            Self::Scattered => (i.wrapping_mul(97), i.wrapping_mul(97).saturating_add(i % 32)),
        }
    }
}

/// One operation. Every field is taken modulo what there is, so that any bytes are legal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(fuzzing, derive(arbitrary::Arbitrary))]
pub enum Op {
    Insert { at: u8, len: u8 },
    InsertAfter { which: u16, len: u8, same_start: bool },
    Remove { which: u16 },
    SetInterval { which: u16, at: u8, len: u8 },
    PopFirst,
    PopLast,
    Retain { modulus: u8 },
    Extract { at: u8, len: u8, modulus: u8, take: u8 },
    Append { shape: Shape, n: u8 },
    Fill { shape: Shape, n: u8 },
    Drain { from: u16, n: u16, backward: bool },
    GetMut { which: u16 },
    Query { at: u8, len: u8, kind: u8 },
    Clear,
    Rebuild,
    ThereAndBack,
    Clone,
    Reserve { n: u8 },
    Shrink,
    Repack,
}

/// The three, and the handles of each value.
pub struct World<T> {
    pub wide: IntervalBTree<T, u32>,
    tree: IntervalRbTree<T, u32>,
    list: Vec<(Interval<T>, u32)>,
    handles: HashMap<u32, (Handle, Handle)>,
    stale: Vec<Handle>,
    serial: u32,
}

fn interval<T: Ends>(start: u8, last: u8) -> Interval<T> {
    Interval::new(T::at(start), T::at(last))
}

fn bounds<T: Ends>(at: u8, len: u8, kind: u8) -> Query<T> {
    let ends = [at, at.saturating_add(len)].map(T::at);
    let make = |kind: u8, end: T| match kind % 3 {
        0 => Bound::Included(end),
        1 => Bound::Excluded(end),
        _ => Bound::Unbounded,
    };
    // Now and then inverted.
    let [a, b] = if kind >= 250 { [ends[1], ends[0]] } else { ends };
    (make(kind, a), make(kind / 3, b))
}

impl<T: Ends> World<T> {
    pub fn new() -> Self {
        Self {
            wide: IntervalBTree::new(),
            tree: IntervalRbTree::new(),
            list: Vec::new(),
            handles: HashMap::new(),
            stale: Vec::new(),
            serial: 0,
        }
    }

    fn next_value(&mut self) -> u32 {
        self.serial += 1;
        self.serial
    }

    /// Where the list keeps an entry that goes behind its equals.
    fn place(&self, start: &T) -> usize {
        self.list.partition_point(|(other, _)| other.start() <= start)
    }

    fn choose(&self, which: u16) -> Option<usize> {
        usize::from(which).checked_rem(self.list.len())
    }

    fn forget(&mut self, value: u32) {
        let (wide, _) = self.handles.remove(&value).expect("a value that lived");
        self.stale.push(wide);
    }

    fn insert(&mut self, new: Interval<T>) {
        let value = self.next_value();
        let pair = (self.wide.insert(new, value), self.tree.insert(new, value));
        assert!(!self.stale.contains(&pair.0), "a handle is given twice");
        self.handles.insert(value, pair);
        let place = self.place(new.start());
        self.list.insert(place, (new, value));
    }

    fn remove(&mut self, index: usize) {
        let (interval, value) = self.list.remove(index);
        let (wide, tree) = self.handles[&value];
        assert_eq!(self.wide.remove(wide), Some((interval, value)));
        assert_eq!(self.tree.remove(tree), Some((interval, value)));
        assert_eq!(self.wide.remove(wide), None);
        self.forget(value);
    }

    /// Gives the values their handles anew, where a tree was built anew.
    fn pair_again(&mut self) {
        self.handles = self
            .wide
            .iter()
            .with_handles()
            .zip(self.tree.iter().with_handles())
            .map(|((wide, _, value), (tree, _, same))| {
                assert_eq!(value, same);
                (*value, (wide, tree))
            })
            .collect();
        self.stale.clear();
    }

    /// Applies one operation to all three and compares what they give back.
    pub fn apply(&mut self, op: Op) {
        match op {
            Op::Insert { at, len } => self.insert(interval(at, at.saturating_add(len))),
            Op::Fill { shape, n } => {
                for i in 0..n {
                    let (start, last) = shape.ends(i);
                    self.insert(interval(start, last));
                }
            }
            Op::InsertAfter { which, len, same_start } => self.insert_after(which, len, same_start),
            Op::Remove { which } => {
                if let Some(index) = self.choose(which) {
                    self.remove(index);
                }
            }
            Op::Drain { from, n, backward } => {
                let Some(mut index) = self.choose(from) else { return };
                for _ in 0..n.min(600) {
                    if backward {
                        index = index.checked_sub(1).unwrap_or(self.list.len().wrapping_sub(1));
                    }
                    if index >= self.list.len() {
                        break;
                    }
                    self.remove(index);
                }
            }
            Op::SetInterval { which, at, len } => {
                let Some(index) = self.choose(which) else { return };
                let new = interval(at, at.saturating_add(len));
                let (former, value) = self.list.remove(index);
                let (wide, tree) = self.handles[&value];
                assert_eq!(self.wide.set_interval(wide, new), Some(former));
                assert_eq!(self.tree.set_interval(tree, new), Some(former));
                let place = self.place(new.start());
                self.list.insert(place, (new, value));
            }
            Op::PopFirst | Op::PopLast => self.pop(op == Op::PopFirst),
            Op::GetMut { which } => {
                let Some(index) = self.choose(which) else { return };
                let (interval, value) = &self.list[index];
                let (wide, _) = self.handles[value];
                assert_eq!(self.wide.get_mut(wide), Some(&mut value.clone()));
                assert_eq!(self.wide[wide], *value);
                assert_eq!(self.wide.interval(wide), Some(*interval));
            }
            Op::Query { at, len, kind } => self.query(&bounds(at, len, kind), T::at(at)),
            Op::Clear => {
                self.wide.clear();
                self.tree.clear();
                self.list.clear();
                self.stale.extend(self.handles.drain().map(|(_, (wide, _))| wide));
            }
            Op::Retain { .. } | Op::Extract { .. } => self.remove_some(op),
            Op::Append { .. } | Op::Rebuild | Op::ThereAndBack | Op::Clone => self.build_anew(op),
            Op::Reserve { n } => {
                self.wide.reserve(usize::from(n));
                assert!(self.wide.try_reserve(usize::MAX).is_err());
            }
            Op::Shrink => self.wide.shrink_to_fit(),
            Op::Repack => self.wide.compact(),
        }
    }

    fn insert_after(&mut self, which: u16, len: u8, same_start: bool) {
        let Some(index) = self.choose(which) else { return };
        let (previous, behind) = self.list[index];
        let (wide, tree) = self.handles[&behind];
        let start = if same_start { *previous.start() } else { T::at(len) };
        let last = start.max(T::at(len.saturating_mul(3)));
        let (new, value) = (Interval::new(start, last), self.next_value());
        match self.wide.insert_after(wide, new, value) {
            Ok(handle) => {
                assert_eq!(previous.start(), new.start());
                let other = self.tree.insert_after(tree, new, value).expect("the same start");
                self.handles.insert(value, (handle, other));
                self.list.insert(index + 1, (new, value));
            }
            Err(error) => {
                let other = self.tree.insert_after(tree, new, value);
                assert_eq!(other, Err(error));
            }
        }
    }

    fn pop(&mut self, first: bool) {
        let taken = if first {
            (!self.list.is_empty()).then(|| self.list.remove(0))
        } else {
            self.list.pop()
        };
        if first {
            assert_eq!((self.wide.pop_first(), self.tree.pop_first()), (taken, taken));
        } else {
            assert_eq!((self.wide.pop_last(), self.tree.pop_last()), (taken, taken));
        }
        if let Some((_, value)) = taken {
            self.forget(value);
        }
    }

    fn remove_some(&mut self, op: Op) {
        let before: Vec<u32> = self.list.iter().map(|(_, value)| *value).collect();
        match op {
            Op::Retain { modulus } => {
                let keep = |value: u32| !value.is_multiple_of(u32::from(modulus % 7) + 1);
                let mut seen = Vec::new();
                self.wide.retain(|interval, value| {
                    seen.push((interval, *value));
                    keep(*value)
                });
                assert_eq!(seen, self.list);
                self.tree.retain(|_, value| keep(*value));
                self.list.retain(|(_, value)| keep(*value));
            }
            Op::Extract { at, len, modulus, take } => {
                let query = bounds::<T>(at, len, modulus);
                let chosen = |value: u32| value.is_multiple_of(u32::from(modulus % 3) + 1);
                let take = usize::from(take);
                let wide: Vec<_> =
                    self.wide.extract_if(query, |_, value| chosen(*value)).take(take).collect();
                let tree: Vec<_> =
                    self.tree.extract_if(query, |_, value| chosen(*value)).take(take).collect();
                assert_eq!(wide, tree);
                self.list.retain(|entry| !wide.contains(entry));
            }
            _ => unreachable!("called for these two"),
        }
        let after: Vec<u32> = self.list.iter().map(|(_, value)| *value).collect();
        before.into_iter().filter(|value| !after.contains(value)).for_each(|v| self.forget(v));
    }

    fn build_anew(&mut self, op: Op) {
        match op {
            Op::Append { shape, n } => {
                let mut entries = Vec::new();
                for i in 0..n {
                    let (start, last) = shape.ends(i);
                    entries.push((interval::<T>(start, last), self.next_value()));
                }
                let mut more: IntervalBTree<_, _> = entries.iter().copied().collect();
                more.check().expect("a legal tree");
                self.wide.append(&mut more);
                assert!(more.is_empty());
                more.check().expect("a legal tree");
                self.tree.append(&mut entries.iter().copied().collect());
                for (interval, value) in entries {
                    let place = self.place(interval.start());
                    self.list.insert(place, (interval, value));
                }
                let kept: Vec<_> =
                    self.handles.iter().map(|(value, (wide, _))| (*value, *wide)).collect();
                assert!(kept.iter().all(|(value, wide)| self.wide.get(*wide) == Some(value)));
            }
            Op::Rebuild => {
                self.wide = IntervalBTree::try_from_sorted(self.list.iter().copied())
                    .expect("the list is sorted");
                self.tree = self.list.iter().copied().collect();
            }
            Op::ThereAndBack => {
                let tree = IntervalRbTree::from(std::mem::take(&mut self.wide));
                assert_eq!(tree, self.tree);
                self.wide = IntervalBTree::from(tree);
            }
            _ => {
                let copy = self.wide.clone();
                assert_eq!(copy, self.wide);
                assert!(self.handles.iter().all(|(v, (wide, _))| copy.get(*wide) == Some(v)));
                assert!(copy.clone().into_iter().eq(self.list.iter().copied()));
                assert!(copy.clone().into_iter().rev().eq(self.list.iter().rev().copied()));
                self.wide = copy;
            }
        }
        self.pair_again();
    }

    /// All questions about one query.
    fn query(&self, query: &Query<T>, at: T) {
        let (wide, tree, query) = (&self.wide, &self.tree, *query);
        let expected: Vec<_> = self
            .list
            .iter()
            .filter(|(at, _)| overlaps(&query, at.start(), at.last()))
            .copied()
            .collect();
        assert!(wide.overlapping(query).map(owned).eq(expected.iter().copied()), "{query:?}");
        for (handle, interval, value) in wide.overlapping(query).with_handles() {
            assert_eq!(self.handles[value].0, handle);
            assert_eq!(wide.interval(handle), Some(interval));
        }
        assert_eq!(wide.count_overlapping(query), expected.len());
        assert_eq!(wide.overlaps(query), !expected.is_empty());
        assert_eq!(wide.first_overlapping(query).map(owned), expected.first().copied());
        let mut next = wide.first_overlapping_handle(query);
        for (_, value) in &expected {
            assert_eq!(next.and_then(|handle| wide.get(handle)), Some(value));
            next = wide.next_overlapping_handle(next.expect("seen"), query);
        }
        assert_eq!(next, None);
        if let Some((_, value)) = self.list.get(self.list.len() / 2) {
            // From an entry that need not overlap itself.
            let (a, b) = self.handles[value];
            let next = wide.next_overlapping_handle(a, query).and_then(|handle| wide.get(handle));
            let other = tree.next_overlapping_handle(b, query).and_then(|handle| tree.get(handle));
            assert_eq!(next, other);
        }
        self.lend(&query, u32::try_from(expected.len()).map_or(0, |n| n.wrapping_mul(0x9E37_79B9)));
        assert!(wide.stab(at).map(owned).eq(tree.stab(at).map(lent)));
        let range: Vec<_> = tree.range(query).map(lent).collect();
        assert!(wide.range(query).map(owned).eq(range.iter().copied()));
        assert!(wide.range(query).rev().map(owned).eq(range.iter().rev().copied()));
        assert_eq!(wide.range(query).size_hint(), (range.len(), Some(range.len())));
        let within: Vec<_> = tree.within(query).map(lent).collect();
        assert!(wide.within(query).map(owned).eq(within.iter().copied()));
        assert!(wide.within(query).rev().map(owned).eq(within.iter().rev().copied()));
        if let Some((exact, _)) = expected.first() {
            assert!(wide.exact(exact).map(owned).eq(tree.exact(exact).map(lent)));
            assert!(wide.covering(exact).map(owned).eq(tree.covering(exact).map(lent)));
        }
        assert_eq!(wide.nearest_before(at).map(owned), tree.nearest_before(at).map(lent));
        assert_eq!(wide.nearest_after(at).map(owned), tree.nearest_after(at).map(lent));
    }

    /// Lends what overlaps, and all from both ends, for changing; all loans live at once.
    fn lend(&self, query: &Query<T>, from_behind: u32) {
        let mut wide = self.wide.clone();
        let expected: Vec<_> = wide.overlapping(*query).map(owned).collect();
        let lent: Vec<_> = wide.overlapping_mut(*query).with_handles().collect();
        assert_eq!(lent.len(), expected.len(), "{query:?}");
        for ((handle, interval, value), expected) in lent.into_iter().zip(&expected) {
            assert_eq!((interval, *value), *expected, "{query:?}");
            assert_eq!(self.handles[value].0, handle);
            *value = !*value;
        }
        let changed: Vec<_> = wide.overlapping(*query).map(|(_, value)| !*value).collect();
        assert!(changed.iter().eq(expected.iter().map(|(_, value)| value)), "{query:?}");
        assert_eq!(
            wide.values().filter(|value| !self.handles.contains_key(value)).count(),
            changed.len()
        );

        let mut wide = self.wide.clone();
        let mut iter = wide.iter_mut().with_handles();
        let (mut front, mut back) = (Vec::new(), Vec::new());
        for step in 0..self.list.len() {
            assert_eq!(iter.len(), self.list.len() - step);
            if from_behind >> (step % 32) & 1 == 0 {
                front.extend(iter.next());
            } else {
                back.extend(iter.next_back());
            }
        }
        assert!(iter.next().is_none() && iter.next_back().is_none());
        back.reverse();
        front.append(&mut back);
        assert_eq!(front.len(), self.list.len());
        for ((handle, interval, value), expected) in front.into_iter().zip(&self.list) {
            assert_eq!((interval, *value), *expected);
            assert_eq!(self.handles[value].0, handle);
            *value = !*value;
        }
        wide.values_mut().rev().for_each(|value| *value = !*value);
        assert_eq!(wide, self.wide);
    }

    /// The laws, and all entries from both ends.
    pub fn compare(&self) {
        let wide = &self.wide;
        let summary = wide.check().expect("the laws hold");
        assert_eq!((summary.len, wide.len()), (self.list.len(), self.list.len()));
        assert!(wide.iter().map(owned).eq(self.list.iter().copied()));
        assert!(wide.iter().rev().map(owned).eq(self.list.iter().rev().copied()));
        assert!(self.tree.iter().map(lent).eq(self.list.iter().copied()));
        assert!(wide.values().eq(self.list.iter().map(|(_, value)| value)));
        assert!(wide.intervals().eq(self.list.iter().map(|(interval, _)| *interval)));
        assert_eq!(wide.first().map(owned), self.list.first().copied());
        assert_eq!(wide.last().map(owned), self.list.last().copied());
        assert_eq!(wide.hull(), self.tree.hull());
        for (value, (handle, _)) in &self.handles {
            assert_eq!(wide.get(*handle), Some(value));
        }
        assert!(self.stale.iter().all(|handle| !wide.contains_handle(*handle)));
    }
}

fn owned<T>((interval, value): (Interval<T>, &u32)) -> (Interval<T>, u32) {
    (interval, *value)
}

fn lent<T: Copy>((interval, value): (&Interval<T>, &u32)) -> (Interval<T>, u32) {
    (*interval, *value)
}
