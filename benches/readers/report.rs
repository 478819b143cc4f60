//! The report: figures, plots, a page, and a chapter of the README.

use std::fmt::Write as _;
use std::fs;
use std::io::{self, Error};
use std::path::Path;

use crate::machine;
use crate::plots::{self, Chart, Line};
use crate::row::{COLUMNS, Row};

const OURS: &str = "sync";
const README_BEGIN: &str = "<!-- written by benches/readers: begin -->\n";
const README_END: &str = "<!-- written by benches/readers: end -->";

const METHOD: &str = "\
# Readers beside a writer

`cargo bench --bench readers -- --report` measures and writes all of this: `figures.csv`, the plots, this
page, and a chapter of the README.

## How it was measured

- Entries are disjoint, with ends and values of 64 bits, so that a map by start answers the same question:
  which entry contains a random point. A write removes a random entry and inserts it again with another
  value. `sync` and the published clones publish after each write. All are filled in random order, so that
  they have from the start the shape that such writes leave.
- A published change is cold in the caches of the readers, as any is that another core has written: what
  that costs a reader grows with the publications that it looks at.
- *Nothing shared* is a control: readers have one index and the writer another. What it loses is what this
  machine takes from a core while another one works.
- Readers read as fast as they can, first without a writer (*undisturbed*), then beside one: at full speed,
  or at a fixed rate. The contenders take turns; rates are medians over the rounds, times are of all
  rounds together. One read of 16 is timed, and the clock is part of its time.
- *Bytes an entry* are what is requested from the allocator and not given back: at rest, and the most at
  once while readers and writer run.
- Where there are as many readers as cores, or other work on the machine, the longest times are those of a
  thread that had to wait for a processor. In `figures.csv`, `of_undisturbed_cpu` compares the rates by
  the readers' own clocks, which then stand still; a wait for a lock is not in it.
";

const README: &str = "\
## Readers beside a writer

Readers ask random points as fast as they can while one thread replaces random entries at full speed.
`sync` publishes after each change; so do the clones, by `Arc<RwLock<Arc<_>>>`. A reader that looks for the
newest state before each read finds what was changed cold; one that keeps a state for 1,000 reads, as
`reader.snapshot()` gives it, seldom does. The maps have the start as key. Where nothing is shared, a
control, the writer changes another index. `benches/readers/report.md` has the machine, the method, and the
other settings.

![reads a second by the number of readers](docs/reads-20000.svg)

";

/// The largest number of readers that leaves the writer a processor, of those measured.
fn fitting(rows: &[Row], cores: u32) -> u32 {
    let readers = rows.iter().map(|row| row.setting.readers);
    readers.filter(|readers| *readers < cores).max().unwrap_or(1)
}

fn micros(nanos: u64) -> String {
    if nanos == 0 {
        return "-".to_owned();
    }
    let nanos = u32::try_from(nanos).map_or(f64::INFINITY, f64::from);
    let micros = nanos / 1e3;
    if micros < 10.0 { format!("{micros:.2}") } else { format!("{micros:.0}") }
}

/// The table of one setting.
fn table(rows: &[&Row]) -> String {
    let mut text = String::from(
        "| | reads/s, million | of undisturbed | read p50, us | p99.9 | undisturbed p99.9 | writes/s \
         | write p50, us | p99 | publish p50, us | p99 | bytes an entry | at the peak |\n\
         |---|---|---|---|---|---|---|---|---|---|---|---|---|\n",
    );
    for row in rows {
        let _ = writeln!(
            text,
            "| `{}` | {:.2} | {:.2} | {} | {} | {} | {:.0} | {} | {} | {} | {} | {:.0} | {:.0} |",
            row.name,
            row.reads / 1e6,
            row.of_undisturbed,
            micros(row.read.quantile(500)),
            micros(row.read.quantile(999)),
            micros(row.undisturbed_read.quantile(999)),
            row.writes,
            micros(row.write.quantile(500)),
            micros(row.write.quantile(990)),
            micros(row.publication.quantile(500)),
            micros(row.publication.quantile(990)),
            row.at_rest,
            row.at_peak,
        );
    }
    text
}

/// The numbers that a setting has, each once, in the order measured.
fn each(rows: &[Row], of: fn(&Row) -> u64) -> Vec<u64> {
    let mut found = Vec::new();
    for value in rows.iter().map(of) {
        if !found.contains(&value) {
            found.push(value);
        }
    }
    found
}

/// Reads a second by the number of readers.
fn draw(rows: &[Row], n: u64, path: &Path) -> io::Result<()> {
    let mut lines: Vec<Line> = Vec::new();
    for row in rows.iter().filter(|row| row.setting.n == n && row.setting.rate == 0) {
        let point = (f64::from(row.setting.readers), row.reads);
        match lines.iter_mut().find(|line| line.name == row.name) {
            Some(line) => line.points.push(point),
            None => lines.push(Line {
                name: row.name.to_owned(),
                points: vec![point],
                is_ours: row.name == OURS,
                is_dashed: false,
            }),
        }
    }
    let title = format!("Reads a second in all, beside a writer at full speed ({n} entries)");
    let chart = Chart { title: &title, x: "readers", y: "reads/s", lines };
    plots::lines(path, &chart).map_err(|error| Error::other(error.to_string()))
}

/// What the figures say in a sentence for each size.
fn in_words(rows: &[Row], readers: u32) -> String {
    let mut text = String::new();
    for n in each(rows, |row| row.setting.n) {
        let find = |name: &str| {
            let mut found = rows.iter().filter(|row| (row.setting.n, row.name) == (n, name));
            found.find(|row| (row.setting.readers, row.setting.rate) == (readers, 0))
        };
        let (Some(ours), Some(clones), Some(locked)) =
            (find(OURS), find("published clones"), find("RwLock<IntervalBTree>"))
        else {
            continue;
        };
        let _ = writeln!(
            text,
            "With {n} entries and {readers} reader{}, `sync` answered {:.2} million reads a second, {:.2} of\n\
             the undisturbed rate, beside {:.0} published changes a second, each published in {} us (median);\n\
             an `RwLock` {:.2} million ({:.2}) beside {:.0} writes, clones {:.2} million ({:.2}) beside {:.0}.\n",
            if readers == 1 { "" } else { "s" },
            ours.reads / 1e6,
            ours.of_undisturbed,
            ours.writes,
            micros(ours.publication.quantile(500)),
            locked.reads / 1e6,
            locked.of_undisturbed,
            locked.writes,
            clones.reads / 1e6,
            clones.of_undisturbed,
            clones.writes,
        );
    }
    text
}

/// The chapter of the README.
fn chapter(rows: &[Row], readers: u32) -> String {
    let mut text = format!("{README}{}", in_words(rows, readers));
    text.push_str(
        "| entries | | reads/s, million | of undisturbed | p99.9 of a read, us | writes/s | publish, us \
         | bytes an entry at the peak |\n|---|---|---|---|---|---|---|---|\n",
    );
    for row in rows {
        if (row.setting.readers, row.setting.rate) == (readers, 0) {
            let _ = writeln!(
                text,
                "| {} | `{}` | {:.2} | {:.2} | {} | {:.0} | {} | {:.0} |",
                row.setting.n,
                row.name,
                row.reads / 1e6,
                row.of_undisturbed,
                micros(row.read.quantile(999)),
                row.writes,
                micros(row.publication.quantile(500)),
                row.at_peak,
            );
        }
    }
    text.push('\n');
    text
}

/// Writes the chapter of the README between its two marks, if the page has them.
fn update_readme(page: &Path, chapter: &str) -> io::Result<()> {
    let text = fs::read_to_string(page)?;
    let Some((before, rest)) = text.split_once(README_BEGIN) else { return Ok(()) };
    let Some((_, after)) = rest.split_once(README_END) else { return Ok(()) };
    fs::write(page, format!("{before}{README_BEGIN}\n{chapter}{README_END}{after}"))
}

pub(crate) fn csv(rows: &[Row]) -> String {
    let lines: String = rows.iter().map(Row::csv).collect();
    format!("{COLUMNS}{lines}")
}

/// Writes everything into a folder, and the chapter into the README if it is given.
pub(crate) fn write(
    folder: &Path,
    readme: Option<&Path>,
    rows: &[Row],
    cores: u32,
) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    fs::write(folder.join("figures.csv"), csv(rows))?;
    let mut page = String::from(METHOD);
    page.push_str("\n## The machine\n\n");
    for line in machine::describe()?.lines() {
        let _ = writeln!(page, "- {line}");
    }
    for n in each(rows, |row| row.setting.n) {
        let file = format!("reads-{n}.svg");
        draw(rows, n, &folder.join(&file))?;
        let _ = writeln!(page, "\n## {n} entries\n\n![reads a second]({file})");
        for readers in each(rows, |row| row.setting.readers.into()) {
            for rate in each(rows, |row| row.setting.rate.into()) {
                let here: Vec<_> = rows
                    .iter()
                    .filter(|row| {
                        let Row { setting, .. } = row;
                        (setting.n, setting.readers.into(), setting.rate.into())
                            == (n, readers, rate)
                    })
                    .collect();
                let speed = match rate {
                    0 => "at full speed".to_owned(),
                    rate => format!("at {rate} writes a second"),
                };
                let plural = if readers == 1 { "" } else { "s" };
                let _ = write!(
                    page,
                    "\n{readers} reader{plural}, a writer {speed}:\n\n{}",
                    table(&here)
                );
            }
        }
    }
    fs::write(folder.join("report.md"), page.trim_end().to_owned() + "\n")?;
    let Some(readme) = readme else { return Ok(()) };
    // The published package has `docs`.
    let docs = readme.with_file_name("docs");
    fs::copy(folder.join("reads-20000.svg"), docs.join("reads-20000.svg"))?;
    update_readme(readme, &chapter(rows, fitting(rows, cores)))
}
