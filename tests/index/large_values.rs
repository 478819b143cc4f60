//! Values so large that few of them fit on a stack.

use std::thread;

use stabtree::{Interval, IntervalBTree};

/// A value of 64 KiB that knows its number.
#[derive(Clone)]
struct Large([u64; 8 << 10]);

impl Large {
    fn new(number: u64) -> Box<Self> {
        let mut words = vec![0; 8 << 10].into_boxed_slice();
        (words[0], words[(8 << 10) - 1]) = (number, number);
        let words: Box<[u64; 8 << 10]> = words.try_into().expect("so many words");
        Box::new(Self(*words))
    }

    fn number(&self) -> u64 {
        assert_eq!(self.0[0], self.0[(8 << 10) - 1], "a value in one piece");
        self.0[0]
    }
}

fn insert(index: &mut IntervalBTree<u64, Large>, number: u64) -> stabtree::Handle {
    index.insert(Interval::new(number * 10, number * 10 + 15), *Large::new(number))
}

fn numbers(index: &IntervalBTree<u64, Large>) -> Vec<u64> {
    index.values().map(Large::number).collect()
}

/// Runs each step in a frame of its own, so that the stack holds what one call needs.
fn in_a_small_thread(steps: fn()) {
    let thread = thread::Builder::new().stack_size(512 << 10).spawn(steps);
    thread.expect("a thread").join().expect("no panic");
}

#[test]
fn values_of_64_kib_are_held_in_a_thread_of_512_kib() {
    #[inline(never)]
    fn fill() -> (IntervalBTree<u64, Large>, Vec<stabtree::Handle>) {
        let mut index = IntervalBTree::new();
        let handles = (0..40).map(|i| insert(&mut index, i * 7 % 40)).collect();
        (index, handles)
    }

    #[inline(never)]
    fn remove(index: &mut IntervalBTree<u64, Large>, handle: stabtree::Handle) -> u64 {
        index.remove(handle).expect("an entry").1.number()
    }

    in_a_small_thread(|| {
        let (mut index, handles) = fill();
        index.check().expect("all invariants hold");
        assert_eq!(numbers(&index), (0..40).collect::<Vec<_>>());
        assert!(index.stab(105).map(|(_, value)| value.number()).eq([9, 10]));
        for (_, value) in index.overlapping_mut(100..=119) {
            value.0[1] += 1;
        }
        index.set_interval(handles[0], Interval::new(7, 8)).expect("an entry");
        for (i, handle) in handles.iter().enumerate().skip(10) {
            assert_eq!(remove(&mut index, *handle), i as u64 * 7 % 40);
        }
        index.check().expect("all invariants hold");
        index.shrink_to_fit();
        index.compact();
        index.check().expect("all invariants hold");
        assert_eq!(numbers(&index), [0, 2, 7, 9, 14, 16, 21, 23, 28, 35]);
    });
}

#[test]
fn an_index_of_large_values_is_cloned_and_given_up_in_a_thread_of_512_kib() {
    in_a_small_thread(|| {
        let mut index = IntervalBTree::new();
        (0..20).for_each(|i| _ = insert(&mut index, i));
        let copy = index.clone();
        copy.check().expect("all invariants hold");
        index.clear();
        assert!(index.is_empty());
        let mut expected = 0;
        for (_, value) in copy {
            assert_eq!(value.number(), expected);
            expected += 1;
        }
        assert_eq!(expected, 20);
    });
}
