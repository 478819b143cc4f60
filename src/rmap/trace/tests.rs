use super::{Line, Op, PageContent, Trace};
use crate::rmap::kernel::KernelVersion;

const LINES: &[&str] = &[
    "# a note, with  anything = in it",
    "H use_zero_pages 1",
    "H end ops=3",
    "O 12 mremap 0 101 1 102 = 0",
    "O 3 mremap 0 1 2 9 dontunmap = -14",
    "O 7 fork 0 2 = busy",
    "O 7 read 3 0 1 = dead",
    "O 7 refresh",
    "O 0 mmap 0 100 4 rw",
    "O 0 mmap 0 100 4 r",
    "O 0 fmmap 0 100 4 5",
    "O 0 munmap 0 100 4",
    "O 0 mprotect 0 100 4 rw",
    "O 0 movesize 0 100 4 5 200",
    "O 0 resize 0 100 4 5",
    "O 0 mergeable 0 100 4",
    "O 0 unmergeable 0 100 4",
    "O 0 dontneed 0 100 4",
    "O 0 pageout 0 100 4 = 4",
    "O 0 write 0 100 4 119",
    "O 0 uniq 0 100 4 1000",
    "O 0 alt 0 100 4",
    "O 0 exit 0",
    "O 0 scan 2",
    "O 0 step 1",
    "O 0 reclaim 3",
    "O 0 swapout 0 100 3",
    "O 0 pin 0 100 1",
    "O 0 unpin 0 100 1",
    "O 0 migrate 0 100",
    "S 4 settled",
    "S 4 pre",
    "S 4 scan",
    "S 4 step",
    "S 4 dump",
    "C shared=1 sharing=2 unshared=3 volatile=4 full_scans=5 skipped=6 chains=7 dups=8",
    "C shared=1 sharing=2 unshared=3 volatile=4 full_scans=5 skipped=6 chains=7 dups=8 zero=9 \
     cow=10 swpin_copy=11",
    "V 0 100 102 rw mg 99",
    "V 0 100 102 r- -- 99 -1 -",
    "V 0 100 102 rw mg 99 3 3,1,0",
    "V 0 100 102 rw mg 100 3 3,1,0 vm_pgoff=5",
    "V 0 100 102 rw mg -536870907 3 -",
    "P 0 7 zero",
    "P 0 7 swapped",
    "P 0 7 swapped slot=2",
    "P 0 7 u31 a 4 1 7 sc",
    "P 0 7 119 K 4 2 -",
    "L K x1 2",
    "L",
    "I x1 5 S 2 -1 age=3 skip=4",
    "I 0 5 - -1 -1 age=0 skip=0 idx=-1",
    "N 3",
    "N 3 x1:5 0:4",
    "A 0 root=1 parent=-1 children=0 active=1",
    "T chain 4=2 -1=1",
    "T chain",
    "T single 4=2",
    "X head",
    "X K 0",
    "F 1 ksm=0",
    "F 1 ksm=1 mapcount=2 refs=3 sc=1",
    "M 0 ksm_rmap_items=1 ksm_zero_pages=2 ksm_merging_pages=3 ksm_process_profit=-64",
    "G 0 from=0:5 rc=1 status=notmoved mappers=2 moved=0 ksm_after=1 walks=20",
    "G 0 from=0:5 rc=0 status=ok mappers=2 moved=2 ksm_after=0",
    "W 0 M items=1 loops=2 iterations=3 calls=4",
    "W 0 R items=1 loops=2 iterations=3 calls=4",
    "W 0 ? items=1 loops=2 iterations=3 calls=0",
    "w 0 1 1:5 av=2 range=all n=0",
    "w 0 1 1:5 av=2 range=address n=0",
    "w 0 1 1:5 av=2 range=stored n=0",
    "w 1 0 x0:5 av=2 range=narrow[-1,7] n=3 0:1-2@3! 1:4-9@4 ...",
];

#[test]
fn a_line_prints_as_it_was_read() {
    for text in LINES {
        let line = Line::parse(text).unwrap_or_else(|what| panic!("{text}: {what}"));
        assert_eq!(line.to_string(), *text);
    }
}

/// Every cut and every damaged byte is an error or another line, never a panic; and what is read
/// prints as it was read, but for the white space between fields.
#[test]
fn a_damaged_line_is_an_error_or_another_line() {
    let words = |text: &str| text.split_ascii_whitespace().collect::<Vec<_>>().join(" ");
    for text in LINES.iter().skip(1) {
        for at in 0..text.len() {
            let (head, tail) = text.split_at(at);
            let mut damaged = vec![head.to_owned()];
            for put in ["-", " ", "9", "x", ":", "=", "99999999999999999999", "é", "\0"] {
                damaged.push(format!("{head}{put}{}", &tail[1..]));
                damaged.push(format!("{head}{put}{tail}"));
            }
            for damaged in damaged {
                if let Ok(line) = Line::parse(&damaged) {
                    assert_eq!(line.to_string(), words(&damaged));
                }
            }
        }
    }
}

#[test]
fn an_error_names_its_line() {
    let at = |text: &str| Trace::parse(text).map_err(|error| error.line).unwrap_err();
    assert_eq!(at(""), 1);
    assert_eq!(at("H a 1\n"), 2, "no end");
    assert_eq!(at("H a 1\n\nH end ops=0\n"), 2, "an empty line");
    assert_eq!(at("H a 1\nO 0 scan 1\nH end ops=2\n"), 3, "cut in the middle");
    assert_eq!(at("H end ops=0\nH a 1\n"), 2, "something after the end");
    assert_eq!(at("Q 1\nH end ops=0\n"), 1, "an unknown kind");
    let error = Trace::parse("H a b\n").unwrap_err();
    assert_eq!(error.to_string(), "line 1: expected a value, found \"H a b\"");
}

/// What was recorded by something newer than this reader is named, and not read as something else.
#[test]
fn another_kernel_or_format_is_named() {
    let error = |text: &str| Trace::parse(text).unwrap_err().to_string();
    assert_eq!(
        error("H ksm-trace 2\nH end ops=0\n"),
        "line 1: expected a recording of format 1; this one is of another, found \"H ksm-trace 2\""
    );
    assert_eq!(
        error("H ksm-trace 1\nH kernel 704\nH end ops=0\n"),
        "line 2: expected a kernel that is modelled: 612, 702 or 703, found \"H kernel 704\""
    );
    for late in ["H kernel 703\nH kernel 702\n", "H a 1\nO 0 scan 1\nH kernel 703\n"] {
        let text = format!("{late}H end ops=1\n");
        let line = late.lines().count();
        let expected = format!("line {line}: expected one kernel, before the first operation");
        assert!(error(&text).starts_with(&expected), "{}", error(&text));
    }
    let kernel = |text: &str| Trace::parse(text).map(|trace| trace.kernel());
    assert_eq!(kernel("H kernel 703\nH end ops=0\n"), Ok(KernelVersion::V7_3));
    assert_eq!(kernel("H end ops=0\n"), Ok(KernelVersion::V6_12));
    for version in KernelVersion::ALL {
        let text = format!("H kernel {}\nH end ops=0\n", version.number());
        assert_eq!(kernel(&text).as_ref(), Ok(version));
    }
}

#[test]
fn what_no_recorder_writes_is_refused() {
    let expected = |text: &str| Line::parse(text).unwrap_err();
    assert_eq!(expected("O 0 scan 1048576"), "a number below 2^20");
    assert_eq!(expected("O 0 mmap 0 100 4 w"), "rw or r");
    assert_eq!(expected("w 1 0 0:5 av=2 range=all n=1 ... 0:1-2@3"), "nothing after ...");
}

#[test]
fn an_operation_names_its_process_and_what_it_writes() {
    let read = |text: &str| match Line::parse(text) {
        Ok(Line::Op { op, .. }) => op,
        other => panic!("{text}: {other:?}"),
    };
    for text in LINES.iter().filter(|text| text.starts_with("O ")) {
        let op = read(text);
        let words: Vec<&str> = text.split(' ').collect();
        let of_all = matches!(words[2], "scan" | "step" | "reclaim" | "refresh");
        assert_eq!(op.process(), if of_all { None } else { words[3].parse().ok() }, "{text}");
        let writes = matches!(op, Op::Write { .. } | Op::Unique { .. });
        assert_eq!(op.content(0).is_some(), writes, "{text}");
    }
    assert_eq!(read("O 0 write 0 100 4 119").content(3), Some(PageContent::Byte(119)));
    assert_eq!(read("O 0 uniq 0 100 4 1000").content(3), Some(PageContent::Unique(1003)));
}
