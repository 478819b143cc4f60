//! Reads calendars in the format of RFC 5545 and finds when everybody is free, and who is overbooked.
//!
//! `cargo run --example free_busy -- --minutes 45`

use std::error::Error;
use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, SystemTime};

use stabtree::{Cut, Interval, IntervalBTree};

mod command_line;

use command_line::CommandLine;

const HELP: &str = "\
Finds the first free slot in some calendars, and the periods in which more is booked than there is of.

A calendar is a file as programs export it (.ics): events with DTSTART and DTEND or DURATION, and
FREEBUSY periods. Times are half-open: what ends at 10:00 leaves 10:00 free. Events that are cancelled or
transparent, free periods and events without extent take no time.

Usage: free_busy [OPTIONS] [CALENDARS]...

Arguments:
  [CALENDARS]...        Files of events; by default a small calendar that is built in

Options:
      --from TIME       Begin of the time in question [default: 20260302T090000Z]
      --to TIME         End of it [default: 20260302T170000Z]
      --minutes N       Length of the slot [default: 45]
      --places N        How much may be booked at once [default: 1]
  -h, --help            Print help
  -V, --version         Print version
";

const SAMPLE: &str = "\
BEGIN:VCALENDAR
BEGIN:VEVENT
SUMMARY:stand-up
DTSTART:20260302T090000Z
DTEND:20260302T093000Z
END:VEVENT
BEGIN:VEVENT
SUMMARY:review of
  the quarter
DTSTART:20260302T093000Z
DURATION:PT1H15M
END:VEVENT
BEGIN:VEVENT
SUMMARY:interview
DTSTART:20260302T101500Z
DTEND:20260302T110000Z
END:VEVENT
BEGIN:VEVENT
SUMMARY:reminder
DTSTART:20260302T111500Z
END:VEVENT
BEGIN:VFREEBUSY
FREEBUSY:20260302T113000Z/PT30M,20260302T160000Z/20260302T170000Z
FREEBUSY;FBTYPE=FREE:20260302T120000Z/PT4H
END:VFREEBUSY
END:VCALENDAR
";

/// What is booked, by its name; times are between cuts, so that they can be half-open.
type Bookings = IntervalBTree<Cut<SystemTime>, String>;

fn main() -> ExitCode {
    let mut line = CommandLine::new(HELP);
    let default = |text| time(text).expect("a time");
    let from = line.value("--from", default("20260302T090000Z"), time);
    let to = line.value("--to", default("20260302T170000Z"), time);
    let minutes = line.number("--minutes", 45, 1..=1_000_000);
    let places = line.number("--places", 1, 1..=usize::MAX - 1);
    let files: Vec<_> = line.operands(0..=usize::MAX - 1).into_iter().map(PathBuf::from).collect();
    let result = bookings(&files).and_then(|bookings| {
        let day = Cut::range(from..to).map_err(|_| "--to is not after --from".to_owned())?;
        let slot = Duration::from_secs(60 * minutes);
        print(&bookings, day, slot, places, &mut io::stdout().lock())?;
        Ok(())
    });
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("free_busy: {error}");
            ExitCode::FAILURE
        }
    }
}

fn print(
    bookings: &Bookings,
    day: Interval<Cut<SystemTime>>,
    slot: Duration,
    places: usize,
    out: &mut impl Write,
) -> io::Result<()> {
    let free = bookings.gaps(day).find(|free| length(free) >= slot);
    match free {
        Some(free) => {
            let start = *free.start().value();
            writeln!(out, "free       {} - {}", shown(start), shown(start + slot))?;
        }
        None => writeln!(out, "free       never so long")?,
    }
    for period in bookings.depth_at_least(day, places + 1) {
        let (start, end) = (*period.start().value(), *period.last().value());
        let names: Vec<_> = bookings.overlapping(period).map(|(_, name)| name.as_str()).collect();
        writeln!(out, "overbooked {} - {}: {}", shown(start), shown(end), names.join(", "))?;
    }
    Ok(())
}

fn length(period: &Interval<Cut<SystemTime>>) -> Duration {
    period.last().value().duration_since(*period.start().value()).unwrap_or_default()
}

fn bookings(files: &[PathBuf]) -> Result<Bookings, Box<dyn Error>> {
    let mut bookings = Bookings::new();
    for file in files {
        let name = file.display();
        let text = fs::read_to_string(file).map_err(|error| format!("{name}: {error}"))?;
        read(&text, &mut bookings).map_err(|(line, what)| format!("{name}:{line}: {what}"))?;
    }
    if files.is_empty() {
        read(SAMPLE, &mut bookings).map_err(|(line, what)| format!("sample:{line}: {what}"))?;
    }
    Ok(bookings)
}

/// The number of a line, and what is wrong with it.
type Wrong = (usize, String);

/// What is known of an event.
#[derive(Default)]
struct Event {
    name: String,
    start: Option<SystemTime>,
    end: Option<SystemTime>,
    duration: Option<Duration>,
    is_free: bool,
}

fn read(text: &str, bookings: &mut Bookings) -> Result<(), Wrong> {
    let mut event: Option<Event> = None;
    for (number, line) in unfolded(text) {
        let at_line = |what: String| (number, what);
        let (name, value) =
            line.split_once(':').ok_or_else(|| at_line(format!("no colon: `{line}`")))?;
        let (name, parameters) = name.split_once(';').unwrap_or((name, ""));
        match (name.to_ascii_uppercase().as_str(), &mut event) {
            ("BEGIN", _) if value == "VEVENT" => event = Some(Event::default()),
            ("END", Some(done)) if value == "VEVENT" => {
                book(std::mem::take(done), bookings).map_err(at_line)?;
                event = None;
            }
            ("SUMMARY", Some(event)) => value.clone_into(&mut event.name),
            ("DTSTART", Some(event)) => {
                event.start = Some(time_of(parameters, value).map_err(at_line)?);
            }
            ("DTEND", Some(event)) => {
                event.end = Some(time_of(parameters, value).map_err(at_line)?);
            }
            ("DURATION", Some(event)) => event.duration = Some(duration(value).map_err(at_line)?),
            ("STATUS", Some(event)) => event.is_free |= value == "CANCELLED",
            ("TRANSP", Some(event)) => event.is_free |= value == "TRANSPARENT",
            ("RRULE" | "RDATE", Some(_)) => {
                return Err(at_line("events that recur are not supported".to_owned()));
            }
            ("FREEBUSY", _) if !parameters.to_ascii_uppercase().contains("FBTYPE=FREE") => {
                for period in value.split(',') {
                    let (start, end) = half_open(period).map_err(at_line)?;
                    let name = "busy".to_owned();
                    book(
                        Event { name, start: Some(start), end: Some(end), ..Event::default() },
                        bookings,
                    )
                    .map_err(at_line)?;
                }
            }
            _ => {}
        }
    }
    match event {
        Some(event) => {
            Err((text.lines().count(), format!("the event `{}` has no end", event.name)))
        }
        None => Ok(()),
    }
}

/// Lines with their numbers. One that begins with a blank goes on with the line before.
fn unfolded(text: &str) -> Vec<(usize, String)> {
    let mut lines: Vec<(usize, String)> = Vec::new();
    for (line, number) in text.lines().zip(1..) {
        match (line.strip_prefix([' ', '\t']), lines.last_mut()) {
            (Some(more), Some((_, line))) => line.push_str(more),
            _ if line.is_empty() => {}
            _ => lines.push((number, line.to_owned())),
        }
    }
    lines
}

fn book(event: Event, bookings: &mut Bookings) -> Result<(), String> {
    let start = event.start.ok_or_else(|| format!("the event `{}` has no DTSTART", event.name))?;
    let end = event.end.unwrap_or(start + event.duration.unwrap_or_default());
    if end < start {
        return Err(format!("the event `{}` ends before it starts", event.name));
    }
    // No event takes the time in which it ends; one without extent takes none.
    if let Ok(period) = Cut::range(start..end)
        && !event.is_free
    {
        bookings.insert(period, event.name);
    }
    Ok(())
}

/// Reads `START/END` or `START/DURATION`.
fn half_open(period: &str) -> Result<(SystemTime, SystemTime), String> {
    let (start, end) = period.split_once('/').ok_or_else(|| format!("`{period}` is no period"))?;
    let start = time(start)?;
    let end = if end.starts_with('P') { start + duration(end)? } else { time(end)? };
    Ok((start, end))
}

/// A time, or the beginning of a day.
fn time_of(parameters: &str, value: &str) -> Result<SystemTime, String> {
    let is_day = parameters.to_ascii_uppercase().split(';').any(|given| given == "VALUE=DATE");
    if is_day { time(&format!("{value}T000000Z")) } else { time(value) }
}

/// Reads `20260302T093000Z`.
fn time(text: &str) -> Result<SystemTime, String> {
    let wrong = || format!("`{text}` is no time in UTC as 20260302T093000Z is");
    let digits = text.strip_suffix('Z').and_then(|text| text.split_once('T')).ok_or_else(wrong)?;
    let number = |digits: &str, length: usize| -> Result<u64, String> {
        let is_number = digits.len() == length && digits.bytes().all(|byte| byte.is_ascii_digit());
        if is_number { digits.parse().map_err(|_| wrong()) } else { Err(wrong()) }
    };
    let (day, clock) = (number(digits.0, 8)?, number(digits.1, 6)?);
    let (year, month, day) = (day / 10_000, day / 100 % 100, day % 100);
    let (hour, minute, second) = (clock / 10_000, clock / 100 % 100, clock % 100);
    let is_valid = (1970..).contains(&year)
        && (1..=12).contains(&month)
        && (1..=days_of(year, month)).contains(&day)
        && hour < 24
        && minute < 60
        && second < 60;
    if !is_valid {
        return Err(wrong());
    }
    let years = (1970..year).map(|year| if is_leap(year) { 366 } else { 365 }).sum::<u64>();
    let days = years + (1..month).map(|month| days_of(year, month)).sum::<u64>() + day - 1;
    let seconds = ((days * 24 + hour) * 60 + minute) * 60 + second;
    Ok(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds))
}

const fn is_leap(year: u64) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

const fn days_of(year: u64, month: u64) -> u64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Reads `P1W`, `P1DT2H`, `PT1H15M`.
fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || format!("`{text}` is no duration as PT1H15M is");
    let mut seconds: u64 = 0;
    let mut number = String::new();
    for letter in text.strip_prefix('P').ok_or_else(wrong)?.chars() {
        let unit = match letter {
            '0'..='9' => {
                number.push(letter);
                continue;
            }
            'T' if number.is_empty() => continue,
            'W' => 7 * 24 * 60 * 60,
            'D' => 24 * 60 * 60,
            'H' => 60 * 60,
            'M' => 60,
            'S' => 1,
            _ => return Err(wrong()),
        };
        let count: u64 = number.parse().map_err(|_| wrong())?;
        seconds =
            count.checked_mul(unit).and_then(|more| seconds.checked_add(more)).ok_or_else(wrong)?;
        number.clear();
    }
    // Ten thousand years are more than a calendar has.
    if number.is_empty() && seconds < 10_000 * 366 * 24 * 60 * 60 {
        Ok(Duration::from_secs(seconds))
    } else {
        Err(wrong())
    }
}

/// Shows `2026-03-02 09:30`.
fn shown(time: SystemTime) -> String {
    let seconds = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs();
    let (mut days, minutes) = (seconds / 86_400, seconds / 60 % (24 * 60));
    let mut year = 1970;
    while days >= if is_leap(year) { 366 } else { 365 } {
        days -= if is_leap(year) { 366 } else { 365 };
        year += 1;
    }
    let mut month = 1;
    while days >= days_of(year, month) {
        days -= days_of(year, month);
        month += 1;
    }
    format!("{year}-{month:02}-{:02} {:02}:{:02}", days + 1, minutes / 60, minutes % 60)
}
