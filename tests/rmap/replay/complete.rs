//! What would have been, had the recorded kernel kept residual items.

use stabtree::rmap::trace::{MigrationLine, Trace};
use stabtree::rmap::{
    CompleteIndex, Entry, KsmSettings, Machine, Pfn, ReverseMapKind, StoredPgoff, Strategy,
};

use super::{ContentOrder, Kernel, Replay, at};

/// What the complete index found at the states of a recording. Walks are to the end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Completeness {
    /// States looked at.
    pub(crate) states: u64,
    /// Entries of merged pages, and those among them that the stored index missed.
    pub(crate) entries: (u64, u64),
    /// Entries that the complete index missed, with the line of the state.
    pub(crate) missed: Vec<(usize, Entry)>,
    /// Visits of the complete and of the stored index, where that missed nothing.
    pub(crate) visits: (u64, u64),
    /// Walks among these in which the complete one visited more.
    pub(crate) dearer: u64,
    /// Entries of ordinary pages that a walk missed, with the line of the state.
    pub(crate) ordinary: Vec<(usize, Entry)>,
    /// Migrations that failed though nothing else held the page.
    pub(crate) stuck: u64,
}

/// Does what was recorded to a machine that keeps residual items, and looks at every merged page in every
/// state.
///
/// Nothing is compared: the machine goes its own way where the recorded kernel had a hole.
pub(crate) fn complete(trace: &Trace, reverse_map: ReverseMapKind) -> Completeness {
    let kernel = Kernel { reverse_map, ..Kernel::of(trace) };
    let mut replay = Replay::new(trace, kernel, ContentOrder(0));
    let KsmSettings { refresh, keep_residual_items, .. } = KsmSettings::complete();
    let settings = replay.machine.settings();
    replay
        .machine
        .set_settings(settings.with_refresh(refresh).with_keep_residual_items(keep_residual_items));
    replay.completeness = Some(Completeness::default());
    replay.run();
    replay.completeness.expect("it was put there")
}

impl Completeness {
    pub(super) fn assert_consistent(&mut self, machine: &Machine, line: usize) {
        self.states += 1;
        let ordinary = machine.missed(&CompleteIndex).into_iter();
        let ordinary = ordinary.filter(|&(pfn, _)| !machine.is_merged(pfn));
        self.ordinary.extend(ordinary.map(|(_, entry)| (line, entry)));
        for pfn in machine.merged_pages() {
            let audit =
                |strategy: &dyn Strategy| machine.audit(pfn, strategy).expect("a live frame");
            let (complete, stored) = (audit(&CompleteIndex), audit(&StoredPgoff));
            self.entries.0 += (complete.found.len() + complete.missed.len()) as u64;
            self.entries.1 += stored.missed.len() as u64;
            self.missed.extend(complete.missed.iter().map(|&entry| (line, entry)));
            if stored.is_complete() {
                self.visits.0 += complete.stats.visited;
                self.visits.1 += stored.stats.visited;
                self.dearer += u64::from(complete.stats.visited > stored.stats.visited);
            }
        }
    }
}

impl Replay<'_> {
    /// Migrates the page, if there still is one.
    pub(super) fn attempt_complete(&mut self, attempt: &MigrationLine) {
        let Some(pfn) = self.attempted(attempt) else { return };
        let migration = self.machine.migrate(pfn, &CompleteIndex).expect("a live frame");
        let free = migration.moved_to.is_some() || self.machine.pins(pfn) > 0;
        if let Some(completeness) = &mut self.completeness {
            completeness.stuck += u64::from(!free);
        }
    }

    pub(super) fn attempted(&self, attempt: &MigrationLine) -> Option<Pfn> {
        let mm = *self.processes.get(&attempt.from.process)?;
        self.machine.pfn_at(mm, at(attempt.from.page)?).ok()
    }
}
