//! `RangeMap` beside a bitmap and, with many entries, beside the standard library's map; `RangeSet`.

use std::collections::BTreeMap;
use std::mem::discriminant;

use quickcheck::{Arbitrary, Gen};
use stabtree::{GapSearch, Interval, RangeMap, RangeSet};

use crate::bitmap::{Bitmap, assert_same};
use crate::range_map_ops::{Map, Op, apply};
use crate::subject::{Coverage, Runner, Subject, magnitude, mixed, runner};

pub(crate) fn subjects() -> Vec<Runner> {
    vec![runner::<Small>(), runner::<Large>(), runner::<Set>()]
}

/// All that a map has, over the 256 points.
struct Small;

impl Subject for Small {
    type Op = Op;

    fn name() -> String {
        "range_map_u8".to_owned()
    }

    fn history(seed: u64) -> Vec<Op> {
        let len = if seed.is_multiple_of(8) { 400 } else { 60 };
        let mut g = Gen::from_size_and_seed(100, seed);
        (0..len).map(|_| Op::arbitrary(&mut g)).collect()
    }

    fn run(_: u64, ops: &[Op], coverage: &mut Coverage) {
        let (mut map, mut model, mut former) = (Map::new(), Bitmap::new(256), None);
        for op in ops {
            apply(op, &mut map, &mut model);
            assert_same(&map, &model);
            coverage.operations += 1;
            coverage.comparisons += 1;
            coverage.state(("range map", model.entries()));
            coverage.feature(("range map", former, discriminant(op), magnitude(map.len())));
            former = Some(discriminant(op));
        }
    }

    fn simpler(_: &Op) -> Vec<Op> {
        vec![]
    }

    fn as_test(_: u64, ops: &[Op]) -> String {
        format!(
            "#[test]\nfn a_history_of_a_map() {{\n    use Op::*;\n    \
             let (mut map, mut model) = (Map::new(), Bitmap::new(256));\n    for op in {ops:#?} {{\n        \
             apply(&op, &mut map, &mut model);\n        assert_same(&map, &model);\n    }}\n}}\n"
        )
    }
}

/// A change of a map of many entries. Ends are taken modulo the domain, and put in order.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Change {
    Insert { at: u32, len: u32 },
    InsertCoalescing { at: u32, len: u32, value: u32 },
    TryInsert { at: u32, len: u32 },
    Cut { at: u32, len: u32 },
    Remove { at: u32 },
    SplitAt { at: u32 },
    Update { at: u32, len: u32 },
    Coalesce { at: u32, len: u32 },
    FindGap { at: u32, len: u32, wanted: u32 },
    ExtractIf { at: u32, len: u32, divisor: u32 },
    Neighbours { at: u32 },
    Pop { first: bool },
    Clone,
    Compact,
    ShrinkToFit,
}

/// First point to last point and value.
type Model = BTreeMap<u32, (u32, u32)>;

/// Several levels of a map.
struct Large;

struct Pair {
    map: RangeMap<u32, u32>,
    model: Model,
}

fn plain((interval, value): (Interval<u32>, &u32)) -> (u32, (u32, u32)) {
    (*interval.start(), (*interval.last(), *value))
}

impl Pair {
    /// The entry of the model that contains the point.
    fn containing(&self, at: u32) -> Option<(u32, (u32, u32))> {
        let (start, entry) = self.model.range(..=at).next_back()?;
        (entry.0 >= at).then_some((*start, *entry))
    }

    fn overlapping(&self, first: u32, last: u32) -> Vec<(u32, (u32, u32))> {
        let from = self.containing(first).map_or(first, |(start, _)| start);
        self.model.range(from..=last).map(|(start, entry)| (*start, *entry)).collect()
    }

    fn split(&mut self, at: u32) -> bool {
        let Some((start, (last, value))) = self.containing(at).filter(|(start, _)| *start < at)
        else {
            return false;
        };
        self.model.insert(start, (at - 1, value));
        self.model.insert(at, (last, value));
        true
    }

    /// Splits the model at both ends of a range, and removes what is inside.
    fn cut(&mut self, first: u32, last: u32) -> Vec<(u32, (u32, u32))> {
        self.split(first);
        self.split(last + 1);
        let inside: Vec<_> = self.model.range(first..=last).map(|(s, e)| (*s, *e)).collect();
        for (start, _) in &inside {
            self.model.remove(start);
        }
        inside
    }

    /// Joins the entry of the model that starts at `at` with one of its value that ends before it.
    fn join(&mut self, at: u32) -> bool {
        let Some(&(last, value)) = self.model.get(&at) else { return false };
        let before = at.checked_sub(1).and_then(|before| self.containing(before));
        match before {
            Some((start, (_, other))) if other == value => {
                self.model.remove(&at);
                self.model.insert(start, (last, value));
                true
            }
            _ => false,
        }
    }

    fn gaps(&self, first: u32, last: u32) -> Vec<(u32, u32)> {
        let (mut gaps, mut from) = (Vec::new(), first);
        for (start, (end, _)) in self.overlapping(first, last) {
            if start > from {
                gaps.push((from, start - 1));
            }
            from = end + 1;
        }
        if from <= last {
            gaps.push((from, last));
        }
        gaps
    }

    #[expect(clippy::too_many_lines, reason = "an arm for each change")]
    fn apply(&mut self, change: Change, step: u32) {
        match change {
            Change::Insert { at, len } => {
                self.cut(at, at + len);
                self.model.insert(at, (at + len, step));
                self.map.insert(at..=at + len, step);
            }
            Change::InsertCoalescing { at, len, value } => {
                self.cut(at, at + len);
                self.model.insert(at, (at + len, value));
                self.join(at + len + 1);
                self.join(at);
                self.map.insert_coalescing(at..=at + len, value);
            }
            Change::TryInsert { at, len } => {
                let taken = self.overlapping(at, at + len);
                match self.map.try_insert(at..=at + len, step) {
                    Ok(()) => {
                        assert_eq!(taken, [], "try_insert");
                        self.model.insert(at, (at + len, step));
                    }
                    Err(refused) => {
                        let interval = refused.interval();
                        let named = (*interval.start(), *interval.last());
                        let first = taken.first().expect("something is in the way");
                        assert_eq!(named, (first.0, first.1.0), "the first in the way");
                    }
                }
            }
            Change::Cut { at, len } => {
                let expected = self.cut(at, at + len);
                let found = self.map.cut(at..=at + len);
                assert!(found.map(|(i, v)| plain((i, &v))).eq(expected), "cut");
            }
            Change::Remove { at } => {
                let expected = self.containing(at);
                expected.map(|(start, _)| self.model.remove(&start));
                assert_eq!(self.map.remove(at).map(|(i, v)| plain((i, &v))), expected, "remove");
            }
            Change::SplitAt { at } => {
                assert_eq!(self.map.split_at(at), self.split(at), "split_at");
            }
            Change::Update { at, len } => {
                self.split(at);
                self.split(at + len + 1);
                let mut seen = Vec::new();
                self.map.update(at..=at + len, |interval, value| {
                    seen.push(plain((interval, value)));
                    *value /= 2;
                });
                assert_eq!(seen, self.overlapping(at, at + len), "update");
                self.model.range_mut(at..=at + len).for_each(|(_, (_, value))| *value /= 2);
            }
            Change::Coalesce { at, len } => {
                let starts: Vec<_> =
                    self.model.range(at.max(1)..=at + len + 1).map(|(s, _)| *s).collect();
                let joined = starts.into_iter().filter(|start| self.join(*start)).count();
                assert_eq!(self.map.coalesce(at..=at + len), joined, "coalesce");
            }
            Change::FindGap { at, len, wanted } => {
                let mut gaps = self.gaps(at, at + len);
                gaps.retain(|(first, last)| last - first >= wanted);
                let search = GapSearch::new(u128::from(wanted) + 1).within(at..=at + len);
                let found = [search.lowest(), search.highest(), search.best_fit()]
                    .map(|search| self.map.find_gap(search).map(|i| (*i.start(), *i.last())));
                let best = gaps.iter().min_by_key(|(first, last)| last - first);
                let lowest = |(first, _): &(u32, u32)| (*first, first + wanted);
                let expected = [
                    gaps.first().map(lowest),
                    gaps.last().map(|(_, last)| (last - wanted, *last)),
                    best.map(lowest),
                ];
                assert_eq!(found, expected, "find_gap");
            }
            Change::ExtractIf { at, len, divisor } => {
                let chosen = self.overlapping(at, at + len).into_iter();
                let chosen: Vec<_> = chosen.filter(|(start, _)| start % divisor == 0).collect();
                for (start, _) in &chosen {
                    self.model.remove(start);
                }
                let found = self.map.extract_if(at..=at + len, |i, _| i.start() % divisor == 0);
                assert!(found.map(|(i, v)| plain((i, &v))).eq(chosen), "extract_if");
            }
            Change::Neighbours { at } => {
                let contains = self.containing(at);
                assert_eq!(self.map.get_entry(at).map(plain), contains, "get_entry");
                let before = self.model.range(..=at).rev().find(|(_, (last, _))| *last < at);
                assert_eq!(self.map.before(at).map(plain), before.map(|(s, e)| (*s, *e)));
                let after = self.model.range(at + 1..).next();
                assert_eq!(self.map.after(at).map(plain), after.map(|(s, e)| (*s, *e)));
            }
            Change::Pop { first } => {
                let popped = if first { self.map.pop_first() } else { self.map.pop_last() };
                let expected = if first { self.model.pop_first() } else { self.model.pop_last() };
                assert_eq!(popped.map(|(i, v)| plain((i, &v))), expected, "pop");
            }
            Change::Clone => {
                let clone = self.map.clone();
                assert_eq!(clone, self.map);
                self.map = clone;
            }
            Change::Compact => self.map.compact(),
            Change::ShrinkToFit => self.map.shrink_to_fit(),
        }
    }

    fn compare(&self, (first, len): (u32, u32)) {
        self.map.check().expect("all invariants hold");
        assert_eq!(self.map.len(), self.model.len());
        assert!(self.map.iter().map(plain).eq(self.model.iter().map(|(s, e)| (*s, *e))), "iter");
        let last = first + len;
        let expected = self.overlapping(first, last);
        assert!(self.map.overlapping(first..=last).map(plain).eq(expected.iter().copied()));
        let back = self.map.overlapping(first..=last).rev().map(plain);
        assert!(back.eq(expected.iter().rev().copied()), "overlapping from the back");
        let gaps = self.gaps(first, last);
        let found = |gap: Interval<u32>| (*gap.start(), *gap.last());
        assert!(self.map.gaps(first..=last).map(found).eq(gaps.iter().copied()), "gaps");
        assert!(self.map.gaps(first..=last).rev().map(found).eq(gaps.iter().rev().copied()));
        assert_eq!(self.map.covers(first..=last), gaps.is_empty(), "covers");
    }
}

impl Subject for Large {
    type Op = Change;

    fn name() -> String {
        "range_map_u32".to_owned()
    }

    fn history(seed: u64) -> Vec<Change> {
        let mut number = 0;
        let mut below = |n: u32| {
            number += 1;
            u32::try_from(mixed(seed, number) >> 33).expect("31 bits") % n
        };
        let domain = [600, 6_000, 200_000][below(3) as usize];
        let len = 300 * (1 + below(20));
        let mut history = Vec::new();
        for _ in 0..len {
            let at = below(domain);
            let len = below(12);
            let far = below(domain / 3);
            history.push(match below(64) {
                0..26 => Change::Insert { at, len },
                26..32 => Change::InsertCoalescing { at, len, value: below(3) },
                32..36 => Change::TryInsert { at, len },
                36..42 => Change::Cut { at, len },
                42 => Change::Cut { at, len: if below(8) == 0 { far } else { 40 } },
                43..46 => Change::Remove { at },
                46 | 47 => Change::SplitAt { at },
                48 => Change::Update { at, len: 20 },
                49 => Change::Update { at, len: if below(8) == 0 { far } else { 3 } },
                50 => Change::Coalesce { at, len: 30 },
                51 => Change::Coalesce { at, len: if below(8) == 0 { far } else { 3 } },
                52..55 => Change::FindGap { at, len: 200 + far / 8, wanted: below(30) },
                55 => Change::ExtractIf { at, len: 60, divisor: 1 + below(4) },
                56..59 => Change::Neighbours { at },
                59 | 60 => Change::Pop { first: below(2) == 0 },
                61 => Change::Clone,
                62 => Change::Compact,
                _ => Change::ShrinkToFit,
            });
        }
        history
    }

    fn run(seed: u64, ops: &[Change], coverage: &mut Coverage) {
        let mut pair = Pair { map: RangeMap::new(), model: Model::new() };
        let every = if ops.len() < 100 { 1 } else { 61 };
        let mut former = None;
        for (step, &change) in (1..).zip(ops) {
            pair.apply(change, step);
            coverage.operations += 1;
            coverage.feature(("map", former, discriminant(&change), magnitude(pair.map.len())));
            former = Some(discriminant(&change));
            if step % every == 0 {
                let [first, len] = [1, 2].map(|turn| {
                    u32::try_from(mixed(seed, u64::from(step) * turn) >> 44).expect("20 bits")
                });
                pair.compare((first % 6_000, len % 3_000));
                coverage.comparisons += 1;
                coverage.state(("map", &pair.model));
            }
        }
        pair.compare((0, 300_000));
    }

    fn simpler(change: &Change) -> Vec<Change> {
        let mut simpler = Vec::new();
        let mut shorter = |to: &dyn Fn(u32) -> Change, from: u32| {
            simpler.extend(
                [0, from / 2, from.saturating_sub(1)]
                    .map(to)
                    .into_iter()
                    .filter(|other| other != change),
            );
        };
        match *change {
            Change::Insert { at, len } => shorter(&|len| Change::Insert { at, len }, len),
            Change::Cut { at, len } => shorter(&|len| Change::Cut { at, len }, len),
            Change::Update { at, len } => shorter(&|len| Change::Update { at, len }, len),
            Change::Coalesce { at, len } => shorter(&|len| Change::Coalesce { at, len }, len),
            _ => {}
        }
        simpler
    }

    fn as_test(_: u64, ops: &[Change]) -> String {
        format!(
            "#[test]\nfn a_history_of_a_large_map() {{\n    use Change::*;\n    \
             let mut pair = Pair {{ map: RangeMap::new(), model: Model::new() }};\n    \
             for (step, change) in (1..).zip({ops:?}) {{\n        pair.apply(change, step);\n        \
             pair.compare((0, 300_000));\n    }}\n}}\n"
        )
    }
}

/// Sets of ranges beside sets of points.
struct Set;

/// The maximal runs of points that are in a set.
fn ranges(is_in: impl Fn(usize) -> bool) -> Vec<(u8, u8)> {
    let mut ranges: Vec<(u8, u8)> = Vec::new();
    for at in (0..=u8::MAX).filter(|at| is_in(usize::from(*at))) {
        match ranges.last_mut() {
            Some((_, last)) if *last + 1 == at => *last = at,
            _ => ranges.push((at, at)),
        }
    }
    ranges
}

impl Subject for Set {
    /// Whether a half-open range is inserted or removed.
    type Op = (bool, u8, u8);

    fn name() -> String {
        "range_set_u8".to_owned()
    }

    fn history(seed: u64) -> Vec<Self::Op> {
        let mut g = Gen::from_size_and_seed(100, seed);
        let narrow = [7, 40, 255][usize::from(seed.to_le_bytes()[0]) % 3];
        let mut point = || u8::arbitrary(&mut g) % narrow;
        let range = |_| (point() % 3 > 0, point(), point());
        (0..150).map(range).collect()
    }

    fn run(_: u64, ops: &[Self::Op], coverage: &mut Coverage) {
        let (mut set, mut model) = (RangeSet::new(), [false; 256]);
        let (mut other, mut beside) = (RangeSet::new(), [false; 256]);
        for (step, &(inserts, a, b)) in ops.iter().enumerate() {
            // Now and then the two change places, so that both grow and shrink.
            if step % 5 == 4 {
                std::mem::swap(&mut set, &mut other);
                std::mem::swap(&mut model, &mut beside);
            }
            if inserts {
                set.insert(a..b);
            } else {
                set.remove(a..b);
            }
            (a..b).for_each(|at| model[usize::from(at)] = inserts);
            set.check().expect("all invariants hold");
            let plain = |range: Interval<u8>| (*range.start(), *range.last());
            let ranges = ranges(|at| model[at]);
            let is_of = |found: &RangeSet<u8>, points: &dyn Fn(usize) -> bool| {
                found.check().expect("all invariants hold");
                assert!(found.iter().map(plain).eq(self::ranges(points)), "{set:?} and {other:?}");
            };
            is_of(&(&set | &other), &|at| model[at] || beside[at]);
            is_of(&(&set & &other), &|at| model[at] && beside[at]);
            is_of(&(&set - &other), &|at| model[at] && !beside[at]);
            is_of(&(&set ^ &other), &|at| model[at] != beside[at]);
            is_of(&!&set, &|at| !model[at]);
            assert!(set.iter().map(plain).eq(ranges.iter().copied()), "{set:?}");
            assert_eq!(set.len(), ranges.len());
            for at in 0..=u8::MAX {
                assert_eq!(set.contains(at), model[usize::from(at)], "{at}");
                let before = ranges.iter().rfind(|(_, last)| *last < at);
                assert_eq!(set.before(at).map(plain).as_ref(), before, "before {at}");
                let after = ranges.iter().find(|(first, _)| *first > at);
                assert_eq!(set.after(at).map(plain).as_ref(), after, "after {at}");
            }
            let (low, high) = (usize::from(a.min(b)), usize::from(a.max(b)));
            let covers = model[low..=high].iter().all(|is_in| *is_in);
            assert_eq!(set.covers(a.min(b)..=a.max(b)), covers, "covers");
            coverage.operations += 1;
            coverage.comparisons += 1;
            coverage.state(("set", ranges));
            coverage.feature(("set", inserts, magnitude(set.len())));
        }
    }

    fn simpler(&(inserts, a, b): &Self::Op) -> Vec<Self::Op> {
        (a, b).shrink().map(|(a, b)| (inserts, a, b)).collect()
    }

    fn as_test(_: u64, ops: &[Self::Op]) -> String {
        format!(
            "#[test]\nfn a_history_of_a_set() {{\n    let (mut set, mut model) = (RangeSet::new(), [false; 256]);\n    \
             for (inserts, a, b) in {ops:?} {{\n        if inserts {{ set.insert(a..b) }} else {{ set.remove(a..b) }}\n        \
             (a..b).for_each(|at| model[usize::from(at)] = inserts);\n        set.check().unwrap();\n        \
             assert_eq!(points(&set), model);\n    }}\n}}\n"
        )
    }
}
