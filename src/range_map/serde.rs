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

/// Takes disjoint entries in any order.
impl<'de, T, V> Deserialize<'de> for RangeMap<T, V>
where
    T: Deserialize<'de> + Discrete + Copy,
    V: Deserialize<'de>,
{
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut entries = Vec::<(Interval<T>, V)>::deserialize(deserializer)?;
        entries.sort_by(|(a, _), (b, _)| a.start().cmp(b.start()));
        if entries.windows(2).any(|pair| pair[0].0.last() >= pair[1].0.start()) {
            return Err(D::Error::custom("two entries of a range map overlap"));
        }
        let mut map = Self::new();
        map.runs.fill_sorted(entries.into_iter());
        Ok(map)
    }
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
