//! Items sorted by integer keys, digit by digit.

#![expect(
    unsafe_code,
    reason = "each item is moved once; with an `Option` around each, by 5 to 11 ns more"
)]

use alloc::vec;
use alloc::vec::Vec;

/// Fewer items are sorted faster by comparing them.
const FEWEST: usize = 256;

/// Bits of a digit.
const DIGIT: u32 = 11;

/// Sorts items by their keys; items with equal keys keep their order.
///
/// # Errors
///
/// Returns the items as they were if there are few of them, or if their keys do not fit into one word
/// together with positions, or are in order already: then comparing is as good.
pub(crate) fn sort_by_keys<X>(items: Vec<X>, key: impl Fn(&X) -> u64) -> Result<Vec<X>, Vec<X>> {
    if items.len() < FEWEST {
        return Err(items);
    }
    match order(items.iter().map(key).collect()) {
        Some((order, mask)) => Ok(permute(items, &order, mask)),
        None => Err(items),
    }
}

/// The positions of keys in the order of the keys: the bits of `mask` of the words returned.
fn order(mut keys: Vec<u64>) -> Option<(Vec<u64>, u64)> {
    let least = *keys.iter().min()?;
    if keys.is_sorted() {
        return None;
    }
    let used = keys.iter().fold(0, |used, key| used | (key - least));
    let unused = used.trailing_zeros();
    let bits = u64::BITS - used.leading_zeros() - unused;
    let position = u64::BITS - (keys.len() as u64).leading_zeros();
    if bits + position > u64::BITS {
        return None;
    }
    for (key, at) in keys.iter_mut().zip(0..) {
        *key = (*key - least) >> unused << position | at;
    }
    let mut sorted = vec![0; keys.len()];
    for digit in (position..position + bits).step_by(DIGIT as usize) {
        let digit_of = |word: u64| (word >> digit & ((1 << DIGIT) - 1)) as usize;
        let mut places = [0; 1 << DIGIT];
        for key in &keys {
            places[digit_of(*key)] += 1;
        }
        let mut first = 0;
        for place in &mut places {
            first += core::mem::replace(place, first);
        }
        for key in &keys {
            let place = &mut places[digit_of(*key)];
            sorted[*place] = *key;
            *place += 1;
        }
        core::mem::swap(&mut keys, &mut sorted);
    }
    Some((keys, (1 << position) - 1))
}

/// Moves the items into the order of the positions that the bits of `mask` say.
fn permute<X>(mut items: Vec<X>, order: &[u64], mask: u64) -> Vec<X> {
    let len = items.len();
    let mut permuted = Vec::with_capacity(len);
    let mut is_moved = vec![0_u64; len.div_ceil(64)];
    // SAFETY: no length is too great. Until all items are moved nobody drops those that are not.
    unsafe { items.set_len(0) };
    for word in order {
        let at = usize::try_from(word & mask).expect("a position in memory");
        let (moved, bit) = (&mut is_moved[at / 64], 1 << (at % 64));
        assert!(at < len && *moved & bit == 0, "each position once");
        *moved |= bit;
        // SAFETY: there was an item, which is moved out for the first time.
        permuted.push(unsafe { items.as_ptr().add(at).read() });
    }
    assert!(permuted.len() == len, "each position once");
    permuted
}

#[cfg(test)]
mod tests {
    use alloc::rc::Rc;
    use alloc::vec::Vec;

    use super::{FEWEST, sort_by_keys};

    /// Keys in an order that says nothing, each of them several times.
    fn keys(count: u64, spread: u64, least: u64) -> Vec<u64> {
        (0..count).map(|i| least + i.wrapping_mul(0x9e37_79b9_7f4a_7c15) % spread).collect()
    }

    #[test]
    fn items_are_sorted_as_by_comparing_them() {
        let few = FEWEST as u64;
        for count in [few, few + 1, 1000, 5000] {
            for spread in [1, 2, 100, 1 << 11, 1 << 12, 1 << 40, 1 << 50] {
                for least in [0, 1 << 12, u64::MAX - (1 << 63)] {
                    for shift in [0, 12] {
                        let keys = keys(count, spread, least >> shift);
                        let items = keys.iter().map(|key| key << shift).zip(0..);
                        let items: Vec<(u64, u32)> = items.collect();
                        let mut expected = items.clone();
                        expected.sort_by_key(|(key, _)| *key);
                        match sort_by_keys(items.clone(), |(key, _)| *key) {
                            Ok(sorted) => assert_eq!(sorted, expected),
                            Err(same) => {
                                assert!(same == items && spread == 1);
                            }
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn keys_that_fill_the_word_or_are_few_are_left() {
        let wide: Vec<u64> = keys(300, u64::MAX, 0);
        assert_eq!(sort_by_keys(wide.clone(), |key| *key), Err(wide));
        let few: Vec<u64> = (0..FEWEST as u64 - 1).rev().collect();
        assert_eq!(sort_by_keys(few.clone(), |key| *key), Err(few));
    }

    #[test]
    fn each_item_is_moved_once() {
        let item = Rc::new(());
        let items: Vec<(u64, Rc<()>)> =
            keys(500, 90, 7).into_iter().map(|key| (key, Rc::clone(&item))).collect();
        let sorted = sort_by_keys(items, |(key, _)| *key).unwrap();
        assert!(sorted.is_sorted_by_key(|(key, _)| *key));
        assert_eq!((sorted.len(), Rc::strong_count(&item)), (500, 501));
        drop(sorted);
        assert_eq!(Rc::strong_count(&item), 1);
    }
}
