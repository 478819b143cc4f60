//! What changed from kernel to kernel, one scenario each; the recordings show the rest.
#![allow(clippy::unwrap_used, reason = "a refused call fails the scenario")]

use stabtree::rmap::{
    Advice, Content, FilePart, FullRange, KernelVersion, KsmSettings, MmId, Pages, Pgoff, Prot,
    Remap, RmapError, Sharing, StableTreeSlot, StoredFilePgoff, StoredPgoff, Strategy, Vaddr,
};

use crate::scenarios::scenario::{Machine, SAME, map, merge, page};

const EACH: &[KernelVersion] = KernelVersion::ALL;

fn write(machine: &mut Machine, mm: MmId, start: u64, pages: u64) {
    for number in start..start + pages {
        machine.write(mm, page(number), Content(SAME)).unwrap();
    }
}

fn remap(
    machine: &mut Machine,
    mm: MmId,
    from: u64,
    pages: u64,
    how: Remap,
) -> Result<Vaddr, RmapError> {
    machine.mremap(mm, page(from), Pages(pages), Pages(pages), how)
}

/// (first page, pages, offset) of each mapping.
fn layout(machine: &Machine, mm: MmId) -> Vec<(u64, u64, u64)> {
    let vmas = machine.vmas(mm).unwrap();
    vmas.map(|v| (v.start().page_number(), (v.end() - v.start()).0, v.pgoff().0)).collect()
}

/// A family as deep as three processes: each split part lists its families the other way round.
#[test]
fn a_copied_list_of_families_is_turned_round_since_7_2() {
    for &kernel in EACH {
        let mut machine = Machine::with_kernel(kernel);
        let p = machine.spawn();
        map(&mut machine, p, 100, 4);
        write(&mut machine, p, 100, 4);
        let c = machine.fork(p).unwrap();
        let whole = machine.families_at(c, page(100)).unwrap();
        remap(&mut machine, c, 102, 2, Remap::Fixed(page(700))).unwrap();
        let mut moved = machine.families_at(c, page(700)).unwrap();
        if kernel > KernelVersion::V6_12 {
            moved.reverse();
        }
        assert_eq!(moved, whole, "{kernel}");
        machine.check().unwrap();
    }
}

/// Two mappings and the gap between them: refused before, moved since, with what lies in the gap of
/// the destination left alone.
#[test]
fn a_move_takes_all_mappings_of_its_range_since_7_2() {
    for &kernel in EACH {
        for keep in [false, true] {
            let mut machine = Machine::with_kernel(kernel);
            let p = machine.spawn();
            for start in [100, 103, 201] {
                map(&mut machine, p, start, 1);
                write(&mut machine, p, start, 1);
            }
            let before = machine.clone();
            let to = page(200);
            let how = if keep { Remap::DontUnmap(to) } else { Remap::Fixed(to) };
            let moved = remap(&mut machine, p, 100, 4, how);
            if kernel == KernelVersion::V6_12 {
                assert_eq!(moved, Err(RmapError::CrossesMapping { at: page(101) }));
                assert_eq!(format!("{machine:?}"), format!("{before:?}"));
                continue;
            }
            assert_eq!(moved, Ok(to), "{kernel}");
            let kept: &[_] = if keep { &[(100, 1, 100), (103, 1, 103)] } else { &[] };
            let moved = [(200, 1, 100), (201, 1, 201), (203, 1, 103)];
            assert_eq!(layout(&machine, p), [kept, &moved].concat(), "{kernel}");
            machine.check().unwrap();
            // A gap at the start is an error on every kernel, and so is an overlap, which comes first.
            let gap = remap(&mut machine, p, 102 + 2, 2, Remap::Fixed(page(300)));
            assert_eq!(gap, Err(RmapError::NotMapped { at: page(104) }));
            let both = remap(&mut machine, p, 104, 2, Remap::Fixed(page(105)));
            assert_eq!(both, Err(RmapError::Overlap { from: page(104), to: page(105) }));
        }
    }
}

/// An untouched mapping grows over a touched one that becomes like it, unless that is a fork's child.
#[test]
fn an_untouched_mapping_takes_over_since_7_2() {
    for &kernel in EACH {
        for forked in [false, true] {
            let mut machine = Machine::with_kernel(kernel);
            let mut p = machine.spawn();
            machine.mmap(p, page(100), Pages(4), Prot::Read).unwrap();
            machine.mprotect(p, page(102), Pages(2), Prot::ReadWrite).unwrap();
            write(&mut machine, p, 102, 2);
            if forked {
                p = machine.fork(p).unwrap();
            }
            machine.mprotect(p, page(102), Pages(2), Prot::Read).unwrap();
            let whole = kernel > KernelVersion::V6_12 && !forked;
            let expected: &[_] =
                if whole { &[(100, 4, 100)] } else { &[(100, 2, 100), (102, 2, 102)] };
            assert_eq!(layout(&machine, p), expected, "{kernel}, forked: {forked}");
            assert_eq!(machine.anon_vma_at(p, page(100)).unwrap().is_some(), whole);
            machine.check().unwrap();
        }
    }
}

/// Two private mappings of the same part of a file, written: by file offset they share their indices,
/// by the anonymous page offset each has its own, and a kernel that stored the file's would miss all.
#[test]
fn private_file_pages_are_indexed_by_address_since_7_3() {
    for &kernel in EACH {
        let mut machine = Machine::with_kernel(kernel);
        let file = machine.create_file(&[Content(1); 16]);
        let part = FilePart { file, offset: Pgoff(5), sharing: Sharing::Private };
        let p = machine.spawn();
        for start in [100, 110] {
            machine.mmap_file(p, page(start), Pages(4), Prot::ReadWrite, part).unwrap();
            machine.madvise(p, page(start), Pages(4), Advice::Mergeable).unwrap();
            write(&mut machine, p, start, 2);
        }
        merge(&mut machine);
        let pfn = machine.pfn_at(p, page(100)).unwrap();
        let vma = machine.vma_at(p, page(111)).unwrap();
        let own = if kernel == KernelVersion::V7_3 { Pgoff(111) } else { Pgoff(6) };
        assert_eq!(vma.linear_anon_page_index(page(111)), own, "{kernel}");
        assert_eq!(vma.linear_page_index(page(111)), Pgoff(6));
        assert_eq!(vma.anon_pgoff_interval().contains(&vma.pgoff()), kernel != KernelVersion::V7_3);
        for strategy in [&FullRange as &dyn Strategy, &StoredPgoff, kernel.strategy()] {
            assert!(machine.audit(pfn, strategy).unwrap().is_complete(), "{kernel}");
        }
        let missed = machine.audit(pfn, &StoredFilePgoff).unwrap().missed;
        let all = machine.mapped_ptes(pfn).unwrap();
        assert_eq!(missed, if kernel == KernelVersion::V7_3 { all } else { Vec::new() });
        // Moved away untouched it is indexed where it lies; moved when touched as before.
        remap(&mut machine, p, 101, 1, Remap::Fixed(page(150))).unwrap();
        let moved = machine.vma_at(p, page(150)).unwrap();
        let kept = if kernel == KernelVersion::V7_3 { Pgoff(101) } else { Pgoff(6) };
        assert_eq!((moved.anon_pgoff(), moved.pgoff()), (kept, Pgoff(6)), "{kernel}");
        machine.mmap_file(p, page(300), Pages(2), Prot::ReadWrite, part).unwrap();
        remap(&mut machine, p, 300, 2, Remap::Fixed(page(400))).unwrap();
        let moved = machine.vma_at(p, page(400)).unwrap();
        let reset = if kernel == KernelVersion::V7_3 { Pgoff(400) } else { Pgoff(5) };
        assert_eq!((moved.anon_pgoff(), moved.pgoff()), (reset, Pgoff(5)), "{kernel}");
        machine.check().unwrap();
    }
}

/// A touched mapping moved next to one that it continues in the file, and not in memory: Linux 7.2
/// makes them one, 7.3 does not, and 6.12 lets no untouched mapping take over.
#[test]
fn private_file_mappings_join_where_both_offsets_fit() {
    for &kernel in EACH {
        let mut machine = Machine::with_kernel(kernel);
        let file = machine.create_file(&[Content(1); 16]);
        let part = |offset| FilePart { file, offset: Pgoff(offset), sharing: Sharing::Private };
        let p = machine.spawn();
        machine.mmap_file(p, page(100), Pages(2), Prot::ReadWrite, part(0)).unwrap();
        machine.mmap_file(p, page(200), Pages(2), Prot::ReadWrite, part(2)).unwrap();
        write(&mut machine, p, 200, 1);
        remap(&mut machine, p, 200, 2, Remap::Fixed(page(102))).unwrap();
        let (one, two) = ([(100, 4, 0)].as_slice(), [(100, 2, 0), (102, 2, 2)].as_slice());
        let expected = if kernel == KernelVersion::V7_2 { one } else { two };
        assert_eq!(layout(&machine, p), expected, "{kernel}");
        machine.munmap(p, page(102), Pages(2)).unwrap();
        machine.mmap_file(p, page(102), Pages(2), Prot::ReadWrite, part(2)).unwrap();
        assert_eq!(layout(&machine, p), one, "{kernel}: untouched, both fit");
        machine.check().unwrap();
    }
}

/// S25 on the kernel that stores the index: 256 and 512 visits, whatever the number of mappings.
#[test]
fn s25_on_7_3() {
    const PAGES: u64 = 2_000;
    let mut machine = Machine::with_kernel(KernelVersion::V7_3);
    let p = machine.spawn();
    map(&mut machine, p, 100, PAGES);
    write(&mut machine, p, 100, PAGES);
    for number in (100..100 + PAGES).step_by(2) {
        machine.mprotect(p, page(number), Pages(1), Prot::Read).unwrap();
    }
    merge(&mut machine);
    let pfn = machine.pfn_at(p, page(101)).unwrap();
    let migration = machine.migrate(pfn, machine.kernel().strategy()).unwrap();
    assert_eq!((migration.unmap.visited, migration.restore.visited), (256, 512));
    assert!(migration.moved_to.is_some());
}

/// Wrong on every version before it was recorded: what a fork does not copy, and what dontunmap leaves.
#[test]
fn fork_copies_nothing_of_untouched_memory() {
    for &kernel in EACH {
        let mut machine = Machine::with_kernel(kernel);
        let p = machine.spawn();
        machine.mmap(p, page(100), Pages(1), Prot::ReadWrite).unwrap();
        machine.read(p, page(100)).unwrap();
        let c = machine.fork(p).unwrap();
        assert_eq!(machine.used_pages(p).unwrap().count(), 1);
        assert_eq!(machine.used_pages(c).unwrap().count(), 0, "{kernel}");
    }
}

#[test]
fn dontunmap_resets_what_it_empties_and_does_not_join_it() {
    for &kernel in EACH {
        let mut machine = Machine::with_kernel(kernel);
        let p = machine.spawn();
        map(&mut machine, p, 100, 2);
        write(&mut machine, p, 100, 2);
        remap(&mut machine, p, 100, 2, Remap::Fixed(page(500))).unwrap();
        remap(&mut machine, p, 500, 2, Remap::DontUnmap(page(900))).unwrap();
        assert_eq!(layout(&machine, p), [(500, 2, 500), (900, 2, 100)], "{kernel}");
        let q = machine.spawn();
        machine.mmap(q, page(100), Pages(2), Prot::ReadWrite).unwrap();
        remap(&mut machine, q, 100, 2, Remap::DontUnmap(page(102))).unwrap();
        assert_eq!(layout(&machine, q), [(100, 2, 100), (102, 2, 102)], "{kernel}");
        machine.check().unwrap();
    }
}

/// A page that came back from swap for its process alone is written without a fault, and stays in the
/// swap cache; one that a fork shares does not.
#[test]
fn a_page_swapped_in_exclusively_stays_in_the_swap_cache() {
    for &kernel in EACH {
        for shared in [false, true] {
            let mut machine = Machine::with_kernel(kernel);
            let p = machine.spawn();
            machine.mmap(p, page(100), Pages(1), Prot::ReadWrite).unwrap();
            write(&mut machine, p, 100, 1);
            let pfn = machine.pfn_at(p, page(100)).unwrap();
            machine.unmap(pfn, &FullRange).unwrap();
            machine.read(p, page(100)).unwrap();
            if shared {
                let c = machine.fork(p).unwrap();
                machine.exit(c).unwrap();
            }
            machine.write(p, page(100), Content(7)).unwrap();
            let pfn = machine.pfn_at(p, page(100)).unwrap();
            assert_eq!(machine.is_swap_cached(pfn), !shared, "{kernel}");
            machine.check().unwrap();
            machine.unmap(pfn, &FullRange).unwrap();
            assert_eq!(machine.read(p, page(100)), Ok(Content(7)), "what was written is swapped");
        }
    }
}

/// A node whose items are gone and whose page is still mapped takes no more pages: an equal one waits
/// for another, and the two are a second node of the chain.
#[test]
fn a_node_without_items_takes_no_page() {
    for &kernel in EACH {
        let mut machine = Machine::with_kernel(kernel);
        machine.set_settings(machine.settings().with_smart_scan(false));
        let p = machine.spawn();
        machine.mmap(p, page(100), Pages(2), Prot::ReadWrite).unwrap();
        write(&mut machine, p, 100, 2);
        let c = machine.fork(p).unwrap();
        machine.madvise(c, page(100), Pages(2), Advice::Mergeable).unwrap();
        merge(&mut machine);
        machine.exit(c).unwrap();
        machine.ksm_scan();
        assert!(machine.nodes().any(|node| node.items == 0 && node.pfn.is_some()), "{kernel}");
        let q = machine.spawn();
        map(&mut machine, q, 500, 1);
        write(&mut machine, q, 500, 1);
        merge(&mut machine);
        let counters = machine.counters();
        assert_eq!((counters.pages_shared, counters.pages_unshared), (0, 1), "{kernel}");
        map(&mut machine, q, 600, 1);
        write(&mut machine, q, 600, 1);
        merge(&mut machine);
        let counters = machine.counters();
        assert_eq!((counters.pages_shared, counters.pages_sharing), (1, 1), "{kernel}");
        assert_eq!((counters.stable_node_chains, counters.stable_node_dups), (1, 2), "{kernel}");
        machine.check().unwrap();
    }
}

/// A chain with one node left is a single place at the next look-up, though forks have filled that node
/// over the limit.
#[test]
fn a_chain_of_one_full_node_becomes_single() {
    for &kernel in EACH {
        let settings = KsmSettings::of(kernel).with_smart_scan(false).with_max_page_sharing(2);
        let builder = stabtree::rmap::Machine::builder().kernel(kernel).settings(settings);
        let mut machine = Machine::from(builder.build());
        let p = machine.spawn();
        map(&mut machine, p, 100, 4);
        write(&mut machine, p, 100, 4);
        merge(&mut machine);
        let c = machine.fork(p).unwrap();
        machine.ksm_scan();
        let places = |machine: &Machine| -> Vec<(bool, Vec<usize>)> {
            let slots = machine.stable_tree();
            let items = |slot: StableTreeSlot| slot.nodes.iter().map(|node| node.items).collect();
            slots.map(|slot| (slot.is_chain, items(slot))).collect()
        };
        assert_eq!(places(&machine), [(true, vec![4, 4])], "{kernel}");
        let first = machine.pfn_at(p, page(100)).unwrap();
        for mm in [p, c] {
            for number in 100..104 {
                if machine.pfn_at(mm, page(number)) == Ok(first) {
                    machine.munmap(mm, page(number), Pages(1)).unwrap();
                }
            }
        }
        let q = machine.spawn();
        map(&mut machine, q, 500, 1);
        write(&mut machine, q, 500, 1);
        merge(&mut machine);
        assert_eq!(places(&machine), [(false, vec![4])], "{kernel}");
        machine.check().unwrap();
    }
}

/// An `anon_vma` that only items hold may outlive its parent, whose number is another's by then.
#[test]
fn a_parent_that_was_freed_is_nobody_else() {
    for &kernel in EACH {
        let mut machine = Machine::with_kernel(kernel);
        let p = machine.spawn();
        machine.mmap(p, page(100), Pages(2), Prot::ReadWrite).unwrap();
        write(&mut machine, p, 100, 2);
        let c = machine.fork(p).unwrap();
        let d = machine.fork(c).unwrap();
        machine.madvise(d, page(100), Pages(2), Advice::Mergeable).unwrap();
        merge(&mut machine);
        let [parent, own] =
            [c, d].map(|mm| machine.anon_vma_at(mm, page(100)).unwrap().expect("touched"));
        assert_eq!(machine.family(own).expect("held").parent, Some(parent));
        machine.exit(d).unwrap();
        machine.exit(c).unwrap();
        assert_eq!(machine.family(parent), None, "nothing holds it");
        assert_eq!(machine.family(own).expect("held by items").parent, None);
        let q = machine.spawn();
        map(&mut machine, q, 500, 1);
        write(&mut machine, q, 500, 1);
        assert_eq!(machine.family(own).expect("held by items").parent, None, "{kernel}");
        machine.check().unwrap();
    }
}
