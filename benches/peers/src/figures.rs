use std::fmt::{self, Write as _};
use std::fs;
use std::io::{Error, ErrorKind, Result};
use std::path::Path;

use crate::contender::NAMES;
use crate::layout::Layout;
use crate::operation::Operation;
use crate::race::Time;

/// One contender in one operation.
#[derive(Clone, Debug)]
pub(crate) struct Figure {
    pub(crate) operation: Operation,
    pub(crate) contender: String,
    /// Mean hits of a query.
    pub(crate) hits: Option<f64>,
    passes: usize,
    pub(crate) min: f64,
    pub(crate) median: f64,
}

impl Figure {
    pub(crate) fn new(
        operation: Operation,
        contender: &str,
        hits: Option<f64>,
        time: Time,
    ) -> Self {
        let Time { least: min, median, passes } = time;
        Self { operation, contender: contender.to_owned(), hits, passes, min, median }
    }

    /// Something that is the same every time.
    pub(crate) fn of_size(operation: Operation, contender: &str, size: f64) -> Self {
        Self::new(operation, contender, None, Time { least: size, median: size, passes: 1 })
    }
}

/// All figures of one population.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    pub(crate) layout: Layout,
    pub(crate) n: u32,
    /// Bytes of a value.
    pub(crate) value: usize,
    figures: Vec<Figure>,
}

impl Table {
    pub(crate) fn new(layout: Layout, n: u32) -> Self {
        Self::with_values(layout, n, 4)
    }

    pub(crate) fn with_values(layout: Layout, n: u32, value: usize) -> Self {
        Self { layout, n, value, figures: Vec::new() }
    }

    /// What it is about, so that no part is measured twice.
    pub(crate) fn part(&self) -> (Layout, u32, usize) {
        (self.layout, self.n, self.value)
    }

    pub(crate) fn add(&mut self, figure: Figure) {
        self.figures.push(figure);
    }

    pub(crate) fn label(&self) -> String {
        let label = self.layout.label(self.n);
        if self.value == 4 { label } else { format!("{label}, values of {} bytes", self.value) }
    }

    /// The contenders that took part, in the order of their turns.
    pub(crate) fn contenders(&self) -> Vec<&str> {
        let mut contenders: Vec<&str> = Vec::new();
        for figure in &self.figures {
            if !contenders.contains(&&*figure.contender) {
                contenders.push(&figure.contender);
            }
        }
        contenders.sort_by_key(|name| NAMES.iter().position(|other| other == name));
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

const HEAD: &str = "population,n,value_bytes,operation,contender,unit,hits,passes,min,median";

pub(crate) fn write_csv(path: &Path, tables: &[Table]) -> Result<()> {
    let mut csv = format!("{HEAD}\n");
    for table in tables {
        for figure in &table.figures {
            let Figure { operation, contender, passes, min, median, .. } = figure;
            let (layout, n, value) = (table.layout.name(), table.n, table.value);
            let (operation, unit) = (operation.name(), operation.unit());
            let hits = figure.hits.map_or(String::new(), |hits| format!("{hits:.2}"));
            let line = format_args!(
                "{layout},{n},{value},{operation},{contender},{unit},{hits},{passes},{min:.3},{median:.3}"
            );
            writeln!(csv, "{line}").map_err(Error::other)?;
        }
    }
    fs::write(path, csv).map_err(|error| naming(path, &error))
}

/// Reads the tables of a file, none if it does not exist.
pub(crate) fn read_csv(path: &Path) -> Result<Vec<Table>> {
    if !path.exists() {
        return Ok(Vec::new());
    }
    let csv = fs::read_to_string(path).map_err(|error| naming(path, &error))?;
    let mut lines = csv.lines();
    if lines.next() != Some(HEAD) {
        return Err(naming(path, &Error::new(ErrorKind::InvalidData, "not a file of figures")));
    }
    let mut tables: Vec<Table> = Vec::new();
    for line in lines {
        let (part, figure) = parse(line).ok_or_else(|| {
            naming(path, &Error::new(ErrorKind::InvalidData, format!("cannot read `{line}`")))
        })?;
        let known = tables.iter().position(|table| table.part() == part);
        let at = known.unwrap_or_else(|| {
            tables.push(Table::with_values(part.0, part.1, part.2));
            tables.len() - 1
        });
        tables[at].add(figure);
    }
    Ok(tables)
}

fn parse(line: &str) -> Option<((Layout, u32, usize), Figure)> {
    let fields: Vec<_> = line.split(',').collect();
    let &[layout, n, value, operation, contender, _, hits, passes, min, median] = &*fields else {
        return None;
    };
    let figure = Figure {
        operation: Operation::ALL.into_iter().find(|one| one.name() == operation)?,
        contender: contender.to_owned(),
        hits: hits.parse().ok(),
        passes: passes.parse().ok()?,
        min: min.parse().ok()?,
        median: median.parse().ok()?,
    };
    let mut layouts = Layout::all().into_iter().chain([Layout::Maps]);
    let layout = layouts.find(|one| one.name() == layout)?;
    Some(((layout, n.parse().ok()?, value.parse().ok()?), figure))
}

fn naming(path: &Path, error: &Error) -> Error {
    Error::new(error.kind(), format!("{}: {error}", path.display()))
}
