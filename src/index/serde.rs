//! An index is a sequence of `(interval, value)` in order, and gets new handles when it is read:
//! `serde_with_handles` keeps them.

#![forbid(unsafe_code)]

macro_rules! serde {
    ({
        $Index:ident, $name:literal, $Ends:ident, reads: [$($Read:ident)?],
        interval: [$($by:tt)?] [$($by_a:tt)*] $amp:literal,
        costs: { step: $step:literal, count: $count:literal, batch: $batch:literal, into: $into:literal }
    }) => {
        use alloc::vec::Vec;

        use serde::{Deserialize, Deserializer, Serialize, Serializer};

        use super::$Index;
        use $crate::interval::Interval;

        /// A sequence of pairs in order, without handles; see `serde_with_handles`.
        impl<T: Serialize $(+ $Read)?, V: Serialize> Serialize for $Index<T, V> {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_seq(self)
            }
        }

        /// Accepts entries in any order, and rejects an interval whose `last` lies before its `start`.
        /// The entries get new handles.
        impl<'de, T, V> Deserialize<'de> for $Index<T, V>
        where
            T: Deserialize<'de> + Ord + $Ends,
            V: Deserialize<'de>,
        {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let entries = Vec::<(Interval<T>, V)>::deserialize(deserializer)?;
                Ok(entries.into_iter().collect())
            }
        }
    };
}
pub(crate) use serde;
