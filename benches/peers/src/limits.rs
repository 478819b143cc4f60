//! The speed and the memory that the tree is meant to reach, and whether it does.

use std::fmt;

use crate::figures::{Figure, Table};
use crate::layout::Layout;
use crate::operation::Operation;
use crate::workloads::Workload;

/// Trees that insert and hold values; the best of them in each row is the one to beat.
const TREES: &[&str] = &["iset", "rb-interval-map", "bio", "interavl"];

/// The populations that the limits were set for.
const FOR: [Layout; 4] = [
    Layout::Made(Workload::Vma),
    Layout::Made(Workload::Fork),
    Layout::Made(Workload::Mixed),
    Layout::Made(Workload::Giant),
];

/// What an operation is held against.
enum Limit {
    /// At most so many times the best of these.
    Times(f64, &'static [&'static str]),
    /// At most so much (bytes).
    Absolute(f64),
}

struct Row {
    operation: Operation,
    /// The populations it holds for; all if there is none.
    only: Option<Layout>,
    limit: Limit,
}

const fn times(operation: Operation, factor: f64, rivals: &'static [&'static str]) -> Row {
    Row { operation, only: None, limit: Limit::Times(factor, rivals) }
}

const ROWS: &[Row] = &[
    times(Operation::Stab, 0.50, TREES),
    Row { only: Some(Layout::Made(Workload::Vma)), ..times(Operation::Stab, 1.3, &["btreemap"]) },
    times(Operation::Range(10), 0.75, TREES),
    times(Operation::Range(100), 0.75, TREES),
    times(Operation::Insert, 0.55, &["iset"]),
    times(Operation::Insert, 1.5, &["btreemap"]),
    times(Operation::Churn, 0.35, &["iset"]),
    times(Operation::Churn, 1.1, &["btreemap"]),
    times(Operation::BuildSorted, 1.0, &["iset"]),
    times(Operation::Iter, 0.5, &["iset"]),
    Row { operation: Operation::Memory, only: None, limit: Limit::Absolute(48.0) },
];

/// Prints the table of limits.
pub(crate) struct Verdicts<'a>(pub(crate) &'a [Table]);

impl fmt::Display for Verdicts<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "## Limits of `tree`, by the minima\n")?;
        writeln!(f, "| operation | population | tree | against | ratio | of medians | limit | |")?;
        writeln!(f, "|---|---|---|---|---|---|---|---|")?;
        let (mut judged, mut over) = (0, 0);
        for row in ROWS {
            for table in self.0 {
                if FOR.contains(&table.layout)
                    && row.only.is_none_or(|only| only == table.layout)
                    && let Some(ours) = table.get(row.operation, "tree")
                    && let Some(is_ok) = verdict(f, row, table, ours)?
                {
                    judged += 1;
                    over += u32::from(!is_ok);
                }
            }
        }
        writeln!(f, "\n{judged} limits, {over} OVER")
    }
}

/// Writes a line, if there is a rival, and tells whether the limit is kept.
fn verdict(
    f: &mut fmt::Formatter<'_>,
    row: &Row,
    table: &Table,
    ours: &Figure,
) -> Result<Option<bool>, fmt::Error> {
    write!(f, "| {} | {} | {:.1} |", row.operation.name(), table.label(), ours.min)?;
    let (ratio, limit) = match row.limit {
        Limit::Absolute(limit) => {
            write!(f, " | {:.1} | {:.1} | {limit} B", ours.min, ours.median)?;
            (ours.min, limit)
        }
        Limit::Times(limit, rivals) => {
            let rivals = rivals.iter().filter_map(|rival| table.get(row.operation, rival));
            let Some(best) = rivals.min_by(|a, b| a.min.total_cmp(&b.min)) else {
                writeln!(f, " no rival here | | | | |")?;
                return Ok(None);
            };
            let ratio = ours.min / best.min;
            let of_medians = ours.median / best.median;
            write!(
                f,
                " {} {:.1} | {ratio:.2} | {of_medians:.2} | {limit}",
                best.contender, best.min
            )?;
            (ratio, limit)
        }
    };
    let is_ok = ratio <= limit;
    writeln!(f, " | {} |", if is_ok { "ok" } else { "OVER" })?;
    Ok(Some(is_ok))
}
