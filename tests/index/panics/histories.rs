//! Histories in which the user's code panics again and again: each index stays legal and drops
//! everything once.

use std::cell::Cell;

use crate::common::bounds::cases;
use crate::common::fault_ops::{Op, Step, run};
use crate::common::probe::Call;
use quickcheck::{Arbitrary, Gen, QuickCheck};

impl Arbitrary for Call {
    fn arbitrary(g: &mut Gen) -> Self {
        *g.choose(&Self::ALL).expect("some")
    }
}

fn pairs(g: &mut Gen) -> Vec<(u8, u8)> {
    (0..u8::arbitrary(g) % 20).map(|_| Arbitrary::arbitrary(g)).collect()
}

impl Arbitrary for Step {
    fn arbitrary(g: &mut Gen) -> Self {
        let (a, b, which) = (u8::arbitrary(g), u8::arbitrary(g), u8::arbitrary(g));
        let op = match u8::arbitrary(g) % 40 {
            0..10 => Op::Insert(a, b),
            10..14 => Op::InsertAfter(which, b),
            14..18 => Op::Remove(which),
            18..23 => Op::SetInterval(which, a, b),
            23 => Op::Replace(which),
            24 => Op::PopFirst,
            25 => Op::PopLast,
            26 => Op::Retain(which),
            27..29 => Op::Extract(a, b, which),
            29..33 => Op::Extend(pairs(g)),
            33..35 => Op::Append(pairs(g)),
            35 => Op::Rebuild(which),
            36 if which < 40 => Op::Clear,
            37 => Op::Clone,
            _ => Op::Query(a, b),
        };
        let fault = bool::arbitrary(g).then(|| (Call::arbitrary(g), u8::arbitrary(g) % 60));
        Self { op, fault }
    }

    fn shrink(&self) -> Box<dyn Iterator<Item = Self>> {
        let calm = self.fault.map(|_| Self { op: self.op.clone(), fault: None });
        Box::new(calm.into_iter())
    }
}

#[test]
fn prop_no_panic_does_harm() {
    thread_local! {
        static PANICS: Cell<usize> = const { Cell::new(0) };
    }

    #[expect(clippy::needless_pass_by_value, reason = "quickcheck gives its arguments away")]
    fn prop(steps: Vec<Step>) {
        PANICS.set(PANICS.get() + run(&steps));
    }

    let cases = cases(600);
    QuickCheck::new().rng(Gen::new(120)).tests(cases).quickcheck(prop as fn(Vec<Step>));
    eprintln!("{} panics in {cases} histories", PANICS.get());
    assert!(PANICS.get() as u64 > 3 * cases, "too few panics");
}

/// The handles of an index whose entries were moved out are not those of the index that follows it,
/// also if moving them out panics.
#[test]
fn a_panic_in_rebuilding_leaves_no_handle_of_the_former_index() {
    let extended = [
        (57, 121),
        (122, 181),
        (197, 111),
        (127, 19),
        (49, 0),
        (228, 87),
        (0, 194),
        (121, 0),
        (251, 255),
        (239, 71),
        (118, 22),
        (142, 232),
        (97, 35),
        (0, 94),
        (230, 176),
        (29, 236),
    ];
    let steps = [
        (Op::Insert(0, 152), None),
        (Op::Extract(151, 42, 23), None),
        (Op::Insert(206, 0), None),
        (Op::Remove(97), None),
        (Op::Insert(54, 131), None),
        (Op::Rebuild(16), Some((Call::Drop, 0))),
        (Op::Extend(extended.to_vec()), None),
        (Op::Retain(32), None),
        (Op::Clone, None),
    ];
    run(&steps.map(|(op, fault)| Step { op, fault }));
}
