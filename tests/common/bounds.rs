//! How far a test goes: everywhere when optimised, less far in a debug build, which runs a tenth as
//! fast, and a sample in the debug build of `cargo test`. `.ci/run` and what tests the tests set
//! `TEST_BOUNDS`, and so build with more than a sample.

/// Whether this build goes no further than a sample.
pub const IS_SAMPLE: bool = cfg!(debug_assertions) && option_env!("TEST_BOUNDS").is_none();

/// The bound of this build.
pub const fn bound<T: Copy>(sample: T, debug: T, full: T) -> T {
    if IS_SAMPLE {
        sample
    } else if cfg!(debug_assertions) {
        debug
    } else {
        full
    }
}

/// Number of cases of a property: `full` when optimised, an eighth of that in a debug build, a
/// hundredth in a sample, and a few under an interpreter.
pub const fn cases(full: u64) -> u64 {
    if cfg!(miri) { 3 } else { bound(full.div_ceil(100), full.div_ceil(8), full) }
}
