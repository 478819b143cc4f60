//! Random operations as a history.

use stabtree::rmap::KernelVersion;
use stabtree::rmap::trace::Op as Recorded;

use super::history::{History, Step};
use super::player::{MAX_PROCESSES, Player};
use crate::rmap_ops::{CONTENTS, Op, PROCESSES, page, some};

/// The history that these operations are on a machine that follows `kernel`. Refused ones are left out:
/// a kernel does not always refuse without an effect.
pub(crate) fn translate(ops: &[Op], kernel: KernelVersion) -> History {
    let player = Player::new(kernel);
    let history = History::default();
    let mut translator =
        Translator { player, history, alive: vec![0], born: 1, pinned: Vec::new() };
    for &op in ops {
        let _ = translator.apply(op); // a refused operation is left out
    }
    translator.history
}

struct Translator {
    player: Player,
    history: History,
    /// Numbers of the living processes, in the order in which operations choose among them.
    alive: Vec<u64>,
    born: u64,
    /// Process and page.
    pinned: Vec<(u64, u64)>,
}

impl Translator {
    fn step(&mut self, step: Step) -> Result<(), String> {
        self.player.step(step)?;
        self.history.steps.push(step);
        Ok(())
    }

    fn recorded(&mut self, op: Recorded) -> Result<(), String> {
        self.step(Step::Do(op))
    }

    fn process(&self, p: u8) -> Result<u64, String> {
        let at = usize::from(p).checked_rem(self.alive.len()).ok_or("nobody lives")?;
        Ok(self.alive[at])
    }

    /// The number of the next process to be born.
    fn next(&mut self) -> Result<u64, String> {
        if self.alive.len() >= PROCESSES || self.born >= MAX_PROCESSES {
            return Err("too many processes".to_owned());
        }
        Ok(self.born)
    }

    fn has(&mut self, born: u64) {
        self.alive.push(born);
        self.born += 1;
    }

    fn apply(&mut self, op: Op) -> Result<(), String> {
        let number = |at| page(at).page_number();
        match op {
            Op::Spawn => {
                let born = self.next()?;
                self.step(Step::Spawn(born))?;
                self.has(born);
            }
            Op::Fork { p } => {
                let (process, child) = (self.process(p)?, self.next()?);
                self.recorded(Recorded::Fork { process, child })?;
                self.has(child);
            }
            Op::Exit { p } => {
                let process = self.process(p)?;
                self.recorded(Recorded::Exit { process })?;
                self.alive.retain(|&other| other != process);
            }
            Op::Scan => self.recorded(Recorded::Scan { times: 1 })?,
            Op::Step { pages } => self.recorded(Recorded::Step { pages: some(pages).0 })?,
            Op::Pin { p, at } => self.pin(self.process(p)?, number(at))?,
            Op::Unpin { which } => {
                let at = usize::from(which).checked_rem(self.pinned.len());
                let (process, start) = self.pinned.swap_remove(at.ok_or("nothing is pinned")?);
                self.unpin(process, start)?;
            }
            Op::SwapOutSlowly { p, at } => {
                let (process, start) = (self.process(p)?, number(at));
                self.recorded(Recorded::Pin { process, start, pages: 1 })?;
                let out = self.recorded(Recorded::SwapOut { process, start, rounds: 1 });
                self.unpin(process, start)?;
                out?;
            }
            _ => self.apply_to_memory(op)?,
        }
        Ok(())
    }

    fn pin(&mut self, process: u64, start: u64) -> Result<(), String> {
        self.recorded(Recorded::Pin { process, start, pages: 1 })?;
        self.pinned.push((process, start));
        Ok(())
    }

    /// A process that has exited since may have pinned it; nobody asks.
    fn unpin(&mut self, process: u64, start: u64) -> Result<(), String> {
        self.recorded(Recorded::Unpin { process, start, pages: 1 })
    }

    fn apply_to_memory(&mut self, op: Op) -> Result<(), String> {
        let number = |at| page(at).page_number();
        let op = match op {
            Op::Map { p, at, pages } => {
                let (process, start, pages) = (self.process(p)?, number(at), some(pages).0);
                self.recorded(Recorded::Mmap { process, start, pages, writable: true })?;
                Recorded::Mergeable { process, start, pages }
            }
            Op::Unmap { p, at, pages } => Recorded::Munmap {
                process: self.process(p)?,
                start: number(at),
                pages: some(pages).0,
            },
            Op::Protect { p, at, pages, write } => Recorded::Mprotect {
                process: self.process(p)?,
                start: number(at),
                pages: some(pages).0,
                writable: write,
            },
            Op::Advise { p, at, pages, mergeable } => {
                let (process, start, pages) = (self.process(p)?, number(at), some(pages).0);
                if mergeable {
                    Recorded::Mergeable { process, start, pages }
                } else {
                    Recorded::Unmergeable { process, start, pages }
                }
            }
            Op::DontNeed { p, at, pages } => Recorded::DontNeed {
                process: self.process(p)?,
                start: number(at),
                pages: some(pages).0,
            },
            Op::Move { p, at, pages, to, new_pages } => {
                let (process, start, to) = (self.process(p)?, number(at), number(to));
                let (pages, new) = (some(pages).0, some(new_pages).0);
                if pages == new {
                    Recorded::Mremap { process, start, pages, to, dont_unmap: false }
                } else {
                    Recorded::MoveSize { process, start, pages, new, to }
                }
            }
            Op::MoveAndKeep { p, at, pages, to } => Recorded::Mremap {
                process: self.process(p)?,
                start: number(at),
                pages: some(pages).0,
                to: number(to),
                dont_unmap: true,
            },
            Op::Resize { p, at, pages, new_pages } => Recorded::Resize {
                process: self.process(p)?,
                start: number(at),
                pages: some(pages).0,
                new: some(new_pages).0,
            },
            Op::Write { p, at, pages, content } => {
                let process = self.process(p)?;
                let byte = u64::from(content) % CONTENTS;
                let all = number(at)..number(at) + some(pages).0;
                let write = |start| Recorded::Write { process, start, pages: 1, byte };
                return all.map(write).try_for_each(|op| self.recorded(op));
            }
            Op::Read { p, at, pages } => {
                let process = self.process(p)?;
                let all = number(at)..number(at) + some(pages).0;
                let read = |start| Recorded::Read { process, start, pages: 1 };
                return all.map(read).try_for_each(|op| self.recorded(op));
            }
            Op::SwapOut { p, at } => {
                let (process, start) = (self.process(p)?, number(at));
                Recorded::SwapOut { process, start, rounds: 1 }
            }
            Op::Migrate { p, at } => {
                Recorded::Migrate { process: self.process(p)?, start: number(at) }
            }
            _ => return Err("is not about memory".to_owned()),
        };
        self.recorded(op)
    }
}
