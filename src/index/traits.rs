//! Traits of the standard library that need no more than a line or two.

#![forbid(unsafe_code)]

macro_rules! traits {
    ({
        $Index:ident, $name:literal, $Ends:ident, reads: [$($Read:ident)?],
        interval: [$($by:tt)?] [$($by_a:tt)*] $amp:literal,
        costs: { step: $step:literal, count: $count:literal, batch: $batch:literal, into: $into:literal }
    }) => {
        use core::cmp::Ordering;
        use core::fmt;
        use core::hash::{Hash, Hasher};
        use core::ops::{Index, IndexMut};

        use super::$Index;
        use $crate::arena::Handle;

        impl<T, V> Default for $Index<T, V> {
            fn default() -> Self {
                Self::new()
            }
        }

        impl<T: $($Read +)? fmt::Debug, V: fmt::Debug> fmt::Debug for $Index<T, V> {
            /// Lists the entries in order: `{[3, 9]: "value", ..}`.
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_map().entries(self).finish()
            }
        }

        /// Indexes are equal when they hold the same entries in the same order; handles do not matter.
        impl<T: $($Read +)? PartialEq, V: PartialEq> PartialEq for $Index<T, V> {
            fn eq(&self, other: &Self) -> bool {
                self.len() == other.len() && self.iter().eq(other)
            }
        }

        impl<T: $($Read +)? Eq, V: Eq> Eq for $Index<T, V> {}

        impl<T: $($Read +)? PartialOrd, V: PartialOrd> PartialOrd for $Index<T, V> {
            fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
                self.iter().partial_cmp(other)
            }
        }

        impl<T: $($Read +)? Ord, V: Ord> Ord for $Index<T, V> {
            fn cmp(&self, other: &Self) -> Ordering {
                self.iter().cmp(other)
            }
        }

        impl<T: $($Read +)? Hash, V: Hash> Hash for $Index<T, V> {
            fn hash<H: Hasher>(&self, state: &mut H) {
                self.len().hash(state);
                self.iter().for_each(|entry| entry.hash(state));
            }
        }

        impl<T, V> Index<Handle> for $Index<T, V> {
            type Output = V;

            /// Returns the value of an entry.
            ///
            /// # Panics
            ///
            #[doc = concat!("Panics if no entry has the handle, as when it was removed; [`get`](", $name, "::get) does not.")]
            fn index(&self, handle: Handle) -> &V {
                self.get(handle).expect("no entry of the index has this handle")
            }
        }

        impl<T, V> IndexMut<Handle> for $Index<T, V> {
            /// Returns the value of an entry mutably.
            ///
            /// # Panics
            ///
            #[doc = concat!("Panics if no entry has the handle, as when it was removed; [`get_mut`](", $name, "::get_mut) does not.")]
            fn index_mut(&mut self, handle: Handle) -> &mut V {
                self.get_mut(handle).expect("no entry of the index has this handle")
            }
        }
    };
}
pub(crate) use traits;
