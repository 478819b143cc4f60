//! A history as a C program.

use std::fmt::Write;

use stabtree::rmap::KernelVersion;
use stabtree::rmap::trace::Op;

use super::history::{History, Step};
use super::player::{Did, Expected, Player};

/// What all programs have. Lines `//@ NAME` begin a part that only those have whose histories need it,
/// and `//@ all` one that all have.
const RUNTIME: &str = include_str!("runtime.c");

const INCLUDES: [&str; 17] = [
    "errno.h",
    "fcntl.h",
    "poll.h",
    "signal.h",
    "stdarg.h",
    "stdint.h",
    "stdio.h",
    "stdlib.h",
    "string.h",
    "sys/mman.h",
    "sys/prctl.h",
    "sys/stat.h",
    "sys/syscall.h",
    "sys/types.h",
    "sys/uio.h",
    "sys/utsname.h",
    "unistd.h",
];

/// The program for a history that ends with a hole on `kernel`.
///
/// # Errors
///
/// The operation that the model of this kernel refuses; that there is no hole at the end; that the title
/// is no plain word.
pub(crate) fn emit(
    title: &str,
    history: &History,
    kernel: KernelVersion,
) -> Result<String, String> {
    if title.is_empty() || !title.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c)) {
        return Err(format!("{title:?} is no title: letters, digits, and ._- only"));
    }
    let mut calls = Calls::new(kernel);
    for &step in &history.steps {
        calls.step(step).map_err(|error| format!("{step}: {error}"))?;
    }
    let hole = calls.player.worst();
    let hole = hole.ok_or_else(|| format!("no entry is missed for ever on Linux {kernel}"))?;
    let mut program = String::new();
    let out = &mut program;
    let versions: Vec<_> =
        KernelVersion::ALL.iter().map(|&version| (version, on(version, &hole, history))).collect();
    header(out, title, history, &versions);
    expectations(out, &hole, &versions);
    calls.numbers(out, title, &hole);
    runtime(out, &calls.parts);
    body(out, &calls.lines);
    Ok(program)
}

macro_rules! line {
    ($out:expr, $($format:tt)*) => {
        writeln!($out, $($format)*).expect("a string takes all")
    };
}

/// Comments are plain text in a C comment.
fn plain(text: &str) -> String {
    text.replace("*/", "* /").replace("/*", "/ *")
}

/// A version, and the same page there, unless the history leads elsewhere.
type OnVersion = (KernelVersion, Option<Expected>);

fn on(version: KernelVersion, hole: &Expected, history: &History) -> Option<Expected> {
    let player = Player::new(version).play(history).ok()?;
    player.at(hole.entries[0].0).filter(|there| there.places().eq(hole.places()))
}

fn header(out: &mut String, title: &str, history: &History, versions: &[OnVersion]) {
    let missed = versions.iter().filter(|(_, there)| {
        there.as_ref().is_some_and(|there| there.entries.iter().any(|entry| entry.1))
    });
    let missed: Vec<_> = missed.map(|(version, _)| version.to_string()).collect();
    line!(out, "// SPDX-License-Identifier: MIT OR Apache-2.0");
    line!(out, "/*");
    line!(
        out,
        " * {title}: a KSM page of which the reverse map of Linux {} misses an entry for ever.",
        missed.join(", ")
    );
    line!(out, " *");
    for about in &history.about {
        line!(out, "{}", format!(" * {}", plain(about)).trim_end());
    }
    if !history.about.is_empty() {
        line!(out, " *");
    }
    line!(
        out,
        " * To be run as root on a machine of its own: it sets KSM up anew, and back in the end. It needs\n \
         * swap, and a memory cgroup (made, or named as argument); a second memory node shows more.\n \
         *\n \
         *   cc -O2 -static -o {title} {title}.c && ./{title} [CGROUP]\n \
         *\n \
         * Exit status: 0 the hole is there, 1 it is not, 2 it could not be set up, and why.\n \
         * Written by `find_holes --emit-c` of stabtree from the history in `history` below.\n \
         */"
    );
    line!(out, "#define _GNU_SOURCE");
    for include in INCLUDES {
        line!(out, "#include <{include}>");
    }
    line!(out, "");
}

/// The entries of the page, and what the model expects of each on each version.
fn expectations(out: &mut String, hole: &Expected, versions: &[OnVersion]) {
    let names: Vec<_> = versions.iter().map(|(version, _)| format!("\"{version}.\"")).collect();
    line!(out, "static const char *const versions[] = {{ {} }};", names.join(", "));
    line!(out, "");
    line!(
        out,
        "/* The entries of the page in the end, and whether each is missed for ever on each version:"
    );
    line!(out, " * 1 if so, 0 if not, -1 if there the history leads elsewhere. */");
    line!(out, "static const struct {{");
    line!(out, "\tint process;\n\tunsigned long page;\n\tint missed[{}];", versions.len());
    line!(out, "}} entries[] = {{");
    for (i, ((process, page), _)) in hole.entries.iter().enumerate() {
        let missed = versions.iter().map(|(_, there)| match there {
            Some(there) => i32::from(there.entries[i].1).to_string(),
            None => "-1".to_owned(),
        });
        line!(out, "\t{{ {process}, {page}, {{ {} }} }},", missed.collect::<Vec<_>>().join(", "));
    }
    line!(out, "}};");
    line!(out, "");
}

fn runtime(out: &mut String, parts: &[&str]) {
    let mut wanted = true;
    for text in RUNTIME.lines() {
        match text.strip_prefix("//@ ") {
            Some(name) => wanted = name == "all" || parts.contains(&name),
            None if wanted => line!(out, "{text}"),
            None => {}
        }
    }
}

fn body(out: &mut String, lines: &[(String, String)]) {
    line!(out, "");
    line!(out, "/* ---- the history, and each operation in the words of recordings ---- */");
    line!(out, "");
    line!(out, "static void history(void)\n{{");
    let width = lines.iter().map(|(call, _)| call.len()).max().unwrap_or(0);
    for (call, comment) in lines {
        match comment.as_str() {
            "" => line!(out, "\t{call}"),
            comment => line!(out, "\t{call:width$} /* {comment} */"),
        }
    }
    line!(out, "}}");
}

/// A history on its way to C.
struct Calls {
    player: Player,
    /// Each call with the operation that it is of, at its first call.
    lines: Vec<(String, String)>,
    parts: Vec<&'static str>,
    processes: u64,
    pages: u64,
}

impl Calls {
    fn new(kernel: KernelVersion) -> Self {
        let lines = vec![("start(0);".to_owned(), String::new())];
        Self { player: Player::new(kernel), lines, parts: Vec::new(), processes: 1, pages: 2 }
    }

    fn step(&mut self, step: Step) -> Result<(), String> {
        let did = self.player.step(step)?;
        let calls = self.calls(step, did)?;
        for (i, call) in calls.into_iter().enumerate() {
            let comment = if i == 0 { step.to_string() } else { String::new() };
            self.lines.push((call, comment));
        }
        Ok(())
    }

    fn needs(&mut self, part: &'static str) {
        self.parts.push(part);
    }

    fn reaches(&mut self, start: u64, pages: u64) {
        self.pages = self.pages.max(start + pages);
    }

    fn calls(&mut self, step: Step, did: Did) -> Result<Vec<String>, String> {
        let op = match step {
            Step::Spawn(process) => {
                self.processes = self.processes.max(process + 1);
                return Ok(vec![format!("start({process});")]);
            }
            Step::Do(op) => op,
        };
        let rights = |writable| if writable { "PROT_READ | PROT_WRITE" } else { "PROT_READ" };
        Ok(vec![match op {
            Op::Mmap { process: p, start, pages, writable } => {
                self.reaches(start, pages);
                format!("map({p}, {start}, {pages}, {});", rights(writable))
            }
            Op::Munmap { process: p, start, pages } => {
                self.needs("munmap");
                format!("unmap({p}, {start}, {pages});")
            }
            Op::Mprotect { process: p, start, pages, writable } => {
                self.needs("mprotect");
                format!("protect({p}, {start}, {pages}, {});", rights(writable))
            }
            Op::Alternate { process: p, start, pages } => {
                self.needs("mprotect");
                let odd = (start + 1..start + pages).step_by(2);
                return Ok(odd
                    .map(|page| format!("protect({p}, {page}, 1, PROT_READ);"))
                    .collect());
            }
            Op::Mergeable { process: p, start, pages } => {
                format!("advise({p}, {start}, {pages}, MADV_MERGEABLE);")
            }
            Op::Unmergeable { process: p, start, pages } => {
                format!("advise({p}, {start}, {pages}, MADV_UNMERGEABLE);")
            }
            Op::DontNeed { process: p, start, pages } => {
                format!("advise({p}, {start}, {pages}, MADV_DONTNEED);")
            }
            Op::Mremap { process: p, start, pages, to, dont_unmap } => {
                let how = if dont_unmap { " | MREMAP_DONTUNMAP" } else { "" };
                self.moved(
                    p,
                    (start, pages),
                    (to, pages),
                    &format!("MREMAP_MAYMOVE | MREMAP_FIXED{how}"),
                )
            }
            Op::MoveSize { process: p, start, pages, new, to } => {
                self.moved(p, (start, pages), (to, new), "MREMAP_MAYMOVE | MREMAP_FIXED")
            }
            Op::Resize { process: p, start, pages, new } => {
                self.moved(p, (start, pages), (start, new), "0")
            }
            Op::Write { process: p, start, pages, byte } => {
                format!("fill({p}, {start}, {pages}, {});", byte & 255)
            }
            Op::Unique { process: p, start, pages, first } => {
                self.needs("unique");
                format!("number({p}, {start}, {pages}, {first});")
            }
            Op::Read { process: p, start, pages } => {
                self.needs("read");
                format!("touch({p}, {start}, {pages});")
            }
            Op::Fork { process, child } => {
                self.processes = self.processes.max(child + 1);
                self.needs("fork");
                format!("fork_process({process}, {child});")
            }
            Op::Exit { process } => {
                self.needs("exit");
                format!("end({process});")
            }
            Op::Migrate { process, start } => {
                self.needs("migrate");
                format!("migrate_page({process}, {start});")
            }
            Op::Scan { times } => format!("scan({times});"),
            Op::Step { pages } => {
                self.needs("step");
                format!("step(\"{pages}\");")
            }
            _ => return self.on_frame(op, did),
        }])
    }

    fn moved(&mut self, p: u64, from: (u64, u64), to: (u64, u64), how: &str) -> String {
        self.needs("mremap");
        self.reaches(to.0, to.1);
        format!("move({p}, {}, {}, {}, {}, {how});", from.0, from.1, to.0, to.1)
    }

    fn on_frame(&mut self, op: Op, did: Did) -> Result<Vec<String>, String> {
        Ok(vec![match (op, did) {
            (Op::SwapOut { process, start, .. }, Did::SwapOut { kept }) => {
                self.parts.extend(["swapout", "read", "drop"]);
                format!("swap_out({process}, {start}, {});", i32::from(kept))
            }
            (Op::Pin { process, start, .. }, Did::Pin(number)) => {
                self.needs("pin");
                format!("pin({process}, {start}, {number});")
            }
            (Op::Unpin { .. }, Did::Pin(number)) => {
                self.needs("drop");
                format!("drop({number});")
            }
            _ => return Err("an operation that no program has".to_owned()),
        }])
    }

    fn numbers(&self, out: &mut String, title: &str, hole: &Expected) {
        let from = hole.entries.iter().position(|entry| entry.1).expect("one is missed");
        line!(out, "#define TITLE \"{title}\"");
        line!(out, "enum {{");
        line!(out, "\tPROCESSES = {},", self.processes);
        line!(out, "\tPAGES = {}, /* page numbers are below */", self.pages);
        line!(out, "\tPINS = {}, /* at a time */", self.player.most_pins);
        line!(out, "\tFROM = {from}, /* the entry from which the page is migrated */");
        line!(out, "}};");
        line!(out, "");
        line!(out, "static void history(void);");
        line!(out, "");
    }
}

impl Expected {
    fn places(&self) -> impl Iterator<Item = (u64, u64)> {
        self.entries.iter().map(|entry| entry.0)
    }
}
