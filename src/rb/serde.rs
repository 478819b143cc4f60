//! A tree is a sequence of `(interval, value)` in order. Handles do not survive the way.

use alloc::vec::Vec;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::IntervalRbTree;
use crate::interval::Interval;

impl<T: Serialize, V: Serialize> Serialize for IntervalRbTree<T, V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self)
    }
}

/// Takes entries in any order, and refuses an interval whose `last` lies before its `start`.
impl<'de, T, V> Deserialize<'de> for IntervalRbTree<T, V>
where
    T: Deserialize<'de> + Ord + Clone,
    V: Deserialize<'de>,
{
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let entries = Vec::<(Interval<T>, V)>::deserialize(deserializer)?;
        Ok(entries.into_iter().collect())
    }
}
