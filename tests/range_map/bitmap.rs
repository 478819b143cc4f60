//! The model: who owns each point, and where an entry ends though the next point has the same owner.

use std::fmt::Debug;

use stabtree::{Countable, Interval, RangeMap};

/// Ends of a small domain, all of which can be listed.
pub(crate) trait Point: Countable + Copy + Debug {
    fn all() -> Vec<Self>;
}

impl Point for u8 {
    fn all() -> Vec<Self> {
        (0..=255).collect()
    }
}

impl Point for i8 {
    fn all() -> Vec<Self> {
        (-128..=127).collect()
    }
}

/// Six points and no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Six(pub(crate) u8);

impl stabtree::Discrete for Six {
    const MIN: Option<Self> = Some(Self(0));
    const MAX: Option<Self> = Some(Self(5));

    fn succ(&self) -> Option<Self> {
        (self.0 < 5).then(|| Self(self.0 + 1))
    }

    fn pred(&self) -> Option<Self> {
        self.0.checked_sub(1).map(Self)
    }

    fn steps_to(&self, later: &Self) -> Option<u128> {
        self.0.steps_to(&later.0)
    }
}

impl Countable for Six {
    fn forward(&self, steps: u128) -> Option<Self> {
        self.0.forward(steps).filter(|at| *at <= 5).map(Self)
    }

    fn backward(&self, steps: u128) -> Option<Self> {
        self.0.backward(steps).map(Self)
    }
}

impl Point for Six {
    fn all() -> Vec<Self> {
        (0..6).map(Self).collect()
    }
}

/// Which of the places that fit a search finds.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Choice {
    Lowest,
    Highest,
    BestFit,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Bitmap<V> {
    owner: Vec<Option<V>>,
    /// Whether a boundary lies before each point, and after the last one.
    boundary: Vec<bool>,
}

impl<V: Clone + Eq> Bitmap<V> {
    pub(crate) fn new(points: usize) -> Self {
        Self { owner: vec![None; points], boundary: vec![true; points + 1] }
    }

    /// `first..=last` are numbers of points.
    pub(crate) fn insert(&mut self, first: usize, last: usize, value: &V) {
        self.owner[first..=last].fill(Some(value.clone()));
        self.boundary[first + 1..=last].fill(false);
        (self.boundary[first], self.boundary[last + 1]) = (true, true);
    }

    pub(crate) fn insert_coalescing(&mut self, first: usize, last: usize, value: &V) {
        self.insert(first, last, value);
        if first > 0 && self.owner[first - 1].as_ref() == Some(value) {
            self.boundary[first] = false;
        }
        if self.owner.get(last + 1).is_some_and(|next| next.as_ref() == Some(value)) {
            self.boundary[last + 1] = false;
        }
    }

    /// The parts of entries in the range.
    pub(crate) fn cut(&mut self, first: usize, last: usize) -> Vec<(usize, usize, V)> {
        self.boundary[first] = true;
        self.boundary[last + 1] = true;
        let inside = |&(from, to, _): &(usize, usize, V)| first <= from && to <= last;
        let removed = self.entries().into_iter().filter(inside).collect();
        self.owner[first..=last].fill(None);
        removed
    }

    pub(crate) fn remove(&mut self, at: usize) -> Option<(usize, usize, V)> {
        let entry = self.entries().into_iter().find(|(from, to, _)| (*from..=*to).contains(&at))?;
        self.owner[entry.0..=entry.1].fill(None);
        Some(entry)
    }

    pub(crate) fn split_at(&mut self, at: usize) -> bool {
        let splits = at > 0
            && self.owner[at].is_some()
            && self.owner[at - 1].is_some()
            && !self.boundary[at];
        self.boundary[at] |= splits;
        splits
    }

    pub(crate) fn update(&mut self, first: usize, last: usize, change: impl Fn(&V) -> V) {
        (self.boundary[first], self.boundary[last + 1]) = (true, true);
        for owner in self.owner[first..=last].iter_mut().flatten() {
            *owner = change(owner);
        }
    }

    pub(crate) fn coalesce(&mut self, first: usize, last: usize) -> usize {
        let mut fewer = 0;
        for at in first.max(1)..=(last + 1).min(self.owner.len() - 1) {
            let touch = self.boundary[at] && self.owner[at].is_some();
            if touch && self.owner[at] == self.owner[at - 1] {
                self.boundary[at] = false;
                fewer += 1;
            }
        }
        fewer
    }

    pub(crate) fn is_owned(&self, at: usize) -> bool {
        self.owner[at].is_some()
    }

    /// First and last point and value of each entry.
    pub(crate) fn entries(&self) -> Vec<(usize, usize, V)> {
        let mut entries: Vec<(usize, usize, V)> = Vec::new();
        for (at, owner) in self.owner.iter().enumerate() {
            let Some(value) = owner else { continue };
            match entries.last_mut() {
                Some((_, last, _)) if *last + 1 == at && !self.boundary[at] => *last = at,
                _ => entries.push((at, at, value.clone())),
            }
        }
        entries
    }

    /// The place that a scan over all starts finds in a range: `len` points without an owner, of which
    /// the first one has a number that is a multiple of `align`, counted from `zero`.
    pub(crate) fn place(
        &self,
        (first, last): (usize, usize),
        (len, align): (usize, usize),
        zero: usize,
        choice: Choice,
    ) -> Option<(usize, usize)> {
        let fits = |start: &usize| {
            let aligned = (*start + self.owner.len() * align - zero).is_multiple_of(align);
            aligned
                && *start + len <= last + 1
                && !(*start..*start + len).any(|at| self.is_owned(at))
        };
        let mut starts = (first..=last).filter(fits);
        let start = match choice {
            Choice::Lowest => starts.next(),
            Choice::Highest => starts.next_back(),
            Choice::BestFit => {
                let gaps = self.gaps(first, last);
                let gap_of = |start: &usize| {
                    let gap = gaps.iter().find(|(from, to)| (*from..=*to).contains(start));
                    gap.map_or(usize::MAX, |(from, to)| to - from)
                };
                starts.min_by_key(gap_of)
            }
        }?;
        Some((start, start + len - 1))
    }

    /// Maximal runs inside a range without an owner.
    pub(crate) fn gaps(&self, first: usize, last: usize) -> Vec<(usize, usize)> {
        let mut gaps: Vec<(usize, usize)> = Vec::new();
        for at in (first..=last).filter(|at| !self.is_owned(*at)) {
            match gaps.last_mut() {
                Some((_, end)) if *end + 1 == at => *end = at,
                _ => gaps.push((at, at)),
            }
        }
        gaps
    }
}

/// Compares every answer of the map with the model's.
pub(crate) fn assert_same<T: Point, V: Clone + Eq + Debug>(
    map: &RangeMap<T, V>,
    model: &Bitmap<V>,
) {
    let points = T::all();
    let number = |at: T| points.iter().position(|point| *point == at).expect("a point");
    let plain = |(interval, value): (Interval<T>, &V)| {
        (number(*interval.start()), number(*interval.last()), value.clone())
    };
    map.check().expect("all invariants hold");
    let entries = model.entries();
    assert_eq!(map.len(), entries.len());
    assert_eq!(map.iter().map(plain).collect::<Vec<_>>(), entries);
    assert!(map.iter().rev().map(plain).eq(entries.iter().rev().cloned()));
    assert_eq!(map.first().map(plain).as_ref(), entries.first());
    assert_eq!(map.last().map(plain).as_ref(), entries.last());
    let last = points.len() - 1;
    let free = |gap: Interval<T>| (number(*gap.start()), number(*gap.last()));
    assert_eq!(map.gaps(..).map(free).collect::<Vec<_>>(), model.gaps(0, last));
    assert!(map.gaps(..).rev().map(free).eq(model.gaps(0, last).into_iter().rev()));
    for (i, at) in points.iter().enumerate() {
        let containing = entries.iter().find(|(from, to, _)| (*from..=*to).contains(&i));
        assert_eq!(map.get_entry(*at).map(plain).as_ref(), containing, "{at:?}");
        assert_eq!(map.get(*at), containing.map(|(_, _, value)| value));
        assert_eq!(map.contains(*at), containing.is_some());
        let before = entries.iter().rfind(|(_, to, _)| *to < i);
        let after = entries.iter().find(|(from, ..)| *from > i);
        assert_eq!(map.before(*at).map(plain).as_ref(), before, "before {at:?}");
        assert_eq!(map.after(*at).map(plain).as_ref(), after, "after {at:?}");
    }
}

/// Compares the answers for one range, read from both ends by turns of `pattern`.
pub(crate) fn assert_same_in<T: Point, V: Clone + Eq + Debug>(
    map: &RangeMap<T, V>,
    model: &Bitmap<V>,
    (first, last): (usize, usize),
    pattern: u32,
) {
    let points = T::all();
    let range = Interval::new(points[first], points[last]);
    let number = |at: T| points.iter().position(|point| *point == at).expect("a point");
    let gaps = model.gaps(first, last);
    assert_eq!(map.covers(range), gaps.is_empty());
    let free = |gap: Interval<T>| (number(*gap.start()), number(*gap.last()));
    assert_eq!(both_ends(map.gaps(range).map(free), pattern), gaps);
    let overlapping = |(from, to, _): &(usize, usize, V)| *from <= last && *to >= first;
    let entries: Vec<_> = model.entries().into_iter().filter(overlapping).collect();
    let plain = |(interval, value): (Interval<T>, &V)| {
        (number(*interval.start()), number(*interval.last()), value.clone())
    };
    assert_eq!(map.overlapping(range).len(), entries.len());
    assert_eq!(map.overlaps(range), !entries.is_empty());
    assert_eq!(both_ends(map.overlapping(range).map(plain), pattern), entries);
    let mut rest = map.overlapping(range).map(plain);
    let (front, back) = (rest.next(), rest.next_back());
    let mut folded = Vec::from_iter(front);
    rest.for_each(|entry| folded.push(entry));
    folded.extend(back);
    assert_eq!(folded, entries, "by a fold");
}

/// What a double-ended iterator yields, in order, taken from both ends by turns.
fn both_ends<X>(mut iter: impl DoubleEndedIterator<Item = X>, pattern: u32) -> Vec<X> {
    let (mut front, mut back) = (Vec::new(), Vec::new());
    for turn in 0.. {
        if pattern >> (turn % 32) & 1 == 0 {
            let Some(item) = iter.next() else { break };
            front.push(item);
        } else {
            let Some(item) = iter.next_back() else { break };
            back.push(item);
        }
    }
    assert!(iter.next().is_none() && iter.next_back().is_none());
    front.extend(back.into_iter().rev());
    front
}
