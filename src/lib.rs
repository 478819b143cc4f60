//! Interval indexes and the reverse map built on them.
#![cfg_attr(not(any(feature = "std", test)), no_std)]
