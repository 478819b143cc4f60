//! A line cut at its spaces, handed out field by field. Every failure is a word on what was missing.

use core::str::{FromStr, SplitAsciiWhitespace};

pub(super) type Parsed<T> = Result<T, &'static str>;

/// The fields that are left of a line.
pub(super) struct Fields<'a> {
    rest: SplitAsciiWhitespace<'a>,
}

impl<'a> Fields<'a> {
    pub(super) fn of(text: &'a str) -> Self {
        Self { rest: text.split_ascii_whitespace() }
    }

    pub(super) fn word(&mut self, what: &'static str) -> Parsed<&'a str> {
        self.rest.next().ok_or(what)
    }

    /// What comes next, without taking it.
    pub(super) fn peek(&self) -> Option<&'a str> {
        self.rest.clone().next()
    }

    pub(super) fn next(&mut self) -> Option<&'a str> {
        self.rest.next()
    }

    pub(super) fn number<T: FromStr>(&mut self, what: &'static str) -> Parsed<T> {
        number(self.word(what)?, what)
    }

    /// A number, or -1 for none.
    pub(super) fn optional<T: FromStr>(&mut self, what: &'static str) -> Parsed<Option<T>> {
        optional(self.word(what)?, what)
    }

    /// The number in `name=number`.
    pub(super) fn named<T: FromStr>(&mut self, name: &'static str) -> Parsed<T> {
        let value = value(self.word(name)?, name)?;
        number(value, name)
    }

    /// The line must be used up.
    pub(super) fn end(mut self) -> Parsed<()> {
        if self.rest.next().is_none() { Ok(()) } else { Err("the end of the line") }
    }
}

pub(super) fn number<T: FromStr>(text: &str, what: &'static str) -> Parsed<T> {
    // `u64::from_str` takes "+5" and "007", which no recorder writes and no line would print.
    let plain = text == "0" || !text.trim_start_matches('-').starts_with(['0', '+', '-']);
    if plain { text.parse().map_err(|_| what) } else { Err(what) }
}

pub(super) fn optional<T: FromStr>(text: &str, what: &'static str) -> Parsed<Option<T>> {
    if text == "-1" { Ok(None) } else { number(text, what).map(Some) }
}

/// What follows `name=`.
pub(super) fn value<'a>(word: &'a str, name: &'static str) -> Parsed<&'a str> {
    word.strip_prefix(name).and_then(|rest| rest.strip_prefix('=')).ok_or(name)
}
