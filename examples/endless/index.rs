//! Either index beside a sorted list, with ends of several types.

use std::any::type_name;
use std::marker::PhantomData;
use std::mem::discriminant;

use quickcheck::{Arbitrary, Gen};
use stabtree::{Cut, IntervalBTree, IntervalRbTree};

use crate::common::ends::{End, Point};
use crate::common::generate::Steps;
use crate::common::index::Index;
use crate::common::ops::Step;
use crate::common::world::World;
use crate::subject::{Coverage, Runner, Subject, magnitude, runner};

struct Histories<I, T>(PhantomData<(I, T)>);

/// Histories of up to so many operations are compared after each of them.
const SHORT: usize = 120;

impl<I: Index<T>, T: End> Subject for Histories<I, T> {
    type Op = Step;

    fn name() -> String {
        let full = type_name::<T>();
        let end = full.rsplit([':', '<']).next().expect("a name");
        let word = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).collect::<String>();
        let words = end.split(',').map(word).collect::<Vec<_>>().join("_").to_lowercase();
        let cut = if full.contains("Cut<") { "cut_" } else { "" };
        format!("{}_{cut}{words}", if I::NAME == "IntervalRbTree" { "rbtree" } else { "btree" })
    }

    fn history(seed: u64) -> Vec<Step> {
        let size = match seed % 16 {
            0 => 3_000,
            1..4 => 600,
            _ => SHORT - 24,
        };
        Steps::arbitrary(&mut Gen::from_size_and_seed(size, seed)).0
    }

    fn run(_: u64, ops: &[Step], coverage: &mut Coverage) {
        let mut world = World::<I, T>::new();
        let every = if ops.len() <= SHORT { 1 } else { 23 };
        let mut former = None;
        for (i, step) in (1..).zip(ops) {
            if i % every == 0 {
                world.step(step);
                coverage.comparisons += 1;
                coverage.state((I::NAME, world.index.shape()));
            } else {
                world.apply(&step.0);
            }
            coverage.operations += 1;
            let op = discriminant(&step.0);
            coverage.feature((Self::name(), former, op, magnitude(world.model.entries.len())));
            former = Some(op);
        }
        world.compare_entries();
    }

    fn simpler(op: &Step) -> Vec<Step> {
        op.shrink().take(100).collect()
    }

    fn as_test(_: u64, ops: &[Step]) -> String {
        format!(
            "#[test]\nfn a_history_of_{}() {{\n    World::<{}<{}, u32>, _>::run({:?});\n}}\n",
            Self::name(),
            I::NAME,
            type_name::<T>(),
            Steps(ops.to_vec()),
        )
    }
}

/// Positions before, at and after the values of a few numbers.
impl End for Cut<u8> {
    fn end(point: Point) -> Self {
        match point {
            Point::Min => Self::before(0),
            Point::AfterMin => Self::at(0),
            Point::At(at) => {
                [Self::before, Self::at, Self::after][usize::from(at % 3)](100 + at / 3)
            }
            Point::BeforeMax => Self::at(u8::MAX),
            Point::Max => Self::after(u8::MAX),
        }
    }
}

pub(crate) fn subjects() -> Vec<Runner> {
    vec![
        runner::<Histories<IntervalBTree<u8, u32>, u8>>(),
        runner::<Histories<IntervalBTree<u32, u32>, u32>>(),
        runner::<Histories<IntervalBTree<u64, u32>, u64>>(),
        runner::<Histories<IntervalBTree<i64, u32>, i64>>(),
        runner::<Histories<IntervalBTree<(u8, i8, u8), u32>, (u8, i8, u8)>>(),
        runner::<Histories<IntervalBTree<Cut<u8>, u32>, Cut<u8>>>(),
        runner::<Histories<IntervalRbTree<u8, u32>, u8>>(),
        runner::<Histories<IntervalRbTree<i64, u32>, i64>>(),
        runner::<Histories<IntervalRbTree<String, u32>, String>>(),
        runner::<Histories<IntervalRbTree<Cut<u8>, u32>, Cut<u8>>>(),
    ]
}
