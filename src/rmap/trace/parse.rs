//! Lines from text.

use super::fields::{Fields, Parsed, number, optional, value};
use super::{
    AnonVmaLine, CountersLine, CursorLine, ItemLine, Line, LoopLine, MappedPage, MigrationLine, Op,
    PageContent, PageKind, PageLine, PagePlace, SearchRange, StateKind, VisitedVma, VmaLine,
    WalkForm, WalkLine,
};
use crate::rmap::kernel::KernelVersion;

/// The format of recordings that is read here.
const FORMAT: u64 = 1;

impl Line {
    /// Reads one line; on failure says what was expected.
    pub(super) fn parse(text: &str) -> Parsed<Self> {
        if text.starts_with('#') {
            return Ok(Self::Note(text.to_owned()));
        }
        let mut fields = Fields::of(text);
        let f = &mut fields;
        let line = match f.word("a line")? {
            "H" => setting(f)?,
            "O" => {
                let index = f.number("the number of the operation")?;
                let (op, outcome) = Op::parse(f)?;
                Self::Op { index, op, outcome }
            }
            "S" => Self::State {
                index: f.number("the number of the operation")?,
                state: match f.word("the kind of the state")? {
                    "pre" => StateKind::Pre,
                    "settled" => StateKind::Settled,
                    "scan" => StateKind::Scan,
                    "step" => StateKind::Step,
                    "dump" => StateKind::Dump,
                    _ => return Err("the kind of the state"),
                },
            },
            "C" => Self::Counters(counters(f)?),
            "V" => Self::Vma(vma(f)?),
            "P" => Self::Page(page(f)?),
            "L" => {
                let mut order = Vec::new();
                while let Some(word) = f.next() {
                    order.push(process(word)?);
                }
                Self::ScanOrder(order)
            }
            "I" => Self::Item(item(f)?),
            "N" => {
                let class = f.optional("a class")?;
                let mut items = Vec::new();
                while let Some(word) = f.next() {
                    items.push(place(word)?);
                }
                Self::Node { class, items }
            }
            "A" => Self::AnonVma(AnonVmaLine {
                id: f.number("an id")?,
                root: optional(value(f.word("root")?, "root")?, "root")?,
                parent: optional(value(f.word("parent")?, "parent")?, "parent")?,
                children: f.named("children")?,
                active: f.named("active")?,
            }),
            "T" => tree_place(f)?,
            "X" => Self::Cursor(match f.word("head or a process")? {
                "head" => CursorLine::Head,
                name => CursorLine::In(process(name)?, f.number("a page")?),
            }),
            "F" => folio(f)?,
            "M" => Self::Process {
                process: process(f.word("a process")?)?,
                values: [
                    f.named("ksm_rmap_items")?,
                    f.named("ksm_zero_pages")?,
                    f.named("ksm_merging_pages")?,
                    f.named("ksm_process_profit")?,
                ],
            },
            "G" => Self::Migration(attempt(f)?),
            "W" => Self::Walk(WalkLine {
                class: f.number("a class")?,
                form: match f.word("M, R or ?")? {
                    "M" => WalkForm::Unmap,
                    "R" => WalkForm::Restore,
                    "?" => WalkForm::Unknown,
                    _ => return Err("M, R or ?"),
                },
                items: f.named("items")?,
                loops: f.named("loops")?,
                iterations: f.named("iterations")?,
                calls: f.named("calls")?,
            }),
            "w" => Self::Loop(one_loop(f)?),
            _ => return Err("a known kind of line"),
        };
        fields.end()?;
        Ok(line)
    }
}

fn setting(f: &mut Fields<'_>) -> Parsed<Line> {
    let name = f.word("a name")?;
    if name == "end" {
        return Ok(Line::End { ops: f.named("ops")? });
    }
    let value = f.number("a value")?;
    match (name, value) {
        ("ksm-trace", FORMAT) => {}
        ("ksm-trace", _) => return Err("a recording of format 1; this one is of another"),
        ("kernel", number) if KernelVersion::from_number(number).is_none() => {
            return Err("a kernel that is modelled: 612, 702 or 703");
        }
        _ => {}
    }
    Ok(Line::Setting { name: name.to_owned(), value })
}

/// `K`, a number, or `x` and a number.
fn process(word: &str) -> Parsed<String> {
    let what = "a process";
    if word != "K" {
        let _: u64 = number(word.strip_prefix('x').unwrap_or(word), what)?;
    }
    Ok(word.to_owned())
}

fn flag(word: &str, what: &'static str) -> Parsed<bool> {
    match word {
        "0" => Ok(false),
        "1" => Ok(true),
        _ => Err(what),
    }
}

fn counters(f: &mut Fields<'_>) -> Parsed<CountersLine> {
    Ok(CountersLine {
        shared: f.named("shared")?,
        sharing: f.named("sharing")?,
        unshared: f.named("unshared")?,
        volatile: f.named("volatile")?,
        full_scans: f.named("full_scans")?,
        skipped: f.named("skipped")?,
        chains: f.named("chains")?,
        dups: f.named("dups")?,
        more: match f.peek() {
            None => None,
            Some(_) => Some((f.named("zero")?, f.named("cow")?, f.named("swpin_copy")?)),
        },
    })
}

fn vma(f: &mut Fields<'_>) -> Parsed<VmaLine> {
    let mut line = VmaLine {
        process: f.number("a process")?,
        start: f.number("a page")?,
        end: f.number("a page")?,
        writable: match f.word("rw or r-")? {
            "rw" => true,
            "r-" => false,
            _ => return Err("rw or r-"),
        },
        mergeable: match f.word("mg or --")? {
            "mg" => true,
            "--" => false,
            _ => return Err("mg or --"),
        },
        offset: f.number("an offset")?,
        families: None,
        file_offset: None,
    };
    if f.peek().is_some() {
        let own = f.optional("an anon_vma")?;
        let chain = match f.word("the chain")? {
            "-" => Vec::new(),
            chain => chain.split(',').map(|id| number(id, "the chain")).collect::<Parsed<_>>()?,
        };
        line.families = Some((own, chain));
        if f.peek().is_some() {
            line.file_offset = Some(f.named("vm_pgoff")?);
        }
    }
    Ok(line)
}

fn content(word: &str) -> Parsed<PageContent> {
    match word.strip_prefix('u') {
        Some(unique) => number(unique, "a content").map(PageContent::Unique),
        None => number(word, "a content").map(PageContent::Byte),
    }
}

fn page(f: &mut Fields<'_>) -> Parsed<PageLine> {
    let (process, page) = (f.number("a process")?, f.number("a page")?);
    let mapped = match f.word("what is there")? {
        "zero" => MappedPage::Zero,
        "swapped" => MappedPage::Swapped(match f.peek() {
            None => None,
            Some(_) => Some(f.named("slot")?),
        }),
        word => {
            let content = content(word)?;
            let merged = match f.word("K or a")? {
                "K" => true,
                "a" => false,
                _ => return Err("K or a"),
            };
            let (class, mapcount) = (f.number("a class")?, f.number("a mapcount")?);
            let kind = match (merged, f.word("an index")?) {
                (true, "-") => PageKind::Merged,
                (true, _) => return Err("- for the index of a merged page"),
                (false, index) => PageKind::Ordinary(number(index, "an index")?),
            };
            let cached = match f.next() {
                None => false,
                Some("sc") => true,
                Some(_) => return Err("sc, or the end of the line"),
            };
            MappedPage::Page { content, kind, class, mapcount, cached }
        }
    };
    Ok(PageLine { process, page, mapped })
}

fn item(f: &mut Fields<'_>) -> Parsed<ItemLine> {
    Ok(ItemLine {
        process: process(f.word("a process")?)?,
        page: f.number("a page")?,
        state: match f.word("S, U or -")? {
            "S" => 'S',
            "U" => 'U',
            "-" => '-',
            _ => return Err("S, U or -"),
        },
        anon_vma: f.optional("an anon_vma")?,
        class: f.optional("a class")?,
        age: f.named("age")?,
        skip: f.named("skip")?,
        index: match f.next() {
            None => None,
            Some(word) => Some(optional(value(word, "idx")?, "idx")?),
        },
    })
}

fn tree_place(f: &mut Fields<'_>) -> Parsed<Line> {
    let chain = match f.word("single or chain")? {
        "single" => false,
        "chain" => true,
        _ => return Err("single or chain"),
    };
    let mut nodes = Vec::new();
    while let Some(word) = f.next() {
        let (class, items) = word.split_once('=').ok_or("class=items")?;
        nodes.push((optional(class, "a class")?, number(items, "a number of items")?));
    }
    Ok(Line::TreePlace { chain, nodes })
}

fn folio(f: &mut Fields<'_>) -> Parsed<Line> {
    let class = f.optional("a class")?;
    let live = if flag(value(f.word("ksm")?, "ksm")?, "ksm")? {
        let (mapcount, refs) = (f.named("mapcount")?, f.named("refs")?);
        Some((mapcount, refs, flag(value(f.word("sc")?, "sc")?, "sc")?))
    } else {
        None
    };
    Ok(Line::Folio { class, live })
}

fn attempt(f: &mut Fields<'_>) -> Parsed<MigrationLine> {
    let (class, from) = (f.number("a class")?, place(value(f.word("from")?, "from")?)?);
    let ok = match (f.word("rc")?, f.word("status")?) {
        ("rc=0", "status=ok") => true,
        ("rc=1", "status=notmoved") => false,
        _ => return Err("rc=0 status=ok, or rc=1 status=notmoved"),
    };
    Ok(MigrationLine {
        class,
        from,
        ok,
        mappers: f.named("mappers")?,
        moved: f.named("moved")?,
        merged_after: flag(value(f.word("ksm_after")?, "ksm_after")?, "ksm_after")?,
        walks: match f.peek() {
            None => None,
            Some(_) => Some(f.named("walks")?),
        },
    })
}

fn one_loop(f: &mut Fields<'_>) -> Parsed<LoopLine> {
    let (pass, position) = (f.number("a pass")?, f.number("the item's position")?);
    let item = place(f.word("the item")?)?;
    let anon_vma = f.named("av")?;
    let range = match value(f.word("range")?, "range")? {
        "all" => SearchRange::All,
        "address" => SearchRange::Address,
        "stored" => SearchRange::Stored,
        narrow => {
            let what = "a range";
            let ends = narrow.strip_prefix("narrow[").and_then(|rest| rest.strip_suffix(']'));
            let (first, last) = ends.and_then(|ends| ends.split_once(',')).ok_or(what)?;
            SearchRange::Narrow(number(first, what)?, number(last, what)?)
        }
    };
    let visits = f.named("n")?;
    let (mut visited, mut cut) = (Vec::new(), false);
    while let Some(word) = f.next() {
        if cut {
            return Err("nothing after ...");
        }
        if word == "..." {
            cut = true;
        } else {
            visited.push(visit(word)?);
        }
    }
    Ok(LoopLine { pass, position, item, anon_vma, range, visits, visited, cut })
}

fn visit(word: &str) -> Parsed<VisitedVma> {
    let what = "process:start-end@offset";
    let (word, called) = word.strip_suffix('!').map_or((word, false), |word| (word, true));
    let (process, rest) = word.split_once(':').ok_or(what)?;
    let (start, rest) = rest.split_once('-').ok_or(what)?;
    let (end, offset) = rest.split_once('@').ok_or(what)?;
    Ok(VisitedVma {
        process: number(process, what)?,
        start: number(start, what)?,
        end: number(end, what)?,
        offset: number(offset, what)?,
        called,
    })
}

/// `process:page`.
fn place(word: &str) -> Parsed<PagePlace> {
    let what = "process:page";
    let (process, page) = word.split_once(':').ok_or(what)?;
    let (exited, process) = process.strip_prefix('x').map_or((false, process), |p| (true, p));
    Ok(PagePlace { exited, process: number(process, what)?, page: number(page, what)? })
}
