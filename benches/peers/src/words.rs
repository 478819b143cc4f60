//! What the report says beside its figures.

pub(crate) const INTRODUCTION: &str = "\
# stabtree and other interval indexes

`cargo run --release -- --report`, in this folder, measures and writes all of this: `figures.csv`,
`walks.csv`, the pictures and this page. It stops after `--minutes`, and goes on when called again.
";

pub(crate) const METHOD: &str = "
## How it was measured

- Every contender holds the same entries, inserted in the same random order: ends of 64 bits and
  values of 32. `coitrees` and `superintervals` have ends of 32 bits, which saves them memory and time;
  where pages have larger numbers (`real`) they cannot take part.
- A query reads start and value of every hit. Its answer is compared, before it is timed, with one
  that is counted, which in turn is compared with a scan of all entries; after the churn every index
  that can be walked is compared with what it should hold.
- The contenders take turns, A B C A B C, seven rounds; shown is the least of the rounds. Time is CPU
  time of the thread, after a warm-up that does not count.
- Memory is what the live blocks take as requested (`memory`), and with an allocator's headers and
  rounding (`heap`: 8 bytes a block, then up to a multiple of 16).
- Each crate is used by its own fastest calls that do the job: bulk building, count, cursors for
  sorted queries, buffers that are used again. All are compiled alike; `IntervalBTree` and
  `rust-lapper`'s beta choose vector instructions at run time, `coitrees` and `superintervals` only
  when compiled for them; the last section shows them so.

What it does not tell:

- One machine, one thread, one kind of entry. A figure near another one says nothing: differences
  below a tenth are noise here, at a million entries below a quarter.
- A static index is built anew for each change. Its columns are of use only if yours does not change.
- `interavl` and `store-interval-tree` read all entries for some queries and are left out above
  200,000. Crates that overwrite equal intervals are left out of `fork` and `equal`.
- Parallel queries are not compared, nor what only one of the crates offers.

Populations: `vma` disjoint ranges side by side; `fork` each of them 20 times; `mixed` one in a hundred
5,000 pages long; `giant` one that covers all; `clustered` groups of a hundred; `power` lengths without a
typical size; `nested` each in the one before, asked at the right edge; `equal` one range over and over;
`real` the mappings of 13 Linux processes. `stab_sorted` asks points in ascending order, `stab_right` near
the right end, `any_miss` behind all entries, `stab_aged` after as many replacements as there are entries;
`insert` builds a static index from shuffled entries.
";

pub(crate) const PICTURES: &str = "
## Pictures

![a stab by the number of entries](plots/stab-by-n.svg)
![a range query by its hits](plots/range-by-hits.svg)
![building by the number of entries](plots/insert-by-n.svg)
![churn by the number of entries](plots/churn-by-n.svg)
![all operations](plots/operations.svg)
![a stab on all populations](plots/populations.svg)
![memory](plots/memory.svg)
![the reverse-map walk](plots/rmap-walk.svg)
";

pub(crate) const LOSSES: &str = "
## Where another crate wins

The better of ours over the best of the others; where it is above 1, the other one is named.
`btreemap` has no bound: one long interval makes its queries linear. Static indexes are built anew for
each change; beside them stands `IntervalBTree` also as it is when built at once.
";

pub(crate) const WALKS: &str = "
## The reverse-map walk

One process whose memory was split into mappings of one page, all on one `anon_vma`; equal pages are
merged in pairs, and one such page is walked back to its two mappings. `FullRange` is what the kernel
did, `StoredPgoff` what was merged. A walk is four loops, two items in two passes. The picture marks what
the mailing-list thread measured on a busy kernel, the longest hold of the lock in one loop: 228.65 ms for
22,169 visits before, 0.396 ms for 3 after. The model visits as many in a loop and takes far less time for
it: nobody waits there, and nothing else runs.

| mappings | strategy | visited | least (us) | median (us) |
|---|---|---|---|---|
";

pub(crate) const README_BEGIN: &str = "<!-- written by benches/peers: begin -->\n";
pub(crate) const README_END: &str = "<!-- written by benches/peers: end -->";

pub(crate) const README: &str = "\
## Compared

20,000 disjoint ranges, in one run of one machine; smaller is better. `benches/peers/report.md` has the
machine, the method, the other populations and sizes, and says where another crate wins, and where
each one falls. A static index is built anew for each change.

![a stab by the number of entries](benches/peers/plots/stab-by-n.svg)
![a stab on all populations](benches/peers/plots/populations.svg)
";

pub(crate) const NATIVE: &str = "
# Compiled for this processor

`RUSTFLAGS=-Ctarget-cpu=native cargo run --release -- --n 20000,1000000 --workload vma --csv native.csv`:
all crates with all instructions of the processor, `coitrees` then in its vector form.

";

/// Name, package, beginning of its version, and what to know.
pub(crate) const CONTENDERS: [(&str, &str, &str, &str); 16] = [
    ("tree", "stabtree", "", "`IntervalRbTree`, red-black, closed, handles"),
    ("btree", "stabtree", "", "`IntervalBTree`, wide nodes, closed, handles; asked by `for_each`"),
    (
        "btree-packed",
        "stabtree",
        "",
        "the same, built at once and only asked, beside the static ones",
    ),
    ("iset", "iset", "", "red-black, half-open; holds equal intervals by `force_insert`"),
    (
        "rb-interval-map",
        "rb-interval-map",
        "",
        "red-black, half-open; `find_all_overlap` fills a `Vec`",
    ),
    ("bio", "bio", "", "AVL, half-open; no removal"),
    ("interavl", "interavl", "", "AVL, half-open"),
    ("augmented-rbtree", "augmented-rbtree", "", "red-black, closed"),
    ("store-interval-tree", "store-interval-tree", "", "AVL, any bounds, each behind an `Rc`"),
    ("btreemap", "std", "", "`BTreeMap` scanned from as far left as the longest interval reaches"),
    ("superintervals", "superintervals", "", "static, closed, 32-bit ends"),
    ("coitrees", "coitrees", "", "static, closed, 32-bit ends"),
    ("rust-lapper", "rust-lapper", "1.", "static in effect: insertion is linear; half-open"),
    ("rust-lapper-2b", "rust-lapper", "2.", "the beta of its next version"),
    ("intervaltree", "intervaltree", "", "static, half-open"),
    ("bio-array", "bio", "", "static, half-open; fills a `Vec`"),
];
