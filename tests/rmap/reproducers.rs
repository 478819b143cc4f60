//! C programs that do a history of the model to a running kernel: those in `docs/reproducers`, and the
//! printer's in general.
#![cfg(not(miri))]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use stabtree::rmap::KernelVersion;

use crate::find_holes::{Hole, histories, holes, shrink};
use crate::reproducer::{HISTORIES, History, Player, emit, table, translate};

/// The programs of `docs/reproducers`, and the first kernel that has the hole.
const GIVEN: [(&str, KernelVersion); 8] = [
    ("s9b", KernelVersion::V7_3),
    ("child-moved", KernelVersion::V7_3),
    ("s9f", KernelVersion::V6_12),
    ("s9q", KernelVersion::V6_12),
    ("s17b", KernelVersion::V6_12),
    ("s17c", KernelVersion::V6_12),
    ("s18b", KernelVersion::V6_12),
    ("s18e", KernelVersion::V6_12),
];

/// Every operation that a program can do, with a hole in the end.
const ALL_OPERATIONS: &str = "\
spawn 1
mmap 0 100 2 rw
write 0 100 2 119
fork 0 2
mergeable 2 100 2
mmap 0 10 6 rw
mmap 0 30 1 r
mergeable 0 10 6
uniq 0 10 6 3
unmergeable 0 10 6
alt 0 10 6
mprotect 0 10 6 r
mprotect 0 10 6 rw
dontneed 0 15 1
munmap 0 14 2
mremap 0 10 1 40
mremap 0 11 1 42 dontunmap
movesize 0 40 1 2 50
resize 0 50 2 1
resize 0 50 1 2
pin 0 12 1
swapout 0 12 1
read 0 12 1
unpin 0 12 1
swapout 0 13 1
read 0 13 1
mmap 1 100 1 rw
migrate 0 50
fork 1 3
exit 1
step 1
scan 4
";

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/reproducers").join(name)
}

fn history(name: &str) -> History {
    let text = HISTORIES.iter().find(|history| history.0 == name).expect("a given history").1;
    History::parse(text).expect("a legal history")
}

/// The program of a given name is what is printed today; `STABTREE_WRITE=1` writes it anew.
#[test]
fn given_programs_are_what_is_printed_today() {
    for (name, kernel) in GIVEN {
        let program = emit(name, &history(name), kernel).expect("a hole");
        let path = file(&format!("{name}.c"));
        if std::env::var_os("STABTREE_WRITE").is_some() {
            fs::write(&path, &program).expect("the folder is there");
        }
        let there = fs::read_to_string(&path).expect("a program");
        assert!(there == program, "{} is out of date: STABTREE_WRITE=1", path.display());
    }
}

/// All files are known here: no history without a test, no program without its history.
#[test]
fn nothing_else_is_given() {
    let expected = HISTORIES.iter().map(|(name, _)| format!("{name}.ops"));
    let expected = expected.chain(GIVEN.iter().map(|(name, _)| format!("{name}.c")));
    let expected: BTreeSet<_> = expected.chain(["RESULTS".to_owned()]).collect();
    let there = fs::read_dir(file(""))
        .expect("a folder")
        .map(|entry| entry.expect("an entry").file_name().into_string().expect("a name in ASCII"));
    assert_eq!(there.collect::<BTreeSet<_>>(), expected);
}

/// The model misses an entry for ever from the kernel on that is named, and not before.
#[test]
fn the_model_expects_what_the_programs_say() {
    for (name, first) in GIVEN {
        for &kernel in KernelVersion::ALL {
            let player = Player::new(kernel).play(&history(name)).expect("a legal history");
            assert_eq!(player.worst().is_some(), kernel >= first, "{name} on {kernel}");
        }
    }
}

/// What real kernels gave is what the model expects: `docs/reproducers/RESULTS` is the output of
/// `.ci/reproducers`.
#[test]
fn real_kernels_gave_what_the_model_expects() {
    let results = fs::read_to_string(file("RESULTS")).expect("results");
    for (name, first) in GIVEN {
        for &kernel in KernelVersion::ALL {
            let begin = format!("{name} on Linux {kernel}.");
            let run = results.split("\n\n").find(|run| run.starts_with(&begin));
            let run = run.unwrap_or_else(|| panic!("no result of {name} on {kernel}"));
            let (seen, status) = if kernel >= first {
                ("\nseen: a HOLE: 1 of ", "\nexit status 0")
            } else {
                ("\nseen: no hole, as expected", "\nexit status 1")
            };
            assert!(run.contains(seen) && run.contains(", as expected"), "{name}, {kernel}: {run}");
            assert!(run.trim_end().ends_with(status), "{name} on {kernel}: {run}");
        }
    }
}

/// `docs/ksm-holes.md` has the table that `find_holes --table` prints.
#[test]
fn the_report_has_the_table_of_today() {
    let path = file("../ksm-holes.md");
    let report = fs::read_to_string(&path).expect("a report");
    let (begin, end) = ("<!-- find_holes --table -->\n", "<!-- end of the table -->\n");
    let from = report.find(begin).expect("a place for the table") + begin.len();
    let to = report.find(end).expect("an end of the table");
    let today = format!("\n{}\n", table());
    if std::env::var_os("STABTREE_WRITE").is_some() {
        let report = format!("{}{today}{}", &report[..from], &report[to..]);
        fs::write(&path, report).expect("the folder is there");
    } else {
        assert!(report[from..to] == today, "{} is out of date: STABTREE_WRITE=1", path.display());
    }
}

#[test]
fn a_history_prints_itself() {
    for (name, text) in HISTORIES {
        let history = History::parse(text).expect("a legal history");
        assert_eq!(history.to_string(), text, "{name}");
    }
    let history = History::parse(ALL_OPERATIONS).expect("a legal history");
    assert_eq!(history.to_string(), ALL_OPERATIONS);
}

/// What is wrong with a history is said with its line, or with the operation.
#[test]
fn bad_histories_are_refused() {
    let parse = |text: &str| History::parse(text).expect_err("a bad history");
    assert_eq!(parse("# nothing\n\n"), "no operation in it");
    assert_eq!(
        parse("scan 1\nmmap 0 100 rw\n"),
        "line 2: expected a number below 2^20, found \"mmap 0 100 rw\""
    );
    assert_eq!(parse("spawn x"), "line 1: spawn and a number, not \"spawn x\"");
    assert_eq!(
        parse("scan 1 = 0"),
        "line 1: expected an operation without its result, found \"scan 1 = 0\""
    );
    let refused = |text: &str| {
        let history = History::parse(text).expect("a legal history");
        emit("x", &history, KernelVersion::V7_3).expect_err("no program")
    };
    assert_eq!(refused("scan 1"), "no entry is missed for ever on Linux 7.3");
    assert_eq!(refused("write 1 100 1 5"), "write 1 100 1 5: no such process");
    assert_eq!(refused("fork 0 64"), "fork 0 64: processes have numbers below 64");
    assert_eq!(refused("mmap 0 4095 2 rw"), "mmap 0 4095 2 rw: pages have numbers below 4096");
    assert_eq!(refused("reclaim 3"), "reclaim 3: what it does is not determined; use swapout");
    assert!(refused("read 0 100 1").starts_with("read 0 100 1: "));
    let title = emit("a b", &history("s9b"), KernelVersion::V7_3);
    assert_eq!(title, Err("\"a b\" is no title: letters, digits, and ._- only".to_owned()));
}

/// A random history and the one that is made of it have the same hole, on every kernel.
#[test]
fn found_holes_become_programs() {
    for &kernel in KernelVersion::ALL {
        for (seed, hole) in [(532, Hole::Relative), (668, Hole::MovedRelative)] {
            let mut all = histories(seed).take(3000);
            let ops = all.find(|ops| holes(ops, kernel).contains(&hole)).expect("a hole");
            let history = translate(&shrink(ops, hole, kernel), kernel);
            let program = emit("found", &history, kernel).expect("the same hole");
            assert!(program.contains("\nstatic void history(void)\n{\n\tstart(0);\n"));
        }
    }
}

#[cfg(target_os = "linux")]
mod compiled {
    use std::fs;
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    use std::os::unix::process::CommandExt;
    use std::path::{Path, PathBuf};
    use std::process::Command;

    use stabtree::rmap::KernelVersion;

    use crate::bounds::bound;

    use super::{ALL_OPERATIONS, GIVEN, History, emit, file};

    /// Compiles a program, without a warning.
    fn compile(source: &Path, name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("stabtree-{}-{name}", std::process::id()));
        fs::create_dir_all(&folder).expect("a place for temporary files");
        // Somebody without rights is going to run what is in it.
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).expect("it is ours");
        let program = folder.join(name);
        let mut cc = Command::new("cc");
        cc.args(["-O2", "-Wall", "-Wextra"]).arg("-o").arg(&program).arg(source);
        let output = cc.output().expect("cc, which links Rust, too");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && said.is_empty(), "{}: {said}", source.display());
        program
    }

    fn remove(program: &Path) {
        fs::remove_file(program).expect("it is there");
        fs::remove_dir(program.parent().expect("it is in a folder")).expect("it is empty");
    }

    #[test]
    fn programs_compile_without_a_warning() {
        for (name, _) in GIVEN.into_iter().step_by(bound(6, 1, 1)) {
            let program = compile(&file(&format!("{name}.c")), name);
            remove(&program);
        }
        let history = History::parse(ALL_OPERATIONS).expect("a legal history");
        let source = emit("all", &history, KernelVersion::V7_3).expect("a hole");
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("all-operations.c");
        fs::write(&path, source).expect("a place for temporary files");
        remove(&compile(&path, "all-operations"));
    }

    /// Without rights a program gets as far as to say what it lacks.
    #[test]
    fn programs_say_what_they_lack() {
        let program = compile(&file("s9b.c"), "s9b-unprivileged");
        let mut run = Command::new(&program);
        if fs::metadata("/proc/self").expect("proc is mounted").uid() == 0 {
            run.uid(65534).gid(65534); // nobody
        }
        let output = run.output().expect("the program starts");
        remove(&program);
        let said = String::from_utf8_lossy(&output.stdout);
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.starts_with("s9b on Linux "), "{said}");
        assert!(
            said.contains("\nlacking: the right to write /sys/kernel/mm/ksm/run (root)\n")
                || said.contains("\nlacking: KSM: the kernel has no "),
            "{said}"
        );
        assert!(said.contains("\nlacking: frame numbers in /proc/self/pagemap"), "{said}");
    }
}
