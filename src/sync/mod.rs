//! An index that one thread changes and others read without waiting: a [`Publisher`] and its
//! [`Reader`]s.
//!
//! The publisher owns the index, changes it, and publishes [snapshots](crate::Snapshot) of it. A reader
//! asks the state that was published last.
//!
//! * A query takes no lock and waits for nobody. While nothing new was published it writes no memory that
//!   another thread reads, so readers do not slow each other down. The first query after a publication
//!   writes a count or two.
//! * What a query sees is one published state, whole; not a mixture of two, nor anything unpublished.
//! * A reader never goes back to an older state. If one thread has seen a state and tells another, that
//!   one sees the same state or a later one; so it is after a [`publish`](Publisher::publish) of which
//!   another thread was told. Without such communication a state is seen at some time after it was
//!   published.
//! * The publisher waits for no reader. It copies what it changes and what a state still shares.
//!
//! **Speed.** What another core has changed is cold in the caches of a reader: some microseconds for each
//! publication that it looks at. One that asks often and need not see each change at once keeps a state,
//! by [`Reader::snapshot`], for as long as it likes.
//!
//! **Memory.** A reader holds the state that it asked last until it asks again or is dropped, and a
//! snapshot from [`Reader::snapshot`] holds its state until it is dropped. A state that is held keeps the
//! pages that were changed since: at most the whole index as it was, and in general about 15 KiB for each
//! change that came to other parts of the index. The publisher frees states that no reader holds when it
//! publishes, in its own thread, all but one, which becomes the next state but one; what is held when the
//! publisher is dropped is freed by readers.
//!
//! # Examples
//!
//! ```
//! use std::thread;
//!
//! use stabtree::sync::Publisher;
//! use stabtree::{Interval, IntervalBTree};
//!
//! let mut leases = Publisher::new(IntervalBTree::from([(Interval::new(0u64, 9), "first")]));
//! let mut reader = leases.reader();
//! leases.update(|index| index.insert(Interval::new(5, 20), "second"));
//! assert_eq!(reader.stab(7).count(), 1);
//!
//! leases.publish();
//! let seen = thread::spawn(move || reader.stab(7).count());
//! assert_eq!(seen.join().unwrap(), 2);
//! ```

#![forbid(unsafe_code)]

mod publish;
mod publisher;
mod reader;
mod slot;

pub use publish::Publish;
pub use publisher::Publisher;
pub use reader::Reader;
