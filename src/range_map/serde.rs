//! A map is a sequence of `(interval, value)` in order; entries that overlap are refused.

use alloc::vec::Vec;

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{RangeMap, RangeSet};
use crate::interval::{Discrete, Interval};

impl<T: Ord + Copy + Serialize, V: Serialize> Serialize for RangeMap<T, V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self)
    }
}

/// Takes disjoint entries in any order; an error names the positions of two that overlap.
impl<'de, T, V> Deserialize<'de> for RangeMap<T, V>
where
    T: Deserialize<'de> + Discrete + Copy,
    V: Deserialize<'de>,
{
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut entries = Vec::<(Interval<T>, V)>::deserialize(deserializer)?;
        // As a map is serialized.
        let are_in_order = entries.windows(2).all(|pair| pair[0].0.last() < pair[1].0.start());
        if !are_in_order {
            if let Some([a, b]) = overlapping(&entries) {
                let message =
                    format_args!("entries {a} and {b} of a range map overlap, counted from 0");
                return Err(D::Error::custom(message));
            }
            entries.sort_by(|(a, _), (b, _)| a.start().cmp(b.start()));
        }
        let mut map = Self::new();
        map.runs.fill_sorted(entries.into_iter());
        Ok(map)
    }
}

/// The positions of two entries that overlap, the earlier one first.
fn overlapping<T: Ord, V>(entries: &[(Interval<T>, V)]) -> Option<[usize; 2]> {
    let mut order: Vec<usize> = (0..entries.len()).collect();
    order.sort_by(|&a, &b| entries[a].0.start().cmp(entries[b].0.start()));
    let pair =
        order.windows(2).find(|pair| entries[pair[0]].0.last() >= entries[pair[1]].0.start());
    pair.map(|pair| [pair[0].min(pair[1]), pair[0].max(pair[1])])
}

impl<T: Ord + Copy + Serialize> Serialize for RangeSet<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self)
    }
}

/// Takes ranges in any order; those that overlap or touch become one.
impl<'de, T: Deserialize<'de> + Discrete + Copy> Deserialize<'de> for RangeSet<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Vec::<Interval<T>>::deserialize(deserializer)?.into_iter().collect())
    }
}
