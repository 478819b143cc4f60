//! Types of ends, and the few points of them that tests use.

use std::fmt::Debug;
use std::hash::Hash;
use std::ops::Bound::{self, Excluded, Included};

use stabtree::Interval;

use super::cover::{ask_advanced, ask_cover};
use super::index::Index;
use super::world::World;

/// A value of a small world: 64 values that collide, and the ends of the type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Point {
    Min,
    AfterMin,
    At(u8),
    BeforeMax,
    Max,
}

/// Number of the points `Point::At(0..)`.
pub const POINTS: u8 = 64;

impl Point {
    /// Spreads a byte over the points, three in ten of them at the ends of the type.
    pub const fn from_byte(byte: u8) -> Self {
        match byte {
            0..=18 => Self::Min,
            19..=37 => Self::AfterMin,
            38..=56 => Self::BeforeMax,
            57..=75 => Self::Max,
            76.. => Self::At((byte - 76) % POINTS),
        }
    }
}

#[cfg(fuzzing)]
impl arbitrary::Arbitrary<'_> for Point {
    fn arbitrary(bytes: &mut arbitrary::Unstructured<'_>) -> arbitrary::Result<Self> {
        bytes.arbitrary().map(Self::from_byte)
    }
}

/// A type of ends, with a value for each [`Point`], never decreasing save among its first points.
pub trait End: Ord + Clone + Debug + Hash + 'static {
    fn end(point: Point) -> Self;

    /// Puts the questions to both that only some types allow.
    fn compare_more<I: Index<Self>>(_: &World<I, Self>, _: &(Bound<Self>, Bound<Self>)) {}
}

macro_rules! integer_end {
    ($int:ty, $zero:expr) => {
        fn end(point: Point) -> Self {
            match point {
                Point::Min => <$int>::MIN,
                Point::AfterMin => <$int>::MIN + 1,
                Point::At(at) => {
                    $zero + <$int>::try_from(at).expect("fewer points than any type has values")
                }
                Point::BeforeMax => <$int>::MAX - 1,
                Point::Max => <$int>::MAX,
            }
        }
    };
}

macro_rules! integer_ends {
    ($($int:ident from $zero:expr),*) => {$(
        impl End for $int {
            integer_end!($int, $zero);
        }
    )*};
}

// The points of u8 lie beside its upper end, those of signed types about zero, some of the others
// where the upper half of the bits changes.
integer_ends!(
    u16 from 0x7fe0, u32 from 0xffe0, u64 from 0, u128 from (1 << 64) - 32, usize from 0,
    i8 from -32, i16 from -32, i32 from -32, i64 from -32, i128 from -32, isize from -32
);

impl End for u8 {
    integer_end!(u8, 191);

    fn compare_more<I: Index<Self>>(world: &World<I, Self>, query: &(Bound<Self>, Bound<Self>)) {
        ask_cover(&world.index, &world.model, *query);
        let to = world.steps.to_le_bytes()[0].wrapping_mul(37);
        for taken in [0, 1] {
            ask_advanced(&world.index, &world.model, *query, taken, to);
        }
    }
}

impl End for String {
    fn end(point: Point) -> Self {
        match point {
            Point::Min => Self::new(),
            Point::AfterMin => "\0".into(),
            Point::At(at) => "a".repeat(1 + usize::from(at)),
            Point::BeforeMax => "\u{10ffff}".into(),
            Point::Max => "\u{10ffff}\u{10ffff}".into(),
        }
    }
}

impl End for (u8, i8, u8) {
    fn end(point: Point) -> Self {
        match point {
            Point::Min => (0, i8::MIN, 0),
            Point::AfterMin => (0, i8::MIN, 1),
            Point::At(at) => (at / 16, i8::from_ne_bytes([at / 4 % 4]) - 2, at % 4),
            Point::BeforeMax => (u8::MAX, i8::MAX, u8::MAX - 1),
            Point::Max => (u8::MAX, i8::MAX, u8::MAX),
        }
    }
}

/// The interval between two points.
pub fn interval<T: End>(a: Point, b: Point) -> Interval<T> {
    let (a, b) = (T::end(a), T::end(b));
    let (start, last) = if b < a { (b, a) } else { (a, b) };
    Interval::try_new(start, last).expect("ends in order")
}

/// The values at the ends of a query.
pub fn ends_of<T>(query: &(Bound<T>, Bound<T>)) -> impl Iterator<Item = &T> {
    [&query.0, &query.1].into_iter().filter_map(|bound| match bound {
        Included(at) | Excluded(at) => Some(at),
        Bound::Unbounded => None,
    })
}
