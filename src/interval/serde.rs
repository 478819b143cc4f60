//! An interval is a struct of `start` and `last`; an inverted one is refused.

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Interval;

#[derive(Serialize, Deserialize)]
#[serde(rename = "Interval", deny_unknown_fields)]
struct Ends<E> {
    start: E,
    last: E,
}

impl<T: Serialize> Serialize for Interval<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Ends { start: self.start(), last: self.last() }.serialize(serializer)
    }
}

impl<'de, T: Deserialize<'de> + Ord> Deserialize<'de> for Interval<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Ends { start, last } = Ends::deserialize(deserializer)?;
        Self::try_new(start, last)
            .map_err(|_| Error::custom("invalid interval: last lies before start"))
    }
}
