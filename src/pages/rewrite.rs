//! Writes of what differs only.
//!
//! A cache line that a thread wrote is cold for all others, even if it says what it said before. So what
//! takes the place of a former state, which others have in their caches, is compared first.

#![forbid(unsafe_code)]

use crate::interval::as_type;

/// Bytes that become cold together.
const LINE: usize = 64;

/// Copied bit by bit, and in place of a former version of it by writing what differs.
pub(crate) trait Rewrite: Copy {
    fn rewrite(&mut self, new: &Self);
}

/// Makes an item equal to another one.
#[inline]
pub(crate) fn put<X: Copy + PartialEq>(item: &mut X, new: X) {
    if *item != new {
        *item = new;
    }
}

/// Makes items equal to as many others.
pub(crate) fn put_each<X: Copy + PartialEq>(items: &mut [X], new: &[X]) {
    put_lines(items, new, |item, new| item == new);
}

/// Makes ends or values equal to as many others, which are compared if they are integers: another type may
/// call items equal that are not the same.
pub(crate) fn put_clones<X: Clone>(items: &mut [X], new: &[X]) {
    put_lines(items, new, |item, new| {
        macro_rules! is_same {
            ($($Integer:ty)*) => {$(
                if let (Some(item), Some(new)) = (as_type::<X, $Integer>(item), as_type(new)) {
                    return item == new;
                }
            )*};
        }
        is_same!(u64 u32 u16 u8 u128 usize i64 i32 i16 i8 i128 isize);
        false
    });
}

fn put_lines<X: Clone>(items: &mut [X], new: &[X], is_same: impl Fn(&X, &X) -> bool) {
    let line = (LINE / size_of::<X>().max(1)).max(1);
    for (items, new) in items.chunks_mut(line).zip(new.chunks(line)) {
        // All are compared, without a branch for each.
        if !items.iter().zip(new).fold(true, |same, (item, new)| same & is_same(item, new)) {
            items.clone_from_slice(new);
        }
    }
}

/// A state that is being rewritten: it is empty when that ends halfway.
#[cfg(feature = "sync")]
pub(crate) struct Rewriting<'a, S: Default>(Option<&'a mut S>);

#[cfg(feature = "sync")]
impl<'a, S: Default> Rewriting<'a, S> {
    pub(crate) fn new(state: &'a mut S) -> Self {
        Self(Some(state))
    }

    /// Rewrites the state.
    pub(crate) fn by<R, E>(mut self, rewrite: impl FnOnce(&mut S) -> Result<R, E>) -> Result<R, E> {
        let state = self.0.as_mut().expect("a state until it was rewritten");
        let done = rewrite(state)?;
        self.0 = None;
        Ok(done)
    }
}

#[cfg(feature = "sync")]
impl<S: Default> Drop for Rewriting<'_, S> {
    fn drop(&mut self) {
        if let Some(state) = self.0.take() {
            *state = S::default();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{put_clones, put_each};

    /// All are equal, and no two the same.
    #[derive(Clone, Copy, Debug)]
    struct Alike(u32);

    impl PartialEq for Alike {
        fn eq(&self, _: &Self) -> bool {
            true
        }
    }

    #[test]
    fn items_become_those_given() {
        for len in [0, 1, 7, 16, 33] {
            for changed in 0..len {
                let old: Vec<u32> = (0..len).collect();
                let mut new = old.clone();
                new[changed as usize] = 99;
                let (mut items, mut ends) = (old.clone(), old.clone());
                put_each(&mut items, &new);
                put_clones(&mut ends, &new);
                assert_eq!((&items, &ends), (&new, &new));
                let mut alike: Vec<_> = old.into_iter().map(Alike).collect();
                put_clones(&mut alike, &new.iter().copied().map(Alike).collect::<Vec<_>>());
                assert!(alike.iter().map(|alike| alike.0).eq(new), "equal is not the same");
            }
        }
    }
}
