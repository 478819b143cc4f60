use std::collections::hash_map::DefaultHasher;
use std::fmt::Write as _;
use std::hash::Hasher;
use std::process::Command;
use std::{env, fs, io, thread};

/// Says on what the figures were measured, a line each: processor, cores, caches, system, compiler,
/// instructions the program was compiled for, and what identifies the program itself.
pub(crate) fn describe() -> io::Result<String> {
    let mut text = String::new();
    let mut line = |name: &str, value: &str| {
        let _ = writeln!(text, "{name}: {value}");
    };
    let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
    let cpu = read("/proc/cpuinfo");
    let model = cpu.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    line("processor", model.map_or("unknown", |(_, model)| model));
    line("cores", &thread::available_parallelism()?.to_string());
    let caches = (0..4).filter_map(|index| {
        let of = |what| read(&format!("/sys/devices/system/cpu/cpu0/cache/index{index}/{what}"));
        let (level, kind, size) = (of("level"), of("type"), of("size"));
        (!size.is_empty() && kind.trim() != "Instruction")
            .then(|| format!("L{} {}", level.trim(), size.trim()))
    });
    line("caches", &caches.collect::<Vec<_>>().join(", "));
    line("virtual machine", if cpu.contains("hypervisor") { "yes" } else { "no" });
    line("system", &format!("{} {}", env::consts::OS, read("/proc/sys/kernel/osrelease").trim()));
    let rustc = Command::new("rustc").arg("--version").output();
    let rustc = rustc.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    line("compiler", &rustc.unwrap_or_else(|_| "unknown".into()));
    let target = if cfg!(target_feature = "avx512f") {
        "with AVX-512"
    } else if cfg!(target_feature = "avx2") {
        "with AVX2"
    } else {
        "without AVX2"
    };
    line("compiled", &format!("for {}, {target}", env::consts::ARCH));
    let mut hasher = DefaultHasher::new();
    hasher.write(&fs::read(env::current_exe()?)?);
    line("program", &format!("{:016x}", hasher.finish()));
    Ok(text)
}
