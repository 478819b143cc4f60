//! The plan of the house: which room may use which, and how large a file may grow.

use std::fs;
use std::path::{Path, PathBuf};

/// Lowest first. A room uses itself and the rooms before it; one that is not built yet is no harm.
const ROOMS: [&str; 7] = ["interval", "arena", "rbtree", "tree", "btree", "batch", "rmap"];

/// The rooms that use nothing but what the crate offers to everybody.
const CUSTOMERS: [&str; 1] = ["rmap"];

/// Lines of code, without blank ones and comments.
const MOST_LINES: usize = 450;

struct SourceFile {
    path: PathBuf,
    /// The file's text without comments and literals.
    code: String,
    /// Path of its module from the crate's root: `["tree", "iter"]`; empty for lib.rs.
    module: Vec<String>,
}

fn source_dir() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

fn read_sources() -> Vec<SourceFile> {
    let (mut files, mut folders) = (Vec::new(), vec![source_dir()]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder of sources") {
            let path = entry.expect("a readable entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files.push(read_source(path));
            }
        }
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    assert!(files.len() > 5, "the sources were found");
    files
}

fn read_source(path: PathBuf) -> SourceFile {
    let text = fs::read_to_string(&path).expect("readable text");
    let inside = path.strip_prefix(source_dir()).expect("below src").with_extension("");
    let names = inside.iter().map(|name| name.to_str().expect("a module's name").to_owned());
    let module = names.filter(|name| name != "mod" && name != "lib").collect();
    SourceFile { code: without_comments_and_literals(&text), path, module }
}

/// Leaves code alone; comments and the insides of literals disappear, line breaks stay.
fn without_comments_and_literals(text: &str) -> String {
    let mut code = String::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let skipped = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |end| end + 2)
        } else if let Some(raw) = rest.strip_prefix("r#\"") {
            raw.find("\"#").map_or(rest.len(), |end| end + 5)
        } else if let Some(string) = rest.strip_prefix('"') {
            end_of_string(string) + 1
        } else if let Some(character) = length_of_character(rest) {
            character
        } else {
            code.push(first);
            rest = &rest[first.len_utf8()..];
            continue;
        };
        code.extend(rest[..skipped].chars().filter(|&c| c == '\n'));
        rest = &rest[skipped..];
    }
    code
}

/// The length of `string` up to and with the quotation mark that closes it.
fn end_of_string(string: &str) -> usize {
    let mut is_escaped = false;
    for (at, c) in string.char_indices() {
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    string.len()
}

/// The length of the character literal at the start, which a lifetime is not.
fn length_of_character(rest: &str) -> Option<usize> {
    let inside = rest.strip_prefix('\'')?;
    if let Some(escaped) = inside.strip_prefix('\\') {
        return escaped.get(1..)?.find('\'').map(|end| end + 4);
    }
    let first = inside.chars().next()?.len_utf8();
    inside[first..].starts_with('\'').then_some(first + 2)
}

/// A path in the code that leads from the crate's root.
#[derive(Debug, PartialEq, Eq)]
struct RootPath {
    line: usize,
    /// A macro's `$crate::`, which cannot count on what its user imported.
    is_macro: bool,
    segments: Vec<String>,
}

/// All paths that begin with `crate::`, or with enough `super::` to come to the root.
fn root_paths(file: &SourceFile) -> Vec<RootPath> {
    let code = file.code.as_str();
    let mut paths = Vec::new();
    let mut at = 0;
    while at < code.len() {
        let rest = &code[at..];
        let is_inside_a_word = code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_');
        let is_qualified = code[..at].ends_with("::");
        let length =
            if is_inside_a_word || is_qualified { None } else { length_of_root(file, rest) };
        if let Some(length) = length {
            let line = code[..at].matches('\n').count() + 1;
            let found = path_segments(&rest[length..]);
            let is_macro = code[..at].ends_with('$');
            paths.extend(found.into_iter().map(|segments| RootPath { line, is_macro, segments }));
        }
        at += length.unwrap_or_else(|| rest.chars().next().map_or(1, char::len_utf8));
    }
    paths
}

/// The length of `crate::` or of the `super::`s that lead out of all modules.
fn length_of_root(file: &SourceFile, rest: &str) -> Option<usize> {
    if rest.starts_with("crate::") {
        return Some("crate::".len());
    }
    let supers = file.module.len();
    let length = supers * "super::".len();
    let leads_out = supers > 0 && rest.starts_with(&"super::".repeat(supers));
    // `super::` of an inner `mod tests` leads to the file itself.
    let names_a_room = || {
        let mut paths = path_segments(&rest[length..]).into_iter();
        paths.any(|segments| ROOMS.contains(&segments[0].as_str()))
    };
    (leads_out && names_a_room()).then_some(length)
}

/// The path at the start of `rest`; all of them if they share a brace.
fn path_segments(rest: &str) -> Vec<Vec<String>> {
    let name: String = rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
    if let Some(group) = rest.strip_prefix('{') {
        return top_level_parts(group).into_iter().flat_map(path_segments).collect();
    }
    match rest[name.len()..].strip_prefix("::") {
        Some(more) => path_segments(more)
            .into_iter()
            .map(|tail| [vec![name.clone()], tail].concat())
            .collect(),
        None => vec![vec![name]],
    }
}

/// What stands between the commas of a group, up to the brace that closes it.
fn top_level_parts(group: &str) -> Vec<&str> {
    let (mut parts, mut from, mut depth) = (Vec::new(), 0, 0);
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth > 0 => depth -= 1,
            ',' | '}' if depth == 0 => {
                parts.push(group[from..at].trim());
                from = at + 1;
                if c == '}' {
                    break;
                }
            }
            _ => {}
        }
    }
    parts.retain(|part| !part.is_empty());
    parts
}

/// The names that a module offers to everybody: its `pub` items and `pub use`s.
fn public_names(file: &SourceFile) -> Vec<String> {
    let mut names = Vec::new();
    for item in file.code.split("pub ").skip(1) {
        if let Some(path) = item.strip_prefix("use ") {
            let all = path_segments(path);
            names.extend(all.into_iter().filter_map(|mut segments| segments.pop()));
            continue;
        }
        let words = item.split(|c: char| !c.is_alphanumeric() && c != '_');
        let kinds = ["struct", "enum", "trait", "fn", "mod", "type", "const", "static"];
        let mut words = words.skip_while(|word| !kinds.contains(word)).skip(1);
        names.extend(words.find(|word| *word != "fn").map(str::to_owned));
    }
    names
}

/// The room that lib.rs takes the public name from.
fn room_behind(root: &SourceFile, name: &str) -> Option<String> {
    let reexports = root.code.split("pub use ").skip(1).flat_map(path_segments);
    let found = reexports.into_iter().find(|path| path.last().is_some_and(|last| last == name));
    found.map(|mut path| path.swap_remove(0))
}

fn root_of(files: &[SourceFile]) -> &SourceFile {
    files.iter().find(|file| file.module.is_empty()).expect("lib.rs")
}

fn room_of(file: &SourceFile) -> Option<usize> {
    let room = file.module.first()?;
    let position = ROOMS.iter().position(|name| name == room);
    assert!(position.is_some(), "{} belongs to no room", file.path.display());
    position
}

#[test]
fn every_room_uses_only_rooms_below_it() {
    let files = read_sources();
    let mut faults = Vec::new();
    for file in &files {
        let Some(room) = room_of(file) else { continue };
        if CUSTOMERS.contains(&ROOMS[room]) {
            continue;
        }
        for RootPath { line, is_macro, segments } in root_paths(file) {
            let mut used = segments[0].clone();
            if is_macro {
                used = room_behind(root_of(&files), &used).unwrap_or(used);
            }
            let used = ROOMS.iter().position(|name| *name == used);
            if used.is_none_or(|used| used > room) {
                faults.push(format!("{}:{line}: {}", file.path.display(), segments.join("::")));
            }
        }
    }
    assert!(faults.is_empty(), "paths to a room above, or past the rooms:\n{}", faults.join("\n"));
}

#[test]
fn customers_use_only_public_names() {
    let files = read_sources();
    let names_of = |module: &[String]| {
        let file = files.iter().find(|file| file.module == module);
        file.map(public_names).unwrap_or_default()
    };
    let mut faults = Vec::new();
    for file in &files {
        let Some(room) = file.module.first().filter(|room| CUSTOMERS.contains(&room.as_str()))
        else {
            continue;
        };
        for RootPath { line, segments, .. } in root_paths(file) {
            let is_own = segments[0] == *room;
            let is_public = names_of(&[]).contains(&segments[0])
                && (segments.len() < 2
                    || !ROOMS.contains(&segments[0].as_str())
                    || names_of(&segments[..1]).contains(&segments[1]));
            if !is_own && !is_public {
                faults.push(format!("{}:{line}: {}", file.path.display(), segments.join("::")));
            }
        }
    }
    assert!(faults.is_empty(), "names that users do not have:\n{}", faults.join("\n"));
}

#[test]
fn no_file_is_too_long() {
    for file in read_sources() {
        let lines = file.code.lines().filter(|line| !line.trim().is_empty()).count();
        assert!(lines <= MOST_LINES, "{} has {lines} lines of code", file.path.display());
    }
}

/// The reading of paths is itself worth a test: a reader that finds none finds no fault.
#[test]
fn paths_are_read_from_code_and_not_from_comments() {
    let text = r#"
        use crate::arena::{Link, NodeId};
        use crate::{interval::Interval, tree::{self, iter}};
        //! [`x`](crate::comment::X)
        let _ = "crate::string::X"; let c = '"'; let d: &'a str = crate::body::Y;
        use super::sibling; pub(in crate::tree) use super::super::rmap::Z;
    "#;
    let file = SourceFile {
        path: PathBuf::new(),
        code: without_comments_and_literals(text),
        module: vec!["tree".into(), "iter".into()],
    };
    let found: Vec<_> = root_paths(&file).iter().map(|path| path.segments.join("::")).collect();
    let expected = [
        "arena::Link",
        "arena::NodeId",
        "interval::Interval",
        "tree::self",
        "tree::iter",
        "body::Y",
        "tree",
        "rmap::Z",
    ];
    assert_eq!(found, expected);
    assert_eq!(root_paths(&file)[5].line, 5);
}

#[test]
fn the_paths_of_this_crate_are_found() {
    let files = read_sources();
    let tree = files.iter().find(|file| file.module == ["tree"]).expect("the room of the tree");
    let paths = root_paths(tree);
    assert!(paths.iter().any(|path| path.segments[0] == "rbtree"), "{paths:?}");
    let names = public_names(root_of(&files));
    assert!(names.contains(&"Interval".into()) && names.contains(&"tree".into()), "{names:?}");
    assert!(!names.contains(&"arena".into()), "{names:?}");
    assert_eq!(room_behind(root_of(&files), "Handle").as_deref(), Some("arena"));
}
