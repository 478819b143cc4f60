//! Any text is a recording or an error that names its line; what was read prints as it was, but for
//! the white space between fields, and reads the same again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use stabtree::rmap::trace::{Line, Trace};

fn words(text: &str) -> Vec<&str> {
    text.split_ascii_whitespace().collect()
}

/// A recording of the line alone.
fn read(line: &str) -> Option<Line> {
    let ops = u8::from(line.split_ascii_whitespace().next() == Some("O"));
    let trace = Trace::parse(&format!("{line}\nH end ops={ops}\n")).ok()?;
    trace.lines().first().map(|numbered| numbered.line.clone())
}

fuzz_target!(|text: &str| {
    for line in text.lines() {
        // A carriage return at the end would be taken for part of the line break.
        let Some(read_line) = read(line).filter(|_| !line.ends_with('\r')) else { continue };
        let shown = read_line.to_string();
        assert_eq!(words(&shown), words(line));
        assert_eq!(read(&shown), Some(read_line), "{shown:?}");
    }
    match Trace::parse(text) {
        Ok(trace) => assert_eq!(trace.lines().len(), text.lines().count()),
        Err(error) => {
            assert!((1..=text.lines().count() + 1).contains(&error.line), "{error}");
            assert!(error.found.chars().count() <= 80);
        }
    }
});
