//! Prints what either reverse map of anonymous pages costs on the same populations, side by side.
//!
//! `cargo run --release --example compare_reverse_maps`

use std::fmt::Write as _;
use std::fs;
use std::io::{self, Write};
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use stabtree::rmap::{
    CompleteIndex, Control, LoopStart, LoopStats, Machine, Mapping, ProcessContext, ReverseMapKind,
    RmapError, StoredPgoff, Strategy,
};

mod command_line;
#[path = "compare_reverse_maps/populations.rs"]
mod populations;

use command_line::CommandLine;
use populations::Population;

const HELP: &str = "\
Compares trees of anon_vma with contexts: what a walk visits and how long it holds a lock, what the
objects take, and what a fork costs. Both machines were built by the same calls.

Columns: visits are mappings that a walk to the end came to, searches are searches of a tree or of a
process's mappings, loops are locks taken, longest is the most searches and visits under one lock, and
hold_us the longest hold, the least of many walks. missed are entries of the page that the walk did not
find. bytes are those of objects in a kernel, per mapping, of one fork, and per moved mapping; fork_us is
the least time of the whole call.

Usage: compare_reverse_maps [OPTIONS]

Options:
      --scale PERCENT  Size of the populations [default: 100]
      --csv            Print comma-separated rows only
      --plot FILE      Write a drawing as SVG: size of a tree of forks against bytes and against visits
  -h, --help           Print help
  -V, --version        Print version
";

type Build = Box<dyn Fn(ReverseMapKind) -> Result<Population, RmapError>>;

/// The populations of the comparison.
fn builds(scale: u64) -> Vec<Build> {
    let size = move |n: u64| (n * scale / 100).max(4);
    let tree = move |n: u64| usize::try_from(size(n)).expect("small");
    vec![
        Box::new(move |kind| populations::split(kind, size(22_169), true)),
        Box::new(|kind| populations::forked(kind, 2)),
        Box::new(move |kind| populations::split(kind, size(20_000), false)),
        Box::new(move |kind| populations::fork_tree(kind, tree(1_000), 10)),
        Box::new(move |kind| populations::fork_tree_own(kind, tree(1_000), 10)),
        Box::new(move |kind| populations::moved(kind, size(20_000))),
        Box::new(move |kind| populations::one_index(kind, size(20_000))),
    ]
}

/// Walks that are compared: merged pages by several strategies, ordinary ones by none.
fn walks(kind: ReverseMapKind, merged: bool) -> Vec<(&'static str, &'static dyn Strategy)> {
    let mut walks: Vec<(_, &'static dyn Strategy)> = match kind {
        ReverseMapKind::CowContext => vec![("ProcessContext", &ProcessContext)],
        _ => vec![("StoredPgoff", &StoredPgoff)],
    };
    walks.push(("CompleteIndex", &CompleteIndex));
    if merged { walks } else { vec![("ordinary", &CompleteIndex)] }
}

/// Counts, and the longest time that a lock was held.
#[derive(Default)]
struct Longest {
    taken: Option<Instant>,
    hold: Duration,
    /// Searches and visits of the longest loop.
    work: (u64, u64),
}

impl Control for Longest {
    fn rmap_one(&mut self, mapping: &Mapping) -> ControlFlow<()> {
        std::hint::black_box(mapping);
        ControlFlow::Continue(())
    }

    fn lock_taken(&mut self, _start: &LoopStart) {
        self.taken = Some(Instant::now());
    }

    fn lock_released(&mut self, stats: &LoopStats) {
        self.hold = self.hold.max(self.taken.map_or(Duration::ZERO, |taken| taken.elapsed()));
        self.work = self.work.max((stats.searches, stats.visited));
    }
}

const WALKS: usize = 31;
const FORKS: usize = 5;

/// The least time of a fork, on machines in turn.
fn forks(machines: &[Machine], of: &[Population]) -> Result<Vec<Duration>, RmapError> {
    let mut least = vec![Duration::MAX; machines.len()];
    for _ in 0..FORKS {
        for (i, machine) in machines.iter().enumerate() {
            let mut machine = machine.clone();
            let began = Instant::now();
            machine.fork(of[i].process)?;
            least[i] = least[i].min(began.elapsed());
        }
    }
    Ok(least)
}

#[expect(clippy::cast_precision_loss, reason = "a ratio to be printed")]
fn ratio(bytes: u64, of: u64) -> f64 {
    bytes as f64 / of as f64
}

fn compare(
    build: &Build,
    csv: bool,
    out: &mut impl Write,
) -> Result<(), Box<dyn std::error::Error>> {
    let kinds = ReverseMapKind::ALL;
    let both = kinds.iter().map(|&kind| build(kind)).collect::<Result<Vec<_>, _>>()?;
    let machines: Vec<Machine> = both.iter().map(|one| one.machine.clone()).collect();
    let times = forks(&machines, &both)?;
    if !csv {
        writeln!(out, "{}", both[0].name)?;
    }
    // The walks in turn, so that a change of the computer's mood hits all.
    let mut rows = Vec::new();
    for (i, &kind) in kinds.iter().enumerate() {
        let merged = both[i].machine.is_merged(both[i].pfn);
        rows.extend(walks(kind, merged).into_iter().map(|walk| (i, walk, Duration::MAX)));
    }
    for _ in 0..WALKS {
        for (i, (_, strategy), hold) in &mut rows {
            let mut longest = Longest::default();
            machines[*i].walk(both[*i].pfn, *strategy, &mut longest)?;
            *hold = (*hold).min(longest.hold);
        }
    }
    for (i, (name, strategy), hold) in rows {
        let Population { machine, pfn, process, moved, .. } = &both[i];
        let audit = machine.audit(*pfn, strategy)?;
        let mut longest = Longest::default();
        let stats = machine.walk(*pfn, strategy, &mut longest)?;
        let bytes = machine.reverse_map_size().bytes;
        let mappings: usize =
            machine.processes().map(|mm| machine.vmas(mm).map_or(0, Iterator::count)).sum();
        let mut forked = machine.clone();
        forked.fork(*process)?;
        let fork = forked.reverse_map_size().bytes - bytes;
        let per_move = moved.map(|(before, n)| ratio(bytes.saturating_sub(before), n));
        let per_move = per_move.map_or("-".to_owned(), |bytes| format!("{bytes:.1}"));
        let (hold, time) = (hold.as_secs_f64() * 1e6, times[i].as_secs_f64() * 1e6);
        let (searches, visits) = longest.work;
        let per_mapping = ratio(bytes, mappings as u64);
        let kind = kinds[i];
        if csv {
            writeln!(
                out,
                "{},{kind},{name},{},{},{},{searches},{visits},{hold:.3},{},{per_mapping:.1},{fork},{per_move},{time:.1}",
                both[i].name,
                stats.visited,
                stats.searches,
                stats.loops,
                audit.missed.len()
            )?;
            continue;
        }
        let longest = format!("{searches}/{visits}");
        writeln!(
            out,
            "  {kind:<11} {name:<14} {:>8} {:>8} {:>6} {longest:>12} {hold:>9.2} {:>6} {per_mapping:>11.1} {fork:>10} {per_move:>10} {time:>9.1}",
            stats.visited,
            stats.searches,
            stats.loops,
            audit.missed.len()
        )?;
    }
    Ok(())
}

/// Sizes of the trees of forks that are drawn.
const SIZES: [usize; 10] = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000];

/// A point of a curve: size of the tree, and what it is drawn against.
type Curve = Vec<(usize, u64)>;

/// Two drawings beside each other, both scales logarithmic.
fn plot() -> Result<String, RmapError> {
    let mut bytes = Vec::new();
    let mut visits = Vec::new();
    for &kind in ReverseMapKind::ALL {
        let (mut size, mut shared, mut own) = (Curve::new(), Curve::new(), Curve::new());
        for n in SIZES {
            let all = populations::fork_tree(kind, n, 10)?;
            size.push((n, all.machine.reverse_map_size().bytes));
            let searches = |of: &Population| -> Result<u64, RmapError> {
                let mut control = Longest::default();
                Ok(of.machine.walk(of.pfn, &CompleteIndex, &mut control)?.searches.max(1))
            };
            let visited = |of: &Population| -> Result<u64, RmapError> {
                let mut control = Longest::default();
                Ok(of.machine.walk(of.pfn, &CompleteIndex, &mut control)?.visited.max(1))
            };
            shared.push((n, visited(&all)?));
            let own_page = populations::fork_tree_own(kind, n, 10)?;
            own.push((n, visited(&own_page)?.max(searches(&own_page)?)));
        }
        bytes.push((format!("{kind}"), size));
        visits.push((format!("{kind}, shared by all"), shared));
        visits.push((format!("{kind}, one has it left"), own));
    }
    let mut svg = String::from(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 900 380\" font-family=\"sans-serif\" font-size=\"12\">\n\
         <rect width=\"900\" height=\"380\" fill=\"white\"/>\n",
    );
    draw(&mut svg, 70, "bytes of reverse-map objects, 10 mappings a process", &bytes);
    draw(&mut svg, 530, "visits of one walk", &visits);
    svg.push_str("</svg>\n");
    Ok(svg)
}

const COLOURS: [&str; 4] = ["#1b6ca8", "#c0392b", "#27916b", "#b8860b"];

#[expect(clippy::cast_precision_loss, reason = "pixels")]
fn draw(svg: &mut String, left: usize, title: &str, curves: &[(String, Curve)]) {
    const WIDTH: f64 = 330.0;
    const HEIGHT: f64 = 230.0;
    const TOP: f64 = 40.0;
    let values = || curves.iter().flat_map(|(_, curve)| curve.iter().map(|&(_, y)| y as f64));
    let (low, high) = (
        values().fold(f64::MAX, f64::min).log10().floor(),
        values().fold(1.0, f64::max).log10().ceil(),
    );
    let x = |n: usize| left as f64 + (n as f64).log10() / 3.0 * WIDTH;
    let y = |value: f64| TOP + HEIGHT - (value.log10() - low) / (high - low) * HEIGHT;
    let mut line = |text: String| writeln!(svg, "{text}").expect("a string takes all");
    line(format!("<text x=\"{left}\" y=\"24\">{title}</text>"));
    for n in [1_usize, 10, 100, 1000] {
        line(format!(
            "<text x=\"{:.0}\" y=\"{:.0}\" text-anchor=\"middle\">{n}</text>",
            x(n),
            TOP + HEIGHT + 18.0
        ));
    }
    line(format!(
        "<text x=\"{:.0}\" y=\"{:.0}\" text-anchor=\"middle\">processes in the tree of forks</text>",
        x(32),
        TOP + HEIGHT + 36.0
    ));
    let mut power = low;
    while power <= high {
        let at = y(10_f64.powf(power));
        line(format!(
            "<line x1=\"{left}\" x2=\"{:.0}\" y1=\"{at:.1}\" y2=\"{at:.1}\" stroke=\"#ddd\"/>",
            x(1000)
        ));
        line(format!(
            "<text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">1e{power:.0}</text>",
            left - 6,
            at + 4.0
        ));
        power += 1.0;
    }
    for (i, (name, curve)) in curves.iter().enumerate() {
        let points: Vec<_> =
            curve.iter().map(|&(n, value)| format!("{:.1},{:.1}", x(n), y(value as f64))).collect();
        let dash = if i % 2 == 1 && curves.len() > 2 { " stroke-dasharray=\"6 4\"" } else { "" };
        let colour = COLOURS[i];
        line(format!(
            "<polyline fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"{dash} points=\"{}\"/>",
            points.join(" ")
        ));
        let at = TOP + HEIGHT + 54.0 + 14.0 * i as f64;
        line(format!("<text x=\"{left}\" y=\"{at:.0}\" fill=\"{colour}\">{name}</text>"));
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut line = CommandLine::new(HELP);
    let scale = line.number("--scale", 100, 1..=1_000);
    let csv = line.flag("--csv");
    let file: Option<PathBuf> = line.text("--plot").map(PathBuf::from);
    line.end();
    let mut out = io::stdout().lock();
    if csv {
        writeln!(
            out,
            "population,reverse_map,walk,visits,searches,loops,longest_searches,longest_visits,hold_us,missed,bytes_per_mapping,bytes_of_a_fork,bytes_per_move,fork_us"
        )?;
    } else {
        writeln!(
            out,
            "  {:<11} {:<14} {:>8} {:>8} {:>6} {:>12} {:>9} {:>6} {:>11} {:>10} {:>10} {:>9}",
            "reverse map",
            "walk",
            "visits",
            "searches",
            "loops",
            "longest s/v",
            "hold_us",
            "missed",
            "B/mapping",
            "B/fork",
            "B/move",
            "fork_us"
        )?;
    }
    for build in builds(scale) {
        compare(&build, csv, &mut out)?;
    }
    if let Some(file) = file {
        fs::write(file, plot()?)?;
    }
    Ok(())
}
