//! Random steps with an adversary's taste.

use std::fmt::{self, Debug};
use std::ops::Bound::Unbounded;

use quickcheck::{Arbitrary, Gen};

use super::ends::{POINTS, Point};
use super::ops::{How, Op, Pattern, Step, Who};

/// A list of steps that prints as Rust.
#[derive(Clone)]
pub struct Steps(pub Vec<Step>);

/// What the intervals of a list have in common.
#[derive(Clone, Copy)]
enum Taste {
    Any,
    /// Each holds the next.
    Nested,
    EqualStart,
    /// Points side by side, none touching.
    Comb,
    /// The whole type, then short ones.
    OneGiant,
}

impl Debug for Steps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("&[\n")?;
        self.0.iter().try_for_each(|step| writeln!(f, "    {step:?},"))?;
        f.write_str("]")
    }
}

impl Arbitrary for Steps {
    fn arbitrary(g: &mut Gen) -> Self {
        let tastes = [
            Taste::Any,
            Taste::Any,
            Taste::Any,
            Taste::Any,
            Taste::Nested,
            Taste::EqualStart,
            Taste::Comb,
            Taste::OneGiant,
        ];
        let taste = *g.choose(&tastes).expect("tastes");
        let len = below(g, g.size() + 1);
        Self((0..len).map(|_| step(g, taste)).collect())
    }

    fn shrink(&self) -> Box<dyn Iterator<Item = Self>> {
        Box::new(self.0.shrink().map(Self))
    }
}

/// A number from `0..n`.
fn below(g: &mut Gen, n: usize) -> usize {
    usize::try_from(u64::arbitrary(g) % n as u64).expect("below a usize")
}

fn byte_below(g: &mut Gen, n: u8) -> u8 {
    u8::arbitrary(g) % n
}

fn step(g: &mut Gen, taste: Taste) -> Step {
    Step(op(g, taste), Arbitrary::arbitrary(g), Arbitrary::arbitrary(g))
}

fn op(g: &mut Gen, taste: Taste) -> Op {
    let (a, b) = span(g, taste);
    match below(g, 200) {
        0..70 => Op::Insert(a, b),
        70..75 => Op::TryInsert(a, b),
        75..82 => Op::InsertAfter(Who::arbitrary(g), a, b),
        82..96 => Op::InsertTie(Who::arbitrary(g), b),
        96..130 => Op::Remove(Who::arbitrary(g)),
        130..134 => {
            let n = byte_below(g, 80);
            Op::Fill(*g.choose(&Pattern::ALL).expect("patterns"), n)
        }
        134..138 => Op::Drain(u16::arbitrary(g), byte_below(g, 100), bool::arbitrary(g)),
        138..144 => Op::SetLast(Who::arbitrary(g), b),
        144..160 => Op::SetInterval(Who::arbitrary(g), a, b),
        160..164 => Op::GetMut(Who::arbitrary(g)),
        164..167 => Op::PopFirst,
        167..170 => Op::PopLast,
        170..172 => Op::IterMut,
        172..175 => Op::OverlappingMut(a, b),
        175 | 176 => Op::Retain(u8::arbitrary(g)),
        177..181 => Op::ExtractIf(a, b, u8::arbitrary(g), byte_below(g, 9)),
        181..185 => Op::Extend((0..below(g, 9)).map(|_| span(g, taste)).collect()),
        185..188 => Op::Append((0..below(g, 9)).map(|_| span(g, taste)).collect()),
        188..191 => Op::Rebuild(How::arbitrary(g)),
        191 if below(g, 4) == 0 => Op::Clear,
        191..194 => Op::Clone,
        194 => Op::Convert,
        195 | 196 => Op::Reserve(u8::arbitrary(g)),
        197 => Op::Compact,
        _ => Op::ShrinkToFit,
    }
}

impl Arbitrary for How {
    fn arbitrary(g: &mut Gen) -> Self {
        let all = [Self::FromSorted, Self::Collect, Self::CollectRotated, Self::FromUnsorted];
        *g.choose(&all).expect("some")
    }
}

fn span(g: &mut Gen, taste: Taste) -> (Point, Point) {
    let half = byte_below(g, POINTS / 2);
    match taste {
        Taste::Any => (Point::arbitrary(g), Point::arbitrary(g)),
        Taste::Nested => (Point::At(half), Point::At(POINTS - 1 - half)),
        Taste::EqualStart => (Point::At(7), Point::arbitrary(g).max(Point::At(7))),
        Taste::Comb => (Point::At(2 * half), Point::At(2 * half)),
        Taste::OneGiant if below(g, 16) == 0 => (Point::Min, Point::Max),
        Taste::OneGiant => (Point::At(half), Point::At(half + 1 + byte_below(g, 3))),
    }
}

impl Arbitrary for Point {
    fn arbitrary(g: &mut Gen) -> Self {
        // Not `u8::arbitrary`, which favours its own ends.
        let byte = below(g, 256).to_le_bytes()[0];
        Self::from_byte(byte)
    }

    fn shrink(&self) -> Box<dyn Iterator<Item = Self>> {
        match *self {
            Self::At(at) => Box::new(at.shrink().map(Self::At)),
            _ => Box::new([0, POINTS - 1].into_iter().map(Self::At)),
        }
    }
}

impl Arbitrary for Who {
    fn arbitrary(g: &mut Gen) -> Self {
        let n = u8::arbitrary(g);
        if below(g, 4) == 0 { Self::Ever(n) } else { Self::Live(n) }
    }

    fn shrink(&self) -> Box<dyn Iterator<Item = Self>> {
        match *self {
            Self::Live(n) => Box::new(n.shrink().map(Self::Live)),
            Self::Ever(n) => Box::new(n.shrink().map(Self::Ever)),
        }
    }
}

impl Arbitrary for Step {
    fn arbitrary(g: &mut Gen) -> Self {
        step(g, Taste::Any)
    }

    fn shrink(&self) -> Box<dyn Iterator<Item = Self>> {
        let Self(op, lower, upper) = self.clone();
        let parts = (op.clone(), lower, upper);
        let plain = (lower, upper) != (Unbounded, Unbounded);
        let simpler = plain.then_some(Self(op, Unbounded, Unbounded));
        Box::new(simpler.into_iter().chain(parts.shrink().map(|(op, l, u)| Self(op, l, u))))
    }
}

impl Arbitrary for Op {
    fn arbitrary(g: &mut Gen) -> Self {
        op(g, Taste::Any)
    }

    /// Simpler arguments of the same operation: intervals are put in order when they are used.
    fn shrink(&self) -> Box<dyn Iterator<Item = Self>> {
        match self.clone() {
            Self::Insert(a, b) => Box::new((a, b).shrink().map(|(a, b)| Self::Insert(a, b))),
            Self::TryInsert(a, b) => Box::new([Self::Insert(a, b)].into_iter()),
            Self::InsertAfter(who, a, b) => {
                Box::new((who, a, b).shrink().map(|(who, a, b)| Self::InsertAfter(who, a, b)))
            }
            Self::InsertTie(who, b) => {
                Box::new((who, b).shrink().map(|(who, b)| Self::InsertTie(who, b)))
            }
            Self::Remove(who) => Box::new(who.shrink().map(Self::Remove)),
            Self::SetInterval(who, a, b) => {
                Box::new((who, a, b).shrink().map(|(who, a, b)| Self::SetInterval(who, a, b)))
            }
            Self::SetLast(who, b) => {
                Box::new((who, b).shrink().map(|(who, b)| Self::SetLast(who, b)))
            }
            Self::Fill(pattern, n) => Box::new(n.shrink().map(move |n| Self::Fill(pattern, n))),
            Self::Drain(from, n, backward) => {
                Box::new((from, n).shrink().map(move |(from, n)| Self::Drain(from, n, backward)))
            }
            Self::GetMut(who) => Box::new(who.shrink().map(Self::GetMut)),
            Self::Extend(pairs) => Box::new(pairs.shrink().map(Self::Extend)),
            Self::Reserve(n) => Box::new(n.shrink().map(Self::Reserve)),
            Self::OverlappingMut(a, b) => {
                Box::new((a, b).shrink().map(|(a, b)| Self::OverlappingMut(a, b)))
            }
            Self::Retain(divisor) => Box::new(divisor.shrink().map(Self::Retain)),
            Self::ExtractIf(a, b, divisor, most) => Box::new(
                (a, b, divisor, most)
                    .shrink()
                    .map(|(a, b, d, most)| Self::ExtractIf(a, b, d, most)),
            ),
            Self::Append(pairs) => Box::new(pairs.shrink().map(Self::Append)),
            Self::PopFirst
            | Self::PopLast
            | Self::IterMut
            | Self::Rebuild(_)
            | Self::Clear
            | Self::Clone
            | Self::Convert
            | Self::Compact
            | Self::ShrinkToFit => quickcheck::empty_shrinker(),
        }
    }
}
