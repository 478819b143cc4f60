//! Lines to text.

use core::fmt;

use super::{
    CountersLine, CursorLine, ItemLine, Line, LoopLine, MappedPage, PageContent, PageKind,
    PageLine, PagePlace, SearchRange, StateKind, VisitedVma, VmaLine, WalkForm,
};

/// A number, or -1 for none.
struct Or<T>(Option<T>);

impl<T: fmt::Display> fmt::Display for Or<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Some(value) => value.fmt(f),
            None => f.write_str("-1"),
        }
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Note(text) => f.write_str(text),
            Self::Setting { name, value } => write!(f, "H {name} {value}"),
            Self::End { ops } => write!(f, "H end ops={ops}"),
            Self::Op { index, op, outcome } => {
                write!(f, "O {index} {op}")?;
                outcome.map_or(Ok(()), |outcome| write!(f, " = {outcome}"))
            }
            Self::State { index, state } => write!(f, "S {index} {state}"),
            Self::Counters(line) => line.fmt(f),
            Self::Vma(line) => line.fmt(f),
            Self::Page(line) => line.fmt(f),
            Self::ScanOrder(order) => {
                f.write_str("L")?;
                order.iter().try_for_each(|name| write!(f, " {name}"))
            }
            Self::Item(line) => line.fmt(f),
            Self::Node { class, items } => {
                write!(f, "N {}", Or(*class))?;
                items.iter().try_for_each(|item| write!(f, " {item}"))
            }
            Self::AnonVma(a) => write!(
                f,
                "A {} root={} parent={} children={} active={}",
                a.id,
                Or(a.root),
                Or(a.parent),
                a.children,
                a.active
            ),
            Self::TreePlace { chain, nodes } => {
                write!(f, "T {}", if *chain { "chain" } else { "single" })?;
                nodes.iter().try_for_each(|&(class, items)| write!(f, " {}={items}", Or(class)))
            }
            Self::Cursor(CursorLine::Head) => f.write_str("X head"),
            Self::Cursor(CursorLine::In(process, page)) => write!(f, "X {process} {page}"),
            Self::Folio { class, live: None } => write!(f, "F {} ksm=0", Or(*class)),
            Self::Folio { class, live: Some((mapcount, refs, cached)) } => {
                let (class, cached) = (Or(*class), u8::from(*cached));
                write!(f, "F {class} ksm=1 mapcount={mapcount} refs={refs} sc={cached}")
            }
            Self::Process { process, values: [items, zero, merging, profit] } => write!(
                f,
                "M {process} ksm_rmap_items={items} ksm_zero_pages={zero} \
                 ksm_merging_pages={merging} ksm_process_profit={profit}"
            ),
            Self::Migration(a) => {
                let end = if a.ok { "rc=0 status=ok" } else { "rc=1 status=notmoved" };
                let (class, from, after) = (a.class, a.from, u8::from(a.merged_after));
                let (mappers, moved) = (a.mappers, a.moved);
                write!(f, "G {class} from={from} {end} mappers={mappers} moved={moved}")?;
                write!(f, " ksm_after={after}")?;
                a.walks.map_or(Ok(()), |walks| write!(f, " walks={walks}"))
            }
            Self::Walk(w) => {
                let form = match w.form {
                    WalkForm::Unmap => 'M',
                    WalkForm::Restore => 'R',
                    WalkForm::Unknown => '?',
                };
                write!(
                    f,
                    "W {} {form} items={} loops={} iterations={} calls={}",
                    w.class, w.items, w.loops, w.iterations, w.calls
                )
            }
            Self::Loop(line) => line.fmt(f),
        }
    }
}

impl fmt::Display for StateKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pre => "pre",
            Self::Settled => "settled",
            Self::Scan => "scan",
            Self::Step => "step",
            Self::Dump => "dump",
        })
    }
}

impl fmt::Display for CountersLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { shared, sharing, unshared, volatile, full_scans, skipped, chains, dups, more } =
            self;
        write!(f, "C shared={shared} sharing={sharing} unshared={unshared} volatile={volatile}")?;
        write!(f, " full_scans={full_scans} skipped={skipped} chains={chains} dups={dups}")?;
        more.map_or(Ok(()), |(zero, cow, copies)| {
            write!(f, " zero={zero} cow={cow} swpin_copy={copies}")
        })
    }
}

impl fmt::Display for VmaLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rights = if self.writable { "rw" } else { "r-" };
        let mergeable = if self.mergeable { "mg" } else { "--" };
        write!(f, "V {} {} {} {rights} {mergeable}", self.process, self.start, self.end)?;
        write!(f, " {}", self.offset)?;
        let Some((own, chain)) = &self.families else { return Ok(()) };
        write!(f, " {} ", Or(*own))?;
        match chain.split_first() {
            None => f.write_str("-")?,
            Some((first, rest)) => {
                write!(f, "{first}")?;
                rest.iter().try_for_each(|id| write!(f, ",{id}"))?;
            }
        }
        self.file_offset.map_or(Ok(()), |offset| write!(f, " vm_pgoff={offset}"))
    }
}

impl fmt::Display for PageContent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Byte(byte) => byte.fmt(f),
            Self::Unique(number) => write!(f, "u{number}"),
        }
    }
}

impl fmt::Display for PageLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "P {} {} ", self.process, self.page)?;
        match self.mapped {
            MappedPage::Zero => f.write_str("zero"),
            MappedPage::Swapped(None) => f.write_str("swapped"),
            MappedPage::Swapped(Some(slot)) => write!(f, "swapped slot={slot}"),
            MappedPage::Page { content, kind, class, mapcount, cached } => {
                let cached = if cached { " sc" } else { "" };
                match kind {
                    PageKind::Merged => write!(f, "{content} K {class} {mapcount} -{cached}"),
                    PageKind::Ordinary(at) => {
                        write!(f, "{content} a {class} {mapcount} {at}{cached}")
                    }
                }
            }
        }
    }
}

impl fmt::Display for PagePlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let exited = if self.exited { "x" } else { "" };
        write!(f, "{exited}{}:{}", self.process, self.page)
    }
}

impl fmt::Display for ItemLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { process, page, state, age, skip, .. } = self;
        let (anon_vma, class) = (Or(self.anon_vma), Or(self.class));
        write!(f, "I {process} {page} {state} {anon_vma} {class} age={age} skip={skip}")?;
        self.index.map_or(Ok(()), |index| write!(f, " idx={}", Or(index)))
    }
}

impl fmt::Display for LoopLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "w {} {} {} av={} ", self.pass, self.position, self.item, self.anon_vma)?;
        match self.range {
            SearchRange::All => f.write_str("range=all")?,
            SearchRange::Address => f.write_str("range=address")?,
            SearchRange::Stored => f.write_str("range=stored")?,
            SearchRange::Narrow(first, last) => write!(f, "range=narrow[{first},{last}]")?,
        }
        write!(f, " n={}", self.visits)?;
        self.visited.iter().try_for_each(|visited| write!(f, " {visited}"))?;
        f.write_str(if self.cut { " ..." } else { "" })
    }
}

impl fmt::Display for VisitedVma {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { process, start, end, offset, called } = self;
        write!(f, "{process}:{start}-{end}@{offset}{}", if *called { "!" } else { "" })
    }
}
