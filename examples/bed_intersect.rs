//! Compares two BED files: what overlaps what, how deep, how near, and what neither covers.
//!
//! ```sh
//! cargo run --release --example bed_intersect -- -c -a tests/data/bed/a.bed -b tests/data/bed/b.bed
//! cargo run --release --example bed_intersect -- --merge 50 -a tests/data/bed/a.bed
//! ```

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::io::{self, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use stabtree::{Interval, IntervalBTree, RangeSet};

mod command_line;

use command_line::CommandLine;

const HELP: &str = "\
Compares two BED files, feature by feature of the first one.

A feature is a line of chromosome, start and end (exclusive), separated by tabs, and what else there is.
A feature may be empty: it stands before the base at its start, and counts as if it covered the
bases on both sides of it.

Usage: bed_intersect [OPTIONS] -a FILE

Options:
  -a FILE               The features that are asked for
  -b FILE               The features that they are compared with
      --wa-wb           Each pair that overlaps, both lines [default]
  -v                    Features of A that nothing of B overlaps
  -c                    Features of A, each with the number of features of B that overlap it
      --coverage        The same, and bases of it that are covered, its length, and their ratio
      --closest K       Features of A, each with the K nearest of B, ties included, and the distance
      --subtract        What is left of each feature of A when B is taken away
      --merge D         A alone: what lies at most D bases apart, as one
      --complement GENOME
                        A alone: what it does not cover; GENOME has a line of name and length a chromosome
  -h, --help            Print help
  -V, --version         Print version
";

/// A feature, where it lies, and its line.
struct Feature {
    chromosome: String,
    start: u64,
    end: u64,
    line: String,
}

impl Feature {
    /// The bases that it counts for: both neighbours, if it is empty.
    fn bases(&self) -> Range<u64> {
        if self.start == self.end {
            self.start.saturating_sub(1)..self.end + 1
        } else {
            self.start..self.end
        }
    }

    /// How far another feature lies from this one; zero if they overlap, one if they touch.
    fn distance(&self, other: &Self) -> u64 {
        let (a, b) = (self.bases(), other.bases());
        let after =
            |first: &Range<u64>, second: &Range<u64>| (second.start + 1).checked_sub(first.end);
        after(&a, &b).or_else(|| after(&b, &a)).unwrap_or(0)
    }
}

/// The features of each chromosome, by the bases that they count for.
type Index<'a> = BTreeMap<&'a str, IntervalBTree<u64, &'a Feature>>;

fn index(features: &[Feature]) -> Index<'_> {
    let mut index = Index::new();
    for feature in features {
        let chromosome = index.entry(&feature.chromosome).or_default();
        let Range { start, end } = feature.bases();
        chromosome.insert(Interval::new(start, end - 1), feature);
    }
    index
}

/// The features that overlap one, in order.
fn overlapping<'a>(
    index: &'a Index<'_>,
    feature: &'a Feature,
) -> impl Iterator<Item = &'a Feature> {
    let chromosome = index.get(&*feature.chromosome).into_iter();
    chromosome
        .flat_map(|chromosome| chromosome.overlapping(feature.bases()))
        .map(|(_, other)| *other)
}

enum Job {
    Pairs,
    None,
    Count,
    Coverage,
    Closest(usize),
    Subtract,
    Merge(u64),
    Complement(PathBuf),
}

fn main() -> ExitCode {
    let mut line = CommandLine::new(HELP);
    let path =
        |text: &str| -> Result<Option<PathBuf>, std::convert::Infallible> { Ok(Some(text.into())) };
    let a = line.value("-a", None, path);
    let b = line.value("-b", None, path);
    let mut job = Job::Pairs;
    let _ = line.flag("--wa-wb");
    for (flag, other) in [
        ("-v", Job::None),
        ("-c", Job::Count),
        ("--coverage", Job::Coverage),
        ("--subtract", Job::Subtract),
    ] {
        if line.flag(flag) {
            job = other;
        }
    }
    if let nearest @ 1.. = line.number("--closest", 0, 0..=usize::MAX) {
        job = Job::Closest(nearest);
    }
    if let Some(distance) = line.value("--merge", None, |text| text.parse().map(Some)) {
        job = Job::Merge(distance);
    }
    if let Some(genome) = line.value("--complement", None, path) {
        job = Job::Complement(genome);
    }
    let _ = line.operands(0..=0);
    match run(a.as_deref(), b.as_deref(), &job, &mut io::stdout().lock()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bed_intersect: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(
    a: Option<&Path>,
    b: Option<&Path>,
    job: &Job,
    out: &mut impl Write,
) -> Result<(), Box<dyn Error>> {
    let a = features(a.ok_or("-a FILE is missing; --help lists the options")?)?;
    match job {
        Job::Merge(distance) => return Ok(merge(&a, *distance, out)?),
        Job::Complement(genome) => return complement(&a, genome, out),
        _ => {}
    }
    let b = features(b.ok_or("-b FILE is missing; --help lists the options")?)?;
    let index = index(&b);
    for feature in &a {
        let mut hits = overlapping(&index, feature);
        match job {
            Job::None if hits.next().is_none() => writeln!(out, "{}", feature.line)?,
            Job::None => {}
            Job::Count => writeln!(out, "{}\t{}", feature.line, hits.count())?,
            Job::Coverage => coverage(feature, &mut hits, out)?,
            Job::Closest(nearest) => closest(&index, feature, *nearest, out)?,
            Job::Subtract => subtract(feature, &mut hits, out)?,
            _ => {
                for other in hits {
                    writeln!(out, "{}\t{}", feature.line, other.line)?;
                }
            }
        }
    }
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "a ratio")]
fn coverage(
    feature: &Feature,
    hits: &mut dyn Iterator<Item = &Feature>,
    out: &mut impl Write,
) -> io::Result<()> {
    let bases = feature.bases();
    let (mut count, mut covered) = (0, RangeSet::new());
    for hit in hits {
        count += 1;
        let hit = hit.bases();
        covered.insert(hit.start.max(bases.start)..hit.end.min(bases.end));
    }
    let covered: u64 = covered.iter().map(|part| part.last() - part.start() + 1).sum();
    let length = bases.end - bases.start;
    let ratio = covered as f64 / length as f64;
    writeln!(out, "{}\t{count}\t{covered}\t{length}\t{ratio:.7}", feature.line)
}

fn closest(
    index: &Index<'_>,
    feature: &Feature,
    nearest: usize,
    out: &mut impl Write,
) -> io::Result<()> {
    let Some(chromosome) = index.get(&*feature.chromosome) else { return Ok(()) };
    let bases = feature.bases();
    // The nearest on either side may be nearer than all on the other one, and what overlaps is near.
    let ([before, _], [_, after]) = (
        <[_; 2]>::from(chromosome.nearest_k(bases.start, nearest)),
        <[_; 2]>::from(chromosome.nearest_k(bases.end - 1, nearest)),
    );
    let beside = before.into_iter().chain(after).map(|(_, other)| *other);
    let near = overlapping(index, feature).chain(beside);
    let mut others: Vec<_> = near.map(|other| (feature.distance(other), other)).collect();
    others.sort_by_key(|(distance, _)| *distance);
    let farthest = others.get(nearest - 1).map_or(u64::MAX, |(distance, _)| *distance);
    for (distance, other) in others.iter().take_while(|(distance, _)| *distance <= farthest) {
        writeln!(out, "{}\t{}\t{distance}", feature.line, other.line)?;
    }
    Ok(())
}

fn subtract(
    feature: &Feature,
    hits: &mut dyn Iterator<Item = &Feature>,
    out: &mut impl Write,
) -> io::Result<()> {
    let mut hits = hits.peekable();
    if hits.peek().is_none() {
        return writeln!(out, "{}", feature.line);
    }
    let mut rest = RangeSet::from([feature.bases()]);
    hits.for_each(|hit| rest.remove(hit.bases()));
    let others = feature.line.splitn(4, '\t').nth(3);
    for part in &rest {
        write!(out, "{}\t{}\t{}", feature.chromosome, part.start(), part.last() + 1)?;
        writeln!(out, "{}", others.map(|others| format!("\t{others}")).unwrap_or_default())?;
    }
    Ok(())
}

fn merge(features: &[Feature], distance: u64, out: &mut impl Write) -> io::Result<()> {
    for (chromosome, features) in &index(features) {
        let mut runs: Vec<(Range<u64>, Option<&Feature>)> = Vec::new();
        for feature in features.values().copied() {
            let bases = feature.bases();
            match runs.last_mut() {
                Some((run, alone)) if bases.start <= run.end + distance => {
                    run.end = run.end.max(bases.end);
                    *alone = None;
                }
                _ => runs.push((bases, Some(feature))),
            }
        }
        for (run, alone) in runs {
            // One that stays alone stays as it is, empty if it was.
            let Range { start, end } = alone.map_or(run, |feature| feature.start..feature.end);
            writeln!(out, "{chromosome}\t{start}\t{end}")?;
        }
    }
    Ok(())
}

fn complement(
    features: &[Feature],
    genome: &Path,
    out: &mut impl Write,
) -> Result<(), Box<dyn Error>> {
    let index = index(features);
    for (number, line) in lines(genome)? {
        let wrong = || format!("{}:{number}: `{line}` is no name and length", genome.display());
        let (chromosome, length) = line.split_once('\t').ok_or_else(wrong)?;
        let length: u64 = length.parse().map_err(|_| wrong())?;
        let covered = index.get(chromosome).into_iter().flat_map(IntervalBTree::values);
        let covered: RangeSet<u64> = covered.map(|feature| feature.bases()).collect();
        for gap in covered.gaps(0..length) {
            writeln!(out, "{chromosome}\t{}\t{}", gap.start(), gap.last() + 1)?;
        }
    }
    Ok(())
}

/// The lines of a file that are not empty, with their numbers.
fn lines(path: &Path) -> Result<Vec<(usize, String)>, Box<dyn Error>> {
    let text = fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let lines = text.lines().zip(1..).filter(|(line, _)| !line.is_empty());
    Ok(lines.map(|(line, number)| (number, line.to_owned())).collect())
}

fn features(path: &Path) -> Result<Vec<Feature>, Box<dyn Error>> {
    let mut features = Vec::new();
    for (number, line) in lines(path)? {
        let is_header = ["#", "track", "browser"].iter().any(|word| line.starts_with(word));
        if is_header {
            continue;
        }
        let wrong = |what: &str| format!("{}:{number}: {what}: `{line}`", path.display());
        let mut fields = line.split('\t');
        let (Some(chromosome), Some(start), Some(end)) =
            (fields.next(), fields.next(), fields.next())
        else {
            return Err(wrong("fewer than three fields").into());
        };
        let position = |text: &str| text.parse().map_err(|_| wrong("no position"));
        let (start, end) = (position(start)?, position(end)?);
        if start > end {
            return Err(wrong("the end lies before the start").into());
        }
        features.push(Feature { chromosome: chromosome.to_owned(), start, end, line });
    }
    Ok(features)
}
