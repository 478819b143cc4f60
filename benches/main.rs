//! The benchmarks: `cargo bench`, or `cargo bench -- stab` for those whose id contains `stab`.
//!
//! Ids are operation/structure/workload: `stab/tree/vma_20k`. Each module holds the operations of
//! one part of the crate and lists its dimensions. Comparisons with other crates are in `peers/`,
//! a package of its own.

mod batch;
mod families;
mod reverse_maps;
mod rmap_walk;
mod tree;
mod workloads;

use std::time::Duration;

use criterion::Criterion;

fn main() {
    let mut criterion = Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2))
        .configure_from_args();
    tree::benchmarks(&mut criterion);
    batch::benchmarks(&mut criterion);
    rmap_walk::benchmarks(&mut criterion);
    reverse_maps::benchmarks(&mut criterion);
    criterion.final_summary();
}
