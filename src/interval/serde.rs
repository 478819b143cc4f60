//! An interval is a struct of `start` and `last`; an inverted one is refused.
//!
//! Written by hand: `derive` would build a parser of Rust for everybody who switches `serde` on.

use alloc::string::String;
use core::fmt;
use core::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, SerializeStruct, Serializer};

use super::Interval;

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
enum Field {
    Start,
    Last,
}

impl<'de> Deserialize<'de> for Field {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Name;

        impl Visitor<'_> for Name {
            type Value = Field;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("`start` or `last`")
            }

            fn visit_u64<E: Error>(self, index: u64) -> Result<Field, E> {
                match index {
                    0 => Ok(Field::Start),
                    1 => Ok(Field::Last),
                    _ => Err(E::custom(format_args!("an interval has no field {index}"))),
                }
            }

            fn visit_str<E: Error>(self, name: &str) -> Result<Field, E> {
                self.visit_bytes(name.as_bytes())
            }

            fn visit_bytes<E: Error>(self, name: &[u8]) -> Result<Field, E> {
                match name {
                    b"start" => Ok(Field::Start),
                    b"last" => Ok(Field::Last),
                    _ => {
                        let name = String::from_utf8_lossy(name);
                        Err(E::unknown_field(&name, FIELDS))
                    }
                }
            }
        }

        deserializer.deserialize_identifier(Name)
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
    Interval::try_new(start, last)
        .map_err(|_| E::custom("invalid interval: last lies before start"))
}
