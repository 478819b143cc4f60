//! Builds the library over shuttle's locks, as `RUSTFLAGS="--cfg shuttle"` would for all packages.

fn main() {
    println!("cargo::rustc-cfg=shuttle");
    println!("cargo::rerun-if-changed=build.rs");
}
