//! What entries cover of a small type, counted value by value.

use stabtree::Interval;
use stabtree::Span;

use super::index::Index;
use super::model::{Model, Query, holds};

/// How many entries cover each value of the query; a run of equal counts for each other.
fn runs<K: PartialEq>(
    model: &Model<u8>,
    query: Query<u8>,
    kind: impl Fn(usize) -> K,
) -> Vec<(Interval<u8>, K)> {
    let mut opening = [0_usize; 256];
    let mut closing = [0_usize; 256];
    for entry in &model.entries {
        opening[usize::from(entry.start)] += 1;
        closing[usize::from(entry.last)] += 1;
    }
    let mut runs: Vec<(Interval<u8>, K)> = Vec::new();
    let mut open = 0;
    for at in 0..=u8::MAX {
        open += opening[usize::from(at)];
        let kind = kind(open);
        open -= closing[usize::from(at)];
        if !holds(&query, &at) {
            continue;
        }
        match runs.last_mut() {
            Some((run, former)) if *former == kind => *run = Interval::new(*run.start(), at),
            _ => runs.push((Interval::point(at), kind)),
        }
    }
    runs
}

fn spans(model: &Model<u8>, query: Query<u8>) -> impl Iterator<Item = Span<u8>> + Clone + use<> {
    let runs = runs(model, query, |depth| depth > 0).into_iter();
    runs.map(|(run, is_used)| if is_used { Span::Covered(run) } else { Span::Gap(run) })
}

/// Puts the questions about coverage to both.
pub fn ask_cover(index: &impl Index<u8>, model: &Model<u8>, query: Query<u8>) {
    assert!(index.depth(query).eq(runs(model, query, |depth| depth)), "depth in {query:?}");
    let spans = spans(model, query);
    assert!(index.spans(query).eq(spans.clone()), "spans in {query:?}");
    let holes = spans.clone().filter_map(|span| match span {
        Span::Gap(run) => Some(run),
        Span::Covered(_) => None,
    });
    assert!(index.gaps(query).eq(holes), "gaps in {query:?}");
    let used = spans.filter_map(|span| match span {
        Span::Covered(run) => Some(run),
        Span::Gap(_) => None,
    });
    assert!(index.merged(query).eq(used), "merged in {query:?}");
}

/// `advance_to` after some spans were taken: what ends before `to` is left out, and what holds it
/// begins there.
pub fn ask_advanced(
    index: &impl Index<u8>,
    model: &Model<u8>,
    query: Query<u8>,
    taken: usize,
    to: u8,
) {
    let trimmed = |run: Interval<u8>| Interval::try_new(to.max(*run.start()), *run.last()).ok();
    let expected = spans(model, query).skip(taken).filter_map(|span| match span {
        Span::Covered(run) => trimmed(run).map(Span::Covered),
        Span::Gap(run) => trimmed(run).map(Span::Gap),
    });
    let found = index.spans_advanced(query, taken, to);
    assert!(expected.eq(found.iter().copied()), "{taken}, then to {to} in {query:?}: {found:?}");
}
