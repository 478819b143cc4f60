//! What was done: operations and their results.

use core::fmt;

use super::fields::{Fields, Parsed, number};

/// What a page holds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[non_exhaustive]
pub enum PageContent {
    /// One byte, everywhere.
    Byte(u64),
    /// A content that is like no other.
    Unique(u64),
}

/// One operation. `process` is the script's number of a process, `start` and `to` are page numbers,
/// `pages` and `new` lengths (pages).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs, reason = "the fields are explained once, above")]
#[non_exhaustive]
pub enum Op {
    /// Anonymous memory at a fixed place.
    Mmap { process: u64, start: u64, pages: u64, writable: bool },
    /// A private mapping of a file at a fixed place, from page `offset` of the file on.
    MmapFile { process: u64, start: u64, pages: u64, offset: u64 },
    /// Unmapping.
    Munmap { process: u64, start: u64, pages: u64 },
    /// Change of access rights.
    Mprotect { process: u64, start: u64, pages: u64, writable: bool },
    /// A move to a fixed place.
    Mremap { process: u64, start: u64, pages: u64, to: u64, dont_unmap: bool },
    /// A move to a fixed place that changes the length.
    MoveSize { process: u64, start: u64, pages: u64, new: u64, to: u64 },
    /// A change of length in place.
    Resize { process: u64, start: u64, pages: u64, new: u64 },
    /// Advice: the scanner may merge.
    Mergeable { process: u64, start: u64, pages: u64 },
    /// Advice: the scanner may not.
    Unmergeable { process: u64, start: u64, pages: u64 },
    /// Advice: give back.
    DontNeed { process: u64, start: u64, pages: u64 },
    /// Advice: page out.
    PageOut { process: u64, start: u64, pages: u64 },
    /// Every page filled with a byte.
    Write { process: u64, start: u64, pages: u64, byte: u64 },
    /// Every page given a content of its own: the first `first`, and so on.
    Unique { process: u64, start: u64, pages: u64, first: u64 },
    /// One byte of every page read.
    Read { process: u64, start: u64, pages: u64 },
    /// Every second page made read-only, the second first.
    Alternate { process: u64, start: u64, pages: u64 },
    /// A fork.
    Fork { process: u64, child: u64 },
    /// An exit.
    Exit { process: u64 },
    /// Full scans.
    Scan { times: u64 },
    /// A look at the next pages only.
    Step { pages: u64 },
    /// Rounds of reclaim.
    Reclaim { rounds: u64 },
    /// Rounds of reclaim until a page is swapped out.
    SwapOut { process: u64, start: u64, rounds: u64 },
    /// An extra reference on each page.
    Pin { process: u64, start: u64, pages: u64 },
    /// The reference dropped.
    Unpin { process: u64, start: u64, pages: u64 },
    /// One page migrated.
    Migrate { process: u64, start: u64 },
    /// The remembered indices refreshed.
    Refresh,
}

/// No recording has processes, pages or times as many as this; a damaged one must not make its
/// reader map the whole address space.
const LIMIT: u64 = 1 << 20;

/// What came of an operation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Outcome {
    /// Zero, a count, or a negative error number.
    Code(i64),
    /// The process was not alive: nothing was done.
    Dead,
    /// The number for a new process was in use: nothing was done.
    Busy,
}

impl Op {
    pub(super) fn parse(fields: &mut Fields<'_>) -> Parsed<(Self, Option<Outcome>)> {
        let op = Self::parse_op(fields)?;
        let outcome = match fields.next() {
            None => None,
            Some("=") => Some(match fields.word("a result")? {
                "dead" => Outcome::Dead,
                "busy" => Outcome::Busy,
                code => Outcome::Code(number(code, "a result")?),
            }),
            Some(_) => return Err("= and a result, or the end of the line"),
        };
        Ok((op, outcome))
    }

    fn parse_op(fields: &mut Fields<'_>) -> Parsed<Self> {
        let word = fields.word("an operation")?;
        let mut n = || match fields.number("a number below 2^20") {
            Ok(number) if number < LIMIT => Ok(number),
            _ => Err("a number below 2^20"),
        };
        // Struct fields are evaluated in the order in which they are written here.
        Ok(match word {
            "munmap" => Self::Munmap { process: n()?, start: n()?, pages: n()? },
            "movesize" => {
                Self::MoveSize { process: n()?, start: n()?, pages: n()?, new: n()?, to: n()? }
            }
            "resize" => Self::Resize { process: n()?, start: n()?, pages: n()?, new: n()? },
            "mergeable" => Self::Mergeable { process: n()?, start: n()?, pages: n()? },
            "unmergeable" => Self::Unmergeable { process: n()?, start: n()?, pages: n()? },
            "dontneed" => Self::DontNeed { process: n()?, start: n()?, pages: n()? },
            "pageout" => Self::PageOut { process: n()?, start: n()?, pages: n()? },
            "write" => Self::Write { process: n()?, start: n()?, pages: n()?, byte: n()? },
            "uniq" => Self::Unique { process: n()?, start: n()?, pages: n()?, first: n()? },
            "read" => Self::Read { process: n()?, start: n()?, pages: n()? },
            "alt" => Self::Alternate { process: n()?, start: n()?, pages: n()? },
            "fork" => Self::Fork { process: n()?, child: n()? },
            "exit" => Self::Exit { process: n()? },
            "scan" => Self::Scan { times: n()? },
            "step" => Self::Step { pages: n()? },
            "reclaim" => Self::Reclaim { rounds: n()? },
            "swapout" => Self::SwapOut { process: n()?, start: n()?, rounds: n()? },
            "pin" => Self::Pin { process: n()?, start: n()?, pages: n()? },
            "unpin" => Self::Unpin { process: n()?, start: n()?, pages: n()? },
            "migrate" => Self::Migrate { process: n()?, start: n()? },
            "refresh" => Self::Refresh,
            "mmap" => {
                Self::Mmap { process: n()?, start: n()?, pages: n()?, writable: writable(fields)? }
            }
            "fmmap" => Self::MmapFile { process: n()?, start: n()?, pages: n()?, offset: n()? },
            "mprotect" => Self::Mprotect {
                process: n()?,
                start: n()?,
                pages: n()?,
                writable: writable(fields)?,
            },
            "mremap" => {
                let (process, start, pages, to) = (n()?, n()?, n()?, n()?);
                let dont_unmap = fields.peek() == Some("dontunmap");
                if dont_unmap {
                    fields.next();
                }
                Self::Mremap { process, start, pages, to, dont_unmap }
            }
            _ => return Err("an operation"),
        })
    }

    /// The process that the operation is on, if it is on one.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::rmap::trace::Op;
    ///
    /// assert_eq!(Op::Exit { process: 3 }.process(), Some(3));
    /// assert_eq!(Op::Scan { times: 2 }.process(), None);
    /// ```
    pub fn process(&self) -> Option<u64> {
        match *self {
            Self::Mmap { process, .. }
            | Self::MmapFile { process, .. }
            | Self::Munmap { process, .. }
            | Self::Mprotect { process, .. }
            | Self::Mremap { process, .. }
            | Self::MoveSize { process, .. }
            | Self::Resize { process, .. }
            | Self::Mergeable { process, .. }
            | Self::Unmergeable { process, .. }
            | Self::DontNeed { process, .. }
            | Self::PageOut { process, .. }
            | Self::Write { process, .. }
            | Self::Unique { process, .. }
            | Self::Read { process, .. }
            | Self::Alternate { process, .. }
            | Self::Fork { process, .. }
            | Self::Exit { process }
            | Self::SwapOut { process, .. }
            | Self::Pin { process, .. }
            | Self::Unpin { process, .. }
            | Self::Migrate { process, .. } => Some(process),
            Self::Scan { .. } | Self::Step { .. } | Self::Reclaim { .. } | Self::Refresh => None,
        }
    }

    /// What `write` or `uniq` puts into the page number `i` of their range.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::rmap::trace::{Op, PageContent};
    ///
    /// let op = Op::Unique { process: 0, start: 100, pages: 4, first: 1_000 };
    /// assert_eq!(op.content(2), Some(PageContent::Unique(1_002)));
    /// ```
    pub fn content(&self, i: u64) -> Option<PageContent> {
        match *self {
            Self::Write { byte, .. } => Some(PageContent::Byte(byte)),
            Self::Unique { first, .. } => first.checked_add(i).map(PageContent::Unique),
            _ => None,
        }
    }
}

fn writable(fields: &mut Fields<'_>) -> Parsed<bool> {
    match fields.word("rw or r")? {
        "rw" => Ok(true),
        "r" => Ok(false),
        _ => Err("rw or r"),
    }
}

impl fmt::Display for Op {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rights = |writable| if writable { "rw" } else { "r" };
        match *self {
            Self::Mmap { process: p, start, pages, writable } => {
                write!(f, "mmap {p} {start} {pages} {}", rights(writable))
            }
            Self::MmapFile { process: p, start, pages, offset } => {
                write!(f, "fmmap {p} {start} {pages} {offset}")
            }
            Self::Munmap { process: p, start, pages } => write!(f, "munmap {p} {start} {pages}"),
            Self::Mprotect { process: p, start, pages, writable } => {
                write!(f, "mprotect {p} {start} {pages} {}", rights(writable))
            }
            Self::Mremap { process: p, start, pages, to, dont_unmap } => {
                let how = if dont_unmap { " dontunmap" } else { "" };
                write!(f, "mremap {p} {start} {pages} {to}{how}")
            }
            Self::MoveSize { process: p, start, pages, new, to } => {
                write!(f, "movesize {p} {start} {pages} {new} {to}")
            }
            Self::Resize { process: p, start, pages, new } => {
                write!(f, "resize {p} {start} {pages} {new}")
            }
            Self::Mergeable { process: p, start, pages } => {
                write!(f, "mergeable {p} {start} {pages}")
            }
            Self::Unmergeable { process: p, start, pages } => {
                write!(f, "unmergeable {p} {start} {pages}")
            }
            Self::DontNeed { process: p, start, pages } => {
                write!(f, "dontneed {p} {start} {pages}")
            }
            Self::PageOut { process: p, start, pages } => write!(f, "pageout {p} {start} {pages}"),
            Self::Write { process: p, start, pages, byte } => {
                write!(f, "write {p} {start} {pages} {byte}")
            }
            Self::Unique { process: p, start, pages, first } => {
                write!(f, "uniq {p} {start} {pages} {first}")
            }
            Self::Read { process: p, start, pages } => write!(f, "read {p} {start} {pages}"),
            Self::Alternate { process: p, start, pages } => write!(f, "alt {p} {start} {pages}"),
            Self::Fork { process: p, child } => write!(f, "fork {p} {child}"),
            Self::Exit { process: p } => write!(f, "exit {p}"),
            Self::Scan { times } => write!(f, "scan {times}"),
            Self::Step { pages } => write!(f, "step {pages}"),
            Self::Reclaim { rounds } => write!(f, "reclaim {rounds}"),
            Self::SwapOut { process: p, start, rounds } => {
                write!(f, "swapout {p} {start} {rounds}")
            }
            Self::Pin { process: p, start, pages } => write!(f, "pin {p} {start} {pages}"),
            Self::Unpin { process: p, start, pages } => write!(f, "unpin {p} {start} {pages}"),
            Self::Migrate { process: p, start } => write!(f, "migrate {p} {start}"),
            Self::Refresh => f.write_str("refresh"),
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Code(code) => code.fmt(f),
            Self::Dead => f.write_str("dead"),
            Self::Busy => f.write_str("busy"),
        }
    }
}
