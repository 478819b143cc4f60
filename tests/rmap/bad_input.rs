//! Every refusal of the machine: the error names what was wrong, nothing has changed, and the
//! tables still agree.
#![allow(clippy::unwrap_used, reason = "the calls that set the scene are legal")]

use std::fs;
use std::path::Path;

use stabtree::rmap::{
    Advice, Content, FileId, FilePart, FullRange, Machine, MmId, Pages, Pfn, Pgoff, Prot, Remap,
    RmapError, Sharing, Vaddr,
};

fn page(number: u64) -> Vaddr {
    Vaddr::of_page(number)
}

const ODD: Vaddr = Vaddr(100 * 4096 + 1);
const FAR: Pages = Pages(1 << 60);

/// `p` has [100, 104) writable and mergeable, two pages of it merged; [104, 106) read-only;
/// [110, 112) after a hole; a file of two pages shared at [120, 124), privately and read-only at
/// [130, 131). `gone` has exited and left an item.
struct Scene {
    machine: Machine,
    p: MmId,
    gone: MmId,
    merged: Pfn,
    file: FileId,
}

/// The whole file, to be shared.
fn shared(file: FileId) -> FilePart {
    FilePart { file, offset: Pgoff(0), sharing: Sharing::Shared }
}

fn scene() -> Scene {
    let mut machine = Machine::new();
    let (p, gone) = (machine.spawn(), machine.spawn());
    for (mm, start, pages) in [(p, 100, 4), (p, 104, 2), (p, 110, 2), (gone, 100, 4)] {
        machine.mmap(mm, page(start), Pages(pages), Prot::ReadWrite).unwrap();
    }
    machine.mprotect(p, page(104), Pages(2), Prot::Read).unwrap();
    let file = machine.create_file(&[Content(1), Content(2)]);
    let private = FilePart { sharing: Sharing::Private, ..shared(file) };
    machine.mmap_file(p, page(120), Pages(4), Prot::ReadWrite, shared(file)).unwrap();
    machine.mmap_file(p, page(130), Pages(1), Prot::Read, private).unwrap();
    machine.read(p, page(121)).unwrap();
    for mm in [p, gone] {
        machine.madvise(mm, page(100), Pages(4), Advice::Mergeable).unwrap();
        machine.write(mm, page(100), Content(1)).unwrap();
        machine.write(mm, page(101), Content(1)).unwrap();
    }
    machine.ksm_scan();
    machine.ksm_scan();
    machine.exit(gone).unwrap();
    machine.check().unwrap();
    let merged = machine.pfn_at(p, page(100)).unwrap();
    Scene { machine, p, gone, merged, file }
}

/// Makes a call that is refused, and holds it to the three promises.
#[track_caller]
fn refused<T: std::fmt::Debug>(
    call: impl FnOnce(&mut Machine, MmId) -> Result<T, RmapError>,
    expected: RmapError,
) {
    let Scene { mut machine, p, .. } = scene();
    let before = format!("{machine:?}");
    let result = call(&mut machine, p);
    assert_eq!(result.unwrap_err(), expected);
    assert_eq!(format!("{machine:?}"), before, "a refused call changes nothing");
    machine.check().unwrap();
}

#[test]
fn a_process_that_is_not_alive_is_named() {
    let Scene { mut machine, gone, file, .. } = scene();
    machine.ksm_scan(); // frees the items that it left, and the last record of it
    let before = format!("{machine:?}");
    let (at, one) = (page(100), Pages(1));
    let errors = [
        machine.mmap(gone, at, one, Prot::Read).unwrap_err(),
        machine.munmap(gone, at, one).unwrap_err(),
        machine.mprotect(gone, at, one, Prot::Read).unwrap_err(),
        machine.madvise(gone, at, one, Advice::Mergeable).unwrap_err(),
        machine.mremap(gone, at, one, one, Remap::InPlace).unwrap_err(),
        machine.write(gone, at, Content(1)).unwrap_err(),
        machine.read(gone, at).unwrap_err(),
        machine.fork(gone).unwrap_err(),
        machine.exit(gone).unwrap_err(),
        machine.swap_out(gone, at, &FullRange).unwrap_err(),
        machine.vmas(gone).err().unwrap(),
        machine.vma_at(gone, at).unwrap_err(),
        machine.anon_vma_at(gone, at).unwrap_err(),
        machine.page_at(gone, at).unwrap_err(),
        machine.pfn_at(gone, at).unwrap_err(),
        machine.mmap_file(gone, at, one, Prot::Read, shared(file)).unwrap_err(),
        machine.relink(gone, at, || ()).unwrap_err(),
        machine.families_at(gone, at).unwrap_err(),
        machine.context(gone).unwrap_err(),
        machine.used_pages(gone).err().unwrap(),
        machine.items(gone).err().unwrap(),
        machine.swap_slot_at(gone, at).unwrap_err(),
        machine.zero_pages(gone).unwrap_err(),
    ];
    assert_eq!(errors, [RmapError::NoSuchProcess { mm: gone }; 23]);
    assert_eq!(format!("{machine:?}"), before);
    machine.check().unwrap();
}

#[test]
fn an_old_name_is_not_taken_for_the_process_in_its_place() {
    let mut machine = Machine::new();
    let first = machine.spawn();
    machine.exit(first).unwrap();
    let second = machine.spawn();
    assert_ne!(first, second);
    assert_eq!(machine.exit(first), Err(RmapError::NoSuchProcess { mm: first }));
    assert_eq!(machine.exit(second), Ok(()));
}

#[test]
fn an_unaligned_address_is_named() {
    let error = RmapError::Unaligned { at: ODD };
    refused(|m, p| m.mmap(p, ODD, Pages(1), Prot::Read), error);
    refused(|m, p| m.munmap(p, ODD, Pages(1)), error);
    refused(|m, p| m.mprotect(p, ODD, Pages(1), Prot::Read), error);
    refused(|m, p| m.madvise(p, ODD, Pages(1), Advice::DontNeed), error);
    refused(|m, p| m.mremap(p, ODD, Pages(1), Pages(1), Remap::InPlace), error);
    refused(|m, p| m.mremap(p, page(100), Pages(1), Pages(1), Remap::Fixed(ODD)), error);
    refused(|m, p| m.mremap(p, page(100), Pages(1), Pages(1), Remap::DontUnmap(ODD)), error);
    refused(|m, p| m.write(p, ODD, Content(2)), error);
    refused(|m, p| m.read(p, ODD), error);
    let Scene { file, .. } = scene();
    refused(|m, p| m.mmap_file(p, ODD, Pages(1), Prot::Read, shared(file)), error);
}

#[test]
fn an_empty_range_is_named() {
    let error = RmapError::EmptyRangeError { at: page(100) };
    refused(|m, p| m.mmap(p, page(100), Pages(0), Prot::Read), error);
    let Scene { file, .. } = scene();
    refused(|m, p| m.mmap_file(p, page(100), Pages(0), Prot::Read, shared(file)), error);
    refused(|m, p| m.munmap(p, page(100), Pages(0)), error);
    refused(|m, p| m.mprotect(p, page(100), Pages(0), Prot::Read), error);
    refused(|m, p| m.madvise(p, page(100), Pages(0), Advice::Unmergeable), error);
    refused(|m, p| m.mremap(p, page(100), Pages(0), Pages(1), Remap::InPlace), error);
    refused(|m, p| m.mremap(p, page(100), Pages(1), Pages(0), Remap::InPlace), error);
    let to = RmapError::EmptyRangeError { at: page(500) };
    refused(|m, p| m.mremap(p, page(100), Pages(1), Pages(0), Remap::Fixed(page(500))), to);
}

#[test]
fn a_range_past_the_top_is_named() {
    let last = Vaddr(Vaddr::TOP.0 - 4096);
    for (at, pages) in [(last, Pages(2)), (page(100), FAR), (Vaddr(u64::MAX - 4095), Pages(1))] {
        let error = RmapError::PastTop { at, pages };
        refused(|m, p| m.mmap(p, at, pages, Prot::Read), error);
        let Scene { file, .. } = scene();
        refused(|m, p| m.mmap_file(p, at, pages, Prot::Read, shared(file)), error);
        refused(|m, p| m.munmap(p, at, pages), error);
        refused(|m, p| m.mprotect(p, at, pages, Prot::Read), error);
        refused(|m, p| m.madvise(p, at, pages, Advice::Mergeable), error);
        refused(|m, p| m.mremap(p, at, pages, Pages(1), Remap::InPlace), error);
    }
    let all = Pages(u64::MAX);
    let error = RmapError::PastTop { at: page(100), pages: all };
    refused(|m, p| m.mremap(p, page(100), Pages(1), all, Remap::InPlace), error);
    let error = RmapError::PastTop { at: last, pages: Pages(2) };
    refused(|m, p| m.mremap(p, page(100), Pages(1), Pages(2), Remap::Fixed(last)), error);
    // The last page itself is a page like any other.
    let Scene { mut machine, p, .. } = scene();
    machine.mmap(p, last, Pages(1), Prot::ReadWrite).unwrap();
    machine.write(p, last, Content(5)).unwrap();
    machine.check().unwrap();
}

#[test]
fn the_first_hole_is_named() {
    let hole = RmapError::NotMapped { at: page(106) };
    refused(|m, p| m.mprotect(p, page(100), Pages(12), Prot::Read), hole);
    refused(|m, p| m.madvise(p, page(100), Pages(12), Advice::Unmergeable), hole);
    refused(|m, p| m.madvise(p, page(105), Pages(2), Advice::DontNeed), hole);
    refused(|m, p| m.mremap(p, page(106), Pages(1), Pages(1), Remap::Fixed(page(500))), hole);
    refused(|m, p| m.write(p, page(106), Content(1)), hole);
    refused(|m, p| m.read(p, page(106)), hole);
    refused(|m, p| m.swap_out(p, page(106), &FullRange), hole);
    refused(|m, p| m.pfn_at(p, page(106)), hole);
    refused(|m, p| m.vma_at(p, page(106)).map(|_| ()), hole);
    refused(|m, p| m.page_at(p, page(106)), hole);
    refused(|m, p| m.anon_vma_at(p, page(106)), hole);
    refused(|m, p| m.families_at(p, page(106)), hole);
    refused(|m, p| m.relink(p, page(106), || unreachable!("no lock is taken")), hole);
    let end = RmapError::NotMapped { at: page(112) };
    refused(|m, p| m.mprotect(p, page(110), Pages(3), Prot::Read), end);
}

#[test]
fn a_write_that_is_not_allowed_is_named() {
    let at = page(104);
    refused(|m, p| m.write(p, at, Content(2)), RmapError::ReadOnly { at });
    let at = page(130);
    refused(|m, p| m.write(p, at, Content(2)), RmapError::ReadOnly { at });
}

#[test]
fn a_file_that_is_not_there_is_named() {
    // A copy that goes its own way may have more files.
    let foreign = scene().machine.create_file(&[]);
    let error = RmapError::NoSuchFile { file: foreign };
    refused(|m, p| m.mmap_file(p, page(100), Pages(1), Prot::Read, shared(foreign)), error);
    refused(|m, _| m.cached_page(foreign, Pgoff(0)), error);
}

#[test]
fn what_lies_past_the_end_of_a_file_is_named() {
    let at = page(122);
    refused(|m, p| m.read(p, at), RmapError::PastFile { at });
    refused(|m, p| m.write(p, at, Content(2)), RmapError::PastFile { at });
    // The last page of the file is a page like any other.
    let Scene { mut machine, p, file, .. } = scene();
    assert_eq!(machine.read(p, page(121)), Ok(Content(2)));
    assert_eq!(machine.cached_page(file, Pgoff(2)), Ok(None));
    assert_eq!(machine.cached_page(file, Pgoff::MAX), Ok(None));
    // An empty file can be mapped, and not touched.
    let empty = machine.create_file(&[]);
    machine.mmap_file(p, page(140), Pages(1), Prot::ReadWrite, shared(empty)).unwrap();
    let at = page(140);
    assert_eq!(machine.read(p, at), Err(RmapError::PastFile { at }));
    machine.check().unwrap();
}

#[test]
fn offsets_past_those_of_any_file_are_named() {
    const END: u64 = 1 << 52;
    let Scene { file, .. } = scene();
    let one = Pages(1);
    for (offset, pages) in [(END, one), (END - 1, Pages(2)), (u64::MAX, one), (u64::MAX - 1, one)] {
        let part = FilePart { offset: Pgoff(offset), ..shared(file) };
        let error = RmapError::PastOffsets { offset: Pgoff(offset), pages };
        refused(|m, p| m.mmap_file(p, page(100), pages, Prot::Read, part), error);
    }
    // The last offset can be mapped, moved and merged, and does not grow.
    let Scene { mut machine, p, .. } = scene();
    let part = FilePart { offset: Pgoff(END - 1), ..shared(file) };
    machine.mmap_file(p, page(140), one, Prot::Read, part).unwrap();
    let error = RmapError::PastOffsets { offset: Pgoff(END - 1), pages: Pages(2) };
    let before = format!("{machine:?}");
    for how in [Remap::InPlace, Remap::Fixed(page(150))] {
        assert_eq!(machine.mremap(p, page(140), one, Pages(2), how), Err(error));
    }
    assert_eq!(format!("{machine:?}"), before);
    machine.mremap(p, page(140), one, one, Remap::Fixed(page(150))).unwrap();
    machine.check().unwrap();
}

#[test]
fn a_page_that_is_not_there_is_named() {
    let at = page(102);
    refused(|m, p| m.pfn_at(p, at), RmapError::NotPresent { at });
    refused(|m, p| m.swap_out(p, at, &FullRange), RmapError::NotPresent { at });
}

#[test]
fn a_move_out_of_one_mapping_is_named() {
    let error = RmapError::CrossesMapping { at: page(104) };
    let two = Pages(2);
    refused(|m, p| m.mremap(p, page(103), two, two, Remap::Fixed(page(500))), error);
    refused(|m, p| m.mremap(p, page(103), two, two, Remap::DontUnmap(page(500))), error);
    refused(|m, p| m.mremap(p, page(103), two, Pages(3), Remap::InPlace), error);
}

#[test]
fn an_overlap_names_both_ranges() {
    for to in [99, 100, 101] {
        let error = RmapError::Overlap { from: page(100), to: page(to) };
        let two = Pages(2);
        refused(|m, p| m.mremap(p, page(100), two, two, Remap::Fixed(page(to))), error);
        refused(|m, p| m.mremap(p, page(100), two, two, Remap::DontUnmap(page(to))), error);
    }
    let error = RmapError::Overlap { from: page(100), to: page(98) };
    refused(|m, p| m.mremap(p, page(100), Pages(1), Pages(3), Remap::Fixed(page(98))), error);
}

#[test]
fn growing_where_there_is_no_room_is_named() {
    // The next mapping is in the way; and a part of a mapping cannot grow.
    let error = RmapError::CannotGrow { at: page(104) };
    refused(|m, p| m.mremap(p, page(102), Pages(2), Pages(3), Remap::InPlace), error);
    let error = RmapError::CannotGrow { at: page(102) };
    refused(|m, p| m.mremap(p, page(100), Pages(2), Pages(3), Remap::InPlace), error);
}

#[test]
fn a_move_that_keeps_its_source_and_resizes_is_named() {
    let error = RmapError::DontUnmapResizes { old: Pages(1), new: Pages(2) };
    let how = Remap::DontUnmap(page(500));
    refused(|m, p| m.mremap(p, page(100), Pages(1), Pages(2), how), error);
}

#[test]
fn a_free_frame_is_named() {
    let pfn = Pfn(999);
    let error = RmapError::FreeFrame { pfn };
    refused(|m, _| m.walk(pfn, &FullRange, &mut stabtree::rmap::Collect::all()), error);
    refused(|m, _| m.unmap(pfn, &FullRange), error);
    refused(|m, _| m.migrate(pfn, &FullRange), error);
    refused(|m, _| m.referenced(pfn, &FullRange), error);
    refused(|m, _| m.audit(pfn, &FullRange), error);
    refused(|m, _| m.mapped_ptes(pfn), error);
    refused(|m, _| m.permanently_missed(pfn, &FullRange, 1), error);
    refused(|m, _| m.mapcount(pfn), error);
    refused(|m, _| m.items_of(pfn), error);
    refused(|m, _| m.pin(pfn), error);
    refused(|m, _| m.unpin(pfn), error);
    let huge = Pfn(u64::MAX);
    refused(|m, _| m.mapped_ptes(huge), RmapError::FreeFrame { pfn: huge });
    // A frame is free once its last mapping has gone.
    let Scene { mut machine, p, merged, .. } = scene();
    machine.munmap(p, page(100), Pages(4)).unwrap();
    assert_eq!(machine.mapcount(merged), Err(RmapError::FreeFrame { pfn: merged }));
    machine.check().unwrap();
}

#[test]
fn a_pin_that_is_not_there_is_named() {
    let Scene { merged: pfn, .. } = scene();
    refused(|m, _| m.unpin(pfn), RmapError::NotPinned { pfn });
}

#[test]
fn the_words_name_what_is_at_fault() {
    let at = page(100);
    let message = |error: RmapError| error.to_string();
    assert_eq!(message(RmapError::NotMapped { at }), "nothing is mapped at 0x64000");
    assert_eq!(
        message(RmapError::Unaligned { at: ODD }),
        "address 0x64001 is not the start of a page"
    );
    assert_eq!(
        message(RmapError::PastTop { at, pages: Pages(3) }),
        "3 pages at 0x64000 pass the end of the address space"
    );
    assert_eq!(message(RmapError::FreeFrame { pfn: Pfn(9) }), "frame 9 is free");
    assert_eq!(message(RmapError::PastFile { at }), "the file mapped at 0x64000 ends below it");
    assert_eq!(message(RmapError::EmptyRangeError { at }), "the range at 0x64000 is empty");
    assert_eq!(message(RmapError::ReadOnly { at }), "the mapping at 0x64000 cannot be written");
    assert_eq!(
        message(RmapError::CannotGrow { at }),
        "the mapping cannot grow in place at 0x64000"
    );
    assert_eq!(message(RmapError::NotPresent { at }), "no page is present at 0x64000");
    assert_eq!(message(RmapError::NotPinned { pfn: Pfn(9) }), "frame 9 is not pinned");
    assert_eq!(
        message(RmapError::CrossesMapping { at }),
        "the range to move leaves its mapping at 0x64000"
    );
    assert_eq!(
        message(RmapError::Overlap { from: at, to: ODD }),
        "the source at 0x64000 overlaps the destination at 0x64001"
    );
    assert_eq!(
        message(RmapError::DontUnmapResizes { old: Pages(1), new: Pages(2) }),
        "a move that keeps its source cannot change the length from 1 to 2 pages"
    );
    assert_eq!(
        message(RmapError::PastOffsets { offset: Pgoff(7), pages: Pages(3) }),
        "3 pages from page 7 pass the end of any file"
    );
    let Scene { gone, file, .. } = scene();
    assert_eq!(message(RmapError::NoSuchFile { file }), format!("no file has the id {file}"));
    let error = RmapError::NoSuchProcess { mm: gone };
    assert_eq!(message(error), format!("no living process has the id {gone}"));
}

/// All sources of the model.
fn sources() -> Vec<String> {
    let mut sources = Vec::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src/rmap")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder of sources") {
            let path = entry.expect("a readable entry").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                sources.push(fs::read_to_string(path).expect("readable text"));
            }
        }
    }
    sources
}

/// The calls that can refuse, read from the sources: each is refused in this file.
#[test]
fn every_call_that_can_refuse_is_refused_here() {
    let here = include_str!("bad_input.rs");
    let sources = sources();
    let functions = sources.iter().flat_map(|source| source.split("    pub fn ").skip(1));
    let heads = functions.filter_map(|text| text.split(" {\n").next());
    let refusing: Vec<&str> = heads
        .filter(|head| head.contains("RmapError>"))
        .filter_map(|head| head.split(['(', '<']).next())
        .collect();
    assert!(refusing.len() > 25, "{refusing:?}");
    for name in refusing {
        assert!(here.contains(&format!(".{name}(")), "no refusal of `{name}`");
    }
}
