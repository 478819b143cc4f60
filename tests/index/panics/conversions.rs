//! A user's code panics while an index is made of another index or of text, or an interval of two
//! others: nothing is leaked or dropped twice.

use crate::common::faults::{Seen, Subject, drive_on_the_side};
use crate::common::probe::{Key, Probe};
use stabtree::{Interval, IntervalBTree, IntervalRbTree};

/// Long entries and short ones, with ties.
fn entries(n: i32) -> impl Iterator<Item = Seen> {
    (0..n).map(|i| (i * 7 % 30, 30 + i % 5 * i, i))
}

/// Runs `action` with a panic at every call of the user's code; returns how many there were.
fn panics(name: &str, action: impl Fn()) -> usize {
    let nothing = || IntervalBTree::<Key, Probe>::of([]);
    drive_on_the_side(name, nothing, |_, _| action())
}

#[test]
fn from_the_other_index() {
    for n in [1, 65, 100] {
        let build = || IntervalBTree::<Key, Probe>::of(entries(n));
        let panics = drive_on_the_side("there and back", build, |wide, handles| {
            let tree = IntervalRbTree::from(wide);
            assert_eq!(tree.check().expect("all invariants hold").len, handles.len());
            let wide = IntervalBTree::from(tree);
            assert_eq!(wide.check().expect("all invariants hold").len, handles.len());
        });
        let n = usize::try_from(n).expect("positive");
        assert!(panics >= 3 * n - 2, "{panics} panics");
    }
}

#[test]
fn intervals() {
    let panics = panics("intervals", || {
        let end = Probe::new;
        let [a, b] = [(1, 9), (5, 12)].map(|(start, last)| {
            Interval::try_new(end(start), end(last)).expect("the ends are in order")
        });
        assert!(a.overlaps(&b) && !a.covers(&b) && a.contains(&end(3)));
        assert_eq!(a.hull(&b), Interval::try_from(end(1)..=end(12)).expect("in order"));
        let both = Interval::try_from(end(5)..end(10)).expect("not empty");
        assert_eq!(a.intersection(&b), Some(both.clone()));
        assert!(a < b && Interval::point(end(7)).into_bounds().1 == end(7));
        let refused = Interval::try_new(end(9), end(1)).expect_err("not in order");
        assert_eq!(refused.into_bounds().0, end(9));
        assert!(Interval::try_from(end(9)..=end(1)).is_err());
        assert!(Interval::try_from(end(1)..end(1)).is_err());
    });
    assert!(panics > 50, "{panics} panics");
}

#[cfg(feature = "serde")]
mod text {
    use serde::{Deserialize, Deserializer};

    use super::{
        IntervalBTree, IntervalRbTree, Key, Probe, Seen, Subject, drive_on_the_side, entries,
        panics,
    };
    use crate::common::probe::{Call, user_code};

    impl<'de> Deserialize<'de> for Probe {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            user_code(Call::Closure);
            i32::deserialize(deserializer).map(Self::new)
        }
    }

    impl<'de> Deserialize<'de> for Key {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            user_code(Call::Closure);
            i32::deserialize(deserializer).map(Self::new)
        }
    }

    fn text(entries: impl Iterator<Item = Seen>) -> String {
        let nth = |(start, last, value)| format!(r#"[{{"start":{start},"last":{last}}},{value}]"#);
        format!("[{}]", entries.map(nth).collect::<Vec<_>>().join(","))
    }

    #[test]
    fn from_text() {
        let legal = text(entries(40));
        let inverted = text(entries(20).chain([(9, 1, 0)]).chain(entries(3)));
        let panics = [
            panics("a tree", || {
                let tree: IntervalRbTree<Probe, Probe> =
                    serde_json::from_str(&legal).expect("legal");
                assert_eq!(tree.check().expect("all invariants hold").len, 40);
            }),
            panics("a wide tree", || {
                let tree: IntervalBTree<Key, Probe> = serde_json::from_str(&legal).expect("legal");
                assert_eq!(tree.check().expect("all invariants hold").len, 40);
            }),
            panics("no tree", || {
                let refused = serde_json::from_str::<IntervalRbTree<Probe, Probe>>(&inverted);
                refused.expect_err("an inverted interval");
            }),
            panics("no wide tree", || {
                let refused = serde_json::from_str::<IntervalBTree<Key, Probe>>(&inverted);
                refused.expect_err("an inverted interval");
            }),
        ];
        assert!(panics.iter().all(|panics| *panics > 60), "{panics:?} panics");
    }

    /// Text goes over what was there before.
    #[test]
    fn from_text_in_place() {
        let legal = text(entries(40));
        let build = || IntervalRbTree::<Probe, Probe>::of(entries(9));
        let panics = drive_on_the_side("in place", build, |mut tree, _| {
            let mut text = serde_json::Deserializer::from_str(&legal);
            Deserialize::deserialize_in_place(&mut text, &mut tree).expect("legal");
            assert_eq!(tree.check().expect("all invariants hold").len, 40);
        });
        assert!(panics > 60, "{panics} panics");
    }
}
