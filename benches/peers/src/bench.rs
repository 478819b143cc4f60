use std::time::{Duration, Instant};

use crate::contender;
use crate::figures::{Figure, Table};
use crate::operation::{Loop, Operation};
use crate::race::{Named, Time, race};
use crate::runner::Run;
use crate::stage::Stage;
use crate::workloads::{Found, Population, Query, ratio};

/// Whole passes go on until none was faster by so much in so many rounds.
const IMPROVEMENT: f64 = 0.005;
const SETTLED: u32 = 12;

/// What is measured, and for how long.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// Most time for one operation, as far as all contenders have had their turns.
    pub(crate) limit: Duration,
    pub(crate) operations: Vec<Operation>,
    pub(crate) contenders: Vec<&'static str>,
}

/// Lets the contenders take turns in every operation.
pub(crate) fn run(stage: &Stage, settings: &Settings) -> Table {
    let names = settings.contenders.iter();
    let mut runners = names.filter_map(|name| contender::set_up(name, stage)).collect();
    let mut table = Table::new(stage.layout, stage.n);
    run_all(stage, settings, &mut runners, &mut table);
    table
}

pub(crate) fn run_all(
    stage: &Stage,
    settings: &Settings,
    runners: &mut Vec<Box<dyn Run>>,
    table: &mut Table,
) {
    for operation in Operation::ALL {
        if !operation.is_of_index() || !settings.operations.contains(&operation) {
            continue;
        }
        let mut taking_part: Vec<_> =
            runners.iter_mut().filter(|runner| runner.offers(operation)).collect();
        if operation == Operation::StabAged {
            for runner in &mut taking_part {
                runner.pass(operation, stage);
            }
        }
        let expected = expected(operation);
        if let Some(expected) = expected {
            let Some(queries) = queries(stage, operation) else { continue };
            let expected = |query: &Query| expected(stage.expected(*query));
            // After the churn each holds other entries.
            let expected: Option<&dyn Fn(&Query) -> Found> =
                (operation != Operation::StabAged).then_some(&expected);
            ask(stage, operation, &queries, expected, settings.limit, &mut taking_part, table);
        } else {
            pass(stage, operation, settings.limit, &mut taking_part, table);
        }
    }
    for runner in runners {
        runner.check();
    }
}

/// What of the truth an operation that asks is to find.
fn expected(operation: Operation) -> Option<fn(Found) -> Found> {
    match operation {
        Operation::AnyStab | Operation::AnyMiss => {
            Some(|found| Found { hits: found.hits.min(1), sum: 0 })
        }
        Operation::Count(_) | Operation::Range(_, Loop::Collect | Loop::Extend) => {
            Some(|found| Found { sum: 0, ..found })
        }
        Operation::Stab(_)
        | Operation::StabSorted
        | Operation::StabCursor
        | Operation::StabRight
        | Operation::StabAged
        | Operation::Range(..) => Some(|found| found),
        _ => None,
    }
}

/// The queries of an operation; `None` if it asks for fewer hits than a point has.
fn queries(stage: &Stage, operation: Operation) -> Option<Vec<Query>> {
    let points = || stage.all_points();
    Some(match operation {
        Operation::StabSorted | Operation::StabCursor => {
            let mut points = points();
            points.sort_unstable_by_key(|point| point.start);
            points
        }
        Operation::StabRight => {
            let population = &stage.population;
            let reach = (population.span / 100).clamp(1, population.reach);
            Population { reach, ..population.clone() }.stabs(points().len())
        }
        Operation::AnyMiss => {
            let after = stage.population.span + 1;
            (after..).take(points().len()).map(|at| Query { start: at, last: at }).collect()
        }
        Operation::Range(hits, _) | Operation::Count(hits) => stage.all_ranges(hits)?,
        _ => points(),
    })
}

fn ask(
    stage: &Stage,
    operation: Operation,
    queries: &[Query],
    expected: Option<&dyn Fn(&Query) -> Found>,
    limit: Duration,
    runners: &mut [&mut Box<dyn Run>],
    table: &mut Table,
) {
    let sample = &queries[..queries.len().min(1_000)];
    let hits: u64 = sample.iter().map(|query| stage.expected(*query).hits).sum();
    let hits = ratio(hits, sample.len());
    let of_turn = match operation {
        Operation::Range(hits, _) => hits,
        _ => 0,
    };
    let mut racers: Vec<Named<'_, Query>> = Vec::new();
    for runner in runners {
        let name = runner.name();
        racers.push((name, Box::new(move |queries: &[Query]| runner.ask(operation, queries))));
    }
    let times = race(queries, expected, stage.turns(of_turn, limit), &mut racers);
    for ((name, _), time) in racers.iter().zip(times) {
        table.add(Figure::new(operation, name, Some(hits), time));
    }
}

/// Whole passes, each contender's in turn.
fn pass(
    stage: &Stage,
    operation: Operation,
    limit: Duration,
    runners: &mut [&mut Box<dyn Run>],
    table: &mut Table,
) {
    let is_size = operation.unit() == "B/entry";
    let mut times = vec![Vec::new(); runners.len()];
    let mut least = vec![f64::INFINITY; runners.len()];
    let start = Instant::now();
    let (mut rounds, mut settled) = (0, 0);
    while rounds < 2 || settled < SETTLED && start.elapsed() < limit {
        settled += 1;
        for (at, runner) in runners.iter_mut().enumerate() {
            let time = runner.pass(operation, stage);
            times[at].push(time);
            if time < least[at] * (1.0 - IMPROVEMENT) {
                (least[at], settled) = (time, 0);
            }
        }
        rounds += if is_size { 2 } else { 1 };
    }
    for (runner, mut times) in runners.iter().zip(times) {
        times.sort_by(f64::total_cmp);
        let (least, median, passes) = (times[0], times[times.len() / 2], times.len());
        table.add(Figure::new(operation, runner.name(), None, Time { least, median, passes }));
    }
}
