//! The program itself, run once more under valgrind.

use std::process::Command;
use std::{env, io};

/// Instructions that the benchmark takes inside `measured`.
pub(crate) fn count(name: &str) -> io::Result<u64> {
    let said = valgrind(&[
        "--tool=callgrind",
        "--callgrind-out-file=/dev/null",
        "--toggle-collect=*measured*",
        // With it, callgrind 3.19 makes wrong code of a search compiled for AVX2.
        "--vex-iropt-level=0",
    ])
    .arg(env::current_exe()?)
    .args(["--run", name])
    .output()?;
    let text = String::from_utf8_lossy(&said.stderr);
    let counted = text
        .lines()
        .find_map(|line| line.split_once("Collected :"))
        .and_then(|(_, count)| count.trim().parse().ok());
    counted
        .filter(|count| said.status.success() && *count > 0)
        .ok_or_else(|| io::Error::other(format!("{name} was not counted: {text}")))
}

/// All that counts depend on besides the code, a line each. Programs choose their vector
/// instructions when they run, so it asks what they find under valgrind.
pub(crate) fn conditions() -> io::Result<String> {
    let seen = text_of(valgrind(&["--tool=none", "-q"]).arg(env::current_exe()?).arg("--vectors"))?;
    let version = text_of(&mut valgrind(&["--version"]))?;
    Ok([env!("COMPILER"), env!("COMPILED_FOR"), &version, &seen].join("\n"))
}

/// The widest vectors that `IntervalBTree` finds.
pub(crate) fn vectors() -> &'static str {
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("avx512bw") {
        return "AVX-512";
    } else if is_x86_feature_detected!("avx2") {
        return "AVX2";
    }
    "plain"
}

fn valgrind(arguments: &[&str]) -> Command {
    let mut command = Command::new("valgrind");
    // The environment lies on the stack, and where a copy lies costs it an instruction or two.
    command.args(arguments).env_clear().envs(env::var_os("PATH").map(|path| ("PATH", path)));
    command
}

fn text_of(command: &mut Command) -> io::Result<String> {
    let said = command.output()?;
    let text = String::from_utf8_lossy(&said.stdout).trim().to_owned();
    if said.status.success() {
        Ok(text)
    } else {
        Err(io::Error::other(format!("{command:?} failed")))
    }
}
