use super::{Line, Trace};

const LINES: &[&str] = &[
    "# a note, with  anything = in it",
    "H use_zero_pages 1",
    "O 12 mremap 0 101 1 102 = 0",
    "O 3 mremap 0 1 2 9 dontunmap = -14",
    "O 7 fork 0 2 = busy",
    "O 7 read 3 0 1 = dead",
    "O 7 refresh",
    "S 4 settled",
    "C shared=1 sharing=2 unshared=3 volatile=4 full_scans=5 skipped=6 chains=7 dups=8",
    "C shared=1 sharing=2 unshared=3 volatile=4 full_scans=5 skipped=6 chains=7 dups=8 zero=9 \
     cow=10 swpin_copy=11",
    "V 0 100 102 rw mg 99",
    "V 0 100 102 r- -- 99 -1 -",
    "V 0 100 102 rw mg 99 3 3,1,0",
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
    "X head",
    "X K 0",
    "F 1 ksm=0",
    "F 1 ksm=1 mapcount=2 refs=3 sc=1",
    "M 0 ksm_rmap_items=1 ksm_zero_pages=2 ksm_merging_pages=3 ksm_process_profit=-64",
    "G 0 from=0:5 rc=1 status=notmoved mappers=2 moved=0 ksm_after=1 walks=20",
    "W 0 ? items=1 loops=2 iterations=3 calls=0",
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
                if let Ok(line) = Line::parse(&damaged)
                    && !matches!(line, Line::Note(_))
                {
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
    assert_eq!(at("H end ops=0\nH a 1\n"), 2, "something behind the end");
    assert_eq!(at("Q 1\nH end ops=0\n"), 1, "an unknown kind");
    let error = Trace::parse("H a b\n").unwrap_err();
    assert_eq!(error.to_string(), "line 1: expected a value, found \"H a b\"");
}
