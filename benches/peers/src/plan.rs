//! The whole comparison, in steps that are written down one by one, so that it can be stopped and
//! gone on with.

use std::fs;
use std::io::{Error, Result};
use std::path::Path;
use std::time::{Duration, Instant};

use crate::bench::{Settings, Stage};
use crate::layout::Layout;
use crate::operation::Operation;
use crate::report::Results;
use crate::workloads::Workload;
use crate::{contender, figures, machine, progress_bar, report, walk};

/// What is held, the most telling first.
const FULL: &[(Layout, u32)] = &[
    (Layout::Made(Workload::Vma), 20_000),
    (Layout::Real, 0),
    (Layout::Made(Workload::Vma), 1_000_000),
    (Layout::Made(Workload::Mixed), 20_000),
    (Layout::Made(Workload::Fork), 20_000),
    (Layout::Made(Workload::Giant), 20_000),
    (Layout::Made(Workload::Nested), 20_000),
    (Layout::Made(Workload::Power), 20_000),
    (Layout::Equal, 20_000),
    (Layout::Made(Workload::Clustered), 200_000),
    (Layout::Made(Workload::Vma), 1_000),
    (Layout::Made(Workload::Vma), 200_000),
    (Layout::Made(Workload::Nested), 1_000_000),
    (Layout::Made(Workload::Mixed), 1_000_000),
    (Layout::Made(Workload::Giant), 1_000_000),
    (Layout::Made(Workload::Power), 1_000_000),
];

const QUICK: &[(Layout, u32)] = &[
    (Layout::Made(Workload::Vma), 2_000),
    (Layout::Real, 0),
    (Layout::Made(Workload::Nested), 2_000),
    (Layout::Equal, 2_000),
];

/// Measures what `folder` does not hold yet, as long as there is time, and writes the report there.
pub(crate) fn run(folder: &Path, is_quick: bool, time: Option<Duration>) -> Result<()> {
    let start = Instant::now();
    let is_in_time = || time.is_none_or(|time| start.elapsed() < time);
    fs::create_dir_all(folder)?;
    check_machine(folder)?;

    let settings = Settings {
        rounds: if is_quick { 3 } else { 7 },
        budget: Duration::from_millis(if is_quick { 2 } else { 20 }),
        operations: Operation::ALL.to_vec(),
        contenders: contender::NAMES.to_vec(),
    };
    let plan = if is_quick { QUICK } else { FULL };
    let figures_file = folder.join("figures.csv");
    let mut tables = figures::read_csv_if_any(&figures_file)?;
    let bar = progress_bar(plan.len() * settings.operations.len() + walk::steps());
    let walks_file = folder.join("walks.csv");
    if !walks_file.exists() {
        bar.set_message("walks");
        let walks = walk::measure(settings.rounds, settings.budget, || bar.inc(1));
        walk::write_csv(&walks_file, &walks)?;
    }
    let mut left = 0;
    for (layout, n) in plan {
        let n = layout.fixed_size().unwrap_or(*n);
        bar.set_message(layout.label(n));
        if tables.iter().any(|table| (table.layout, table.n) == (*layout, n)) {
            bar.inc(settings.operations.len() as u64);
        } else if is_in_time() {
            tables.push(Stage::new(*layout, n).run(&settings, || bar.inc(1)));
            figures::write_csv(&figures_file, &tables)?;
        } else {
            left += 1;
        }
    }
    bar.finish_and_clear();
    if left > 0 {
        println!("{left} of {} populations are left for the next run", plan.len());
    }
    render(folder)
}

/// Writes the report on what was measured.
pub(crate) fn render(folder: &Path) -> Result<()> {
    let tables = figures::read_csv(&[folder.join("figures.csv")])?;
    let walks_file = folder.join("walks.csv");
    let walks = if walks_file.exists() { walk::read_csv(&walks_file)? } else { Vec::new() };
    let machine = fs::read_to_string(folder.join("machine.txt"))?;
    let native = figures::read_csv_if_any(&folder.join("native.csv"))?;
    let results = Results { machine, tables, native, walks };
    report::write(folder, &results)?;
    if folder == Path::new(env!("CARGO_MANIFEST_DIR")) {
        report::update_readme(&folder.join("../../README.md"), &results.tables)?;
    }
    println!(
        "{} tells of {} populations",
        folder.join("report.md").display(),
        results.tables.len()
    );
    Ok(())
}

/// Figures of different machines or programs must not be mixed.
fn check_machine(folder: &Path) -> Result<()> {
    let (file, here) = (folder.join("machine.txt"), machine::describe()?);
    match fs::read_to_string(&file) {
        Ok(there) if there == here => Ok(()),
        Ok(_) => Err(Error::other(format!(
            "{}: the figures there are of another machine or program; \
             remove them with --fresh, or choose another folder with --out",
            folder.display()
        ))),
        Err(_) => fs::write(file, here),
    }
}

/// Removes the figures of a former run.
pub(crate) fn clear(folder: &Path) -> Result<()> {
    for name in ["figures.csv", "walks.csv", "native.csv", "machine.txt"] {
        let file = folder.join(name);
        if file.exists() {
            fs::remove_file(file)?;
        }
    }
    Ok(())
}
