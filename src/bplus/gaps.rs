//! Disjoint entries: changed in place, and the gaps between them.

#![forbid(unsafe_code)]

use core::mem;
use core::ops::Range;

use arrayvec::ArrayVec;

use super::kind::{Disjoint, Kind, Measure};
use super::node::{LEAF, MAX_HEIGHT, NIL, Nodes, Position, to_u32};
use super::search::Ancestors;
use crate::interval::{Discrete, Interval};
use crate::pages::OrPanic;

/// The largest values (bytes) of which several are removed at once.
const LARGEST: usize = 64;

/// What comes in the place of what a range overlaps.
pub(crate) struct Change<V> {
    /// The value of an entry for the range.
    pub(crate) value: Option<V>,
    /// The value of the second part of an entry that covers the range and more.
    pub(crate) rest: Option<V>,
    /// Whether entries inside the range are removed; if not, nothing comes in their place.
    pub(crate) removes: bool,
}

/// What has changed, with the values that were removed: to be dropped when all else is done.
pub(crate) struct Changed<V> {
    pub(crate) displaced: Option<V>,
    pub(crate) removed: ArrayVec<V, LEAF>,
    /// How many entries there are more, or fewer.
    pub(crate) more: usize,
    pub(crate) fewer: usize,
}

impl<V> Changed<V> {
    pub(crate) fn nothing() -> Self {
        Self { displaced: None, removed: ArrayVec::new(), more: 0, fewer: 0 }
    }
}

/// The greatest gaps below the ancestors of a leaf after a change, from the lowest one.
type PlannedGaps = ArrayVec<u128, MAX_HEIGHT>;

/// The ends of what comes in the place of some entries of a leaf.
type EndsAfter<T> = ArrayVec<(T, T), { LEAF + 3 }>;

/// What a change does to a leaf.
struct Planned<T> {
    /// The entries inside the range.
    from: usize,
    to: usize,
    /// The new last of the entry before them, and the new start of that after them.
    left: Option<T>,
    right: Option<T>,
    /// The second part of an entry that covers the range and more.
    split: Option<(T, T)>,
    /// How many entries the leaf holds then.
    len: usize,
}

/// The greatest of some gaps, of which it was `greatest`, after the greatest of a few of them, `former`,
/// has become `now`; `others` measures the rest, where it matters.
#[inline]
fn greatest_after([former, now]: [u128; 2], greatest: u128, others: impl FnOnce() -> u128) -> u128 {
    // The greatest one is elsewhere, or is surpassed.
    if former < greatest || now >= greatest { greatest.max(now) } else { now.max(others()) }
}

impl<T: Discrete + Copy, V> Nodes<T, V, Disjoint> {
    /// Inserts an entry at the place that [`split_if_full`](Self::split_if_full) gave.
    pub(crate) fn insert_entry(
        &mut self,
        place: &(Position, Ancestors),
        interval: Interval<T>,
        value: V,
    ) {
        let (Position { leaf, pos }, way) = place;
        let steps = &way.steps[..self.height];
        let ends = [interval.into_bounds()];
        let mut gaps = PlannedGaps::new();
        self.plan_gaps(&mut gaps, *leaf, *pos..*pos, &ends, steps);
        self.insert(place, interval, value, |_| ());
        self.set_gaps(&gaps, steps);
    }

    /// Truncates the entry before the place that [`split_if_full`](Self::split_if_full) gave to `left`,
    /// and inserts the rest of it.
    pub(crate) fn split_entry(
        &mut self,
        place: &(Position, Ancestors),
        [left, right]: [Interval<T>; 2],
        value: V,
    ) {
        let &(Position { leaf, pos }, ref way) = place;
        let steps = &way.steps[..self.height];
        let ends = [left.into_bounds(), right.into_bounds()];
        let mut gaps = PlannedGaps::new();
        self.plan_gaps(&mut gaps, leaf, pos - 1..pos, &ends, steps);
        // The rest extends as far as the entry did.
        self.insert_raising(0, place, right, value, |_| ());
        self.leaf_mut(leaf).lasts[pos - 1] = *left.last();
        self.set_gaps(&gaps, steps);
    }

    /// Removes an entry from a leaf that can give one away.
    pub(crate) fn remove_entry(&mut self, at: Position) -> (Interval<T>, V) {
        let Ancestors { steps } = self.ancestors(at.leaf);
        let steps = &steps[..self.height];
        let mut gaps = PlannedGaps::new();
        self.plan_gaps(&mut gaps, at.leaf, at.pos..at.pos + 1, &[], steps);
        let (interval, value, _) = self.remove_lowering(at, steps);
        self.set_gaps(&gaps, steps);
        self.free_if_empty(at);
        (interval, value)
    }

    /// Extends an entry over the one after it in the same leaf, which can give one away; returns the value
    /// of that one.
    pub(crate) fn join_next(&mut self, Position { leaf: id, pos }: Position) -> V {
        let Ancestors { steps } = self.ancestors(id);
        let steps = &steps[..self.height];
        let leaf = self.leaf(id);
        let (start, last) = (leaf.starts[pos], leaf.lasts[pos + 1]);
        let mut gaps = PlannedGaps::new();
        self.plan_gaps(&mut gaps, id, pos..pos + 2, &[(start, last)], steps);
        let (_, value, _) = self.remove_lowering(Position { leaf: id, pos: pos + 1 }, steps);
        self.leaf_mut(id).lasts[pos] = last;
        if pos + 1 == self.leaf(id).len() {
            self.carry_last(id, steps);
        }
        self.set_gaps(&gaps, steps);
        value
    }

    /// Gives an entry another interval that lies between its neighbours.
    pub(crate) fn set_interval(
        &mut self,
        Position { leaf: id, pos }: Position,
        interval: Interval<T>,
    ) {
        let (start, last) = interval.into_bounds();
        let Ancestors { steps } = self.ancestors(id);
        let steps = &steps[..self.height];
        let mut gaps = PlannedGaps::new();
        self.plan_gaps(&mut gaps, id, pos..pos + 1, &[(start, last)], steps);
        self.own_path(id).or_panic();
        let leaf = self.leaf_mut(id);
        (leaf.starts[pos], leaf.lasts[pos]) = (start, last);
        if pos == 0 {
            self.carry_start(id, steps);
        }
        if pos + 1 == self.leaf(id).len() {
            self.carry_last(id, steps);
        }
        self.set_gaps(&gaps, steps);
    }

    /// Puts `change` in the place of what a range overlaps, if all of that lies in one leaf, which can
    /// take it as it is; gives `change` back otherwise, and nothing has changed. `pos` is the place in
    /// the leaf after all entries that start at or before the range, and `steps` lead to the leaf.
    ///
    /// Entries across the ends of the range are truncated. `changed` is where it is read: returned, its
    /// array would be copied whole.
    pub(crate) fn change_in_leaf(
        &mut self,
        (Position { leaf: id, pos }, way): (Position, &Ancestors),
        range: Interval<T>,
        change: Change<V>,
        changed: &mut Changed<V>,
    ) -> Result<(), Change<V>> {
        if id == NIL {
            return Err(change);
        }
        let Some(plan) = self.plan_in_leaf(id, pos, range, &change) else { return Err(change) };
        let Planned { from, to, left, right, split, len } = plan;
        let held = self.leaf(id).len();
        if left.is_none() && right.is_none() && change.value.is_none() && len == held {
            return Ok(());
        }
        let (first, after) =
            (from - usize::from(left.is_some()), to + usize::from(right.is_some()));
        let steps = &way.steps[..self.height];
        let mut gaps = PlannedGaps::new();
        if self.height > 0 {
            let mut ends = EndsAfter::new();
            self.ends_after(&mut ends, id, &plan, range, &change);
            self.plan_gaps(&mut gaps, id, first..after, &ends, steps);
        }
        self.own_path(id).or_panic();

        // From here on nothing is compared or measured.
        let leaf = self.leaf_mut(id);
        if let Some(last) = left {
            leaf.lasts[from - 1] = last;
        }
        if let Some(start) = right {
            leaf.starts[to] = start;
        }
        let (start, last) = range.into_bounds();
        let mut keep = from;
        if let Some(value) = change.value {
            if from < to {
                (leaf.starts[from], leaf.lasts[from]) = (start, last);
                let displaced = mem::replace(&mut self.leaves.values_mut(id)[from], value);
                changed.displaced = Some(displaced);
            } else {
                self.leaves.insert(id, from, (start, last), (), value);
            }
            keep += 1;
        }
        if keep < to && change.removes {
            let leaf = self.leaf_mut(id);
            leaf.starts.copy_within(to.., keep);
            leaf.lasts.copy_within(to.., keep);
            for _ in keep..to {
                changed.removed.push(self.leaves.take_value(id, keep));
            }
        }
        if let Some((split, value)) = split.zip(change.rest) {
            self.leaves.insert(id, keep, split, (), value);
        }
        (changed.more, changed.fewer) = (len.saturating_sub(held), held.saturating_sub(len));

        for (id, at) in steps {
            let count = &mut self.inner_mut(*id).counts[*at as usize];
            *count = *count + to_u32(changed.more) - to_u32(changed.fewer);
        }
        if first == 0 {
            self.carry_start(id, steps);
        }
        if after == held {
            self.carry_last(id, steps);
        }
        self.set_gaps(&gaps, steps);
        Ok(())
    }

    /// The ends of what comes in the place of all entries that a range overlaps.
    fn ends_after(
        &self,
        ends: &mut EndsAfter<T>,
        id: u32,
        plan: &Planned<T>,
        range: Interval<T>,
        change: &Change<V>,
    ) {
        let leaf = self.leaf(id);
        if let Some(last) = plan.left {
            ends.push((leaf.starts[plan.from - 1], last));
        }
        if change.value.is_some() {
            ends.push(range.into_bounds());
        } else if !change.removes {
            ends.extend((plan.from..plan.to).map(|pos| (leaf.starts[pos], leaf.lasts[pos])));
        }
        ends.extend(plan.split);
        if let Some(start) = plan.right {
            ends.push((start, leaf.lasts[plan.to]));
        }
    }

    /// Measures what the ancestors of a leaf say of their children when `ends` have come in the place of
    /// some of its entries, from the lowest ancestor up to the last one for which that changes.
    ///
    /// What a node says of a child is measured anew only if the child changes for it: by its greatest
    /// gap, or at one of its ends.
    fn plan_gaps(
        &self,
        plan: &mut PlannedGaps,
        leaf: u32,
        entries: Range<usize>,
        ends: &[(T, T)],
        steps: &[(u32, u32)],
    ) {
        let Some((id, at)) = steps.first() else { return };
        let Range { start: from, end: to } = entries;
        let held = self.leaf(leaf);
        let former = self.gap_between(leaf, from.saturating_sub(1)..to.min(held.len() - 1));
        let ends_of = |pos: usize| (held.starts[pos], held.lasts[pos]);
        let before = from.checked_sub(1).map(ends_of);
        let after = (to < held.len()).then(|| ends_of(to));
        let mut around = before.into_iter().chain(ends.iter().copied()).chain(after);
        let Some((mut start, mut last)) = around.next() else { return };
        let mut gap = <Disjoint as Measure<T>>::NONE;
        for (next, end) in around {
            gap = gap.max(Disjoint::between(&last, &next));
            last = end;
        }
        let mut is_at_end = before.is_none() || after.is_none();
        let greatest = self.inner(*id).gaps[*at as usize];
        gap = greatest_after([former, gap], greatest, || {
            let end = held.len() - 1;
            let before = self.gap_between(leaf, 0..from.saturating_sub(1));
            before.max(self.gap_between(leaf, to.min(end)..end))
        });
        if before.is_some() {
            start = held.starts[0];
        }
        if after.is_some() {
            last = held.lasts[held.len() - 1];
        }
        for (level, (id, at)) in steps.iter().enumerate() {
            let (inner, at) = (self.inner(*id), *at as usize);
            if inner.gaps[at] == gap && !is_at_end {
                break;
            }
            plan.push(gap);
            let Some((above, at_above)) = steps.get(level + 1) else { break };
            // What is below the node itself then.
            let (lasts, starts) = (&inner.lasts[..inner.len - 1], &inner.starts[1..inner.len]);
            let mut former = inner.gaps[at];
            if at > 0 {
                former = former.max(Disjoint::between(&lasts[at - 1], &starts[at - 1]));
                gap = gap.max(Disjoint::between(&lasts[at - 1], &start));
                start = inner.starts[0];
            }
            if at + 1 < inner.len {
                former = former.max(Disjoint::between(&lasts[at], &starts[at]));
                gap = gap.max(Disjoint::between(&last, &starts[at]));
                last = inner.lasts[inner.len - 1];
            }
            is_at_end &= at == 0 || at + 1 == inner.len;
            let greatest = self.inner(*above).gaps[*at_above as usize];
            gap = greatest_after([former, gap], greatest, || {
                let (before, after) = (at.saturating_sub(1), (at + 1).min(lasts.len()));
                let below = inner.gaps[..at].iter().chain(&inner.gaps[at + 1..inner.len]);
                let below = below.copied().fold(<Disjoint as Measure<T>>::NONE, u128::max);
                below
                    .max(Disjoint::greatest(&lasts[..before], &starts[..before]))
                    .max(Disjoint::greatest(&lasts[after..], &starts[after..]))
            });
        }
    }

    /// Writes what [`plan_gaps`](Self::plan_gaps) measured.
    fn set_gaps(&mut self, plan: &PlannedGaps, steps: &[(u32, u32)]) {
        for (gap, (id, at)) in plan.iter().zip(steps) {
            self.inner_mut(*id).gaps[*at as usize] = *gap;
        }
    }

    /// Compares and measures what [`change_in_leaf`](Self::change_in_leaf) needs to know.
    #[inline]
    fn plan_in_leaf(
        &self,
        id: u32,
        pos: usize,
        range: Interval<T>,
        change: &Change<V>,
    ) -> Option<Planned<T>> {
        let leaf = self.leaf(id);
        let held = leaf.len();
        let (a, b) = range.into_bounds();
        let (mut from, mut left, mut split) = (pos, None, None);
        if let Some(previous) = pos.checked_sub(1)
            && leaf.lasts[previous] >= a
        {
            if leaf.starts[previous] == a {
                from = previous;
            } else {
                left = Some(a.pred()?);
                if leaf.lasts[previous] > b {
                    split = Some((b.succ()?, leaf.lasts[previous]));
                }
            }
        }
        let mut to = from;
        while to < held && leaf.starts[to] <= b {
            to += 1;
        }
        if to == held && leaf.next != NIL && self.leaf(leaf.next).starts[0] <= b {
            return None;
        }
        let mut right = None;
        if to > from && leaf.lasts[to - 1] > b {
            to -= 1;
            right = Some(b.succ()?);
        }
        let covered = to - from;
        let put = usize::from(change.value.is_some()) + usize::from(split.is_some());
        let len = held + put - if change.removes { covered } else { 0 };
        let (fewest, most) = Self::limits(0);
        let fewest = if self.height == 0 { 1 } else { fewest };
        let fits = (len >= held || (fewest..).contains(&len)) && len <= most;
        // Values pass over the stack.
        let is_small = covered <= 1 || size_of::<V>() <= LARGEST;
        // The value of a second part was cloned by the caller.
        let is_prepared = split.is_some() == change.rest.is_some();
        (fits && is_small && is_prepared).then_some(Planned { from, to, left, right, split, len })
    }

    /// Updates the ancestors of a leaf whose last entry has changed: it extends furthest.
    fn carry_last(&mut self, id: u32, steps: &[(u32, u32)]) {
        let leaf = self.leaf(id);
        let last = leaf.lasts[leaf.len() - 1];
        for (id, at) in steps {
            let (inner, at) = (self.inner_mut(*id), *at as usize);
            inner.lasts[at] = last;
            if at + 1 < inner.len {
                break;
            }
        }
    }

    /// The first entry from `at` on after which the next one starts at least `steps` later. `probes`
    /// counts the nodes that are read.
    pub(crate) fn first_gap(
        &self,
        at: Position,
        steps: u128,
        probes: &mut usize,
    ) -> Option<Position> {
        *probes += 1;
        if let Some(found) = self.gap_in(at.leaf, at.pos, steps) {
            return Some(found);
        }
        let Ancestors { steps: way } = self.ancestors(at.leaf);
        for (level, (id, child)) in way[..self.height].iter().enumerate() {
            *probes += 1;
            let (inner, child) = (self.inner(*id), *child as usize);
            for next in child..inner.len {
                if next > child && inner.gaps[next] >= steps {
                    return self.descend_gap(level, inner.children[next], steps, probes);
                }
                let is_gap = next + 1 < inner.len
                    && Disjoint::between(&inner.lasts[next], &inner.starts[next + 1]) >= steps;
                if is_gap {
                    return Some(self.last_below(level, inner.children[next], probes));
                }
            }
        }
        None
    }

    /// The last entry up to `at` before which the previous one ends at least `steps` earlier. `probes`
    /// counts the nodes that are read.
    pub(crate) fn last_gap(
        &self,
        at: Position,
        steps: u128,
        probes: &mut usize,
    ) -> Option<Position> {
        *probes += 1;
        if let Some(found) = self.gap_back_in(at.leaf, at.pos, steps) {
            return Some(found);
        }
        let Ancestors { steps: way } = self.ancestors(at.leaf);
        for (level, (id, child)) in way[..self.height].iter().enumerate() {
            *probes += 1;
            let (inner, child) = (self.inner(*id), *child as usize);
            for previous in (0..=child).rev() {
                if previous < child && inner.gaps[previous] >= steps {
                    return self.descend_gap_back(level, inner.children[previous], steps, probes);
                }
                let is_gap = previous > 0
                    && Disjoint::between(&inner.lasts[previous - 1], &inner.starts[previous])
                        >= steps;
                if is_gap {
                    return Some(self.first_below(level, inner.children[previous], probes));
                }
            }
        }
        None
    }

    /// The first entry of a leaf from `pos` on that a gap follows in the leaf.
    fn gap_in(&self, id: u32, pos: usize, steps: u128) -> Option<Position> {
        let leaf = self.leaf(id);
        let is_gap =
            |pos: &usize| Disjoint::between(&leaf.lasts[*pos], &leaf.starts[*pos + 1]) >= steps;
        (pos..leaf.len() - 1).find(is_gap).map(|pos| Position { leaf: id, pos })
    }

    /// The last entry of a leaf up to `pos` that a gap precedes in the leaf.
    fn gap_back_in(&self, id: u32, pos: usize, steps: u128) -> Option<Position> {
        let leaf = self.leaf(id);
        let is_gap =
            |pos: &usize| Disjoint::between(&leaf.lasts[*pos - 1], &leaf.starts[*pos]) >= steps;
        (1..=pos).rev().find(is_gap).map(|pos| Position { leaf: id, pos })
    }

    /// The entry before the first gap below a node that has one.
    fn descend_gap(
        &self,
        mut level: usize,
        mut id: u32,
        steps: u128,
        probes: &mut usize,
    ) -> Option<Position> {
        *probes += 1;
        'down: while level > 0 {
            *probes += 1;
            level -= 1;
            let inner = self.inner(id);
            for child in 0..inner.len {
                if inner.gaps[child] >= steps {
                    id = inner.children[child];
                    continue 'down;
                }
                let is_gap = child + 1 < inner.len
                    && Disjoint::between(&inner.lasts[child], &inner.starts[child + 1]) >= steps;
                if is_gap {
                    return Some(self.last_below(level, inner.children[child], probes));
                }
            }
            return None;
        }
        self.gap_in(id, 0, steps)
    }

    /// The entry after the last gap below a node that has one.
    fn descend_gap_back(
        &self,
        mut level: usize,
        mut id: u32,
        steps: u128,
        probes: &mut usize,
    ) -> Option<Position> {
        *probes += 1;
        'down: while level > 0 {
            *probes += 1;
            level -= 1;
            let inner = self.inner(id);
            for child in (0..inner.len).rev() {
                if inner.gaps[child] >= steps {
                    id = inner.children[child];
                    continue 'down;
                }
                let is_gap = child > 0
                    && Disjoint::between(&inner.lasts[child - 1], &inner.starts[child]) >= steps;
                if is_gap {
                    return Some(self.first_below(level, inner.children[child], probes));
                }
            }
            return None;
        }
        self.gap_back_in(id, self.leaf(id).len() - 1, steps)
    }

    fn first_below(&self, mut level: usize, mut id: u32, probes: &mut usize) -> Position {
        *probes += level + 1;
        while level > 0 {
            (level, id) = (level - 1, self.inner(id).children[0]);
        }
        Position { leaf: id, pos: 0 }
    }

    fn last_below(&self, mut level: usize, mut id: u32, probes: &mut usize) -> Position {
        *probes += level + 1;
        while level > 0 {
            let inner = self.inner(id);
            (level, id) = (level - 1, inner.children[inner.len - 1]);
        }
        Position { leaf: id, pos: self.leaf(id).len() - 1 }
    }

    /// Checks what an inner node says of its children, and that there are `len` entries.
    pub(crate) fn check_gaps(&self, len: usize) -> Result<(), &'static str> {
        if self.root == NIL {
            return if len == 0 { Ok(()) } else { Err("entries without a root") };
        }
        let counted = self.check_below(self.height, self.root, NIL)?;
        if counted == len { Ok(()) } else { Err("the number of entries") }
    }

    fn check_below(&self, level: usize, id: u32, parent: u32) -> Result<usize, &'static str> {
        let (fewest, most) = Self::limits(level);
        let held = self.node_len(level, id);
        let fewest = if parent == NIL { 1 + usize::from(level > 0) } else { fewest };
        if held < fewest || held > most {
            return Err("a node holds too few or too many (B2)");
        }
        if self.parent(level, id) != parent {
            return Err("a parent link (B4)");
        }
        if level == 0 {
            return Ok(held);
        }
        let inner = self.inner(id);
        let mut entries = 0;
        for at in 0..inner.len {
            let child = inner.children[at];
            let below = self.check_below(level - 1, child, id)?;
            let last = self.last_below(level - 1, child, &mut 0);
            let says = inner.counts[at] as usize == below
                && inner.starts[at] == self.first_start(level - 1, child)
                && inner.lasts[at] == *self.leaf(last.leaf).interval(last.pos).last();
            if !says {
                return Err("what a node says of a child (B3)");
            }
            if inner.gaps[at] != self.gap_below(level - 1, child) {
                return Err("the greatest gap below a child (M2)");
            }
            entries += below;
        }
        Ok(entries)
    }
}

const _: () = assert!(size_of::<<Disjoint as Kind>::Slot>() == 0, "no handles");
