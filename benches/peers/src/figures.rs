use std::fmt::{self, Write as _};
use std::fs;
use std::io::{Error, ErrorKind, Result};
use std::path::{Path, PathBuf};

use crate::layout::Layout;
use crate::operation::Operation;

/// One contender in one operation.
#[derive(Clone, Debug)]
pub(crate) struct Figure {
    pub(crate) operation: Operation,
    pub(crate) contender: String,
    /// Mean hits of a query.
    pub(crate) hits: Option<f64>,
    rounds: usize,
    pub(crate) min: f64,
    pub(crate) median: f64,
}

impl Figure {
    /// Sums the rounds up, of which there must be one at least.
    pub(crate) fn new(
        operation: Operation,
        contender: &str,
        hits: Option<f64>,
        mut rounds: Vec<f64>,
    ) -> Self {
        rounds.sort_by(f64::total_cmp);
        let middle = rounds.len() / 2;
        let median = if rounds.len().is_multiple_of(2) {
            f64::midpoint(rounds[middle - 1], rounds[middle])
        } else {
            rounds[middle]
        };
        let (contender, min) = (contender.to_owned(), rounds[0]);
        Self { operation, contender, hits, rounds: rounds.len(), min, median }
    }
}

/// All figures of one population.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    pub(crate) layout: Layout,
    pub(crate) n: u32,
    figures: Vec<Figure>,
}

impl Table {
    pub(crate) fn new(layout: Layout, n: u32) -> Self {
        Self { layout, n, figures: Vec::new() }
    }

    pub(crate) fn add(&mut self, figure: Figure) {
        self.figures.push(figure);
    }

    pub(crate) fn label(&self) -> String {
        self.layout.label(self.n)
    }

    /// The contenders that took part, in the order of their turns.
    pub(crate) fn contenders(&self) -> Vec<&str> {
        let mut contenders: Vec<&str> = Vec::new();
        for figure in &self.figures {
            if !contenders.contains(&&*figure.contender) {
                contenders.push(&figure.contender);
            }
        }
        contenders
    }

    /// All contenders in one operation.
    pub(crate) fn row(&self, operation: Operation) -> impl Iterator<Item = &Figure> {
        self.figures.iter().filter(move |figure| figure.operation == operation)
    }

    pub(crate) fn get(&self, operation: Operation, contender: &str) -> Option<&Figure> {
        self.row(operation).find(|figure| figure.contender == contender)
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let contenders = self.contenders();
        writeln!(f, "## {}\n", self.label())?;
        writeln!(f, "| operation | hits | unit | {} |", contenders.join(" | "))?;
        writeln!(f, "|---|---|---|{}", "---|".repeat(contenders.len()))?;
        for operation in Operation::ALL {
            let Some(first) = self.row(operation).next() else { continue };
            let hits = first.hits.map_or(String::new(), |hits| format!("{hits:.1}"));
            write!(f, "| {} | {hits} | {} |", operation.name(), operation.unit())?;
            for contender in &contenders {
                match self.get(operation, contender) {
                    Some(figure) => write!(f, " {} |", figure_of(figure.min))?,
                    None => write!(f, " - |")?,
                }
            }
            writeln!(f)?;
        }
        Ok(())
    }
}

/// Three digits are as many as mean something.
pub(crate) fn figure_of(value: f64) -> String {
    match value {
        ..10.0 => format!("{value:.2}"),
        ..100.0 => format!("{value:.1}"),
        _ => format!("{value:.0}"),
    }
}

const HEAD: &str = "population,n,operation,contender,unit,hits,rounds,min,median";

pub(crate) fn write_csv(path: &Path, tables: &[Table]) -> Result<()> {
    let mut csv = format!("{HEAD}\n");
    for table in tables {
        for figure in &table.figures {
            let Figure { operation, contender, rounds, min, median, .. } = figure;
            let (layout, n) = (table.layout.name(), table.n);
            let (operation, unit) = (operation.name(), operation.unit());
            let hits = figure.hits.map_or(String::new(), |hits| format!("{hits:.2}"));
            let line = format_args!(
                "{layout},{n},{operation},{contender},{unit},{hits},{rounds},{min:.3},{median:.3}"
            );
            writeln!(csv, "{line}").map_err(Error::other)?;
        }
    }
    fs::write(path, csv).map_err(|error| naming(path, &error))
}

/// Reads the tables of a file, none if it does not exist.
pub(crate) fn read_csv_if_any(path: &Path) -> Result<Vec<Table>> {
    if path.exists() { read_csv(&[path.to_owned()]) } else { Ok(Vec::new()) }
}

/// Reads the tables of several files, figures of the same population in one table.
pub(crate) fn read_csv(paths: &[PathBuf]) -> Result<Vec<Table>> {
    let mut tables: Vec<Table> = Vec::new();
    for path in paths {
        let csv = fs::read_to_string(path).map_err(|error| naming(path, &error))?;
        let mut lines = csv.lines();
        if lines.next() != Some(HEAD) {
            return Err(naming(path, &Error::new(ErrorKind::InvalidData, "not a file of figures")));
        }
        for line in lines {
            let (layout, n, figure) = parse(line).ok_or_else(|| {
                naming(path, &Error::new(ErrorKind::InvalidData, format!("cannot read `{line}`")))
            })?;
            let known = tables.iter().position(|table| (table.layout, table.n) == (layout, n));
            let at = known.unwrap_or_else(|| {
                tables.push(Table::new(layout, n));
                tables.len() - 1
            });
            tables[at].add(figure);
        }
    }
    Ok(tables)
}

fn parse(line: &str) -> Option<(Layout, u32, Figure)> {
    let fields: Vec<_> = line.split(',').collect();
    let &[layout, n, operation, contender, _, hits, rounds, min, median] = &*fields else {
        return None;
    };
    let figure = Figure {
        operation: crate::operation(operation).ok()?,
        contender: contender.to_owned(),
        hits: hits.parse().ok(),
        rounds: rounds.parse().ok()?,
        min: min.parse().ok()?,
        median: median.parse().ok()?,
    };
    Some((crate::layout(layout).ok()?, n.parse().ok()?, figure))
}

fn naming(path: &Path, error: &Error) -> Error {
    Error::new(error.kind(), format!("{}: {error}", path.display()))
}
