//! What the report says beside its figures.

pub(crate) const INTRODUCTION: &str = "\
# stabtree and other interval indexes

`cargo run --release -- --report`, in this folder, measures and writes all of this: `figures.csv`, the
plots and this page. It stops after `--minutes`, and goes on when called again. With `--reduced` there are
fewer populations, and less time for each operation. `cargo run --release --bin targets` compares with the
limits that `IntervalBTree` is held to.
";

pub(crate) const METHOD: &str = "
## How it was measured

- Built by cargo's default release profile: no link-time optimization, 16 codegen units, no
  instructions beyond the target's. `IntervalBTree`, `simd-intervaltree` and `rust-lapper`'s beta choose
  vector instructions at run time, `coitrees` and `superintervals` only when compiled for them.
- Every contender holds the same entries, inserted in the same random order, with values of 32 bits. Ends
  have 64 bits but in `coitrees`, `superintervals` and ours with `-32` in the name: 32 bits save memory
  and time. Where pages have larger numbers (`real`) those cannot take part.
- Figures whose name ends in `_for` are `for` loops that read both ends and the value of each hit;
  `_fold` is the same reading by `for_each` or a callback, where there is code of its own for it;
  `_collect` puts the values into a new `Vec` for each query, `_extend` into one that is used again.
- The contenders take turns of about a millisecond, the least CPU time of each stretch of queries over all
  passes is kept, and the sum of these is shown. Up to 150,000 entries a turn begins with as many queries
  that are not timed, so that the caches hold the index; above, all queries of a pass are different, and
  memory is cold. What is built or edited as a whole is timed as a whole.
- All answers are compared with counted ones, and these with scans of all entries; after churn every index
  that can be walked is compared with what it should hold. Range maps are compared with an array of points
  after each of some edits.
- Memory is what is requested from the allocator. `memory`: after random insertions, nothing trimmed;
  `memory_peak`: the most at once while growing, both blocks of a reallocation counted; `memory_heap`: with
  an allocator's headers and rounding (8 bytes a block, then up to a multiple of 16); `memory_trimmed`:
  spare capacity given back, where that is offered; `memory_emptied`: for each entry that is left when nine
  in ten were removed.
- `insert_longest` and `insert_p9999` are single insertions while an index grows: the least of three growths
  for each insertion, then the longest, and what one in ten thousand exceeds.

What it does not tell:

- One machine, one thread. A figure near another one says nothing: differences below a tenth are noise
  here, at a million entries below a quarter.
- A static index is built anew for each change. Its columns are of use only if yours does not change.
- `interavl` and `store-interval-tree` read all entries for some queries and are left out above
  200,000, `simd-interval-set` is built anew too often and left out above 100,000. Crates that overwrite equal intervals are left out of `fork` and `equal`, `rangemap` wherever
  intervals overlap.
- Parallel queries are not compared, nor what only one of the crates offers.

Populations: `vma` disjoint ranges side by side; `fork` each of them 20 times; `mixed` one in a hundred
5,000 pages long; `giant` one that covers all; `clustered` groups of a hundred; `power` lengths without a
typical size; `nested` each in the one before, asked at the right edge; `equal` one range over and over;
`real` the mappings of 13 Linux processes; `maps` an address space like `vma`, with a gap of 1,000 pages
in the middle. Of most populations only the main operations are measured.

Operations: `stab_sorted` asks points in ascending order by plain calls, `stab_sorted_cursor` by what a
crate has for that, `stab_right` near the right end, `any_miss` after all entries, `stab_aged` after as many
replacements as there are entries; `insert` builds a static index from shuffled entries; `churn` replaces
random entries, `emptying` removes three for each one inserted until a tenth is left, `expire` inserts
at the right end and removes the oldest. `map_insert` inserts over whatever is there, `map_first_fit` and
`map_top_down` search a gap of 28 to 1,000 pages.
";

pub(crate) const PLOTS: &str = "
## Plots

![a stab by the number of entries](plots/stab-by-n.svg)
![a range query by its hits](plots/range-by-hits.svg)
![building by the number of entries](plots/insert-by-n.svg)
![all operations](plots/operations.svg)
![a stab on all populations](plots/populations.svg)
";

pub(crate) const LOSSES: &str = "
## Where another crate wins

Ours over the best of the others; where it is above 1, the other one is named. Among those that change,
ours have ends of 64 bits, as the others have. Static indexes are built anew for each change; beside
them stand all forms of `IntervalBTree`. `btreemap` has no bound: one long interval makes its queries linear.
";

pub(crate) const README_BEGIN: &str = "<!-- written by benches/peers: begin -->\n";
pub(crate) const README_END: &str = "<!-- written by benches/peers: end -->";

pub(crate) const README: &str = "\
## Compared

20,000 disjoint ranges, in one run of one machine, cargo's default release profile; smaller is better.
`_for` is a `for` loop that reads both ends and the value of each hit, `_collect` puts the values into a
`Vec`; ends have 64 or 32 bits; bytes as requested after random insertions, nothing trimmed.
`benches/peers/report.md` has the machine, the method, the other populations and sizes, and says where
another crate wins, and where each one falls. A static index is built anew for each change.

![a stab by the number of entries](docs/stab-by-n.svg)
![a stab on all populations](docs/populations.svg)
";

pub(crate) const NATIVE: &str = "
# Compiled for this processor

`RUSTFLAGS=-Ctarget-cpu=native cargo run --release -- --n 20000,1000000 --workload vma --csv native.csv`:
all crates with all instructions of the processor, `coitrees` and `superintervals` then in their vector
forms.

";

/// Name, package, beginning of its version, and what to know.
pub(crate) const CONTENDERS: [(&str, &str, &str, &str); 23] = [
    ("btree", "stabtree", "", "`IntervalBTree`, wide nodes, closed, handles"),
    ("btree-32", "stabtree", "", "the same with ends of 32 bits"),
    (
        "btree-bulk",
        "stabtree",
        "",
        "the same built at once, as `compact` leaves it, and only asked, beside the static ones",
    ),
    ("btree-bulk-32", "stabtree", "", "that with ends of 32 bits"),
    ("count-index", "stabtree", "", "`CountIndex` of an `IntervalBTree`, which only counts"),
    ("range-map", "stabtree", "", "`RangeMap`, in `maps` only"),
    ("rbtree", "stabtree", "", "`IntervalRbTree`, red-black, closed, handles"),
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
    (
        "simd-interval-set",
        "simd-intervaltree",
        "",
        "its `IntervalSet`: the static tree below, built anew now and then, and a list of what is new",
    ),
    (
        "btreemap",
        "std",
        "",
        "`BTreeMap` scanned from as far left as the longest interval reaches; in `maps`, what one \
         writes by hand over it",
    ),
    ("rangemap", "rangemap", "", "`BTreeMap` of ranges that do not overlap"),
    ("superintervals", "superintervals", "", "static, closed, 32-bit ends"),
    ("coitrees", "coitrees", "", "static, closed, 32-bit ends; hits go to a callback"),
    ("rust-lapper", "rust-lapper", "1.", "static in effect: insertion is linear; half-open"),
    ("rust-lapper-2b", "rust-lapper", "2.", "the beta of its next version"),
    ("simd-intervaltree", "simd-intervaltree", "", "static, half-open; vectors only by callback"),
    ("intervaltree", "intervaltree", "", "static, half-open"),
    ("bio-array", "bio", "", "static, half-open; fills a `Vec`"),
];
