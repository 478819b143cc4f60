//! Bad input to intervals and indexes: the documented answer, and the index as it was.

use std::fmt::Debug;
use std::ops::Bound::{self, Excluded, Included, Unbounded};
use std::ops::RangeBounds;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;

use stabtree::InsertAfterReason;
use stabtree::{Handle, Interval, IntervalBTree, IntervalRbTree};

fn panic_text(action: impl FnOnce()) -> String {
    let payload = catch_unwind(AssertUnwindSafe(action)).expect_err("a panic");
    match payload.downcast::<String>() {
        Ok(text) => *text,
        Err(payload) => (*payload.downcast_ref::<&str>().expect("a text")).into(),
    }
}

/// A range that gives other bounds every time.
struct Fickle(std::cell::Cell<u64>);

impl RangeBounds<u64> for Fickle {
    fn start_bound(&self) -> Bound<&u64> {
        self.0.set(self.0.get() + 1);
        if self.0.get().is_multiple_of(2) { Included(&70) } else { Unbounded }
    }

    fn end_bound(&self) -> Bound<&u64> {
        self.0.set(self.0.get() + 1);
        if self.0.get().is_multiple_of(3) { Included(&10) } else { Excluded(&70) }
    }
}

mod intervals {
    use super::*;

    #[test]
    fn inverted_interval_is_an_error_that_names_both_ends() {
        let error = Interval::try_new(9, 3).expect_err("inverted");
        assert_eq!(error.to_string(), "invalid interval: last 3 lies before start 9");
        assert_eq!(error.into_bounds(), (9, 3));
    }

    #[test]
    fn inverted_interval_of_strings_hands_both_back() {
        let error = Interval::try_new("b".to_owned(), "a".to_owned()).expect_err("inverted");
        assert_eq!(error.to_string(), r#"invalid interval: last "a" lies before start "b""#);
        assert_eq!(error.into_bounds(), ("b".to_owned(), "a".to_owned()));
    }

    #[test]
    fn inverted_interval_panics_in_new_and_names_its_type() {
        /// `new` asks nothing of it but an order.
        #[derive(PartialEq, Eq, PartialOrd, Ord)]
        struct Silent(u8);

        let text = panic_text(|| assert!(Interval::new(9_i64, 3).contains(&5)));
        assert_eq!(text, "invalid interval of i64: last lies before start");
        let text = panic_text(|| assert!(Interval::new(Silent(9), Silent(3)).is_point()));
        assert!(text.starts_with("invalid interval of "), "{text}");
        assert!(text.ends_with("Silent: last lies before start"), "{text}");
    }

    #[test]
    fn panics_point_at_their_caller() {
        const NAME: &str = "caller of what panics";
        static FILES: Mutex<Vec<String>> = Mutex::new(Vec::new());

        let former = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| match info.location() {
            Some(location) if std::thread::current().name() == Some(NAME) => {
                FILES.lock().expect("nothing panics here").push(location.file().into());
            }
            _ => former(info),
        }));
        let calls: [fn(); 3] = [
            || assert!(Interval::new(2, 1).is_point()),
            || assert!(IntervalBTree::<u8>::with_capacity(usize::MAX).is_empty()),
            || assert!(IntervalRbTree::<u8>::with_capacity(usize::MAX).is_empty()),
        ];
        for call in calls {
            let caller = std::thread::Builder::new().name(NAME.into()).spawn(call);
            assert!(caller.expect("a thread").join().is_err());
        }
        assert_eq!(*FILES.lock().expect("nothing panicked"), [file!(); 3]);
    }

    #[test]
    fn ends_one_apart_in_the_wrong_order() {
        assert!(Interval::try_new(1_u64, 0).is_err());
        assert!(Interval::try_new(u64::MAX, u64::MAX - 1).is_err());
        assert!(Interval::try_new(i8::MAX, i8::MIN).is_err());
    }

    #[test]
    #[expect(clippy::reversed_empty_ranges, reason = "they are the subject")]
    fn inverted_and_empty_ranges_do_not_convert() {
        let error = Interval::try_from(9..=3).expect_err("inverted");
        assert_eq!(error.to_string(), "invalid interval: last 3 lies before start 9");
        let error = Interval::try_from(9..3).expect_err("inverted");
        assert_eq!(error.to_string(), "empty range: 9..3 contains no value");
        let error = Interval::try_from(5..5).expect_err("empty");
        assert_eq!(error.to_string(), "empty range: 5..5 contains no value");
        assert_eq!(error.into_range(), (Included(5), Excluded(5)));
        assert!(Interval::try_from(0_u8..0).is_err(), "nothing lies before MIN");
    }
}

/// All of it for one index; `$shape` is what of it the entries do not show.
macro_rules! bad_input {
    ($module:ident, $index:ident, $shape:expr) => {
        mod $module {
            use super::*;

            /// Ten entries with ties, and the handles of five that were removed from among them.
            fn with_holes() -> ($index<u64, usize>, Vec<Handle>) {
                let mut index = $index::new();
                let handles: Vec<_> = (0..15_usize)
                    .map(|i| index.insert(Interval::new(i as u64 / 2 * 10, i as u64 * 10 + 5), i))
                    .collect();
                let stale: Vec<_> = handles.into_iter().step_by(3).collect();
                for &handle in &stale {
                    index.remove(handle).expect("alive");
                }
                (index, stale)
            }

            /// Everything a change would show in.
            fn snapshot(index: &$index<u64, usize>) -> impl Debug + Eq + use<> {
                index.check().expect("a legal index");
                let entries: Vec<_> = index
                    .iter()
                    .with_handles()
                    .map(|(handle, at, value)| (handle, *at.start(), *at.last(), *value))
                    .collect();
                (entries, $shape(index), index.len(), index.hull())
            }

            /// Runs `misuse` on an index and finds the index unchanged.
            fn leaves_unchanged(misuse: impl FnOnce(&mut $index<u64, usize>, &[Handle])) {
                let (mut index, stale) = with_holes();
                let before = snapshot(&index);
                misuse(&mut index, &stale);
                assert_eq!(snapshot(&index), before);
            }

            mod queries {
                use super::*;

                fn finds_nothing(index: &$index<u64, usize>, query: impl RangeBounds<u64> + Clone) {
                    let (first, ..) = index.iter().with_handles().next().expect("entries");
                    assert_eq!(index.overlapping(query.clone()).count(), 0);
                    assert_eq!(index.overlapping(query.clone()).next(), None);
                    assert_eq!(index.overlapping(query.clone()).with_handles().next(), None);
                    assert_eq!(index.count_overlapping(query.clone()), 0);
                    assert!(!index.overlaps(query.clone()));
                    assert_eq!(index.first_overlapping(query.clone()), None);
                    assert_eq!(index.first_overlapping_handle(query.clone()), None);
                    assert_eq!(index.next_overlapping_handle(first, query.clone()), None);
                    assert_eq!(index.probes(query), 0, "known without a look at the index");
                }

                #[test]
                #[expect(clippy::reversed_empty_ranges, reason = "they are the subject")]
                fn empty_and_inverted_ranges_find_nothing() {
                    leaves_unchanged(|index, _| {
                        finds_nothing(index, 20..20);
                        finds_nothing(index, 0..0);
                        finds_nothing(index, u64::MAX..u64::MAX);
                        finds_nothing(index, 40..20);
                        finds_nothing(index, 40..=20);
                        finds_nothing(index, u64::MAX..=0);
                        finds_nothing(index, 21..=20);
                    });
                }

                #[test]
                fn empty_and_inverted_bounds_of_every_kind_find_nothing() {
                    let wrap: [fn(u64) -> Bound<u64>; 2] = [Included, Excluded];
                    leaves_unchanged(|index, _| {
                        for ends in [(40, 20), (21, 20), (20, 20), (u64::MAX, 0), (0, 0)] {
                            for (l, u) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
                                // [x, x] is the one that holds a value.
                                if ends.0 != ends.1 || (l, u) != (0, 0) {
                                    finds_nothing(index, (wrap[l](ends.0), wrap[u](ends.1)));
                                }
                            }
                        }
                    });
                }

                /// `(25, 26)` with both ends excluded contains no integer, as `26..26` does.
                #[test]
                fn an_empty_open_query_finds_nothing() {
                    let index = $index::from([(Interval::new(22, 27), 'a')]);
                    let open = (Excluded(25), Excluded(26));
                    assert_eq!(index.overlapping(open).count(), 0);
                    assert_eq!(index.count_overlapping(open), 0);
                    assert!(!index.overlaps(open));
                    assert_eq!(index.first_overlapping(open), None);
                    assert_eq!(index.spans(open).count(), 0);
                    assert_eq!(index.depth(open).count(), 0);
                    // 26 lies in the next one.
                    assert!(index.overlaps((Excluded(25), Excluded(27))));
                    leaves_unchanged(|index, _| {
                        for at in [0, 1, 19, 20, 25, 40, u64::MAX - 1] {
                            finds_nothing(index, (Excluded(at), Excluded(at + 1)));
                        }
                    });
                }

                /// Where the type does not say what follows, there may be a value between any two.
                #[test]
                fn an_open_query_of_other_ends_finds_what_covers_it() {
                    let index = $index::from([(Interval::new((2, 2), (2, 7)), 'a')]);
                    assert!(index.overlaps((Excluded((2, 5)), Excluded((2, 6)))));
                    assert!(!index.overlaps((Excluded((2, 5)), Excluded((2, 5)))));
                }

                #[test]
                fn queries_of_an_empty_index_find_nothing() {
                    let index = $index::<u64, usize>::new();
                    for query in [(Unbounded, Unbounded), (Included(0), Included(u64::MAX))] {
                        assert_eq!(index.count_overlapping(query), 0);
                        assert_eq!(index.first_overlapping_handle(query), None);
                        assert_eq!(index.first_overlapping(query), None);
                        assert_eq!(index.probes(query), 0);
                    }
                    assert_eq!(
                        (index.hull(), index.iter().next(), index.stab(7).next()),
                        (None, None, None)
                    );
                }

                #[test]
                fn bounds_that_change_while_they_are_read_do_no_harm() {
                    leaves_unchanged(|index, stale| {
                        for state in 0..12 {
                            let fickle = || Fickle(state.into());
                            assert!(index.overlapping(fickle()).count() <= index.len());
                            assert!(index.count_overlapping(fickle()) <= index.len());
                            let _ = (
                                index.overlaps(fickle()),
                                index.next_overlapping_handle(stale[0], fickle()),
                            );
                        }
                    });
                }
            }

            mod handles {
                use super::*;

                #[test]
                fn stale_handle_finds_nothing_in_any_method() {
                    leaves_unchanged(|index, stale| {
                        for &handle in stale {
                            assert_eq!(index.get(handle), None);
                            assert_eq!(index.get_mut(handle), None);
                            assert_eq!(index.interval(handle), None);
                            assert!(!index.contains_handle(handle));
                            assert_eq!(index.remove(handle), None);
                            assert_eq!(index.set_interval(handle, Interval::new(1, 2)), None);
                            assert_eq!(index.next_overlapping_handle(handle, ..), None);
                        }
                    });
                }

                #[test]
                fn index_by_a_stale_handle_panics() {
                    leaves_unchanged(|index, stale| {
                        let text = panic_text(|| assert_eq!(index[stale[0]], 0));
                        assert!(text.contains("handle"), "{text}");
                    });
                }

                #[test]
                fn stale_handle_stays_stale_when_its_place_is_used_again() {
                    let (mut index, mut stale) = with_holes();
                    for round in 0..50 {
                        let handle = index.insert(Interval::new(3, 4), round);
                        assert!(!stale.contains(&handle), "a handle is never given twice");
                        assert_eq!(index.remove(handle), Some((Interval::new(3, 4), round)));
                        stale.push(handle);
                        assert!(stale.iter().all(|&handle| !index.contains_handle(handle)));
                    }
                    index.check().expect("a legal index");
                }

                #[test]
                fn handles_stay_stale_over_clear_clone_and_shrink() {
                    let (mut index, _) = with_holes();
                    let old: Vec<_> =
                        index.iter().with_handles().map(|(handle, ..)| handle).collect();
                    index.clear();
                    index.shrink_to_fit();
                    let mut copy = index.clone();
                    for index in [&mut index, &mut copy] {
                        let new: Vec<_> =
                            (0..20).map(|i| index.insert(Interval::new(0, 9), i)).collect();
                        assert!(old.iter().all(
                            |&handle| !index.contains_handle(handle) && !new.contains(&handle)
                        ));
                        index.check().expect("a legal index");
                    }
                }

                #[test]
                fn foreign_handle_finds_nothing_or_an_entry_of_the_index_asked() {
                    let (mut index, _) = with_holes();
                    let mut other = $index::<u64, usize>::new();
                    let foreign: Vec<_> =
                        (0..100).map(|i| other.insert(Interval::new(i, i), 1_000)).collect();
                    for handle in foreign {
                        let found = index.get(handle).copied();
                        assert!(found.is_none_or(|value| value < 1_000));
                        assert_eq!(index.contains_handle(handle), found.is_some());
                        assert_eq!(index.interval(handle).is_some(), found.is_some());
                        assert_eq!(index.get_mut(handle).copied(), found);
                        assert!(
                            found.is_some() || index.next_overlapping_handle(handle, ..).is_none()
                        );
                        let moved = index.set_interval(handle, Interval::new(1, 90));
                        assert_eq!(moved.is_some(), found.is_some());
                        let start = index.interval(handle).map_or(0, |interval| *interval.start());
                        let inserted = index.insert_after(handle, Interval::new(start, 99), 7);
                        assert_eq!(inserted.is_ok(), found.is_some());
                        index.check().expect("a legal index");
                        assert_eq!(index.remove(handle).is_some(), found.is_some());
                        index.check().expect("a legal index");
                    }
                }
            }

            mod insert_after {
                use super::*;

                #[test]
                fn behind_a_stale_handle_hands_interval_and_value_back() {
                    leaves_unchanged(|index, stale| {
                        let error = index
                            .insert_after(stale[0], Interval::new(1, 2), 77)
                            .expect_err("stale");
                        assert_eq!(
                            error.to_string(),
                            "cannot insert after the entry: it was removed"
                        );
                        assert_eq!(error.reason(), &InsertAfterReason::NoSuchEntry);
                        assert_eq!(error.into_parts(), (Interval::new(1, 2), 77));
                    });
                }

                #[test]
                fn with_another_start_hands_interval_and_value_back() {
                    leaves_unchanged(|index, _| {
                        let (handle, interval, _) =
                            index.iter().with_handles().nth(3).expect("ten entries");
                        for start in [*interval.start() - 1, *interval.start() + 1] {
                            let error = index
                                .insert_after(handle, Interval::new(start, 99), 77)
                                .expect_err("start");
                            let text = "cannot insert after the entry: its start differs";
                            assert_eq!(error.to_string(), text);
                            assert_eq!(error.reason(), &InsertAfterReason::StartDiffers);
                            assert_eq!(error.into_parts(), (Interval::new(start, 99), 77));
                        }
                    });
                }

                #[test]
                fn with_a_greater_last_than_all_is_carried_to_the_root() {
                    let (mut index, _) = with_holes();
                    let entries = index.iter().with_handles();
                    let starts: Vec<_> =
                        entries.map(|(handle, at, _)| (handle, *at.start())).collect();
                    for (n, (handle, start)) in (1..).zip(starts) {
                        let long = Interval::new(start, 1_000 * n);
                        index.insert_after(handle, long, 0).expect("alive, equal start");
                        index.check().expect("a legal index");
                        assert_eq!(index.hull().map(|hull| *hull.last()), Some(1_000 * n));
                    }
                }
            }

            mod capacity {
                use super::*;

                /// Entries that can be named.
                const MOST: usize = (1 << 31) - 2;

                const TOO_MANY: &str =
                    "capacity exceeded: an index holds at most 2147483646 entries";

                #[test]
                fn reserving_more_than_can_be_named_is_an_error() {
                    leaves_unchanged(|index, _| {
                        for additional in
                            [usize::MAX, u32::MAX as usize, MOST, MOST - index.len() + 1]
                        {
                            let error = index.try_reserve(additional).expect_err("too many");
                            assert_eq!(error.to_string(), TOO_MANY);
                        }
                    });
                }

                #[test]
                fn reserve_panics_where_try_reserve_gives_an_error() {
                    leaves_unchanged(|index, _| {
                        let text = panic_text(|| index.reserve(usize::MAX));
                        assert_eq!(text, TOO_MANY);
                    });
                }

                #[test]
                fn reserving_nothing_allocates_nothing() {
                    let mut index = $index::<u64>::new();
                    index.try_reserve(0).expect("nothing");
                    assert_eq!(index.capacity(), 0);
                }

                #[test]
                fn with_capacity_of_more_than_can_be_named_panics() {
                    let text = panic_text(|| drop($index::<u64>::with_capacity(usize::MAX)));
                    assert_eq!(text, TOO_MANY);
                }
            }

            mod boundaries {
                use super::*;

                #[test]
                fn ends_of_the_type_are_ordinary() {
                    let mut index = $index::new();
                    let all = index.insert(Interval::new(u64::MIN, u64::MAX), 0);
                    let low = index.insert(Interval::point(u64::MIN), 1);
                    let high = index.insert(Interval::point(u64::MAX), 2);
                    index.check().expect("a legal index");
                    assert!(index.stab(u64::MIN).map(|(_, value)| *value).eq([0, 1]));
                    assert!(index.stab(u64::MAX).map(|(_, value)| *value).eq([0, 2]));
                    assert!(index.stab(7).map(|(_, value)| *value).eq([0]));
                    assert_eq!(index.count_overlapping(..), 3);
                    assert_eq!(
                        index.count_overlapping((Excluded(u64::MIN), Excluded(u64::MAX))),
                        1
                    );
                    assert_eq!(index.count_overlapping((Excluded(u64::MAX), Unbounded)), 0);
                    assert_eq!(index.count_overlapping(..u64::MIN), 0);
                    for handle in [all, low, high] {
                        assert!(index.remove(handle).is_some());
                        index.check().expect("a legal index");
                    }
                }
            }
        }
    };
}

bad_input!(tree, IntervalRbTree, |tree: &IntervalRbTree<u64, usize>| {
    tree.shape().map(|node| (node.handle, node.is_red)).collect::<Vec<_>>()
});
bad_input!(wide, IntervalBTree, |wide: &IntervalBTree<u64, usize>| wide.check());
