//! Histories of an index or a map through a publisher, whose readers see what was published; shared as
//! those of snapshots are.
#![allow(unreachable_pub, reason = "a fuzz target uses it, too")]

use stabtree::sync::{Publish, Publisher};
use stabtree::{IntervalBTree, RangeMap};

use crate::snapshot_history::{Model, Op, SNAPSHOTS, Step, Subject};

/// Runs a history of one kind through a publisher: what is not published yet is in its index alone, and
/// each reader sees what was published last, however long it has not asked. A snapshot is a publication
/// here, a clone of one another reader; what is restored is a reader's snapshot that is kept.
fn published<S>(steps: &[Step])
where
    S: Subject + Publish<State = <S as Subject>::Snapshot>,
{
    let mut publisher = Publisher::new(S::default());
    let (mut model, mut shown) = (Model::new(S::IS_MAP), Model::new(S::IS_MAP));
    let mut readers = vec![publisher.reader()];
    let mut kept: Vec<(<S as Subject>::Snapshot, Model)> = Vec::new();
    for Step(op, at, last) in steps {
        match *op {
            Op::Snapshot => {
                publisher.publish();
                shown = model.clone();
            }
            Op::CloneSnapshot(which) if readers.len() < SNAPSHOTS => {
                let another = readers.get(usize::from(which)).cloned();
                readers.push(another.unwrap_or_else(|| publisher.reader()));
            }
            Op::DropSnapshot(which) if readers.len() > 1 => {
                readers.swap_remove(usize::from(which) % readers.len());
            }
            Op::Restore(which) => {
                if kept.len() == SNAPSHOTS {
                    kept.remove(0);
                }
                let reader = usize::from(which) % readers.len();
                kept.push((readers[reader].snapshot(), shown.clone()));
            }
            Op::CloneSnapshot(_) | Op::DropSnapshot(_) => {}
            _ => {
                let found = publisher.update(|index| index.change(op, &model));
                assert_eq!(found, model.change(op), "{op:?}");
            }
        }
        publisher.index().compare(&model, *at, *last);
        publisher.index().assert_valid();
        // The others keep to older states meanwhile.
        let reader = usize::from(*at) % readers.len();
        readers[reader].newest().compare(&shown, *at, *last);
        S::assert_snapshot_valid(readers[reader].newest());
        for (snapshot, saved) in &kept {
            snapshot.compare(saved, *at, *last);
        }
    }
    drop(publisher);
    for mut reader in readers {
        reader.newest().compare(&shown, 0, u8::MAX);
    }
    for (snapshot, saved) in &kept {
        snapshot.compare(saved, 0, u8::MAX);
        S::assert_snapshot_valid(snapshot);
    }
}

/// Runs a history of a published index, and one of a published map.
pub fn run(steps: &[Step]) {
    published::<IntervalBTree<u8, u8>>(steps);
    published::<RangeMap<u8, u8>>(steps);
}
