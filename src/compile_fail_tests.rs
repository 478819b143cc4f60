//! What must not compile, each with the compiler's reason; read by rustdoc alone.
//!
//! A handle is not an entry:
//! ```compile_fail,E0308
//! let mut index = stabtree::IntervalBTree::new();
//! let (interval, value) = index.insert(stabtree::Interval::new(1, 2), 'a');
//! ```
//! What is iterated over does not change:
//! ```compile_fail,E0502
//! let mut index = stabtree::IntervalBTree::from([(stabtree::Interval::new(1, 2), 'a')]);
//! for (handle, ..) in index.iter().with_handles() {
//!     index.remove(handle);
//! }
//! ```
//! Nor while a value is borrowed:
//! ```compile_fail,E0499
//! let mut map = stabtree::RangeMap::from([(1..=2, 'a')]);
//! let value = map.get_mut(1).unwrap();
//! map.insert(5..=9, 'b');
//! *value = 'c';
//! ```
//! A value that was found does not outlive its index:
//! ```compile_fail,E0597
//! let found = {
//!     let index = stabtree::IntervalRbTree::from([(stabtree::Interval::new(1, 2), 'a')]);
//!     index.stab(1).next()
//! };
//! ```
//! Nor does an index, a snapshot of it, or what it is taken apart by, outlive what its values refer to, whose
//! destructors may use it:
//! ```compile_fail,E0597
//! struct Shown<'a>(&'a String);
//! impl Drop for Shown<'_> {
//!     fn drop(&mut self) {
//!         println!("{}", self.0);
//!     }
//! }
//! let mut index = stabtree::IntervalBTree::new();
//! let text = String::from("text");
//! index.insert(stabtree::Interval::new(1, 2), Shown(&text));
//! ```
//! ```compile_fail,E0597
//! #[derive(Clone)]
//! struct Shown<'a>(&'a String);
//! impl Drop for Shown<'_> {
//!     fn drop(&mut self) {
//!         println!("{}", self.0);
//!     }
//! }
//! let mut map = stabtree::RangeMap::new();
//! let text = String::from("text");
//! map.insert(1..=2, Shown(&text));
//! ```
//! ```compile_fail,E0597
//! #[derive(Clone)]
//! struct Shown<'a>(&'a String);
//! impl Drop for Shown<'_> {
//!     fn drop(&mut self) {
//!         println!("{}", self.0);
//!     }
//! }
//! let snapshot;
//! let text = String::from("text");
//! let mut index = stabtree::IntervalBTree::new();
//! index.insert(stabtree::Interval::new(1, 2), Shown(&text));
//! snapshot = index.snapshot();
//! ```
//! ```compile_fail,E0597
//! struct Shown<'a>(&'a String);
//! impl Drop for Shown<'_> {
//!     fn drop(&mut self) {
//!         println!("{}", self.0);
//!     }
//! }
//! let entries;
//! let text = String::from("text");
//! let mut index = stabtree::IntervalBTree::new();
//! index.insert(stabtree::Interval::new(1, 2), Shown(&text));
//! entries = index.into_iter();
//! ```
//! Both ends of an interval are fixed, in an index or not:
//! ```compile_fail,E0616
//! let mut interval = stabtree::Interval::new(1, 2);
//! interval.start = 5;
//! ```
//! ```compile_fail,E0451
//! let interval = stabtree::Interval { start: 5, last: 3 };
//! ```
//! ```compile_fail,E0594
//! let mut index = stabtree::IntervalRbTree::from([(stabtree::Interval::new(1, 2), 'a')]);
//! for (interval, value) in index.iter_mut() {
//!     *interval = stabtree::Interval::new(3, 4);
//! }
//! ```
//! Floating-point numbers have no total order:
//! ```compile_fail,E0277
//! let interval = stabtree::Interval::new(0.5, 1.5);
//! ```
//! Positions of different types are not compared:
//! ```compile_fail,E0308
//! let is_before = stabtree::Cut::before(1u8) < stabtree::Cut::after(2u16);
//! ```
//! The wide index and the maps copy their ends:
//! ```compile_fail,E0277
//! let mut index = stabtree::IntervalBTree::new();
//! index.insert(stabtree::Interval::point(String::new()), ());
//! ```
//! ```compile_fail,E0277
//! let mut map = stabtree::RangeMap::new();
//! map.insert("a".to_owned().."b".to_owned(), ());
//! ```
//! Gaps need to know what follows a value; a search for one counts besides:
//! ```compile_fail,E0599
//! let index = stabtree::IntervalBTree::from([(stabtree::Interval::new("a", "b"), ())]);
//! index.gaps("c"..="d").count();
//! ```
//! ```compile_fail,E0599
//! use stabtree::{Cut, GapSearch, RangeMap};
//! RangeMap::<Cut<u8>, ()>::new().find_gap(GapSearch::new(1));
//! ```
//! An index is the crate's own:
//! ```compile_fail,E0277
//! fn takes(index: &impl stabtree::IntervalIndex<u8, ()>) {}
//! takes(&Vec::<(stabtree::Interval<u8>, ())>::new());
//! ```
//! What cannot go to another thread makes an index that cannot:
//! ```compile_fail,E0277
//! let index = stabtree::IntervalBTree::from([(stabtree::Interval::new(1, 2), std::rc::Rc::new(3))]);
//! std::thread::scope(|scope| scope.spawn(|| index.len()).join().unwrap());
//! ```
//! Nor can a snapshot of it:
//! ```compile_fail,E0277
//! use std::{marker::PhantomData, sync::MutexGuard};
//! let value = PhantomData::<MutexGuard<'static, ()>>; // `Sync`, not `Send`
//! let mut index = stabtree::IntervalBTree::from([(stabtree::Interval::new(1, 2), value)]);
//! let snapshot = index.snapshot();
//! std::thread::spawn(move || snapshot.len());
//! ```
//! What threads cannot read at once has no snapshot:
//! ```compile_fail,E0599
//! let value = std::cell::Cell::new(3);
//! let mut index = stabtree::IntervalBTree::from([(stabtree::Interval::new(1, 2), value)]);
//! index.snapshot();
//! ```
//! A snapshot does not change:
//! ```compile_fail,E0596
//! let mut index = stabtree::IntervalBTree::from([(stabtree::Interval::new(1, 2), 'a')]);
//! let mut snapshot = index.snapshot();
//! snapshot.insert(stabtree::Interval::new(3, 4), 'b');
//! ```
//! ```compile_fail,E0596
//! let mut map = stabtree::RangeMap::from([(1..=2, 'a')]);
//! let mut snapshot = map.snapshot();
//! snapshot.insert(3..=4, 'b');
//! ```
//! It outlives its index, but not what is borrowed in it, nor does what was found in it outlive it:
//! ```compile_fail,E0597
//! let snapshot = {
//!     let name = String::from("a");
//!     let entry = (stabtree::Interval::new(1, 2), name.as_str());
//!     stabtree::IntervalBTree::from([entry]).snapshot()
//! };
//! snapshot.len();
//! ```
//! ```compile_fail,E0597
//! let found = {
//!     let snapshot = stabtree::IntervalBTree::from([(stabtree::Interval::new(1, 2), 'a')]).snapshot();
//!     snapshot.iter()
//! };
//! found.count();
//! ```
//! ```compile_fail,E0597
//! let found = {
//!     let snapshot = stabtree::RangeMap::from([(1..=2, 'a')]).snapshot();
//!     snapshot.get(1)
//! };
//! found.unwrap();
//! ```
#![cfg_attr(
    feature = "rmap",
    doc = "A stable item has an index where others have their schedule:
```compile_fail,E0026
use stabtree::rmap::ItemState;
fn schedule(state: ItemState) {
    if let ItemState::Stable { schedule, .. } = state {}
}
```
Who only reads a machine does not change it:
```compile_fail,E0596
use stabtree::rmap::Machine;
fn scan(machine: &Machine) {
    machine.ksm_scan();
}
```"
)]
#![cfg_attr(
    feature = "sync",
    doc = "A reader is not for two threads at once, each has one of its own:
```compile_fail,E0499
use stabtree::{Interval, IntervalBTree, sync::Publisher};
let mut reader = Publisher::new(IntervalBTree::from([(Interval::new(1, 2), 'a')])).reader();
std::thread::scope(|scope| {
    scope.spawn(|| reader.stab(1).count());
    scope.spawn(|| reader.stab(2).count());
});
```
A shared one answers nothing:
```compile_fail,E0596
use stabtree::{Interval, IntervalBTree, sync::{Publisher, Reader}};
fn count(reader: &Reader<IntervalBTree<u8, char>>) -> usize {
    reader.stab(1).count()
}
```
What it found is of one state, which it keeps while that is borrowed:
```compile_fail,E0499
use stabtree::{Interval, IntervalBTree, sync::Publisher};
let mut reader = Publisher::new(IntervalBTree::from([(Interval::new(1, 2), 'a')])).reader();
let found = reader.stab(1);
reader.newest();
found.count();
```
What other threads cannot read is not published:
```compile_fail,E0277
use stabtree::{Interval, IntervalBTree, sync::Publisher};
Publisher::new(IntervalBTree::from([(Interval::new(1, 2), std::rc::Rc::new(3))]));
```
What an update borrows does not leave it:
```compile_fail,E0521
use stabtree::{Interval, IntervalBTree, sync::Publisher};
let mut index = Publisher::new(IntervalBTree::from([(Interval::new(1, 2), 'a')]));
let mut found = None;
index.update(|index| found = index.stab(1).next());
```"
)]
