//! The pairs of two sets of intervals that overlap, in one pass over both.
//!
//! The indexes hand in their entries; what comes out is theirs to name.

#![forbid(unsafe_code)]

use alloc::vec::Vec;
use core::borrow::Borrow;
use core::mem;

use super::Interval;

/// The overlapping pairs of two sets, each handed in as entries in order: an interval, and what
/// goes with it.
#[derive(Clone, Debug)]
pub(crate) struct Pairs<L, R, A, B> {
    left: Side<L, A>,
    right: Side<R, B>,
    /// The entry that started last, and how many entries of the other side are still to be
    /// compared with it.
    arrived: Arrived<A, B>,
    unpaired: usize,
}

#[derive(Clone, Debug)]
enum Arrived<A, B> {
    Left(A),
    Right(B),
    None,
}

/// One of the two sets: what has not started yet, and what has started and may still reach.
#[derive(Clone, Debug)]
struct Side<I, A> {
    rest: I,
    coming: Option<A>,
    /// What has started and, when it was last looked at, had not ended: at most `limit`.
    active: Vec<A>,
    /// Twice as many as were active when all were last looked at, or [`FEW`].
    limit: usize,
}

/// How many active entries of a side it is not worth to look at only to drop some.
const FEW: usize = 4;

impl<I: Iterator> Side<I, I::Item> {
    fn new(mut entries: I) -> Self {
        Self { coming: entries.next(), rest: entries, active: Vec::new(), limit: FEW }
    }
}

impl<I, A> Side<I, A> {
    /// Returns `true` if nothing that is still to start can be paired with an entry of this side.
    fn is_done(&self) -> bool {
        self.coming.is_none() && self.active.is_empty()
    }
}

impl<I: Iterator<Item = (X, V)>, X: Copy, V: Copy> Side<I, (X, V)> {
    /// The entry that comes first, which becomes active if it `may_be_met` by others.
    #[inline]
    fn arrive<T: Ord>(&mut self, may_be_met: bool) -> Option<(X, V)>
    where
        X: Borrow<Interval<T>>,
    {
        let entry = mem::replace(&mut self.coming, self.rest.next())?;
        if may_be_met {
            // The other side drops what has ended as its entries come; if none come, nobody does.
            if self.active.len() >= self.limit {
                self.drop_ended(entry.0.borrow().start());
            }
            self.active.push(entry);
        }
        Some(entry)
    }

    #[cold]
    fn drop_ended<T: Ord>(&mut self, start: &T)
    where
        X: Borrow<Interval<T>>,
    {
        self.active.retain(|active| active.0.borrow().last() >= start);
        self.limit = FEW.max(2 * self.active.len());
    }

    /// The next active entry from the end at `unpaired` that reaches `start`; those that do not
    /// will reach nothing that comes later either, and are dropped.
    fn next_reaching<T: Ord>(&mut self, unpaired: &mut usize, start: &T) -> Option<(X, V)>
    where
        X: Borrow<Interval<T>>,
    {
        while let Some(at) = unpaired.checked_sub(1) {
            *unpaired = at;
            let entry = self.active[at];
            if entry.0.borrow().last() >= start {
                return Some(entry);
            }
            self.active.swap_remove(at);
        }
        None
    }
}

impl<L: Iterator, R: Iterator> Pairs<L, R, L::Item, R::Item> {
    pub(crate) fn new(left: L, right: R) -> Self {
        let (left, right) = (Side::new(left), Side::new(right));
        Self { left, right, arrived: Arrived::None, unpaired: 0 }
    }
}

impl<L, R, A, B> Pairs<L, R, A, B> {
    /// How many entries of each side are held.
    pub(crate) fn open(&self) -> (usize, usize) {
        (self.left.active.len(), self.right.active.len())
    }
}

impl<L, R, X, Y, V, W> Pairs<L, R, (X, V), (Y, W)>
where
    L: Iterator<Item = (X, V)>,
    R: Iterator<Item = (Y, W)>,
    X: Copy,
    V: Copy,
    Y: Copy,
    W: Copy,
{
    /// The next pair, in order of the start of the later one.
    pub(crate) fn next<T: Ord>(&mut self) -> Option<((X, V), (Y, W))>
    where
        X: Borrow<Interval<T>>,
        Y: Borrow<Interval<T>>,
    {
        let Self { left, right, arrived, unpaired } = self;
        loop {
            // An active entry started no later than the arrived one: only *Reaches* is left to
            // ask.
            match arrived {
                Arrived::Left(l) => {
                    if let Some(r) = right.next_reaching(unpaired, l.0.borrow().start()) {
                        return Some((*l, r));
                    }
                }
                Arrived::Right(r) => {
                    if let Some(l) = left.next_reaching(unpaired, r.0.borrow().start()) {
                        return Some((l, *r));
                    }
                }
                Arrived::None => {}
            }
            if left.is_done() || right.is_done() {
                return None;
            }
            let left_is_next = match (&left.coming, &right.coming) {
                (None, None) => return None,
                (Some(l), Some(r)) => l.0.borrow().start() <= r.0.borrow().start(),
                (l, _) => l.is_some(),
            };
            if left_is_next {
                *arrived = Arrived::Left(left.arrive(right.coming.is_some())?);
                *unpaired = right.active.len();
            } else {
                *arrived = Arrived::Right(right.arrive(left.coming.is_some())?);
                *unpaired = left.active.len();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Interval, Pairs};
    use alloc::vec::Vec;
    use core::iter;

    type Entry = (Interval<u32>, usize);

    fn entries(ends: impl IntoIterator<Item = (u32, u32)>) -> Vec<Entry> {
        let mut entries: Vec<_> = ends.into_iter().map(|(a, b)| Interval::new(a, b)).collect();
        entries.sort();
        entries.into_iter().zip(0..).collect()
    }

    /// Joins both, compares with all pairs, and returns for how many entries of each side memory
    /// was needed, and how many entries of each were read.
    fn join(left: &[Entry], right: &[Entry]) -> [(usize, usize); 2] {
        let mut read = (0, 0);
        let mut found = Vec::new();
        let left_read = left.iter().copied().inspect(|_| read.0 += 1);
        let right_read = right.iter().copied().inspect(|_| read.1 += 1);
        let mut pairs = Pairs::new(left_read, right_read);
        while let Some((l, r)) = pairs.next() {
            found.push((l.1, r.1));
        }
        assert!(pairs.next().is_none(), "fused");
        let held = (pairs.left.active.capacity(), pairs.right.active.capacity());
        drop(pairs);
        found.sort_unstable();
        let mut expected = Vec::new();
        for l in left {
            expected.extend(right.iter().filter(|r| r.0.overlaps(&l.0)).map(|r| (l.1, r.1)));
        }
        assert_eq!(found, expected, "{left:?} and {right:?}");
        [held, read]
    }

    /// Memory for twice the most entries that contain one value, as `Vec` grows.
    fn allowed(entries: &[Entry]) -> usize {
        let at = |at| entries.iter().filter(|(interval, _)| interval.contains(&at)).count();
        let most_open = entries.iter().map(|(interval, _)| at(*interval.start())).max();
        most_open.map_or(0, |most| super::FEW.max((2 * most).next_power_of_two()))
    }

    #[test]
    fn ended_entries_are_not_held() {
        let many = entries((0..10_000).map(|i| (10 * i, 10 * i + 5)));
        let last = entries([(99_000, 200_000)]);
        for (left, right) in [(&many, &last), (&last, &many)] {
            let [held, _] = join(left, right);
            assert!(held.0 <= 4 && held.1 <= 4, "{held:?}");
        }
    }

    #[test]
    fn a_join_ends_with_one_of_its_sides() {
        let many = entries((0..10_000).map(|i| (10 * i, 10 * i + 5)));
        let first = entries([(0, 23)]);
        let [held, read] = join(&many, &first);
        assert_eq!(read, (5, 1), "up to the one after the first that starts after 23");
        assert!(held.0 <= 4, "{held:?}");
        let [_, read] = join(&first, &many);
        assert_eq!(read, (1, 5));
        let [held, read] = join(&many, &[]);
        assert_eq!((held, read), ((0, 0), (1, 0)));
    }

    /// Random lengths, nests, staircases: no more than twice what is open is ever held.
    #[test]
    fn held_entries_are_bounded_by_open_ones() {
        let mut state = 7_u32;
        let mut random = move |below: u32| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) % below
        };
        for round in 0..20_u32 {
            let longest = 1 << (round % 10);
            let mut some = |count: usize| {
                let all = iter::repeat_with(|| (random(3_000), random(longest)));
                entries(all.take(count).map(|(start, len)| (start, start + len)))
            };
            let (left, right) = (some(400), some(if round % 3 == 0 { 4 } else { 400 }));
            let [held, _] = join(&left, &right);
            let allowed = (allowed(&left), allowed(&right));
            assert!(held.0 <= allowed.0 && held.1 <= allowed.1, "{held:?} of {allowed:?}");
        }
        let nest = entries((0..300).map(|i| (i, 1_000 - i)));
        let stairs = entries((0..300).map(|i| (i, i + 20)));
        for (left, right) in [(&nest, &stairs), (&stairs, &nest), (&stairs, &stairs)] {
            let [held, _] = join(left, right);
            assert!(held.0 <= allowed(left) && held.1 <= allowed(right), "{held:?}");
        }
    }
}
