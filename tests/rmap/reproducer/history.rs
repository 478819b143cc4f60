//! Operations as text, one a line, as recordings name them.

use std::fmt;

use stabtree::rmap::trace::{Line, Op, Trace};

/// One operation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Step {
    /// A new process without memory, by that number.
    Spawn(u64),
    /// An operation of recordings.
    Do(Op),
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Spawn(process) => write!(f, "spawn {process}"),
            Self::Do(op) => op.fmt(f),
        }
    }
}

/// What was done, from a machine with the process 0 only, which has no memory. Prints itself as the
/// text that [`parse`](Self::parse) reads.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct History {
    /// What the history is about: the comments before the first operation.
    pub(crate) about: Vec<String>,
    /// The operations, in order.
    pub(crate) steps: Vec<Step>,
}

impl History {
    /// Reads a history: an operation a line. Comments begin with `#`; empty lines are ignored.
    ///
    /// # Errors
    ///
    /// The first line that is no operation: its number, from 1, and what is wrong with it.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut history = Self::default();
        for (number, line) in (1..).zip(text.lines()) {
            let line = line.trim();
            if let Some(comment) = line.strip_prefix('#') {
                if history.steps.is_empty() {
                    history.about.push(comment.trim().to_owned());
                }
            } else if !line.is_empty() {
                let step = step(line).map_err(|error| format!("line {number}: {error}"))?;
                history.steps.push(step);
            }
        }
        if history.steps.is_empty() {
            return Err("no operation in it".to_owned());
        }
        Ok(history)
    }
}

fn step(line: &str) -> Result<Step, String> {
    if let Some(process) = line.strip_prefix("spawn ") {
        let process = process.trim().parse();
        return process.map(Step::Spawn).map_err(|_| format!("spawn and a number, not {line:?}"));
    }
    let recording = format!("H ksm-trace 1\nO 0 {line}\nH end ops=1\n");
    let trace = Trace::parse(&recording)
        .map_err(|error| format!("expected {}, found {line:?}", error.expected))?;
    let mut lines = trace.lines().iter().map(|numbered| &numbered.line);
    match lines.find_map(|line| match *line {
        Line::Op { op, outcome, .. } => Some((op, outcome)),
        _ => None,
    }) {
        Some((op, None)) => Ok(Step::Do(op)),
        _ => Err(format!("expected an operation without its result, found {line:?}")),
    }
}

impl fmt::Display for History {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for comment in &self.about {
            writeln!(f, "# {comment}")?;
        }
        self.steps.iter().try_for_each(|step| writeln!(f, "{step}"))
    }
}
