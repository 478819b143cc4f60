//! What entries cover of a small type, counted value by value.

use stabtree::Interval;
use stabtree::tree::Span;

use super::model::{Model, Query, holds};
use super::ops::World;

/// How many entries cover each value of the query; a run of equal counts for each other.
pub fn runs<K: PartialEq>(
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

/// Puts the questions about coverage to both.
pub fn compare_cover(world: &World<u8>, query: Query<u8>) {
    let tree = &world.tree;
    let expected = runs(&world.model, query, |depth| depth);
    let found: Vec<_> = tree.depth(query).collect();
    assert_eq!(found, expected, "depth in {query:?}");

    let spans = runs(&world.model, query, |depth| depth > 0);
    let expected: Vec<_> = spans
        .iter()
        .map(|(run, is_used)| if *is_used { Span::Used(*run) } else { Span::Hole(*run) })
        .collect();
    let found: Vec<_> = tree.spans(query).collect();
    assert_eq!(found, expected, "spans in {query:?}");
    let of_kind = |is_used| {
        let of_kind = spans.iter().filter(move |(_, other)| *other == is_used);
        of_kind.map(|(run, _)| *run)
    };
    assert!(tree.gaps(query).eq(of_kind(false)), "gaps in {query:?}");
    assert!(tree.merged(query).eq(of_kind(true)), "merged in {query:?}");
    compare_advance(world, query, &expected);
}

/// `advance_to`, from the start and from within, forward and back.
fn compare_advance(world: &World<u8>, query: Query<u8>, spans: &[Span<u8>]) {
    let tree = &world.tree;
    let to = world.steps.to_le_bytes()[0].wrapping_mul(37);
    let from = |to: u8| {
        spans.iter().filter_map(move |span| {
            let trim =
                |run: &Interval<u8>| Interval::try_new((*run.start()).max(to), *run.last()).ok();
            match span {
                Span::Used(run) => trim(run).map(Span::Used),
                Span::Hole(run) => trim(run).map(Span::Hole),
            }
        })
    };
    let mut found = tree.spans(query);
    found.advance_to(to);
    let before_all =
        spans.first().is_none_or(|(Span::Used(run) | Span::Hole(run))| to <= *run.start());
    if before_all {
        assert!(found.clone().eq(spans.iter().copied()), "advance to {to} in {query:?}");
    } else {
        assert!(found.clone().eq(from(to)), "advance to {to} in {query:?}");
    }

    let mut found = tree.spans(query);
    let Some(Span::Used(first) | Span::Hole(first)) = found.next() else {
        found.advance_to(to);
        assert_eq!(found.next(), None, "nothing comes after nothing");
        return;
    };
    found.advance_to(to);
    let next = first.last().checked_add(1);
    match next {
        Some(next) => assert!(found.eq(from(to.max(next))), "advance to {to} in {query:?}"),
        None => assert_eq!(found.next(), None),
    }
}
