//! Modules use only modules below them, and no files of a module import each other in a circle.
//! Reads lines, not Rust: `use` at the start of a line, and `crate::` anywhere outside of comments.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// From the lowest. A module uses its own layer and those before it.
const LAYERS: [&[&str]; 5] = [
    &["interval"],
    &["arena", "pages", "error"],
    &["rbtree", "bplus", "batch"],
    &["rb", "btree", "count_index", "index", "range_map"],
    &["sync", "rmap"],
];

/// The text of each file below `src` without unit tests, by its module: `rbtree::path`.
type Sources = BTreeMap<String, String>;

fn read(folder: &Path, module: &str, sources: &mut Sources) {
    for entry in fs::read_dir(folder).expect("a folder of sources") {
        let path = entry.expect("a readable entry").path();
        let name = path.file_stem().and_then(|name| name.to_str()).expect("a name");
        let inside = format!("{module}::{name}").trim_start_matches("::").to_owned();
        if path.is_dir() {
            read(&path, &inside, sources);
        } else if name != "tests" && !name.ends_with("_tests") {
            let text = fs::read_to_string(&path).expect("readable text");
            let text = text.split("\n#[cfg(test)]\nmod tests {").next().unwrap_or_default();
            let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
            let code = code.flat_map(|line| [line, "\n"]).collect();
            sources.insert(if name == "mod" { module.to_owned() } else { inside }, code);
        }
    }
}

fn layer(path: &str) -> Option<usize> {
    LAYERS.iter().position(|layer| layer.contains(&path.split("::").next().unwrap_or(path)))
}

/// `a::b` and `a::c` of `a::{b, c}`.
fn flat(path: &str) -> Vec<String> {
    let (head, group) = path.split_once('{').unwrap_or(("", path));
    let names = group.split([',', '{', '}']).map(str::trim).filter(|name| !name.is_empty());
    names.map(|name| format!("{}{name}", head.trim())).collect()
}

/// The statements that begin with `start` at the beginning of a line, without it.
fn statements<'a>(code: &'a str, start: &'a str) -> impl Iterator<Item = String> + 'a {
    let lines = code.lines().map(move |line| line.strip_prefix(start).is_some());
    let at = code.lines().scan(0, |at, line| Some(std::mem::replace(at, *at + line.len() + 1)));
    let found = at.zip(lines).filter(|(_, starts)| *starts);
    found.flat_map(move |(at, _)| {
        flat(code[at + start.len()..].split(';').next().unwrap_or_default())
    })
}

/// Paths that a file imports or names, from the root of the crate.
fn paths(module: &str, code: &str) -> Vec<String> {
    let mut paths: Vec<String> = ["use ", "pub use ", "pub(crate) use ", "pub(super) use "]
        .into_iter()
        .flat_map(|start| statements(code, start))
        .collect();
    let is_path = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
    let ends = |rest: &str| rest.find(|c| !is_path(c)).unwrap_or(rest.len());
    paths.extend(code.match_indices("crate::").map(|(at, _)| {
        let rest = &code[at..];
        rest[..ends(rest)].to_owned()
    }));
    let parent = module.rsplit_once("::").map_or("", |(parent, _)| parent);
    let from_root = paths.into_iter().filter_map(|path| match path.split_once("::")? {
        ("crate", rest) => Some(rest.to_owned()),
        ("super", rest) => Some(format!("{parent}::{rest}").trim_start_matches("::").to_owned()),
        ("self", rest) => Some(format!("{module}::{rest}")),
        _ => None,
    });
    from_root.filter(|path| !path.is_empty()).collect()
}

fn problems(sources: &Sources) -> Vec<String> {
    let mut problems = Vec::new();
    let mut uses: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let is_below =
        |path: &str, module: &str| format!("{path}::").starts_with(&format!("{module}::"));
    let exports: Vec<_> = statements(&sources["lib"], "pub use ").collect();
    let public: Vec<_> = statements(&sources["lib"], "pub mod ").collect();
    for (module, code) in sources.iter().filter(|(module, _)| *module != "lib") {
        if layer(module).is_none() {
            problems.push(format!("{module}: in no layer"));
        }
        for mut path in paths(module, code) {
            let is_public = public.iter().any(|public| is_below(&path, public));
            let is_public = is_public || path.starts_with(char::is_uppercase);
            if is_below(module, "rmap") && !is_public {
                problems.push(format!("{module}: `{path}` is not public"));
            }
            if let Some(export) = exports.iter().find(|e| e.ends_with(&format!("::{path}"))) {
                path.clone_from(export);
            }
            if layer(&path) > layer(module) {
                problems.push(format!("{module}: `{path}` is of a higher layer"));
            }
            let file = sources.keys().filter(|file| is_below(&path, file)).max_by_key(|f| f.len());
            // What a module holds its files may use.
            if let Some(file) = file.filter(|file| !is_below(module, file)) {
                uses.entry(module).or_default().insert(file);
            }
        }
    }
    // Whatever uses nothing that is left, or is imported by nothing, is in no circle.
    loop {
        let left: BTreeSet<&str> = uses.keys().copied().collect();
        let imported: BTreeSet<&str> = uses.values().flatten().copied().collect();
        uses.retain(|module, uses| imported.contains(module) && !uses.is_disjoint(&left));
        if uses.len() == left.len() {
            break;
        }
    }
    problems.extend(uses.keys().map(|module| format!("{module}: imports in a circle")));
    problems
}

fn sources() -> Sources {
    let mut sources = Sources::new();
    read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), "", &mut sources);
    assert!(sources.len() > 50, "the sources were found");
    sources
}

#[test]
fn modules_use_what_is_below_them() {
    assert_eq!(problems(&sources()), [""; 0]);
}

#[test]
fn what_is_forbidden_is_found() {
    let seeded = [
        (
            "interval",
            "use crate::rb::IntervalRbTree;\n",
            "`rb::IntervalRbTree` is of a higher layer",
        ),
        ("rbtree", "use crate::{\n    IntervalBTree,\n};\n", "is of a higher layer"),
        ("arena", "fn f(at: crate::rmap::Vaddr) {}\n", "`rmap::Vaddr` is of a higher layer"),
        ("rmap", "use crate::{Interval, arena};\n", "`arena` is not public"),
        ("rbtree::path", "use super::search::Matches;\n", "rbtree::path: imports in a circle"),
        ("rbtree::path", "pub(crate) use super::{order, Side};\n", "imports in a circle"),
    ];
    for (module, code, problem) in seeded {
        let mut sources = sources();
        sources.get_mut(module).expect("a module of this name").push_str(code);
        let found = problems(&sources);
        assert!(found.iter().any(|found| found.contains(problem)), "{code}: {found:?}");
    }
}
