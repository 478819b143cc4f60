//! Recordings of a running kernel as text: what they say, and nothing of what it means.
//!
//! Knows no machine. A recording is read line by line into [`Line`]s; a line prints itself exactly
//! as it was read.
//!
//! 1. Whatever the text is, reading it ends in a [`Trace`] or in a [`TraceError`] that names the
//!    line; it never panics.
//! 2. `line.to_string()` of a line that was read is the text it was read from.
//! 3. A recording ends with `H end ops=N`, and holds N operations: one cut short is an error.
//!
//! Page numbers are relative to the base of the recording and are pages, not bytes.

mod fields;
mod line;
mod op;
mod parse;
mod show;
#[cfg(test)]
mod tests;

pub use line::{
    AnonVmaLine, ClassNumber, CountersLine, CursorLine, ItemLine, Line, LoopLine, MappedPage,
    MigrationLine, PageKind, PageLine, PagePlace, SearchRange, StateKind, VisitedVma, VmaLine,
    WalkForm, WalkLine,
};
pub use op::{Op, Outcome, PageContent};

use core::fmt;

use super::kernel::KernelVersion;

/// A recording.
///
/// # Examples
///
/// ```
/// use stabtree::rmap::trace::{Line, Op, Trace};
///
/// let trace = Trace::parse("H ksm-trace 1\nO 0 scan 2\nH end ops=1\n")?;
/// assert!(matches!(trace.lines()[1].line, Line::Op { op: Op::Scan { times: 2 }, .. }));
///
/// let error = Trace::parse("H ksm-trace 1\nO 0 scan\n").unwrap_err();
/// assert_eq!(error.line, 2);
/// # Ok::<(), stabtree::rmap::trace::TraceError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Trace {
    kernel: KernelVersion,
    lines: Vec<Numbered>,
}

/// A line with its number in the file.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Numbered {
    /// Number of the line, from 1.
    pub number: usize,
    /// The line.
    pub line: Line,
}

/// What is wrong with a recording, and where.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct TraceError {
    /// Number of the line, from 1.
    pub line: usize,
    /// What was expected there.
    pub expected: &'static str,
    /// What was found; cut to 80 characters.
    pub found: String,
}

impl TraceError {
    fn new(line: usize, expected: &'static str, found: &str) -> Self {
        Self { line, expected, found: found.chars().take(80).collect() }
    }
}

impl fmt::Display for TraceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: expected {}, found {:?}", self.line, self.expected, self.found)
    }
}

impl core::error::Error for TraceError {}

impl Trace {
    /// Reads a recording.
    ///
    /// # Errors
    ///
    /// The first line that is none of the known kinds, or lacks a field, or has a field too many; one
    /// that says that the recording is of another format, or of a kernel that is not modelled;
    /// the line after the last if the recording does not end as it should (invariant 3).
    ///
    /// # Complexity
    ///
    /// Linear in the text.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::rmap::trace::Trace;
    ///
    /// let error = Trace::parse("O 0 scan 2\n").unwrap_err();
    /// assert_eq!(error.to_string(), "line 2: expected H end ops=N, found \"the end of the text\"");
    /// ```
    pub fn parse(text: &str) -> Result<Self, TraceError> {
        let mut lines = Vec::new();
        let (mut ops, mut end) = (0_u64, None);
        let mut kernel = None;
        for (number, text) in (1..).zip(text.lines()) {
            if end.is_some() {
                return Err(TraceError::new(number, "nothing after the end", text));
            }
            let line =
                Line::parse(text).map_err(|expected| TraceError::new(number, expected, text))?;
            match &line {
                Line::Op { .. } => ops += 1,
                Line::Setting { name, value } if name == "kernel" => {
                    if kernel.is_some() || ops > 0 {
                        let expected = "one kernel, before the first operation";
                        return Err(TraceError::new(number, expected, text));
                    }
                    kernel = KernelVersion::from_number(*value);
                }
                Line::End { ops } => end = Some((*ops, number)),
                _ => {}
            }
            lines.push(Numbered { number, line });
        }
        match end {
            Some((said, _)) if said == ops => {
                Ok(Self { kernel: kernel.unwrap_or_default(), lines })
            }
            Some((_, number)) => {
                let found = format!("{ops} operations");
                Err(TraceError::new(number, "as many operations as there are", &found))
            }
            None => Err(TraceError::new(lines.len() + 1, "H end ops=N", "the end of the text")),
        }
    }

    /// The kernel that was recorded: what `H kernel` says, or Linux 6.12, which says nothing.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::rmap::KernelVersion;
    /// use stabtree::rmap::trace::Trace;
    ///
    /// let trace = Trace::parse("H kernel 703\nH end ops=0\n")?;
    /// assert_eq!(trace.kernel(), KernelVersion::V7_3);
    /// # Ok::<(), stabtree::rmap::trace::TraceError>(())
    /// ```
    pub fn kernel(&self) -> KernelVersion {
        self.kernel
    }

    /// The lines, in order.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::rmap::trace::Trace;
    ///
    /// let trace = Trace::parse("O 0 scan 2\nH end ops=1\n")?;
    /// assert_eq!(trace.lines()[0].line.to_string(), "O 0 scan 2");
    /// # Ok::<(), stabtree::rmap::trace::TraceError>(())
    /// ```
    pub fn lines(&self) -> &[Numbered] {
        &self.lines
    }
}
