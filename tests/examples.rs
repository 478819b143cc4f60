//! Runs the examples as a user would, and compares what they print.

#![cfg(not(miri))]

use std::env;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

/// A process that was three mappings when it was asked.
const MAPS: &str = "\
1000-3000 r-xp 00000000 08:02 173521 /usr/bin/a program
3000-4000 rw-p 00002000 08:02 173521 /usr/bin/a program
7000-8000 rw-p 00000000 00:00 0
";

const SYMBOLS: &str = "\
0000000000001000 0000000000000100 T main
0000000000001020 0000000000000040 t parse_line
0000000000001030 0000000000000010 t parse_field
0000000000002000 0000000000000001 T stub
0000000000002000 0000000000000001 T alias
0000000000003000 D no_size
";

struct Output {
    is_ok: bool,
    status: Option<i32>,
    out: String,
    err: String,
}

/// Runs an example that cargo built together with this test.
fn run(example: &str, arguments: &[&str], input: &str) -> Output {
    let this = env::current_exe().expect("a test has a file");
    let built = this.parent().and_then(|deps| deps.parent()).expect("target/profile/deps/test");
    let program = built.join("examples").join(format!("{example}{}", env::consts::EXE_SUFFIX));
    let mut child = Command::new(&program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| {
            panic!("{}: {error}; `cargo build --examples` builds it", program.display())
        });
    // A program that does not read its input may be gone already.
    let _ = child.stdin.take().expect("piped").write_all(input.as_bytes());
    let output = child.wait_with_output().expect("the example ends");
    let text = |bytes| String::from_utf8(bytes).expect("text");
    Output {
        is_ok: output.status.success(),
        status: output.status.code(),
        out: text(output.stdout),
        err: text(output.stderr),
    }
}

/// Writes a file with this text, and returns its path.
fn file(name: &str, text: &str) -> String {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, text).expect("a place for temporary files");
    path.into_os_string().into_string().expect("the path is text")
}

#[test]
fn every_example_has_help() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let names = std::fs::read_dir(folder).expect("the examples").filter_map(|entry| {
        let path = entry.expect("a readable entry").path();
        path.extension()?;
        Some(path.file_stem()?.to_str()?.to_owned())
    });
    let examples: Vec<_> =
        names.filter(|name| name != "endless" || cfg!(feature = "rayon")).collect();
    assert!(examples.len() >= 10, "{examples:?}");
    for example in &examples {
        let output = run(example, &["--help"], "");
        assert!(output.is_ok && output.out.contains("Usage: "), "{example}: {}", output.err);
        let output = run(example, &["--no-such-option"], "");
        assert!(!output.is_ok && output.out.is_empty());
        let error = "error: unexpected argument '--no-such-option' found\n";
        assert!(output.err.starts_with(error), "{example}: {}", output.err);
    }
}

/// Wrong command lines: status 2 and a message that names the argument.
#[test]
fn wrong_arguments_are_named() {
    let refused = |example, arguments: &[&str]| {
        let output = run(example, arguments, "");
        assert!(output.status == Some(2) && output.out.is_empty(), "{example} {arguments:?}");
        output.err.lines().next().expect("a message").to_owned()
    };
    let range = "error: invalid value '1' for '--vmas': 1 is not in 2..=4000000";
    assert_eq!(refused("rmap_walk_ksm", &["--vmas", "1"]), range);
    assert_eq!(refused("rmap_walk_ksm", &["--csv", "--vmas=1"]), range);
    assert_eq!(
        refused("rmap_walk_ksm", &["--forks", "many"]),
        "error: invalid value 'many' for '--forks': invalid digit found in string"
    );
    assert_eq!(
        refused("rmap_walk_ksm", &["--kernel", "7.4"]),
        "error: invalid value '7.4' for '--kernel': no kernel \"7.4\" is modelled, only 6.12, 7.2, 7.3"
    );
    assert_eq!(
        refused("rmap_walk_ksm", &["--moved"]),
        "error: a value is required for '--moved' but none was supplied"
    );
    assert_eq!(refused("calendar", &["one", "two"]), "error: unexpected argument 'two' found");
    assert_eq!(
        refused("rmap_walk_ksm", &["--csv", "--csv"]),
        "error: unexpected argument '--csv' found"
    );
    assert_eq!(refused("symbolize", &[]), "error: required arguments were not provided");
    assert_eq!(
        refused("symbolize", &["symbols", "xyz"]),
        "error: invalid value 'xyz' for '[ADDRESSES]...': `xyz` is not a hexadecimal number"
    );
    // After `--` everything is an operand.
    let output = run("symbolize", &["--", "--no-such-file", "0"], "");
    assert!(output.err.starts_with("symbolize: --no-such-file: "), "{}", output.err);
}

/// The columns of the table in a file of comma-separated values, without the times.
fn walk_counts(arguments: &[&str]) -> Vec<String> {
    let output = run("rmap_walk_ksm", &[&["--vmas", "100", "--csv"], arguments].concat(), "");
    assert!(output.is_ok, "{}", output.err);
    let rows = output.out.lines().skip(1).map(|row| {
        let columns: Vec<_> = row.split(',').collect();
        [&columns[..3], &columns[4..]].concat().join(",")
    });
    rows.collect()
}

#[test]
fn rmap_walk_ksm_counts_the_same_everywhere() {
    let counts = walk_counts(&[]);
    assert_eq!(
        counts,
        [
            "settled,mappings,FullRange,100,99,0,2,0",
            "settled,mappings,AddressPgoff,1,0,0,2,0",
            "settled,mappings,StoredPgoff,1,0,0,2,0",
            "settled,forks,FullRange,3,0,2,4,0",
            "settled,forks,AddressPgoff,3,0,2,4,0",
            "settled,forks,StoredPgoff,3,0,2,4,0",
            "moved,mappings,FullRange,100,99,0,2,0",
            "moved,mappings,AddressPgoff,1,0,0,1,1",
            "moved,mappings,StoredPgoff,1,0,0,2,0",
            "moved,forks,FullRange,3,0,2,4,0",
            "moved,forks,AddressPgoff,1,0,0,1,3",
            "moved,forks,StoredPgoff,3,0,2,4,0",
        ]
    );
    // The walk of the kernel that is named stands first; the rest is as before.
    for kernel in ["6.12", "7.2"] {
        assert_eq!(walk_counts(&["--kernel", kernel]), counts);
    }
    let mut stored_first = counts;
    stored_first.chunks_mut(3).for_each(|rows| rows.rotate_right(1));
    assert_eq!(walk_counts(&["--kernel", "7.3"]), stored_first);
}

/// A recording of a later kernel or format, one cut short, packed or not, and one that is no text: status
/// 1, and where it stops being a recording.
#[test]
fn replay_kernel_says_what_cannot_be_read() {
    let whole =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/kernel-runs/7.3/s9b.trace.gz");
    let packed = std::fs::read(whole).expect("the recording is there");
    let cut = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cut.trace.gz");
    std::fs::write(&cut, &packed[..packed.len() / 2]).expect("a place for temporary files");
    let bytes = Path::new(env!("CARGO_TARGET_TMPDIR")).join("bytes.trace");
    std::fs::write(&bytes, b"H ksm-trace 1\n\xff\xff\n").expect("a place for temporary files");
    let refused = |path: &str, what: &str| {
        let output = run("replay_kernel", &[path], "");
        assert!(output.status == Some(1) && output.out.is_empty(), "{path}: {}", output.err);
        assert!(output.err.starts_with(&format!("{path}: {what}")), "{}", output.err);
    };
    let text = |path: &Path| path.to_str().expect("the path is text").to_owned();
    refused(&file("format.trace", "H ksm-trace 2\nH end ops=0\n"), "line 1: expected a recording");
    refused(&file("late.trace", "H kernel 704\nH end ops=0\n"), "line 1: expected a kernel");
    refused(&file("cut.trace", "H kernel 703\nO 0 scan 1\n"), "line 3: expected H end ops=N");
    refused(&text(&bytes), "line 2: this is no text");
    refused(&text(&cut), "line ");
}

#[test]
fn proc_maps_finds_the_mapping_and_the_holes() {
    let maps = file("proc_maps", MAPS);
    let output = run("proc_maps", &["--maps", &maps, "0x3010", "5000"], "");
    assert_eq!(
        output.out,
        "0x3010: 0x10 bytes into [0x3000, 0x3fff] (4096 B) rw-p /usr/bin/a program\n  \
         hole before: [0x0, 0xfff] (4096 B)\n  \
         hole after: [0x4000, 0x6fff] (12 KiB)\n\
         0x5000: not mapped, in [0x4000, 0x6fff] (12 KiB)\n  \
         hole before: [0x0, 0xfff] (4096 B)\n  \
         hole after: [0x8000, 0xffffffffffffffff] (15 EiB)\n"
    );
}

#[test]
fn proc_maps_reads_addresses_from_its_input() {
    let maps = file("proc_maps_input", MAPS);
    let output = run("proc_maps", &["--maps", &maps], "7000\nnonsense\n0\n");
    assert!(output.out.starts_with("0x7000: 0x0 bytes into [0x7000, 0x7fff] (4096 B) rw-p"));
    assert!(output.out.ends_with("hole before: none\n  hole after: [0x4000, 0x6fff] (12 KiB)\n"));
    assert_eq!(output.err, "proc_maps: `nonsense` is not a hexadecimal address\n");
}

#[test]
fn proc_maps_says_what_is_wrong() {
    let maps = file("proc_maps_wrong", "1000-3000 r-xp 0 08:02 1 /a\n3000-3000 r-xp\n");
    let output = run("proc_maps", &["--maps", &maps, "0"], "");
    assert!(!output.is_ok);
    assert!(output.err.ends_with(":2: `3000-3000 r-xp` is no mapping\n"), "{}", output.err);
    let output = run("proc_maps", &["--maps", "/no/such/file", "0"], "");
    assert!(!output.is_ok && output.err.starts_with("proc_maps: /no/such/file: "));
}

#[cfg(target_os = "linux")]
#[test]
fn proc_maps_reads_its_own_memory() {
    let output = run("proc_maps", &["1"], "");
    assert!(output.is_ok, "{}", output.err);
    assert!(output.out.starts_with("0x1: not mapped, in [0x0, "), "{}", output.out);
}

#[test]
fn symbolize_names_the_innermost_function_first() {
    let symbols = file("symbolize", SYMBOLS);
    let output = run("symbolize", &[&symbols, "1034", "1024", "1000", "1100", "2000", "fff"], "");
    assert_eq!(
        output.out,
        "0x1034: parse_field+0x4 in parse_line in main\n\
         0x1024: parse_line+0x4 in main\n\
         0x1000: main+0x0\n\
         0x1100: 0x1 bytes after main\n\
         0x2000: stub+0x0 in alias\n\
         0xfff: before all functions\n"
    );
    assert!(output.is_ok && output.err.is_empty());
}

#[test]
fn symbolize_says_what_is_wrong() {
    let symbols = file("symbolize_wrong", "1000 2x T main\n");
    let output = run("symbolize", &[&symbols, "0"], "");
    assert!(!output.is_ok);
    assert!(output.err.ends_with(":1: `2x` is not a hexadecimal number\n"), "{}", output.err);
}

#[test]
fn calendar_lists_what_is_free_and_what_collides() {
    let output = run("calendar", &["--at-least", "120"], "");
    assert_eq!(
        output.out,
        "free    Mon 11:00-13:00\n\
         free    Tue 14:45-17:00\n\
         free    Fri 11:30-17:00\n\
         double  Tue 11:30-12:00 Bob: workshop / lunch with Dan\n\
         busiest Fri 09:30-10:00 3 at once\n"
    );
    let output = run("calendar", &["--people", "Bob", "--from", "08:00", "--to", "10:30"], "");
    assert!(output.out.starts_with("free    Mon 08:00-10:30\nfree    Tue 08:00-09:00\n"));
}

#[test]
fn calendar_says_what_is_wrong() {
    let calendar = file("calendar_wrong", "# of a week\nMon 10:00-09:00 Ann\n");
    let output = run("calendar", &[&calendar], "");
    assert!(!output.is_ok);
    assert!(output.err.ends_with(":2: `Mon 10:00-09:00 Ann` is no appointment\n"));
    let output = run("calendar", &["--from", "25:00"], "");
    assert!(!output.is_ok && output.err.contains("is not a time between 00:00 and 24:00"));
}

#[test]
fn share_snapshot_never_shows_half_a_change() {
    let arguments = ["--groups", "5", "--snapshots", "40", "--readers", "3"];
    let output = run("share_snapshot", &arguments, "");
    assert!(output.is_ok, "{}", output.err);
    assert!(output.out.starts_with("3 readers found "), "{}", output.out);
    assert!(output.out.contains(" groups whole in 40 states of 500 leases"), "{}", output.out);
}

#[test]
#[cfg(feature = "rayon")]
fn endless_repeats_a_history() {
    let arguments = ["--subject", "range_set_u8", "--seed", "7", "--history", "3"];
    let counts = || {
        let output = run("endless", &arguments, "");
        assert!(output.is_ok, "{}", output.err);
        output.out.split_once(": ").expect("seed and time").1.to_owned()
    };
    assert!(counts().starts_with("1 histories, 150 operations, 150 comparisons; "), "{}", counts());
    assert_eq!(counts(), counts());
    let output = run("endless", &["--history", "3"], "");
    assert!(output.status == Some(2) && output.err.starts_with("endless: --subject is "));
}

#[test]
fn guest_memory_runs_a_script() {
    let output = run("guest_memory", &[], "");
    assert!(output.is_ok, "{}", output.err);
    let maps = "\
        000000010000-000000013000 rw-\n\
        000000400000-000000401000 r-x\n\
        000000402000-000000404000 r-x\n\
        000000404000-000000406000 rw-\n\
        7fffffff8000-800000000000 rw-\n";
    assert!(output.out.ends_with(maps), "{}", output.out);
    assert!(output.out.contains("fault 0x401000: segmentation fault\n"));
}

#[test]
fn guest_memory_says_what_is_wrong() {
    let wrong = |script: &str| {
        let path = file("guest_memory_wrong", script);
        let output = run("guest_memory", &[&path], "");
        assert!(!output.is_ok);
        output.err.split_once("guest_memory_wrong:").expect("names the file").1.to_owned()
    };
    assert_eq!(
        wrong("map 0x1000 0x1000 rw-\nmap 0x1234 0x1000 rw-\n"),
        "2: `0x1234` is not the start of a page\n"
    );
    assert_eq!(wrong("protect 0x5000 0x2000 r--"), "1: [0x5000, 0x6fff] is not mapped\n");
    assert_eq!(wrong("\n\nfree 0x1000\n"), "3: `free 0x1000` is no operation\n");
    assert_eq!(wrong("alloc 0x1000 0 rw- up"), "1: a length of zero\n");
    assert_eq!(wrong("map 0xfffffffffffff000 0x2000 rw-"), "1: past the end of memory\n");
}

/// What bedtools 2.30.0 printed of the same files is in `tests/data/bed`.
#[test]
fn bed_intersect_answers_as_bedtools_does() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/bed");
    let path = |name: &str| data.join(name).into_os_string().into_string().expect("text");
    let (a, b, genome) = (path("a.bed"), path("b.bed"), path("genome.txt"));
    for (options, recorded) in [
        (vec!["--wa-wb"], "intersect_wa_wb.txt"),
        (vec!["-v"], "intersect_v.txt"),
        (vec!["-c"], "intersect_c.txt"),
        (vec!["--coverage"], "coverage.txt"),
        (vec!["--closest", "3"], "closest_k3_d.txt"),
        (vec!["--merge", "0"], "merge_d0.txt"),
        (vec!["--merge", "50"], "merge_d50.txt"),
        (vec!["--subtract"], "subtract.txt"),
        (vec!["--complement", &genome], "complement.txt"),
    ] {
        let arguments = [&options[..], &["-a", &a, "-b", &b]].concat();
        let output = run("bed_intersect", &arguments, "");
        assert!(output.is_ok, "{}", output.err);
        let expected = std::fs::read_to_string(path(recorded)).expect("a recording");
        // The order among the features that one feature overlaps is not that of bedtools.
        let [mut found, mut expected] =
            [&output.out, &expected].map(|text| text.lines().collect::<Vec<_>>());
        found.sort_unstable();
        expected.sort_unstable();
        assert_eq!(found, expected, "{options:?}");
    }
}

#[test]
fn bed_intersect_says_what_is_wrong() {
    let a = file("bed_wrong", "chr1\t5\t9\nchr1\t9\t5\n");
    let output = run("bed_intersect", &["-a", &a, "-b", &a], "");
    assert!(
        output.err.ends_with(":2: the end lies before the start: `chr1\t9\t5`\n"),
        "{}",
        output.err
    );
    let output = run("bed_intersect", &["-a", &a], "");
    assert!(!output.is_ok);
    let output = run("bed_intersect", &[], "");
    assert_eq!(output.err, "bed_intersect: -a FILE is missing; --help lists the options\n");
}

/// Times are half-open, an event without extent takes none, and folded lines are one.
#[test]
fn free_busy_finds_the_first_slot_and_what_is_overbooked() {
    let output = run("free_busy", &[], "");
    assert!(output.is_ok, "{}", output.err);
    assert_eq!(
        output.out,
        "\
free       2026-03-02 12:00 - 2026-03-02 12:45
overbooked 2026-03-02 10:15 - 2026-03-02 10:45: review of the quarter, interview
"
    );
    // The half hour from 11:00 is split by a reminder only, which takes no time.
    let output = run("free_busy", &["--minutes", "30"], "");
    assert!(output.out.starts_with("free       2026-03-02 11:00 - 2026-03-02 11:30\n"));
    let output = run("free_busy", &["--minutes=300", "--places", "2"], "");
    assert_eq!(output.out, "free       never so long\n");
    let output = run("free_busy", &["--minutes=15", "--to", "20260302T090000Z"], "");
    assert_eq!(output.err, "free_busy: --to is not after --from\n");
}

#[test]
fn free_busy_reads_several_calendars() {
    let first = "BEGIN:VEVENT\r\nSUMMARY:trip\r\nDTSTART;VALUE=DATE:20240228\r\nDURATION:P2D\r\nEND:VEVENT\r\n";
    let second = "\
BEGIN:VEVENT
SUMMARY:called off
STATUS:CANCELLED
DTSTART:20240301T010000Z
DTEND:20240301T020000Z
END:VEVENT
BEGIN:VFREEBUSY
FREEBUSY;FBTYPE=BUSY:20240229T230000Z/PT1H30M
END:VFREEBUSY
";
    let (first, second) = (file("trip.ics", first), file("busy.ics", second));
    let range = ["--from", "20240228T000000Z", "--to", "20240302T000000Z"];
    let output = run("free_busy", &[&range[..], &[&first, &second]].concat(), "");
    assert_eq!(
        output.out,
        "\
free       2024-03-01 00:30 - 2024-03-01 01:15
overbooked 2024-02-29 23:00 - 2024-03-01 00:00: trip, busy
"
    );
}

#[test]
fn free_busy_says_which_line_is_wrong() {
    let wrong = |name: &str, text: &str| {
        let path = file(name, text);
        let output = run("free_busy", &[&path], "");
        assert!(!output.is_ok && output.out.is_empty());
        let error = output.err.strip_prefix(&format!("free_busy: {path}:")).map(str::to_owned);
        error.unwrap_or_else(|| panic!("{}", output.err))
    };
    let event = |lines: &str| format!("BEGIN:VEVENT\nSUMMARY:talk\n{lines}\nEND:VEVENT\n");
    let local = event("DTSTART:20260302T090000");
    assert_eq!(
        wrong("local.ics", &local),
        "3: `20260302T090000` is no time in UTC as 20260302T093000Z is\n"
    );
    assert_eq!(
        wrong("leap.ics", &event("DTSTART;VALUE=DATE:20260229")),
        "3: `20260229T000000Z` is no time in UTC as 20260302T093000Z is\n"
    );
    let inverted = event("DTSTART:20260302T090000Z\nDTEND:20260302T080000Z");
    assert_eq!(wrong("inverted.ics", &inverted), "5: the event `talk` ends before it starts\n");
    assert_eq!(wrong("start.ics", &event("DURATION:PT1H")), "4: the event `talk` has no DTSTART\n");
    assert_eq!(
        wrong("duration.ics", &event("DURATION:PT1Y")),
        "3: `PT1Y` is no duration as PT1H15M is\n"
    );
    assert_eq!(
        wrong("again.ics", &event("RRULE:FREQ=DAILY")),
        "3: events that recur are not supported\n"
    );
    assert_eq!(wrong("open.ics", "\n\nBEGIN:VEVENT\nSUMMARY:x\n"), "4: the event `x` has no end\n");
    assert_eq!(
        wrong("colon.ics", "BEGIN:VCALENDAR\nno property\n"),
        "2: no colon: `no property`\n"
    );
    assert_eq!(
        wrong("period.ics", "BEGIN:VFREEBUSY\nFREEBUSY:20260302T090000Z\n"),
        "2: `20260302T090000Z` is no period\n"
    );
}
