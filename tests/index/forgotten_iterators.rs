//! An iterator that is forgotten halfway leaves a legal index, which has lost at most what the
//! iterator had taken.

use std::mem::ManuallyDrop;
use std::rc::Rc;

use stabtree::{Interval, IntervalBTree, IntervalRbTree};

const N: usize = 80;

macro_rules! forgotten {
    ($module:ident, $index:ident) => {
        mod $module {
            use super::*;

            /// Its entries and queries own nothing, so that forgetting is no leak of theirs.
            fn plain() -> $index<i32, i32> {
                (0..80).map(|i| (Interval::new(i / 2, i * 2), i)).collect()
            }

            /// Takes `taken` items, forgets the iterator, and finds the index usable.
            macro_rules! forget {
                ($plain:ident, $iter:expr) => {
                    forget!($plain, $iter, |_: usize| N)
                };
                ($plain:ident, $iter:expr, $left:expr) => {
                    for taken in 0..N {
                        let mut $plain = plain();
                        let mut iter = $iter;
                        for _ in 0..taken {
                            std::hint::black_box(iter.next());
                        }
                        let _ = ManuallyDrop::new(iter);
                        assert_eq!($plain.check().expect("all invariants hold").len, $left(taken));
                        let handle = $plain.insert(Interval::new(3, 99), 7);
                        assert_eq!($plain.remove(handle), Some((Interval::new(3, 99), 7)));
                    }
                };
            }

            #[test]
            fn borrowing_iterators_lose_nothing() {
                forget!(index, index.iter());
                forget!(index, index.iter().with_handles().rev());
                forget!(index, index.intervals());
                forget!(index, index.values());
                forget!(index, index.overlapping(3..9));
                forget!(index, index.stab(7));
                forget!(index, index.range(2..));
                forget!(index, index.within(2..30));
                forget!(index, index.exact(&Interval::new(2, 8)));
                forget!(index, index.covering(&Interval::new(7, 9)));
                forget!(index, index.spans(..));
                forget!(index, index.gaps(..));
                forget!(index, index.merged(..));
                forget!(index, index.depth(..));
                forget!(index, index.join(&index));
            }

            #[test]
            fn mutable_iterators_lose_nothing() {
                forget!(index, index.iter_mut());
                forget!(index, index.iter_mut().with_handles().rev());
                forget!(index, index.values_mut());
                forget!(index, index.values_mut().rev());
                forget!(index, index.overlapping_mut(3..9));
                forget!(index, index.overlapping_mut(..).with_handles());
            }

            #[test]
            fn extract_if_loses_what_it_had_taken() {
                forget!(index, index.extract_if(.., |_, _| true), |taken| N - taken);
                forget!(index, index.extract_if(.., |_, _| false));
            }

            /// Takes `taken` items of what `iter` makes of an index, forgets the rest, and finds
            /// that each item was its taker's.
            fn forget_owned<I: Iterator>(iter: impl Fn($index<i32, Rc<()>>) -> I) {
                for taken in 0..=N {
                    let value = Rc::new(());
                    let owned = |(interval, _)| (interval, value.clone());
                    let index = plain().into_iter().map(owned).collect();
                    let mut iter = ManuallyDrop::new(iter(index));
                    assert_eq!(iter.by_ref().take(taken).count(), taken);
                    assert_eq!(Rc::strong_count(&value), 1 + N - taken);
                }
            }

            #[test]
            fn into_iter_loses_the_rest_and_nothing_else() {
                forget_owned(IntoIterator::into_iter);
                forget_owned(|index| index.into_iter().rev());
                forget_owned($index::into_values);
                forget_owned(|index| index.into_values().rev());
            }
        }
    };
}

forgotten!(tree, IntervalRbTree);
forgotten!(wide, IntervalBTree);
