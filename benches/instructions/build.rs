//! Tells the program by what, and for what, it is compiled.

use std::env;
use std::process::Command;

fn main() {
    let variable = |name| env::var(name).expect("cargo sets it");
    let output = Command::new(variable("RUSTC")).arg("--version").output().expect("it runs");
    let version = String::from_utf8(output.stdout).expect("it is text");
    println!("cargo::rustc-env=COMPILER={}", version.trim());
    println!(
        "cargo::rustc-env=COMPILED_FOR={} with {}",
        variable("TARGET"),
        variable("CARGO_CFG_TARGET_FEATURE")
    );
    println!("cargo::rerun-if-changed=build.rs");
}
