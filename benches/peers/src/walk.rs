//! The walk from a merged page to all who map it, by the number of mappings on the `anon_vma`.

use std::fmt::Write as _;
use std::fs;
use std::io::{Error, ErrorKind, Result};
use std::path::Path;
use std::time::Duration;

use stabtree::rmap::{FullRange, Machine, StoredPgoff, Strategy};

use crate::clock;
use crate::families::{Ignore, split};

/// Numbers of mappings; 22,169 are those of the mailing-list thread.
const VMAS: [u64; 8] = [100, 300, 1_000, 3_000, 10_000, 22_169, 50_000, 100_000];

/// One strategy at one number of mappings.
#[derive(Clone, Debug)]
pub(crate) struct Walk {
    pub(crate) vmas: u64,
    pub(crate) strategy: String,
    /// Mappings that the walk looked at.
    pub(crate) visited: u64,
    /// Time of a walk (ns).
    pub(crate) min: f64,
    pub(crate) median: f64,
}

/// Measures all walks, the strategies in turn; a turn takes `budget`.
pub(crate) fn measure(rounds: u16, budget: Duration, step: impl Fn()) -> Vec<Walk> {
    let mut walks = Vec::new();
    for vmas in VMAS {
        let mut machine = Machine::new();
        let pfn = split(&mut machine, vmas);
        let strategies: [&dyn Strategy; 2] = [&FullRange, &StoredPgoff];
        let mut times = vec![Vec::new(); strategies.len()];
        for _ in 0..rounds {
            for (strategy, times) in strategies.iter().zip(&mut times) {
                let pages = vec![pfn; 4096];
                times.push(clock::each(budget, &pages, |pfn| {
                    machine.walk(pfn, *strategy, &mut Ignore).expect("the page is merged")
                }));
            }
        }
        for (strategy, mut times) in strategies.iter().zip(times) {
            let audit = machine.audit(pfn, *strategy).expect("the page is merged");
            assert!(audit.is_complete(), "nothing has moved, so nothing is missed");
            times.sort_by(f64::total_cmp);
            walks.push(Walk {
                vmas,
                strategy: strategy.name().to_string(),
                visited: audit.stats.visited,
                min: times[0],
                median: times[times.len() / 2],
            });
        }
        step();
    }
    walks
}

/// How many steps `measure` takes.
pub(crate) fn steps() -> usize {
    VMAS.len()
}

const HEAD: &str = "vmas,strategy,visited,min,median";

pub(crate) fn write_csv(path: &Path, walks: &[Walk]) -> Result<()> {
    let mut csv = format!("{HEAD}\n");
    for Walk { vmas, strategy, visited, min, median } in walks {
        writeln!(csv, "{vmas},{strategy},{visited},{min:.1},{median:.1}").map_err(Error::other)?;
    }
    fs::write(path, csv)
}

pub(crate) fn read_csv(path: &Path) -> Result<Vec<Walk>> {
    let csv = fs::read_to_string(path)?;
    let walks = csv.lines().skip(1).map(|line| {
        parse(line).ok_or_else(|| Error::new(ErrorKind::InvalidData, format!("`{line}`")))
    });
    walks.collect()
}

fn parse(line: &str) -> Option<Walk> {
    let fields: Vec<_> = line.split(',').collect();
    let &[vmas, strategy, visited, min, median] = &*fields else { return None };
    Some(Walk {
        vmas: vmas.parse().ok()?,
        strategy: strategy.to_owned(),
        visited: visited.parse().ok()?,
        min: min.parse().ok()?,
        median: median.parse().ok()?,
    })
}
