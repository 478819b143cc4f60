//! The model against recordings of a real kernel: every line of every state and of every walk.

use std::fs::{self, File};
use std::io::Read;
use std::path::PathBuf;

use flate2::read::GzDecoder;
use stabtree::rmap::trace::Trace;
use stabtree::rmap::{KernelVersion, ReverseMapKind};

use crate::bounds::bound;
use crate::replay::{self, Kernel, Report, UNKNOWN};

/// All recordings: those of Linux 6.12, and in folders of their own those of later kernels.
fn recordings() -> Vec<PathBuf> {
    let mut folders = vec![folder()];
    let mut paths = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("the recordings are there") {
            let path = entry.expect("readable").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "gz") {
                paths.push(path);
            }
        }
    }
    paths.sort();
    paths
}

fn folder() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/kernel-runs"))
}

/// The recording of this name, such as `7.3/s9b`.
fn recording(name: &str) -> Trace {
    let path = folder().join(format!("{name}.trace.gz"));
    Trace::parse(&text(&path)).expect("a recording")
}

fn text(path: &PathBuf) -> String {
    let mut text = String::new();
    let file = File::open(path).expect("the recording is there");
    GzDecoder::new(file).read_to_string(&mut text).expect("the recording is whole");
    text
}

/// What changed from kernel to kernel, one at a time: with it left out, this recording disagrees.
#[test]
fn each_change_of_a_kernel_is_needed_for_a_recording() {
    type Leave = fn(&mut Kernel);
    let controls: [(&str, Leave); 8] = [
        ("7.3/s18a", |kernel| kernel.changes.reversed_links = false),
        ("7.2/s18a", |kernel| kernel.changes.reversed_links = false),
        ("7.3/mm1", |kernel| kernel.changes.range_moves = false),
        ("7.2/q31", |kernel| kernel.changes.range_moves = false),
        ("7.3/r2", |kernel| kernel.changes.untouched_takes_over = false),
        ("7.3/pf", |kernel| kernel.changes.anon_pgoff = false),
        ("7.3/s23_smart0", |kernel| kernel.index_in_union = false),
        ("pf", |kernel| kernel.changes.anon_pgoff = true),
    ];
    let every = bound(8, 2, 1);
    for (name, leave) in controls.into_iter().step_by(every) {
        let trace = recording(name);
        let mut kernel = Kernel::of(&trace);
        let report = replay::replay_as(&trace, kernel);
        assert!(report.agrees(), "{name}: {:?}", report.disagreements.first());
        leave(&mut kernel);
        assert!(!replay::replay_as(&trace, kernel).agrees(), "{name} agrees all the same");
    }
}

/// Every kernel that is modelled was recorded, and what a recording says decides which it is.
#[test]
fn a_recording_names_its_kernel() {
    let kernels = ["s9b", "7.2/s9b", "7.3/s9b"].map(|name| recording(name).kernel());
    assert_eq!(kernels, KernelVersion::ALL);
}

fn play(text: &str) -> Report {
    replay::replay(&Trace::parse(text).expect("a recording"))
}

/// Plays all recordings whose name begins so.
fn all_agree(prefix: &str) -> Report {
    some_agree(prefix, 1)
}

/// Plays every n-th of the recordings whose name begins so.
fn some_agree(prefix: &str, every: usize) -> Report {
    let mut sum = Report::default();
    let name = |path: &PathBuf| path.file_name().expect("a file").to_string_lossy().into_owned();
    let named = recordings().into_iter().filter(|path| name(path).starts_with(prefix));
    for path in named.step_by(every) {
        let name = path.display();
        let report = play(&text(&path));
        let first = report.disagreements.first();
        assert!(report.agrees(), "{name}: {first:?}\n{UNKNOWN}");
        sum.states.0 += report.states.0;
        sum.migrations.0 += report.migrations.0;
        sum.lines.0 += report.lines.0;
    }
    sum
}

/// The named scenarios of the second set: holes, chains, zero pages.
#[test]
fn the_scenarios_agree() {
    let report = all_agree("s");
    assert!(report.states.0 > 500 && report.migrations.0 > 250, "{report:?}");
}

#[test]
fn the_chains_agree() {
    let report = all_agree("chain");
    assert!(report.states.0 > 400 && report.migrations.0 > 200, "{report:?}");
}

#[test]
fn the_random_runs_agree() {
    let every = bound(5, 1, 1);
    let report = some_agree("r", every);
    assert!(report.states.0 > bound(100, 500, 500), "{report:?}");
    assert!(report.migrations.0 > bound(200, 1_000, 1_000), "{report:?}");
    some_agree("q", every);
}

#[test]
fn moves_forks_and_schedules_agree() {
    for prefix in ["n", "t", "pm", "pf", "du", "mm", "zf"] {
        assert!(all_agree(prefix).states.0 > 0, "no recording {prefix}");
    }
}

/// Had the kernel kept residual items, nothing would have been missed in any state, no migration would have
/// failed, and no walk would have cost more than one by the stored index where that is right.
#[test]
fn kept_residual_items_leave_no_hole_in_any_recording() {
    let mut stored_missed = 0;
    let every = bound(24, 8, 1);
    for path in recordings().into_iter().step_by(every) {
        let name = path.display();
        let trace = Trace::parse(&text(&path)).expect("a recording");
        let seen = replay::complete(&trace, ReverseMapKind::AnonVma);
        assert_eq!((&seen.missed, seen.stuck, seen.dearer), (&vec![], 0, 0), "{name}");
        assert_eq!(seen.ordinary, [], "{name}");
        assert!(seen.states > 0, "{name}");
        stored_missed += seen.entries.1;
    }
    assert!(stored_missed > 0, "the recordings have no hole to keep from opening");
}

/// Contexts in place of families: the recorded operations do the same to memory and to the scanner, line
/// for line, wherever the recorded kernel missed nothing.
#[test]
fn contexts_do_what_was_recorded() {
    let every = bound(16, 4, 1);
    for path in recordings().into_iter().step_by(every) {
        let trace = Trace::parse(&text(&path)).expect("a recording");
        let kernel = Kernel { reverse_map: ReverseMapKind::CowContext, ..Kernel::of(&trace) };
        let report = replay::replay_as(&trace, kernel);
        if !path.ends_with(FREED) {
            assert!(report.agrees(), "{}: {:?}", path.display(), report.disagreements.first());
        }
    }
}

/// In this one the recorded kernel could not take all entries off a page that it wanted to reclaim: an
/// item led elsewhere. Contexts find them, and the page goes.
const FREED: &str = "7.2/s9v.trace.gz";

#[test]
fn contexts_free_a_page_that_the_recorded_kernel_could_not() {
    let trace = recording(FREED.trim_end_matches(".trace.gz"));
    let kernel = Kernel { reverse_map: ReverseMapKind::CowContext, ..Kernel::of(&trace) };
    let first = replay::replay_as(&trace, kernel).disagreements.swap_remove(0);
    assert_eq!(first.kernel, "P 0 110 119 K 0 3 - sc");
    assert_eq!(first.model, "P 0 110 swapped");
}

/// And with a scanner that keeps residual items nothing is missed in any state, no ordinary page either.
#[test]
fn contexts_with_residual_items_leave_no_hole_in_any_recording() {
    let every = bound(16, 4, 1);
    for path in recordings().into_iter().skip(1).step_by(every) {
        let trace = Trace::parse(&text(&path)).expect("a recording");
        let seen = replay::complete(&trace, ReverseMapKind::CowContext);
        let name = path.display();
        assert_eq!((&seen.missed, &seen.ordinary, seen.stuck), (&vec![], &vec![], 0), "{name}");
    }
}

/// The comparison is worth something only if it finds what is wrong: each kind of line, changed in
/// one field, must disagree, and at that line.
#[test]
fn a_changed_line_disagrees_where_it_was_changed() {
    let changes = [
        ("s9b_narrow", "V 0 101 102 rw mg 100", "V 0 101 102 r- mg 100"),
        ("s9b_narrow", "P 0 101 119 K 0 2 -", "P 0 101 119 K 0 3 -"),
        ("s9b_narrow", "I 0 101 S 0 0 age=0", "I 0 101 S 0 0 age=1"),
        ("s9b_narrow", "idx=101", "idx=102"),
        ("s9b_narrow", "N 0 1:200 0:101 0:100", "N 0 1:200 0:100 0:101"),
        ("s9b_narrow", "A 1 root=1 parent=1 children=1", "A 1 root=1 parent=1 children=2"),
        ("s9b_narrow", "range=narrow[101,101]", "range=narrow[100,101]"),
        ("s9b_narrow", "calls=1", "calls=2"),
        ("s9b_narrow", "rc=1 status=notmoved", "rc=0 status=ok"),
        ("s9b_narrow", "shared=1 sharing=2", "shared=1 sharing=3"),
        ("s9b_narrow", "F 0 ksm=1 mapcount=3", "F 0 ksm=1 mapcount=2"),
        ("s30", "zero=4", "zero=5"),
        ("s30", "ksm_zero_pages=4", "ksm_zero_pages=3"),
        ("s15", "X 1 101", "X 1 100"),
        ("chain3_p0", "T chain 9=3 8=3 7=3", "T chain 9=3 7=3 8=3"),
        ("s15", "L K 0 1", "L K 1 0"),
        ("s9b_narrow", "= 0\nS", "= -22\nS"),
    ];
    for (name, from, to) in changes {
        let whole = text(&folder().join(format!("{name}.trace.gz")));
        let Some(at) = whole.find(from) else { panic!("{name} has no line {from:?}") };
        let damaged = whole.replacen(from, to, 1);
        let report = play(&damaged);
        let line = whole[..at].lines().count() + usize::from(whole[..at].ends_with('\n'));
        let found = report.disagreements.iter().any(|wrong| wrong.line == line);
        assert!(found, "{name}, {from:?} at {line}: {:?}", report.disagreements.first());
    }
}

/// A recording cut anywhere, or with a line lost, is an error or a disagreement or, at worst, one
/// that still agrees; never a panic.
#[test]
fn a_damaged_recording_does_not_panic() {
    for path in recordings() {
        let whole = text(&path);
        if whole.len() > 10_000 {
            continue;
        }
        let lines: Vec<&str> = whole.lines().collect();
        let every = bound(17 * 23, 17 * 7, 17);
        for lost in (0..lines.len()).step_by(every) {
            let kept: Vec<&str> = [&lines[..lost], &lines[lost + 1..]].concat();
            if let Ok(trace) = Trace::parse(&(kept.join("\n") + "\n")) {
                replay::replay(&trace);
            }
            let cut = lines[..lost].join("\n");
            assert!(Trace::parse(&cut).is_err(), "a cut recording is an error");
        }
    }
}
