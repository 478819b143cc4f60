//! The report: `report.md` and its plots.

use std::fmt::{self, Write as _};
use std::fs;
use std::io::{self, Error};
use std::path::Path;

use crate::contender::{self, NAMES};
use crate::figures::{Figure, Table, figure_of};
use crate::layout::Layout;
use crate::operation::{Loop, Operation};
use crate::plots::{self, Chart, Heat, Line, times};
use crate::words::{
    CONTENDERS, INTRODUCTION, LOSSES, METHOD, NATIVE, PLOTS, README, README_BEGIN, README_END,
};
use crate::workloads::Workload;

const OURS: [&str; 6] =
    ["btree", "btree-32", "rbtree", "btree-bulk", "btree-bulk-32", "count-index"];

/// The population that the first tables and most plots are about.
const VMA: Layout = Layout::Made(Workload::Vma);

/// The operations of the first tables.
const MAIN: [Operation; 14] = [
    Operation::Stab(Loop::For),
    Operation::AnyStab,
    Operation::Range(10, Loop::For),
    Operation::Range(100, Loop::For),
    Operation::Range(1_000, Loop::For),
    Operation::Range(1_000, Loop::Fold),
    Operation::Range(1_000, Loop::Collect),
    Operation::Count(1_000),
    Operation::Iter(Loop::For),
    Operation::Insert,
    Operation::Churn,
    Operation::BuildSorted,
    Operation::Memory,
    Operation::MemoryPeak,
];

/// What was measured, and on what.
pub(crate) struct Results {
    pub(crate) machine: String,
    pub(crate) tables: Vec<Table>,
    /// The same by a program that was compiled for this very processor.
    pub(crate) native: Vec<Table>,
}

pub(crate) fn write(folder: &Path, results: &Results) -> io::Result<()> {
    let plots = folder.join("plots");
    fs::create_dir_all(&plots)?;
    results.draw(&plots).map_err(|error| Error::other(error.to_string()))?;
    let page = results.page().map_err(Error::other)?;
    fs::write(folder.join("report.md"), page)
}

/// Writes the chapter of the README between its two marks, if the page has them, and puts its plots into
/// `docs`, which the published package has.
pub(crate) fn update_readme(repository: &Path, tables: &[Table]) -> io::Result<()> {
    let page = &repository.join("README.md");
    for plot in ["stab-by-n.svg", "populations.svg"] {
        let [from, to] = ["benches/peers/plots", "docs"].map(|folder| repository.join(folder));
        fs::copy(from.join(plot), to.join(plot))?;
    }
    let text = fs::read_to_string(page)?;
    let Some(glance) = at_a_glance(tables, 20_000) else { return Ok(()) };
    let Some((before, rest)) = text.split_once(README_BEGIN) else { return Ok(()) };
    let Some((_, after)) = rest.split_once(README_END) else { return Ok(()) };
    let chapter = format!("{README}\n{glance}\n");
    fs::write(page, format!("{before}{README_BEGIN}\n{chapter}{README_END}{after}"))
}

/// The table that shows one population at a glance.
fn at_a_glance(tables: &[Table], n: u32) -> Option<String> {
    let table = tables.iter().find(|table| table.part() == (VMA, n, 4))?;
    let mut text = String::new();
    let show = |figure: Option<&Figure>| match figure {
        Some(figure) => format!("{} {}", figure_of(figure.min), figure.contender),
        None => "-".to_owned(),
    };
    text.push_str(
        "| | unit | `IntervalBTree` 64 | 32 | `IntervalRbTree` 64 | best other that changes \
         | `IntervalBTree`, bulk-built, 64 | 32 | best other that is static |\n\
         |---|---|---|---|---|---|---|---|---|\n",
    );
    for operation in MAIN {
        let [btree, btree_32, rbtree, bulk, bulk_32, _] = OURS.map(|name| {
            let figure = table.get(operation, name);
            figure.map_or("-".to_owned(), |figure| figure_of(figure.min))
        });
        let _ = writeln!(
            text,
            "| {} | {} | {btree} | {btree_32} | {rbtree} | {} | {bulk} | {bulk_32} | {} |",
            operation.name(),
            operation.unit(),
            show(best_other(table, operation, false)),
            show(best_other(table, operation, true))
        );
    }
    Some(text)
}

/// The best of the others, of those that are static or of those that are not.
fn best_other(table: &Table, operation: Operation, is_static: bool) -> Option<&Figure> {
    let others = table.row(operation).filter(|figure| !is_ours(figure));
    best(others.filter(|figure| contender::is_static(&figure.contender) == is_static))
}

/// The one that costs least.
fn best<'a>(figures: impl Iterator<Item = &'a Figure>) -> Option<&'a Figure> {
    figures.min_by(|a, b| a.min.total_cmp(&b.min))
}

fn is_ours(figure: &Figure) -> bool {
    OURS.contains(&&*figure.contender)
}

impl Results {
    fn table(&self, layout: Layout, n: u32) -> Option<&Table> {
        self.tables.iter().find(|table| table.part() == (layout, n, 4))
    }

    /// The populations of the middle size, or what comes near it in a quick run.
    fn middle(&self) -> u32 {
        let tables = self.tables.iter().filter(|table| table.layout == VMA && has_stabs(table));
        tables.map(|table| table.n).min_by_key(|n| n.abs_diff(20_000)).unwrap_or(20_000)
    }

    /// All populations of a size, without those of other values.
    fn all_populations(&self, n: u32) -> Vec<&Table> {
        let tables = self.tables.iter().filter(|table| (table.n, table.value) == (n, 4));
        tables.filter(|table| has_stabs(table)).collect()
    }

    fn page(&self) -> Result<String, fmt::Error> {
        let mut page = String::from(INTRODUCTION);
        writeln!(page, "\n## The machine\n")?;
        for line in self.machine.lines() {
            writeln!(page, "- {line}")?;
        }
        page.push_str(METHOD);
        for n in [self.middle(), 1_000_000] {
            if let Some(glance) = at_a_glance(&self.tables, n) {
                writeln!(page, "\n## {} at a glance\n\n{glance}", VMA.label(n))?;
            }
        }
        page.push_str(PLOTS);
        self.losses(&mut page)?;
        self.cliffs(&mut page)?;
        self.range_maps(&mut page)?;
        contenders(&mut page)?;
        writeln!(
            page,
            "\n# All figures\n\nThe least of the passes; `figures.csv` has the medians.\n"
        )?;
        for table in &self.tables {
            writeln!(page, "{table}")?;
        }
        if !self.native.is_empty() {
            page.push_str(NATIVE);
        }
        for table in &self.native {
            writeln!(page, "{table}")?;
        }
        Ok(page)
    }

    /// How the best of ours stands to the best of the others, per operation and population.
    fn losses(&self, page: &mut String) -> fmt::Result {
        page.push_str(LOSSES);
        let tables = || self.tables.iter().filter(|table| table.layout != Layout::Maps);
        for (is_static, title) in [(false, "Those that change"), (true, "Static ones")] {
            let (mut all, mut lost) = (0, 0);
            let mut rows = String::new();
            for operation in Operation::ALL {
                if tables().all(|table| best_other(table, operation, is_static).is_none()) {
                    continue;
                }
                write!(rows, "| {} |", operation.name())?;
                for table in tables() {
                    // What was built at once, or has short ends, stands against static indexes only.
                    let ours = OURS.iter().filter(|name| {
                        is_static || !contender::is_static(name) && contender::end_bits(name) == 64
                    });
                    let ours = ours.filter_map(|name| table.get(operation, name));
                    let pair = best(ours).zip(best_other(table, operation, is_static));
                    let Some((ours, other)) = pair else {
                        write!(rows, " |")?;
                        continue;
                    };
                    let ratio = ours.min / other.min;
                    all += 1;
                    lost += u32::from(ratio > 1.0);
                    let name = if ratio > 1.0 { &*other.contender } else { "" };
                    write!(rows, " {} {name} |", times(ratio))?;
                }
                writeln!(rows)?;
            }
            let labels: Vec<_> = tables().map(Table::label).collect();
            writeln!(
                page,
                "\n### {title}\n\nAnother one is ahead in {lost} of {all} cells.\n\n\
                 | | {} |\n|---|{}\n{rows}",
                labels.join(" | "),
                "---|".repeat(labels.len())
            )?;
        }
        Ok(())
    }

    /// The cost of a stab on populations that some indexes cannot bear.
    fn cliffs(&self, page: &mut String) -> fmt::Result {
        for n in [self.middle(), 1_000_000] {
            let tables = self.all_populations(n);
            let Some(plain) = self.table(VMA, n) else { continue };
            if tables.len() < 2 {
                continue;
            }
            let labels: Vec<_> = tables.iter().map(|table| table.layout.name()).collect();
            let hits = tables.iter().map(|table| {
                let figure = table.row(Operation::Stab(Loop::For)).next();
                figure
                    .and_then(|figure| figure.hits)
                    .map_or("-".into(), |hits| format!("{hits:.1}"))
            });
            writeln!(
                page,
                "\n## Cliffs, {n} entries\n\nA stab (ns); bold where it takes more than ten times \
                 what `vma` takes and finds less than ten times as much.\n\n\
                 | | {} |\n|---|{}\n| hits | {} |",
                labels.join(" | "),
                "---|".repeat(labels.len()),
                hits.collect::<Vec<_>>().join(" | ")
            )?;
            for name in plain.contenders() {
                write!(page, "| {name} |")?;
                for table in &tables {
                    let stab = |table: &Table| {
                        let figure = table.get(Operation::Stab(Loop::For), name)?;
                        Some((figure.min, figure.hits.unwrap_or(0.0)))
                    };
                    match (stab(plain), stab(table)) {
                        (Some(plain), Some(here)) => {
                            let falls = here.0 > 10.0 * plain.0 && here.1 < 10.0 * plain.1;
                            let bold = if falls { "**" } else { "" };
                            write!(page, " {bold}{}{bold} |", figure_of(here.0))?;
                        }
                        (_, Some(here)) => write!(page, " {} |", figure_of(here.0))?,
                        _ => write!(page, " - |")?,
                    }
                }
                writeln!(page)?;
            }
        }
        Ok(())
    }

    /// Maps from disjoint ranges, ours over the others.
    fn range_maps(&self, page: &mut String) -> fmt::Result {
        for table in self.tables.iter().filter(|table| table.layout == Layout::Maps) {
            writeln!(
                page,
                "\n## Maps from disjoint ranges, {} entries\n\n\
                 | | unit | `RangeMap` | rangemap | ratio | by hand over `BTreeMap` | ratio |\n\
                 |---|---|---|---|---|---|---|",
                table.n
            )?;
            for operation in Operation::ALL {
                let figure = |name| table.get(operation, name).map(|figure| figure.min);
                let (Some(ours), Some(other), Some(by_hand)) =
                    (figure("range-map"), figure("rangemap"), figure("btreemap"))
                else {
                    continue;
                };
                writeln!(
                    page,
                    "| {} | {} | {} | {} | {} | {} | {} |",
                    operation.name(),
                    operation.unit(),
                    figure_of(ours),
                    figure_of(other),
                    times(ours / other),
                    figure_of(by_hand),
                    times(ours / by_hand)
                )?;
            }
        }
        Ok(())
    }

    fn draw(&self, folder: &Path) -> Result<(), Box<dyn std::error::Error>> {
        for (file, operation, title) in [
            (
                "stab-by-n.svg",
                Operation::Stab(Loop::For),
                "A stab in a for loop, by the number of entries (vma)",
            ),
            ("insert-by-n.svg", Operation::Insert, "Building by random insertion (vma)"),
        ] {
            let lines = self.by_size(operation);
            let y = operation.unit();
            let plot = Chart { title, x: "entries", y, lines };
            plots::lines(&folder.join(file), &plot)?;
        }
        let n = self.middle();
        if let Some(table) = self.table(VMA, n) {
            let title = format!("A range query in a for loop, by its hits ({})", table.label());
            let lines = by_hits(table);
            let plot = Chart { title: &title, x: "hits", y: "ns/call", lines };
            plots::lines(&folder.join("range-by-hits.svg"), &plot)?;
            plots::heat(&folder.join("operations.svg"), &operations(table))?;
            plots::heat(&folder.join("populations.svg"), &self.populations(n))?;
        }
        Ok(())
    }

    fn by_size(&self, operation: Operation) -> Vec<Line> {
        let mut tables: Vec<_> =
            self.tables.iter().filter(|table| (table.layout, table.value) == (VMA, 4)).collect();
        tables.sort_by_key(|table| table.n);
        let lines = NAMES.iter().map(|name| {
            let points = tables
                .iter()
                .filter_map(|table| Some((f64::from(table.n), table.get(operation, name)?.min)));
            line(name, points.collect())
        });
        lines.filter(|line| !line.points.is_empty()).collect()
    }

    /// Stabs of all on all populations of a size, over those of the B-tree.
    fn populations(&self, n: u32) -> Heat<'_> {
        let tables = self.all_populations(n);
        let rows = NAMES.iter().map(|name| {
            let cell = |table: &&Table| ratio_to_btree(table, Operation::Stab(Loop::For), name);
            ((*name).to_owned(), tables.iter().map(cell).collect())
        });
        Heat {
            title: "A stab in a for loop, in times of IntervalBTree's with 64-bit ends (above 1: slower)",
            columns: tables.iter().map(|table| table.layout.name().to_owned()).collect(),
            rows: rows.collect(),
        }
    }
}

fn has_stabs(table: &Table) -> bool {
    table.row(Operation::Stab(Loop::For)).next().is_some()
}

fn ratio_to_btree(table: &Table, operation: Operation, name: &str) -> Option<f64> {
    let figure = |name| table.get(operation, name).map(|figure| figure.min);
    Some(figure(name)? / figure("btree")?)
}

fn operations(table: &Table) -> Heat<'static> {
    let rows = table.contenders().into_iter().map(|name| {
        let cells = MAIN.iter().map(|operation| ratio_to_btree(table, *operation, name));
        (name.to_owned(), cells.collect())
    });
    Heat {
        title: "Cost in times of IntervalBTree's with 64-bit ends (above 1: costs more)",
        columns: MAIN.iter().map(|operation| operation.name().to_owned()).collect(),
        rows: rows.collect(),
    }
}

fn by_hits(table: &Table) -> Vec<Line> {
    let ranges = [1, 10, 100, 1_000].map(|hits| Operation::Range(hits, Loop::For));
    let lines = table.contenders().into_iter().map(|name| {
        let points = ranges.iter().filter_map(|operation| {
            let figure = table.get(*operation, name)?;
            Some((figure.hits?, figure.min))
        });
        line(name, points.collect())
    });
    lines.collect()
}

fn line(name: &str, points: Vec<(f64, f64)>) -> Line {
    let (is_ours, is_dashed) = (OURS.contains(&name), contender::is_static(name));
    Line { name: name.to_owned(), points, is_ours, is_dashed }
}

/// The crates that took part, with the versions they were built of.
fn contenders(page: &mut String) -> fmt::Result {
    const LOCK: &str = include_str!("../Cargo.lock");
    writeln!(page, "\n## The contenders\n\n| name | crate | |\n|---|---|---|")?;
    for (name, package, prefix, remark) in CONTENDERS {
        let of_package = LOCK
            .split("[[package]]")
            .filter(|part| part.contains(&format!("name = \"{package}\"\n")));
        let mut versions =
            of_package.filter_map(|part| part.split("version = \"").nth(1)?.split('"').next());
        let version = versions.find(|version| version.starts_with(prefix)).unwrap_or_default();
        writeln!(page, "| {name} | {package} {version} | {remark} |")?;
    }
    Ok(())
}
