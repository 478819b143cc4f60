//! The command line of an example. Wrong ones end the program: status 2, and a message that names the
//! argument.
#![allow(dead_code, reason = "no example needs all of it")]
#![allow(unreachable_pub, reason = "a benchmark includes this file, too")]

use std::error::Error;
use std::ffi::{OsStr, OsString};
use std::fmt::Display;
use std::ops::RangeInclusive;
use std::process::exit;
use std::str::FromStr;
use std::{env, io};

/// Arguments that were not asked for yet.
#[derive(Debug)]
pub struct CommandLine {
    help: String,
    options: Vec<OsString>,
    /// What followed `--`.
    operands: Vec<OsString>,
}

impl CommandLine {
    /// Takes the arguments of this program. `--help` prints `help` instead, which has a line that
    /// begins with `Usage: `; `--version` prints the crate's version.
    pub fn new(help: &str) -> Self {
        let mut options: Vec<_> = env::args_os().skip(1).collect();
        let mut operands = Vec::new();
        if let Some(at) = options.iter().position(|argument| argument == "--") {
            operands = options.split_off(at);
            operands.remove(0);
        }
        let mut line = Self { help: help.to_owned(), options, operands };
        if line.flag("--help") || line.flag("-h") {
            end_with(help);
        }
        if line.flag("--version") || line.flag("-V") {
            end_with(concat!(env!("CARGO_PKG_NAME"), " ", env!("CARGO_PKG_VERSION"), "\n"));
        }
        line
    }

    /// Returns `true` if the flag is given.
    pub fn flag(&mut self, name: &str) -> bool {
        let at = self.options.iter().position(|argument| argument == name);
        at.map(|at| self.options.remove(at)).is_some()
    }

    /// Returns the value of `name value` or `name=value`, and `None` where neither is given.
    pub fn text(&mut self, name: &str) -> Option<OsString> {
        let split = |argument: &OsStr| {
            let value = argument.to_str()?.strip_prefix(name)?.strip_prefix('=')?;
            Some(OsString::from(value))
        };
        for at in 0..self.options.len() {
            if let Some(value) = split(&self.options[at]) {
                self.options.remove(at);
                return Some(value);
            }
            if self.options[at] == name {
                self.options.remove(at);
                if at == self.options.len() {
                    refuse(&format!("a value is required for '{name}' but none was supplied"));
                }
                return Some(self.options.remove(at));
            }
        }
        None
    }

    /// Returns the value of an option as `parse` reads it, and `default` where it is not given.
    pub fn value<T, E: Display>(
        &mut self,
        name: &str,
        default: T,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> T {
        self.text(name).map_or(default, |text| parsed(name, &text, parse))
    }

    /// Returns the value of an option that is a number of this range.
    pub fn number<N>(&mut self, name: &str, default: N, range: RangeInclusive<N>) -> N
    where
        N: FromStr<Err: Error + 'static> + PartialOrd + Display,
    {
        self.value(name, default, |text| -> Result<N, Box<dyn Error>> {
            let number = text.parse()?;
            if range.contains(&number) {
                return Ok(number);
            }
            Err(format!("{number} is not in {}..={}", range.start(), range.end()).into())
        })
    }

    /// Returns the arguments that are no options, of which there are so many; refuses options that
    /// nobody asked for.
    pub fn operands(mut self, count: RangeInclusive<usize>) -> Vec<OsString> {
        let is_option = |text: &OsString| text.as_encoded_bytes().starts_with(b"-") && text != "-";
        if let Some(unknown) = self.options.iter().find(|&text| is_option(text)) {
            self.refuse(&format!("unexpected argument '{}' found", unknown.display()));
        }
        self.options.append(&mut self.operands);
        if let Some(more) = self.options.get(*count.end()) {
            self.refuse(&format!("unexpected argument '{}' found", more.display()));
        }
        if self.options.len() < *count.start() {
            self.refuse("required arguments were not provided");
        }
        self.options
    }

    /// Refuses all that was not asked for.
    pub fn end(self) {
        self.operands(0..=0);
    }

    /// Returns everything that was not asked for, options too.
    pub fn rest(mut self) -> Vec<OsString> {
        self.options.append(&mut self.operands);
        self.options
    }

    /// Says what is wrong, and how the program is called.
    fn refuse(&self, what: &str) -> ! {
        let usage = self.help.lines().find(|line| line.starts_with("Usage: "));
        refuse(&format!("{what}\n\n{}", usage.expect("a line of usage")))
    }
}

/// Reads an argument; says which it was that `parse` refuses.
pub fn parsed<T, E: Display>(
    name: &str,
    text: &OsStr,
    parse: impl FnOnce(&str) -> Result<T, E>,
) -> T {
    let refused = |why: &dyn Display| {
        refuse(&format!("invalid value '{}' for '{name}': {why}", text.display()))
    };
    match text.to_str().map(parse) {
        Some(Ok(value)) => value,
        Some(Err(error)) => refused(&error),
        None => refused(&"it is not UTF-8"),
    }
}

fn end_with(text: &str) -> ! {
    // Whoever does not read it has closed the pipe.
    let _ = io::Write::write_all(&mut io::stdout().lock(), text.as_bytes());
    exit(0)
}

fn refuse(what: &str) -> ! {
    eprintln!("error: {what}\n\nFor more information, try '--help'.");
    exit(2)
}
