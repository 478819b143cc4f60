//! An interval is a struct of `start` and `last`; an inverted one is refused. A cut is an enum whose
//! variants `before`, `at` and `after` contain its value.
//!
//! Written by hand: `derive` would build a parser of Rust for everybody who switches `serde` on.

#![forbid(unsafe_code)]

use alloc::string::String;
use core::fmt;
use core::marker::PhantomData;

use serde::de::{
    Deserialize, Deserializer, EnumAccess, Error, MapAccess, SeqAccess, VariantAccess, Visitor,
};
use serde::ser::{Serialize, SerializeStruct, Serializer};

use super::cut::Side;
use super::{Cut, Interval};

const FIELDS: &[&str] = &["start", "last"];

impl<T: Serialize> Serialize for Interval<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("Interval", FIELDS.len())?;
        fields.serialize_field("start", self.start())?;
        fields.serialize_field("last", self.last())?;
        fields.end()
    }
}

impl<'de, T: Deserialize<'de> + Ord> Deserialize<'de> for Interval<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_struct("Interval", FIELDS, Ends(PhantomData))
    }
}

struct Ends<T>(PhantomData<T>);

/// The name of a field.
#[derive(Clone, Copy)]
enum Field {
    Start,
    Last,
}

/// Reads one of a few names, or its number where a format has no names.
struct Named<N: 'static> {
    of: &'static str,
    /// What to say when something else is met.
    expected: &'static str,
    names: &'static [&'static str],
    values: &'static [N],
}

impl<N: Copy> Visitor<'_> for Named<N> {
    type Value = N;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.expected)
    }

    fn visit_u64<E: Error>(self, index: u64) -> Result<N, E> {
        let value = usize::try_from(index).ok().and_then(|index| self.values.get(index));
        value
            .copied()
            .ok_or_else(|| E::custom(format_args!("{} has no part of the number {index}", self.of)))
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<N, E> {
        self.visit_bytes(name.as_bytes())
    }

    fn visit_bytes<E: Error>(self, name: &[u8]) -> Result<N, E> {
        let index = self.names.iter().position(|known| known.as_bytes() == name);
        index.map(|index| self.values[index]).ok_or_else(|| {
            let name = String::from_utf8_lossy(name);
            E::custom(format_args!("unknown name `{name}`, expected {}", self.expected))
        })
    }
}

impl<'de> Deserialize<'de> for Field {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_identifier(Named {
            of: "an interval",
            expected: "`start` or `last`",
            names: FIELDS,
            values: &[Self::Start, Self::Last],
        })
    }
}

impl<'de, T: Deserialize<'de> + Ord> Visitor<'de> for Ends<T> {
    type Value = Interval<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an interval of `start` and `last`")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut fields: A) -> Result<Interval<T>, A::Error> {
        let start = fields.next_element()?.ok_or_else(|| A::Error::invalid_length(0, &self))?;
        let last = fields.next_element()?.ok_or_else(|| A::Error::invalid_length(1, &self))?;
        interval(start, last)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Interval<T>, A::Error> {
        let (mut start, mut last) = (None, None);
        while let Some(field) = fields.next_key()? {
            let (place, name) = match field {
                Field::Start => (&mut start, FIELDS[0]),
                Field::Last => (&mut last, FIELDS[1]),
            };
            if place.replace(fields.next_value()?).is_some() {
                return Err(A::Error::duplicate_field(name));
            }
        }
        let start = start.ok_or_else(|| A::Error::missing_field(FIELDS[0]))?;
        let last = last.ok_or_else(|| A::Error::missing_field(FIELDS[1]))?;
        interval(start, last)
    }
}

fn interval<T: Ord, E: Error>(start: T, last: T) -> Result<Interval<T>, E> {
    // Refused ends are dropped before there is an error, which would be leaked if they panicked.
    let interval = Interval::try_new(start, last).ok();
    interval.ok_or_else(|| E::custom("invalid interval: last lies before start"))
}

const CUT: &str = "Cut";
const SIDES: &[&str] = &["before", "at", "after"];

impl<T: Serialize> Serialize for Cut<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (index, side) = match self.side() {
            Side::Before => (0, SIDES[0]),
            Side::At => (1, SIDES[1]),
            Side::After => (2, SIDES[2]),
        };
        serializer.serialize_newtype_variant(CUT, index, side, self.value())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Cut<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_enum(CUT, SIDES, Position(PhantomData))
    }
}

struct Position<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Position<T> {
    type Value = Cut<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a position `before`, `at` or `after` a value")
    }

    fn visit_enum<A: EnumAccess<'de>>(self, cut: A) -> Result<Cut<T>, A::Error> {
        let (side, value) = cut.variant()?;
        Ok(Cut::new(value.newtype_variant()?, side))
    }
}

impl<'de> Deserialize<'de> for Side {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_identifier(Named {
            of: "a cut",
            expected: "`before`, `at` or `after`",
            names: SIDES,
            values: &[Self::Before, Self::At, Self::After],
        })
    }
}

#[cfg(test)]
mod tests {
    use core::cell::Cell;
    use core::fmt;
    use std::panic::catch_unwind;

    use serde::de::Error;

    std::thread_local! {
        static ERRORS: Cell<usize> = const { Cell::new(0) };
    }

    /// An error of a format, counted while it is there.
    #[derive(Debug)]
    struct Counted;

    impl Error for Counted {
        fn custom<M: fmt::Display>(_message: M) -> Self {
            ERRORS.set(ERRORS.get() + 1);
            Self
        }
    }

    impl Drop for Counted {
        fn drop(&mut self) {
            ERRORS.set(ERRORS.get() - 1);
        }
    }

    impl fmt::Display for Counted {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("refused")
        }
    }

    impl core::error::Error for Counted {}

    #[derive(PartialEq, Eq, PartialOrd, Ord)]
    struct End(u8);

    impl Drop for End {
        fn drop(&mut self) {
            assert!(self.0 > 1, "an end that cannot be dropped");
        }
    }

    #[test]
    fn no_error_is_leaked_where_refused_ends_panic() {
        let read = |start, last| {
            catch_unwind(|| super::interval::<_, Counted>(End(start), End(last)).is_err())
        };
        assert_eq!(read(9, 2).ok(), Some(true));
        assert!(read(9, 1).is_err(), "the end panics");
        assert_eq!(ERRORS.get(), 0);
    }
}
