//! What `IntervalBTree` answers by walking over many entries is what `IntervalTree` answers.

use quickcheck::quickcheck;
use stabtree::{Interval, IntervalBTree, IntervalTree};

type Entries = Vec<(u8, u8)>;

fn intervals(entries: &Entries) -> impl Iterator<Item = (Interval<u8>, usize)> {
    entries.iter().enumerate().map(|(i, &(a, b))| (Interval::new(a.min(b), a.max(b)), i))
}

/// Both indexes of the entries, many times over where there are few, so that nodes fill.
fn both(entries: &Entries) -> (IntervalBTree<u8, usize>, IntervalTree<u8, usize>) {
    let entries: Entries = entries.iter().cycle().take(entries.len() * 7).copied().collect();
    (intervals(&entries).collect(), intervals(&entries).collect())
}

quickcheck! {
    fn prop_spans_gaps_runs_and_depth_agree(entries: Entries, a: u8, b: u8) -> bool {
        // Points leave holes, the whole entries leave none.
        let points: Entries = entries.iter().map(|&(at, _)| (at, at)).collect();
        [points, entries].iter().all(|entries| {
            let (wide, tree) = both(entries);
            let mut ahead = (wide.spans(a..), tree.spans(a..));
            ahead.0.advance_to(b);
            ahead.1.advance_to(b);
            wide.spans(a..=b).eq(tree.spans(a..=b))
                && wide.gaps(a..b).eq(tree.gaps(a..b))
                && wide.merged(..b).eq(tree.merged(..b))
                && wide.depth(a..).eq(tree.depth(a..))
                && ahead.0.eq(ahead.1)
        })
    }

    fn prop_join_agrees(left: Entries, right: Entries) -> bool {
        let (wide, tree) = (both(&left), both(&right));
        let mut found: Vec<_> = wide.0.join(&tree.0).map(|((_, l), (_, r))| (*l, *r)).collect();
        let mut expected: Vec<_> = wide.1.join(&tree.1).map(|((_, l), (_, r))| (*l, *r)).collect();
        found.sort_unstable();
        expected.sort_unstable();
        found == expected
    }

    fn prop_a_cursor_answers_as_the_tree_does(entries: Entries, queries: Entries) -> bool {
        // Points leave the leaves in front behind, whole entries reach over them.
        let points: Entries = entries.iter().map(|&(at, _)| (at, at)).collect();
        let mut ascending = queries.clone();
        ascending.sort_unstable();
        [points, entries].iter().all(|entries| {
            let (wide, _) = both(entries);
            [&queries, &ascending].into_iter().all(|queries| {
                let mut cursor = wide.cursor();
                queries.iter().all(|&(a, b)| {
                    let range = a..=a.saturating_add(b);
                    let found: usize = cursor.overlapping(range.clone()).map(|(_, v)| *v).sum();
                    found == wide.overlapping(range).map(|(_, v)| *v).sum::<usize>()
                        && cursor.clone().stab(a).eq(wide.stab(a))
                        && cursor.overlapping(a..b).eq(wide.overlapping(a..b))
                })
            })
        })
    }

    fn prop_batches_are_loops_of_single_queries(entries: Entries, points: Vec<u8>) -> bool {
        let (wide, _) = both(&entries);
        let queries: Vec<_> = points.iter().map(|&at| at..=at.saturating_add(9)).collect();
        let values = |handles: &[stabtree::Handle]| -> Vec<usize> {
            handles.iter().map(|handle| wide[*handle]).collect()
        };
        let stabs = wide.stab_batch(&points);
        let ranges = wide.overlapping_batch(&queries);
        let counts = wide.count_batch(&queries);
        (0..points.len()).all(|i| {
            let stab: Vec<_> = wide.stab(points[i]).map(|(_, value)| *value).collect();
            let range: Vec<_> =
                wide.overlapping(queries[i].clone()).map(|(_, value)| *value).collect();
            stabs.get(i).map(values) == Some(stab)
                && ranges.get(i).map(values).as_ref() == Some(&range)
                && counts[i] == range.len()
        })
    }
}

#[cfg(feature = "rayon")]
quickcheck! {
    fn prop_parallel_twins_agree(entries: Entries, points: Vec<u8>, a: u8, b: u8) -> bool {
        use rayon::prelude::{IntoParallelIterator, IntoParallelRefIterator, ParallelIterator};

        let (mut wide, _) = both(&entries);
        for i in 0..2000 {
            wide.insert(Interval::new(100, 100 + u8::try_from(i % 100).expect("small")), i);
        }
        let queries: Vec<_> = points.iter().map(|&at| at..=at.saturating_add(9)).collect();
        let all: Vec<_> = wide.iter().collect();
        let par: Vec<_> = wide.par_iter().collect();
        let part: Vec<_> = wide.overlapping(a..=b).collect();
        let par_part: Vec<_> = wide.par_overlapping(a..=b).collect();
        let built: IntervalBTree<_, _> = wide.clone().into_par_iter().collect();
        all == par
            && part == par_part
            && built == wide
            && wide.par_stab_batch(&points) == wide.stab_batch(&points)
            && wide.par_overlapping_batch(&queries) == wide.overlapping_batch(&queries)
            && wide.par_count_batch(&queries) == wide.count_batch(&queries)
    }
}

#[cfg(feature = "serde")]
#[test]
fn a_text_becomes_the_same_index_or_an_error() {
    let wide: IntervalBTree<u8, u32> =
        (0..100).map(|i| (Interval::new(i, i + 9), u32::from(i))).collect();
    let text = serde_json::to_string(&wide).expect("writable");
    let tree: IntervalTree<u8, u32> = serde_json::from_str(&text).expect("the same form");
    assert_eq!(serde_json::to_string(&tree).expect("writable"), text);
    let back: IntervalBTree<u8, u32> = serde_json::from_str(&text).expect("its own form");
    back.check().expect("the laws hold");
    assert_eq!(back, wide);
    let inverted = r#"[[{"start":9,"last":3},1]]"#;
    assert!(serde_json::from_str::<IntervalBTree<u8, u32>>(inverted).is_err());
}
