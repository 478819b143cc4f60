//! Which strategy misses what on which kernel, by the model.

use std::fmt::Write;

use stabtree::rmap::{
    AddressPgoff, CompleteIndex, FullRange, IndexAndComputedAddress, KernelVersion, KsmSettings,
    Refresh, RemapBit, StoredPgoff, Strategy, VmaPgoff,
};

use super::history::History;
use super::player::{Player, SCANS};

/// The histories of `docs/reproducers`, by name.
pub(crate) const HISTORIES: [(&str, &str); 13] = [
    ("s9b", include_str!("../../../docs/reproducers/s9b.ops")),
    ("child-moved", include_str!("../../../docs/reproducers/child-moved.ops")),
    ("s9f", include_str!("../../../docs/reproducers/s9f.ops")),
    ("s9q", include_str!("../../../docs/reproducers/s9q.ops")),
    ("s17b", include_str!("../../../docs/reproducers/s17b.ops")),
    ("s17c", include_str!("../../../docs/reproducers/s17c.ops")),
    ("s18b", include_str!("../../../docs/reproducers/s18b.ops")),
    ("s18e", include_str!("../../../docs/reproducers/s18e.ops")),
    ("s9k", include_str!("../../../docs/reproducers/s9k.ops")),
    ("s15", include_str!("../../../docs/reproducers/s15.ops")),
    ("s17a", include_str!("../../../docs/reproducers/s17a.ops")),
    ("s2", include_str!("../../../docs/reproducers/s2.ops")),
    ("s7", include_str!("../../../docs/reproducers/s7.ops")),
];

/// A walk, and what the scanner does for it.
struct Way {
    name: &'static str,
    strategy: &'static dyn Strategy,
    refresh: Refresh,
    keeps_residual_items: bool,
}

const fn way(name: &'static str, strategy: &'static dyn Strategy, refresh: Refresh) -> Way {
    Way { name, strategy, refresh, keeps_residual_items: false }
}

const WAYS: [Way; 11] = [
    way("everything", &FullRange, Refresh::Nothing),
    way("everything; refreshed index and anon_vma", &FullRange, Refresh::IndexAndFamily),
    way("address in pages", &AddressPgoff, Refresh::Nothing),
    way("address in pages, or everything if a bit says moved", &RemapBit, Refresh::Nothing),
    way("stored offset of the mapping", &VmaPgoff, Refresh::Nothing),
    way("stored index", &StoredPgoff, Refresh::Nothing),
    way("stored index; refreshed index", &StoredPgoff, Refresh::Index),
    way("stored index; refreshed index and anon_vma", &StoredPgoff, Refresh::IndexAndFamily),
    way("stored index, computed address", &IndexAndComputedAddress, Refresh::Nothing),
    way(
        "stored index, computed address; refreshed index and anon_vma",
        &IndexAndComputedAddress,
        Refresh::IndexAndFamily,
    ),
    Way {
        name: "complete index",
        strategy: &CompleteIndex,
        refresh: Refresh::IndexAndFamily,
        keeps_residual_items: true,
    },
];

impl Way {
    fn play(&self, kernel: KernelVersion, history: &History) -> Result<Player, String> {
        let settings = KsmSettings::of(kernel)
            .with_refresh(self.refresh)
            .with_keep_residual_items(self.keeps_residual_items);
        Player::with(kernel, settings, self.strategy).play(history)
    }

    /// What is missed for ever, and what for some scans.
    fn missed(&self, kernel: KernelVersion) -> (String, String) {
        let (mut for_ever, mut for_scans) = (Vec::new(), Vec::new());
        for (name, text) in HISTORIES {
            let history = History::parse(text).expect("given histories are legal");
            match self.play(kernel, &history).map(Player::scans_to_heal) {
                Ok(None) => for_ever.push(name.to_owned()),
                Ok(Some(0)) => {}
                Ok(Some(scans)) => for_scans.push(format!("{name} ({scans})")),
                Err(refused) => for_scans.push(format!("{name}: {refused}")),
            }
        }
        let list = |names: Vec<String>| {
            if names.is_empty() { "nothing".to_owned() } else { names.join(", ") }
        };
        (list(for_ever), list(for_scans))
    }
}

/// The table, as Markdown. Kernels that miss the same share a line.
pub(crate) fn table() -> String {
    let mut table = String::from(
        "| the walk searches; the scanner | kernel | missed for ever | missed until (full scans) |\n\
         |---|---|---|---|\n",
    );
    for way in &WAYS {
        let mut lines: Vec<(Vec<String>, (String, String))> = Vec::new();
        for &kernel in KernelVersion::ALL {
            let own =
                way.strategy.name() == kernel.strategy().name() && way.refresh == Refresh::Nothing;
            let name = if own { format!("**{kernel}**") } else { kernel.to_string() };
            let missed = way.missed(kernel);
            match lines.iter_mut().find(|line| line.1 == missed) {
                Some(line) => line.0.push(name),
                None => lines.push((vec![name], missed)),
            }
        }
        for (kernels, (for_ever, for_scans)) in lines {
            let kernels = kernels.join(", ");
            writeln!(table, "| {} | {kernels} | {for_ever} | {for_scans} |", way.name)
                .expect("a string takes all");
        }
    }
    writeln!(table, "\n**Bold**: the kernel's own walk. For ever: after {SCANS} full scans, too.")
        .expect("a string takes all");
    table
}
