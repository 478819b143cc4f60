//! Finds the times of a week at which everybody is free.
//!
//! `cargo run --example calendar -- --at-least 60`

use std::convert::Infallible;
use std::error::Error;
use std::fmt;
use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use stabtree::{Interval, IntervalRbTree};

mod command_line;

use command_line::CommandLine;

const HELP: &str = "\
Lists free slots, double bookings and the busiest time of a week.

A calendar has one appointment a line: `Mon 09:00-10:30 Ann review of the quarter`, that is
day, time, person, subject. An appointment that ends at 10:30 leaves 10:30 free. Empty lines
and lines that begin with # do not count.

Usage: calendar [OPTIONS] [CALENDAR]

Arguments:
  [CALENDAR]            The file of appointments; by default a small one that is built in

Options:
      --from TIME       Begin of the working day [default: 09:00]
      --to TIME         End of the working day [default: 17:00]
      --at-least N      Shortest slot of use (minutes) [default: 30]
      --people A,B      Only these people matter, separated by commas; by default all
  -h, --help            Print help
  -V, --version         Print version
";

struct Options {
    calendar: Option<PathBuf>,
    from: Minute,
    to: Minute,
    at_least: u32,
    people: Vec<String>,
}

impl Options {
    fn from_arguments() -> Self {
        let mut line = CommandLine::new(HELP);
        let names = |text: &str| -> Result<Vec<String>, Infallible> {
            Ok(text.split(',').map(str::to_owned).collect())
        };
        Self {
            from: line.value("--from", 9 * 60, time),
            to: line.value("--to", 17 * 60, time),
            at_least: line.number("--at-least", 30, 0..=u32::MAX),
            people: line.value("--people", Vec::new(), names),
            calendar: line.operands(0..=1).pop().map(PathBuf::from),
        }
    }
}

const SAMPLE: &str = "\
Mon 09:00-10:30 Ann planning
Mon 10:30-11:00 Bob dentist
Mon 13:00-17:00 Cleo travel
Tue 09:00-12:00 Bob workshop
Tue 11:30-12:30 Bob lunch with Dan
Tue 14:00-14:45 Ann interview
Wed 09:00-17:00 Ann day off
Thu 09:15-16:45 Cleo training
Fri 09:00-10:00 Ann retrospective
Fri 09:00-10:00 Bob retrospective
Fri 09:30-11:30 Cleo report
";

const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const DAY: u32 = 24 * 60;

/// Minutes since Monday, 00:00.
type Minute = u32;

struct Appointment {
    person: String,
    subject: String,
}

fn main() -> ExitCode {
    match run(&Options::from_arguments()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("calendar: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Result<(), Box<dyn Error>> {
    let (name, text) = match &options.calendar {
        None => ("the built-in calendar".to_owned(), SAMPLE.to_owned()),
        Some(path) => {
            let name = path.display().to_string();
            let text = fs::read_to_string(path).map_err(|error| format!("{name}: {error}"))?;
            (name, text)
        }
    };
    let mut week = IntervalRbTree::new();
    for (line, number) in text.lines().zip(1..) {
        if line.trim().is_empty() || line.starts_with('#') {
            continue;
        }
        let (when, what) = appointment(line)
            .ok_or_else(|| format!("{name}:{number}: `{line}` is no appointment"))?;
        if options.people.is_empty() || options.people.contains(&what.person) {
            week.insert(when, what);
        }
    }
    print(&week, options, &mut io::stdout().lock())?;
    Ok(())
}

/// Reads `day from-to person subject`.
fn appointment(line: &str) -> Option<(Interval<Minute>, Appointment)> {
    let mut fields = line.splitn(4, ' ');
    let day = fields.next()?;
    let day = (0..).zip(DAYS).find(|(_, name)| *name == day)?.0 * DAY;
    let (from, to) = fields.next()?.split_once('-')?;
    // Half-open ranges of whole minutes become closed intervals.
    let when = Interval::try_from(day + time(from).ok()?..day + time(to).ok()?).ok()?;
    let person = fields.next()?.to_owned();
    Some((when, Appointment { person, subject: fields.next().unwrap_or_default().to_owned() }))
}

/// Reads `hh:mm`, up to 24:00.
fn time(text: &str) -> Result<Minute, String> {
    let wrong = || format!("`{text}` is not a time between 00:00 and 24:00");
    let (hours, minutes) = text.split_once(':').ok_or_else(wrong)?;
    let hours: Minute = hours.parse().map_err(|_| wrong())?;
    let minutes: Minute = minutes.parse().map_err(|_| wrong())?;
    let is_time = minutes < 60 && (hours < 24 || (hours, minutes) == (24, 0));
    if is_time { Ok(hours * 60 + minutes) } else { Err(wrong()) }
}

fn print(
    week: &IntervalRbTree<Minute, Appointment>,
    options: &Options,
    out: &mut impl Write,
) -> io::Result<()> {
    for day in (0..5).map(|day| day * DAY) {
        let free = week.gaps(day + options.from..day + options.to);
        for slot in free.filter(|slot| slot.last() - slot.start() + 1 >= options.at_least) {
            writeln!(out, "free    {}", Slot(slot))?;
        }
    }
    // Each pair once, the one that starts first in front; an appointment also overlaps itself.
    let pairs = week.iter().with_handles().flat_map(|(handle, when, first)| {
        let others = week.overlapping(*when).with_handles();
        others
            .skip_while(move |(other, ..)| *other != handle)
            .skip(1)
            .map(move |(_, also, second)| (when, first, also, second))
    });
    for (when, first, also, second) in pairs.filter(|(_, a, _, b)| a.person == b.person) {
        if let Some(both) = when.intersection(also) {
            let Appointment { person, subject } = first;
            writeln!(out, "double  {} {person}: {subject} / {}", Slot(both), second.subject)?;
        }
    }
    // The first of the busiest.
    if let Some((when, count)) = week.depth(..).reduce(|a, b| if b.1 > a.1 { b } else { a })
        && count > 0
    {
        writeln!(out, "busiest {} {count} at once", Slot(when))?;
    }
    Ok(())
}

/// Shows an interval of minutes as a calendar does, its end exclusive.
struct Slot(Interval<Minute>);

impl fmt::Display for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (start, end) = (*self.0.start(), *self.0.last() + 1);
        let midnight = start - start % DAY;
        let day = DAYS.get((start / DAY) as usize).copied().unwrap_or_default();
        let clock = |minute: Minute| format!("{:02}:{:02}", minute / 60, minute % 60);
        write!(f, "{day} {}-{}", clock(start - midnight), clock(end - midnight))
    }
}
