//! States: what is where, who belongs to whom, and what the scanner knows.

use std::mem::discriminant;

use stabtree::rmap::trace::{
    AnonVmaLine, CountersLine, CursorLine, ItemLine, Line, MappedPage, Numbered, PageKind,
    PageLine, PagePlace, VmaLine,
};
use stabtree::rmap::{
    AnonVmaId, ItemState, ItemView, MmId, NodeView, PageView, Prot, ScanCursor, Vaddr,
};

use super::{Replay, names::UNNAMED, offset_of, page_of, recorded_content};

/// A line of the model, written when the recorded one is known; `None` says nothing about it.
type Writer = Box<dyn FnOnce(&mut Replay<'_>, Option<&Line>) -> Option<Line>>;

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

impl Replay<'_> {
    /// Compares the state whose first line is `i` with the model as it is.
    pub(crate) fn compare_state(&mut self, i: usize, end: usize) {
        self.report.states.0 += 1;
        let before = self.report.disagreements.len();
        let recorded = &self.lines[i + 1..end];
        let of = |kind: fn(&Line) -> bool| -> Vec<&Numbered> {
            recorded.iter().filter(|numbered| kind(&numbered.line)).collect()
        };
        let number = self.lines[i].number;
        self.compare_lines(number, &of(|l| matches!(l, Line::Counters(_))), Self::counters);
        self.compare_lines(number, &of(|l| matches!(l, Line::Vma(_))), Self::vmas);
        self.compare_lines(number, &of(|l| matches!(l, Line::Page(_))), Self::pages);
        self.compare_lines(number, &of(|l| matches!(l, Line::ScanOrder(_))), Self::scan_order);
        if self.has(&of_kind("I")) {
            self.compare_lines(number, &of(|l| matches!(l, Line::Item(_))), Self::items);
        }
        self.compare_nodes(number, of(|l| matches!(l, Line::Node { .. })));
        if self.has(&of_kind("T")) {
            let places = of(|l| matches!(l, Line::TreePlace { .. }));
            self.compare_lines(number, &places, Self::stable_tree);
        }
        self.compare_folios(&of(|l| matches!(l, Line::Folio { .. })));
        if self.cursor_lines {
            self.compare_lines(number, &of(|l| matches!(l, Line::Cursor(_))), Self::cursor);
        }
        if self.has(&of_kind("M")) {
            let each = of(|l| matches!(l, Line::Process { .. }));
            self.compare_lines(number, &each, Self::process_lines);
        }
        if self.has_families() {
            self.compare_families(&of(|l| matches!(l, Line::AnonVma(_))));
        }
        self.report.states.1 += u64::from(self.report.disagreements.len() == before);
    }

    fn has(&self, kind: &Line) -> bool {
        self.kinds.contains(&discriminant(kind))
    }

    /// Compares line by line; one that is missing on a side is compared with nothing.
    fn compare_lines(
        &mut self,
        mut number: usize,
        recorded: &[&Numbered],
        writers: fn(&mut Self) -> Vec<Writer>,
    ) {
        let writers = writers(self);
        let mut recorded = recorded.iter();
        for writer in writers {
            let kernel = recorded.next();
            number = kernel.map_or(number, |kernel| kernel.number);
            let kernel = kernel.map(|kernel| &kernel.line);
            let model = writer(self, kernel);
            self.report.compare(number, kernel, model.as_ref());
        }
        for kernel in recorded {
            self.report.compare(kernel.number, Some(&kernel.line), None);
        }
    }

    #[expect(clippy::unused_self, reason = "one of the makers of writers")]
    fn counters(&mut self) -> Vec<Writer> {
        vec![Box::new(|replay, recorded| {
            let c = replay.machine.counters();
            let (cow, copies) =
                (replay.machine.copies_of_merged(), replay.machine.swap_in_copies());
            let Some(Line::Counters(kernel)) = recorded else { return None };
            let now = [c.full_scans, c.pages_skipped, cow, copies];
            let base = *replay.base.get_or_insert_with(|| {
                let (_, cow, copies) = kernel.more.unwrap_or_default();
                let said = [kernel.full_scans, kernel.skipped, cow, copies];
                core::array::from_fn(|i| now[i].wrapping_sub(said[i]))
            });
            let [full_scans, skipped, cow, copies] =
                core::array::from_fn(|i| now[i].wrapping_sub(base[i]));
            Some(Line::Counters(line!(CountersLine {
                shared: c.pages_shared,
                sharing: c.pages_sharing,
                unshared: c.pages_unshared,
                volatile: c.pages_volatile,
                full_scans,
                skipped,
                chains: c.stable_node_chains,
                dups: c.stable_node_dups,
                more: kernel.more.map(|_| (c.zero_pages, cow, copies)),
            })))
        })]
    }

    fn vmas(&mut self) -> Vec<Writer> {
        let mut writers: Vec<Writer> = Vec::new();
        for (&process, &mm) in &self.processes {
            for vma in self.machine.vmas(mm).expect("the process is alive") {
                if page_of(vma.start()) >= self.span {
                    continue;
                }
                let file_offset = (vma.pgoff() != vma.anon_pgoff()).then_some(vma.pgoff().0);
                let line = line!(VmaLine {
                    process,
                    start: page_of(vma.start()),
                    end: page_of(vma.end()),
                    writable: vma.prot() == Prot::ReadWrite,
                    mergeable: vma.is_mergeable(),
                    offset: offset_of(vma.anon_pgoff()),
                    file_offset,
                    families: None,
                });
                let at = vma.start();
                writers.push(Box::new(move |replay, recorded| {
                    let mut line = line;
                    line.families = replay.vma_families(mm, at, recorded);
                    Some(Line::Vma(line))
                }));
            }
        }
        writers
    }

    fn vma_families(
        &mut self,
        mm: MmId,
        at: Vaddr,
        recorded: Option<&Line>,
    ) -> Option<(Option<u64>, Vec<u64>)> {
        let Some(Line::Vma(VmaLine { families: Some((own, chain)), .. })) = recorded else {
            return None;
        };
        if !self.has_families() {
            return Some((*own, chain.clone()));
        }
        let model_own = self.machine.anon_vma_at(mm, at).expect("a mapping is there");
        let model_own = model_own.map(|id| self.names.families.name(id, *own));
        let ids = self.machine.families_at(mm, at).expect("a mapping is there");
        let mut chain = chain.iter().copied();
        let ids = ids.into_iter().map(|id| self.names.families.name(id, chain.next()));
        Some((model_own, ids.collect()))
    }

    fn pages(&mut self) -> Vec<Writer> {
        let mut writers: Vec<Writer> = Vec::new();
        for (&process, &mm) in &self.processes {
            for (at, _) in self.machine.used_pages(mm).expect("the process is alive") {
                let page = page_of(at);
                if page >= self.span {
                    continue;
                }
                writers.push(Box::new(move |replay, recorded| {
                    let mapped = replay.mapped(mm, at, recorded);
                    Some(Line::Page(line!(PageLine { process, page, mapped })))
                }));
            }
        }
        writers
    }

    fn mapped(&mut self, mm: MmId, at: Vaddr, recorded: Option<&Line>) -> MappedPage {
        let recorded = recorded.and_then(|line| match line {
            Line::Page(line) => Some(line.mapped),
            _ => None,
        });
        match self.machine.page_at(mm, at).expect("a mapping is there") {
            PageView::Swapped => {
                let slot = self.machine.swap_slot_at(mm, at).expect("the process is alive");
                let slot = slot.expect("a swap entry names a slot");
                match recorded {
                    Some(MappedPage::Swapped(said @ Some(_))) => {
                        MappedPage::Swapped(Some(self.names.slots.name(slot, said)))
                    }
                    _ => MappedPage::Swapped(None),
                }
            }
            PageView::Present { pfn, content, merged } => {
                let class = match recorded {
                    Some(MappedPage::Page { class, .. }) => Some(class),
                    _ => None,
                };
                let index = self.machine.stored_index(pfn);
                MappedPage::Page {
                    content: recorded_content(content),
                    kind: match index {
                        Some(index) if !merged => PageKind::Ordinary(offset_of(index)),
                        _ => PageKind::Merged,
                    },
                    class: self.names.pages.name(pfn, class),
                    mapcount: self.machine.mapcount(pfn).expect("it is mapped").into(),
                    cached: self.tells_cache && self.machine.is_swap_cached(pfn),
                }
            }
            _ => MappedPage::Zero,
        }
    }

    /// `K`, a number, or `x` and a number.
    fn process_name(&self, mm: MmId) -> String {
        match self.numbers.get(&mm) {
            Some(Some(number)) if self.processes.get(number) == Some(&mm) => number.to_string(),
            Some(Some(number)) => format!("x{number}"),
            _ => "K".to_owned(),
        }
    }

    pub(crate) fn place(&self, mm: MmId, at: Vaddr) -> PagePlace {
        let process = self.numbers.get(&mm).copied().flatten().unwrap_or(UNNAMED);
        let exited = self.processes.get(&process) != Some(&mm);
        line!(PagePlace { exited, process, page: page_of(at) })
    }

    fn scan_order(&mut self) -> Vec<Writer> {
        let order = self.machine.scan_order().map(|(mm, _)| self.process_name(mm)).collect();
        vec![Box::new(move |_, _| Some(Line::ScanOrder(order)))]
    }

    fn items(&mut self) -> Vec<Writer> {
        let mut writers: Vec<Writer> = Vec::new();
        for (mm, _) in self.machine.scan_order() {
            let process = self.process_name(mm);
            for (id, item) in self.machine.items(mm).expect("it is in the scan order") {
                if page_of(item.address()) >= self.span {
                    continue;
                }
                let process = process.clone();
                writers.push(Box::new(move |replay, recorded| {
                    let recorded = recorded.and_then(|line| match line {
                        Line::Item(line) => Some(line),
                        _ => None,
                    });
                    let schedule = item.schedule().unwrap_or_default();
                    let mut line = line!(ItemLine {
                        process,
                        page: page_of(item.address()),
                        state: '-',
                        anon_vma: None,
                        class: None,
                        age: schedule.age().into(),
                        skip: schedule.remaining_skips().into(),
                        index: None,
                    });
                    match item.state() {
                        ItemState::Unstable { .. } => line.state = 'U',
                        ItemState::Stable { node, pgoff, .. } => {
                            let (family, pfn) =
                                replay.machine.stable_place(id).expect("the item is stable");
                            let said = recorded.and_then(|line| line.anon_vma);
                            line.state = 'S';
                            line.anon_vma = match said {
                                Some(_) if !replay.has_families() => said,
                                _ => Some(replay.names.families.name(family, said)),
                            };
                            let said = recorded.and_then(|line| line.class);
                            line.class = replay.names.class(node, pfn, said);
                            line.index = recorded
                                .and_then(|line| line.index)
                                .map(|_| Some(offset_of(pgoff)));
                        }
                        _ => {}
                    }
                    Some(Line::Item(line))
                }));
            }
        }
        writers
    }

    /// Nodes are paired by their items, which are of one node only; those without, by their class.
    fn compare_nodes(&mut self, number: usize, mut recorded: Vec<&Numbered>) {
        let mut nodes: Vec<NodeView> = self.machine.nodes().collect();
        nodes.sort_by_key(|node| node.items == 0); // names that are known come last
        for node in nodes {
            let items = self.machine.items_of_node(node.node);
            let items: Vec<PagePlace> = items.iter().map(|item| self.item_place(item)).collect();
            let known = node.pfn.and_then(|pfn| self.names.pages.known(pfn));
            let pair = recorded.iter().position(|numbered| match &numbered.line {
                Line::Node { class, items: said } if items.is_empty() => {
                    said.is_empty() && *class == known
                }
                Line::Node { items: said, .. } => said.first() == items.first(),
                _ => false,
            });
            let pair = pair.map(|pair| recorded.remove(pair));
            if pair.is_none() && items.is_empty() && known.is_none() {
                continue; // neither items nor entries: the recorder has no way to it
            }
            let said = pair.and_then(|numbered| match &numbered.line {
                Line::Node { class, .. } => *class,
                _ => None,
            });
            let class = self.names.class(node.node, node.pfn, said);
            let model = Line::Node { class, items };
            let number = pair.map_or(number, |numbered| numbered.number);
            self.report.compare(number, pair.map(|numbered| &numbered.line), Some(&model));
        }
        for numbered in recorded {
            self.report.compare(numbered.number, Some(&numbered.line), None);
        }
    }

    pub(crate) fn item_place(&self, item: &ItemView) -> PagePlace {
        self.place(item.mm, item.item.address())
    }

    fn stable_tree(&mut self) -> Vec<Writer> {
        let places = self.machine.stable_tree();
        let writers = places.map(|place| -> Writer {
            Box::new(move |replay, recorded| {
                let mut said = match recorded {
                    Some(Line::TreePlace { nodes, .. }) => nodes.iter(),
                    _ => [].iter(),
                };
                let nodes = place.nodes.iter().map(|node| {
                    let said = said.next().and_then(|&(class, _)| class);
                    (replay.names.class(node.node, node.pfn, said), node.items as u64)
                });
                let nodes = nodes.collect();
                Some(Line::TreePlace { chain: place.is_chain, nodes })
            })
        });
        writers.collect()
    }

    /// `F`: a class may be that of a living node and of one whose page has gone.
    fn compare_folios(&mut self, recorded: &[&Numbered]) {
        let nodes: Vec<NodeView> = self.machine.nodes().collect();
        for numbered in recorded {
            let Line::Folio { class, live } = &numbered.line else { continue };
            let gone = live.is_none();
            let node = nodes.iter().find(|node| {
                let named = self.names.class(node.node, node.pfn, None);
                node.pfn.is_none() == gone && named == *class
            });
            let model = node.map(|node| {
                let live = node.pfn.map(|pfn| {
                    let mapcount = u64::from(self.machine.mapcount(pfn).unwrap_or(0));
                    let cached = self.machine.is_swap_cached(pfn);
                    let pins = u64::from(self.machine.pins(pfn));
                    let refs = mapcount + u64::from(cached) + pins;
                    // A processor's page vector may hold one more for a while.
                    let said = live.map_or(refs, |(_, said, _)| said);
                    (mapcount, if said == refs + 1 { said } else { refs }, cached)
                });
                Line::Folio { class: *class, live }
            });
            self.report.compare(numbered.number, Some(&numbered.line), model.as_ref());
        }
    }

    fn cursor(&mut self) -> Vec<Writer> {
        let cursor = match self.machine.scan_cursor() {
            ScanCursor::At { mm, address: at } => {
                let page = if at < super::at(0).expect("the base") { 0 } else { page_of(at) };
                CursorLine::In(self.process_name(mm), page)
            }
            _ => CursorLine::Head,
        };
        vec![Box::new(move |_, _| Some(Line::Cursor(cursor)))]
    }

    fn process_lines(&mut self) -> Vec<Writer> {
        let mut writers: Vec<Writer> = Vec::new();
        for (&process, &mm) in &self.processes {
            let (mut all, mut merged) = (0, 0);
            let items = self.machine.items(mm).expect("the process is alive");
            for (_, item) in items {
                all += 1;
                merged += i64::from(matches!(item.state(), ItemState::Stable { .. }));
            }
            let zero = signed(self.machine.zero_pages(mm).expect("the process is alive"));
            let values = [all, zero, merged, (zero + merged) * 4096 - all * 64];
            let process = process.to_string();
            writers.push(Box::new(move |_, _| Some(Line::Process { process, values })));
        }
        writers
    }

    /// `A`: by id. The ids were given above; those of roots and parents are given here.
    fn compare_families(&mut self, recorded: &[&Numbered]) {
        for numbered in recorded {
            let Line::AnonVma(kernel) = &numbered.line else { continue };
            let id = self.names.families.thing(kernel.id);
            let Some(family) = id.and_then(|id| self.machine.family(id)) else {
                // Only through a freed parent did the recorder get there.
                self.report.unknown += 1;
                continue;
            };
            let mut name = |id: AnonVmaId, said| Some(self.names.families.name(id, said));
            let line = line!(AnonVmaLine {
                id: kernel.id,
                root: name(family.root, kernel.root),
                parent: match family.parent {
                    Some(parent) => name(parent, kernel.parent),
                    None => kernel.parent, // freed
                },
                children: family.children.into(),
                active: family.active.into(),
            });
            self.report.compare(numbered.number, Some(&numbered.line), Some(&Line::AnonVma(line)));
        }
        if !recorded.is_empty() || self.has(&of_kind("A")) {
            let shown =
                |name| recorded.iter().any(|n| matches!(&n.line, Line::AnonVma(a) if a.id == name));
            let unshown: Vec<u64> =
                self.names.families.things().map(|(name, _)| name).filter(|&n| !shown(n)).collect();
            let number = recorded.last().map_or(0, |numbered| numbered.number);
            for name in unshown {
                let (root, parent) = (None, None);
                let line = line!(AnonVmaLine { id: name, root, parent, children: 0, active: 0 });
                self.report.compare(number, None, Some(&Line::AnonVma(line)));
            }
        }
    }
}

/// Any line of a kind, to ask whether a recording has such lines.
fn of_kind(letter: &str) -> Line {
    let process = String::new();
    match letter {
        "I" => Line::Item(line!(ItemLine {
            process,
            page: 0,
            state: '-',
            anon_vma: None,
            class: None,
            age: 0,
            skip: 0,
            index: None,
        })),
        "T" => Line::TreePlace { chain: false, nodes: Vec::new() },
        "M" => Line::Process { process, values: [0; 4] },
        _ => Line::AnonVma(line!(AnonVmaLine {
            id: 0,
            root: None,
            parent: None,
            children: 0,
            active: 0
        })),
    }
}
