//! Queries by borrowed ends find what queries by owned ends find.

use std::ops::Bound::{self, Excluded, Included, Unbounded};

use stabtree::{Handle, Interval, IntervalRbTree};

/// All words of up to two letters, in order.
fn words() -> Vec<String> {
    let letters = ["", "a", "b", "c"];
    let mut words: Vec<_> =
        letters.iter().flat_map(|a| letters.map(|b| format!("{a}{b}"))).collect();
    words.sort();
    words.dedup();
    words
}

fn index(words: &[String]) -> (IntervalRbTree<String, usize>, Vec<Handle>) {
    let mut index = IntervalRbTree::new();
    let pairs = words.iter().flat_map(|a| words.iter().map(move |b| (a, b)));
    let insert = |(at, (start, last)): (usize, (&String, &String))| {
        let interval = Interval::try_new(start.clone(), last.clone()).ok()?;
        // Not all: dense sets hide what a search enters in vain.
        (at % 3 != 0).then(|| index.insert(interval, at))
    };
    let handles = pairs.enumerate().filter_map(insert).collect();
    (index, handles)
}

#[test]
fn borrowed_queries_find_what_owned_ones_find() {
    let words = words();
    let (index, handles) = index(&words);
    assert!(handles.len() > 40);
    let bounds = || {
        let included = words.iter().map(Included);
        included.chain(words.iter().map(Excluded)).chain([Unbounded])
    };
    let mut found = 0;
    for (lower, upper) in bounds().flat_map(|lower| bounds().map(move |upper| (lower, upper))) {
        let borrowed = (lower.map(String::as_str), upper.map(String::as_str));
        let owned: (Bound<String>, Bound<String>) = (lower.cloned(), upper.cloned());
        let hits = index.overlapping_borrowed(borrowed);
        assert!(hits.clone().eq(index.overlapping(owned.clone())), "{owned:?}");
        let with_handles = hits.with_handles();
        found += with_handles.clone().count();
        assert!(with_handles.eq(index.overlapping(owned).with_handles()), "{borrowed:?}");
    }
    assert!(found > 1_000, "{found}");
    for word in &words {
        assert!(index.stab_borrowed(word.as_str()).eq(index.stab(word.clone())), "{word}");
    }
    assert_eq!(index.overlapping_borrowed("c".."a").next(), None, "inverted");
    assert_eq!(index.overlapping_borrowed("b".."b").next(), None, "empty");
}

#[test]
fn borrowed_queries_end_for_good_and_print_what_is_left() {
    let point = |at: &str| (Interval::point(at.to_owned()), at.len());
    let index: IntervalRbTree<_, _> = ["a", "bb", "ccc"].map(point).into_iter().collect();
    let mut hits = index.overlapping_borrowed("b"..);
    assert_eq!(format!("{hits:?}"), r#"{["bb", "bb"]: 2, ["ccc", "ccc"]: 3}"#);
    assert_eq!(hits.size_hint(), (0, Some(3)));
    assert_eq!(hits.by_ref().map(|(_, len)| *len).collect::<Vec<_>>(), [2, 3]);
    assert_eq!((hits.next(), hits.next()), (None, None));
    let bytes: IntervalRbTree<Vec<u8>, ()> =
        [(Interval::new(vec![1, 2], vec![3]), ())].into_iter().collect();
    assert_eq!(bytes.stab_borrowed(&[2][..]).count(), 1);
    assert_eq!(bytes.stab_borrowed(&[1][..]).count(), 0);
}
