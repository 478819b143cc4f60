//! As `panic_safety`, for `IntervalBTree`: a user's `Ord`, `Clone`, `Drop` or closure panics at its
//! n-th call, for every n, about the sizes at which nodes are divided and joined.

mod common;

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use common::faults::{self, Allowed, Seen, Subject};
use common::probe::{Call, Key, Probe, living, panics_at, user_code};
use stabtree::{Handle, Interval, IntervalBTree};

type Wide = IntervalBTree<Key, Probe>;

fn interval(start: i32, last: i32) -> Interval<Key> {
    Interval::try_new(Key::new(start), Key::new(last)).expect("in order")
}

fn entry((start, last, value): Seen) -> (Interval<Key>, Probe) {
    (interval(start, last), Probe::new(value))
}

/// The entries that are inserted, and those of them that are taken out again: one leaf, half full
/// and full; two, about to be one; several, full and thin.
const SIZES: [(i32, usize); 6] = [(1, 0), (20, 4), (32, 0), (33, 9), (64, 0), (70, 44)];

/// Those of them for what calls the user's code for every entry.
const FEW_SIZES: [(i32, usize); 2] = [(33, 0), (33, 9)];

fn build(size: (i32, usize)) -> (Wide, Vec<Handle>) {
    let (len, gone) = size;
    let (mut wide, mut handles) = Wide::of((0..len).map(|i| {
        let start = i * 7 % len / 2 * 2;
        (start, if i % 6 == 0 { 2 * len - i } else { start + i % 3 }, i)
    }));
    for at in 0..gone {
        wide.take_out(handles.remove(at * 5 % handles.len()));
    }
    (wide, handles)
}

/// Runs the action on every size; returns how many panics there were.
fn drive(name: &str, allowed: Allowed, action: impl Fn(&mut Wide, &[Handle])) -> usize {
    let each = SIZES.map(|size| {
        let name = format!("{name}, {size:?}");
        faults::drive(&name, allowed, || build(size), &action)
    });
    each.into_iter().sum()
}

fn drive_whole(name: &str, allowed: Allowed, action: impl Fn(&mut Wide, &[Handle])) -> usize {
    let each = FEW_SIZES.map(|size| {
        let name = format!("{name}, {size:?}");
        faults::drive(&name, allowed, || build(size), &action)
    });
    each.into_iter().sum()
}

fn drive_on_the_side(name: &str, action: impl Fn(Wide, Vec<Handle>)) -> usize {
    let each = FEW_SIZES.map(|size| {
        let name = format!("{name}, {size:?}");
        faults::drive_on_the_side(&name, || build(size), &action)
    });
    each.into_iter().sum()
}

/// Some entry, for every size.
fn some(handles: &[Handle], tenths: usize) -> Handle {
    handles[(handles.len() - 1) * tenths / 10]
}

#[test]
fn insert() {
    let panics: usize = [-1, 0, 11, 40, 63, 200]
        .into_iter()
        .flat_map(|start| [start, 300].map(|last| (start, last)))
        .map(|(start, last)| {
            drive("insert", Allowed::Strong, |wide, _| {
                wide.insert(interval(start, last), Probe::new(100));
            }) + drive("try_insert", Allowed::Strong, |wide, _| {
                assert!(wide.try_insert(interval(start, last), Probe::new(100)).is_ok());
            })
        })
        .sum();
    assert!(panics > 1_000, "{panics} panics");
}

#[test]
fn insert_after() {
    let panics: usize = [0, 4, 10]
        .into_iter()
        .flat_map(|at| [0, 300].map(|longer| (at, longer)))
        .map(|(at, longer)| {
            drive("insert_after", Allowed::Strong, |wide, handles| {
                let handle = some(handles, at);
                let start = wide.interval(handle).expect("alive").start().at;
                let interval = interval(start, start + longer);
                wide.insert_after(handle, interval, Probe::new(100)).expect("equal start");
            })
        })
        .sum();
    assert!(panics > 200, "{panics} panics");
    drive("insert_after with another start", Allowed::Strong, |wide, handles| {
        let refused = wide.insert_after(some(handles, 5), interval(-5, 50), Probe::new(100));
        assert!(refused.is_err());
    });
}

#[test]
fn remove() {
    let panics: usize = [0, 3, 5, 10]
        .into_iter()
        .map(|at| {
            drive("remove", Allowed::Strong, |wide, handles| {
                wide.remove(some(handles, at)).expect("alive");
            })
        })
        .sum();
    assert!(panics > 70, "{panics} panics");
    drive_whole("remove all", Allowed::Between, |wide, handles| {
        for handle in handles {
            wide.remove(*handle).expect("alive");
        }
    });
}

#[test]
fn set_interval() {
    let panics: usize = [0, 4, 10]
        .into_iter()
        .flat_map(|at| [(3, 3), (0, 600), (120, 121)].map(|ends| (at, ends)))
        .map(|(at, (start, last))| {
            drive("set_interval", Allowed::MayLoseOne, |wide, handles| {
                let handle = some(handles, at);
                wide.set_interval(handle, interval(start, last)).expect("alive");
            })
        })
        .sum();
    assert!(panics > 1_000, "{panics} panics");
}

#[test]
fn replace_pop_and_clear() {
    drive("get_mut", Allowed::Strong, |wide, handles| {
        *wide.get_mut(some(handles, 3)).expect("alive") = Probe::new(100);
    });
    drive("pop_first", Allowed::Strong, |wide, _| assert!(wide.pop_first().is_some()));
    drive("pop_last", Allowed::Strong, |wide, _| assert!(wide.pop_last().is_some()));
    drive_whole("pop all", Allowed::Between, |wide, _| while wide.pop_last().is_some() {});
    drive_whole("clear", Allowed::Empty, |wide, _| wide.clear());
}

fn new_entries() -> impl Iterator<Item = (Interval<Key>, Probe)> {
    (0..20).map(|i| {
        user_code(Call::Closure);
        entry((i * 4, i * 5 + 1, 1_000 + i))
    })
}

#[test]
fn extend_and_append() {
    let panics = drive_whole("extend", Allowed::Between, |wide, _| wide.extend(new_entries()));
    assert!(panics > 1_000, "{panics} panics");
    let panics = drive_whole("append", Allowed::Between, |wide, _| {
        let mut other: Wide = new_entries().collect();
        let result = catch_unwind(AssertUnwindSafe(|| wide.append(&mut other)));
        other.check().expect("a legal tree is left behind");
        result.unwrap_or_else(|payload| resume_unwind(payload));
        assert!(other.is_empty());
    });
    assert!(panics > 1_000, "{panics} panics");
}

#[test]
fn retain() {
    let panics = drive_whole("retain", Allowed::Between, |wide, _| {
        wide.retain(|interval, value| {
            user_code(Call::Closure);
            interval.start().at + value.at % 3 > 7 && value.at % 4 > 0
        });
    });
    assert!(panics > 100, "{panics} panics");
}

#[test]
fn extract_if() {
    let panics = drive_whole("extract_if", Allowed::Between, |wide, _| {
        let chosen = wide.extract_if(interval(4, 30), |_, value| {
            user_code(Call::Closure);
            value.at % 3 > 0
        });
        assert!(chosen.count() < 130);
    });
    assert!(panics > 300, "{panics} panics");
}

/// Whoever catches the panic may ask the iterator again: nothing comes twice or is lost.
#[test]
fn extract_if_goes_on_after_a_panic() {
    for call in Call::ALL {
        for n in 1.. {
            let (mut wide, handles) = build((64, 30));
            let mut expected = wide.look();
            let mut taken = Vec::new();
            let has_fired = panics_at(call, n, || {
                let mut iter = wide.extract_if(interval(4, 60), |_, value| {
                    user_code(Call::Closure);
                    value.at % 3 > 0
                });
                let mut panic = None;
                loop {
                    match catch_unwind(AssertUnwindSafe(|| iter.next())) {
                        Ok(Some(entry)) => taken.push(entry),
                        Ok(None) => break,
                        Err(payload) => panic = Some(payload),
                    }
                }
                if let Some(payload) = panic {
                    resume_unwind(payload);
                }
            });
            let mut all = wide.look();
            all.extend(taken.iter().map(|(i, value)| (i.start().at, i.last().at, value.at)));
            all.sort_unstable();
            expected.sort_unstable();
            assert_eq!(all, expected, "{call:?} {n}");
            drop(taken);
            wide.is_sound(&handles, &format!("extract_if, {call:?} {n}"));
            drop(wide);
            assert_eq!(living(), 0, "{call:?} {n}: leaked");
            if !has_fired {
                break;
            }
        }
    }
}

#[test]
fn queries() {
    let panics = drive_whole("queries", Allowed::Strong, |wide, _| {
        let query = || interval(4, 40);
        let most = wide.len();
        assert!(wide.overlapping(query()).with_handles().count() <= most);
        assert!(wide.stab(Key::new(8)).count() <= most);
        assert!(wide.count_overlapping(query()) <= most);
        assert_eq!(wide.overlaps(query()), wide.first_overlapping(query()).is_some());
        let next = wide.first_overlap(query()).and_then(|first| wide.next_overlap(first, query()));
        assert!(next.is_none_or(|next| wide.contains(next)));
        assert!(wide.hull().is_some());
        assert!(wide.range(query()).rev().count() <= most);
        assert!(wide.within(query()).count() + wide.covering(query()).count() <= 2 * most);
        assert!(wide.equal(&interval(4, 6)).rev().count() <= most);
        let _ = (wide.nearest(&Key::new(9)), wide.nearest_after(&Key::new(2)));
        assert!(*wide == *wide && Wide::cmp(wide, wide).is_eq());
        assert_eq!(wide.count_batch(&[query(), query()]).len(), 2);
        assert_eq!(wide.overlapping_batch(&[query()]).iter().count(), 1);
    });
    assert!(panics > 500, "{panics} panics");
}

#[test]
fn join_with_itself() {
    let size = (33, 9);
    let panics = faults::drive(
        "join",
        Allowed::Strong,
        || build(size),
        |wide, _| assert!(wide.join(wide).count() >= wide.len()),
    );
    assert!(panics > 50, "{panics} panics");
}

#[test]
fn clone_and_drop() {
    let panics = drive_whole("clone", Allowed::Strong, |wide, handles| {
        let clone = wide.clone();
        assert!(handles.iter().all(|handle| clone.contains(*handle)));
    });
    assert!(panics > 100, "{panics} panics");
    drive_whole("clone_from", Allowed::Strong, |wide, _| {
        let (mut other, handles) = build((64, 0));
        other.take_out(handles[2]);
        other.clone_from(wide);
    });
    let panics = drive_on_the_side("drop", |wide, _| drop(wide));
    assert!(panics >= 50, "{panics} panics");
}

#[test]
fn build_anew() {
    let panics = drive_on_the_side("collect", |_, _| {
        let entries = (0..40).map(|i| {
            user_code(Call::Closure);
            entry((i * 5 % 9, 90 - i, i))
        });
        assert_eq!(entries.collect::<Wide>().len(), 40);
    });
    assert!(panics > 500, "{panics} panics");
    drive_on_the_side("try_from_sorted", |_, _| {
        let entries = |n: i32| {
            (0..n).map(|i| {
                user_code(Call::Closure);
                entry((i / 2, 190 - i, i))
            })
        };
        assert_eq!(Wide::try_from_sorted(entries(70)).expect("sorted").len(), 70);
        let error = Wide::try_from_sorted(entries(40).chain(entries(2))).expect_err("unsorted");
        assert_eq!(error.sorted.len(), 40);
    });
}

#[test]
fn into_iter() {
    drive_on_the_side("into_iter", |wide, _| {
        let mut iter = wide.into_iter();
        assert!(iter.next().is_some());
        drop(iter.next_back());
    });
    drive_on_the_side("into_values", |wide, handles| {
        assert_eq!(wide.into_values().count(), handles.len());
    });
}

/// A caught panic inside the search, and on with it: a leaf is lent once all the same.
#[test]
fn overlapping_mut_lends_no_value_twice_after_a_panic() {
    for n in 1.. {
        let (mut wide, _) = build((70, 0));
        let mut has_fired = false;
        let has_begun = !panics_at(Call::Compare, n, || {
            let mut lent = Vec::new();
            let mut iter = wide.overlapping_mut(interval(10, 60)).with_handles();
            loop {
                match catch_unwind(AssertUnwindSafe(|| iter.next())) {
                    Ok(Some((handle, _, value))) => lent.push((handle, value)),
                    Ok(None) => break,
                    Err(_) => has_fired = true,
                }
            }
            let mut handles: Vec<_> = lent.iter().map(|(handle, _)| *handle).collect();
            handles.sort_unstable();
            handles.dedup();
            assert_eq!(handles.len(), lent.len(), "a value was lent twice, panic at {n}");
            for (_, value) in lent {
                value.at += 1_000;
            }
            if has_fired {
                resume_unwind(Box::new("the fuse"));
            }
        });
        wide.check().expect("a legal tree");
        if has_begun {
            break;
        }
    }
}

mod forgotten {
    use std::mem::ManuallyDrop;

    use super::*;

    fn plain() -> IntervalBTree<i32, i32> {
        (0..80).map(|i| (Interval::new(i / 2, i * 2), i)).collect()
    }

    /// Takes `taken` items, forgets the iterator, and finds the tree usable and so long.
    macro_rules! forget {
        ($wide:ident, $iter:expr) => {
            forget!($wide, $iter, |_: usize| 80)
        };
        ($wide:ident, $iter:expr, $left:expr) => {
            for taken in 0..80_usize {
                let mut $wide = plain();
                let mut iter = $iter;
                for _ in 0..taken {
                    std::hint::black_box(iter.next());
                }
                let _ = ManuallyDrop::new(iter);
                assert_eq!($wide.check().expect("a legal tree").len, $left(taken));
                let handle = $wide.insert(Interval::new(3, 99), 7);
                assert_eq!($wide.remove(handle), Some((Interval::new(3, 99), 7)));
            }
        };
    }

    #[test]
    fn borrowing_iterators_lose_nothing() {
        forget!(wide, wide.iter());
        forget!(wide, wide.iter().with_handles());
        forget!(wide, wide.intervals());
        forget!(wide, wide.values());
        forget!(wide, wide.overlapping(3..9));
        forget!(wide, wide.stab(7));
        forget!(wide, wide.range(2..));
        forget!(wide, wide.within(2..30));
        forget!(wide, wide.equal(&Interval::new(2, 8)));
        forget!(wide, wide.covering(7..=9));
        forget!(wide, wide.spans(..));
        forget!(wide, wide.gaps(..));
        forget!(wide, wide.merged(..));
        forget!(wide, wide.depth(..));
        forget!(wide, wide.join(&wide));
        forget!(wide, wide.iter_mut());
        forget!(wide, wide.iter_mut().with_handles());
        forget!(wide, wide.values_mut());
        forget!(wide, wide.overlapping_mut(3..9));
        forget!(wide, wide.overlapping_mut(..).with_handles());
    }

    #[test]
    fn owning_iterators_lose_what_they_had_taken() {
        forget!(wide, wide.extract_if(.., |_, _| true), |taken| 80 - taken);
        forget!(wide, wide.extract_if(.., |_, _| false));
        for taken in 0..80_usize {
            let mut iter = plain().into_iter();
            assert_eq!(iter.by_ref().take(taken).count(), taken);
            std::mem::forget(iter);
            std::mem::forget(plain().into_values());
        }
    }
}
