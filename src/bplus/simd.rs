//! Work compiled for the vector instructions of the machine at hand.
//!
//! There is one source of each [`Operation`]; here it is compiled once more for AVX2 and for AVX-512, and
//! the widest that the processor has is chosen at run time. Builds with debug assertions, which are seldom
//! optimised, stop at AVX2: one compilation less, of code without vectors. Compilers turn a loop that
//! compares items into vectors of bytes, all ones or zero, by themselves; that the bits of such bytes are
//! one instruction more they do not see, so each [`Isa`] says it.
//!
//! Without `std`, or on another architecture, [`Plain`] always runs. On aarch64 that has NEON, which
//! every such processor has unless it is compiled for without floating point.

#![cfg_attr(
    any(target_arch = "x86_64", all(target_arch = "aarch64", not(miri))),
    expect(unsafe_code, reason = "runs what was compiled for the processor, once that is asked")
)]
#![expect(clippy::inline_always, reason = "compiled with the instructions of the caller")]

#[cfg(test)]
use alloc::vec::Vec;
#[cfg(target_arch = "x86_64")]
use core::arch::x86_64 as arch;

/// Most bytes that become bits at once.
pub(crate) const WIDTH: usize = 32;

/// The instructions that a function is compiled for. Having one proves that the processor has them.
pub(crate) trait Isa: Copy {
    /// Whether loops are to be compiled into vectors of this width, which makes long code. Where the
    /// width is chosen at run time, the narrowest is the one for processors that few have still.
    const IS_FAST: bool = true;

    /// Whether [`words`](Self::words) is a few instructions.
    const SPLITS_PAIRS: bool = false;

    /// Bit *i* is set if byte *i* is not zero; every byte must be 0 or `u8::MAX`.
    fn bits(self, bytes: &[u8; WIDTH]) -> u32;

    /// Copies the first word of each pair, or the second one, if `at` is 1.
    #[inline(always)]
    fn words(self, pairs: &[[u8; 16]; WIDTH], at: usize, words: &mut [u64; WIDTH]) {
        for (word, pair) in words.iter_mut().zip(pairs) {
            *word = u64::from_ne_bytes(core::array::from_fn(|i| pair[8 * at + i]));
        }
    }

    /// Has bytes fetched that will be read soon.
    #[inline(always)]
    fn prefetch(self, address: *const u8, bytes: usize) {
        if Self::IS_FAST {
            prefetch(address, bytes);
        }
    }
}

/// Has bytes fetched that will be read soon.
#[inline(always)]
pub(crate) fn prefetch(address: *const u8, bytes: usize) {
    #[cfg(target_arch = "x86_64")]
    {
        let mut line = 0;
        while line < bytes {
            let address = address.cast::<i8>().wrapping_add(line);
            // SAFETY: a prefetch reads nothing that the program sees, whatever the address.
            unsafe { arch::_mm_prefetch::<{ arch::_MM_HINT_T0 }>(address) };
            line += 64;
        }
    }
    #[cfg(all(target_arch = "aarch64", not(miri)))]
    for line in (0..bytes).step_by(64) {
        let address = address.wrapping_add(line);
        // SAFETY: a prefetch reads nothing that the program sees, whatever the address.
        unsafe {
            core::arch::asm!(
                "prfm pldl1keep, [{}]",
                in(reg) address,
                options(nostack, preserves_flags, readonly)
            );
        }
    }
    #[cfg(not(any(target_arch = "x86_64", all(target_arch = "aarch64", not(miri)))))]
    let _ = (address, bytes);
}

/// Something to do that gains by wider vectors.
pub(crate) trait Operation {
    type Output;

    /// Does it; to be inlined, so that it is compiled for `I`.
    fn run<I: Isa>(self, with: I) -> Self::Output;
}

/// What every processor of the architecture has.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plain;

impl Isa for Plain {
    const IS_FAST: bool = cfg!(not(all(feature = "std", target_arch = "x86_64")));

    #[cfg(target_arch = "x86_64")]
    #[inline(always)]
    fn bits(self, bytes: &[u8; WIDTH]) -> u32 {
        let half = |at: usize| {
            // SAFETY: 16 bytes are read at 0 or 16 of 32; every x86-64 processor has SSE2.
            let bits = unsafe {
                arch::_mm_movemask_epi8(arch::_mm_loadu_si128(bytes.as_ptr().add(at).cast()))
            };
            bits.cast_unsigned()
        };
        half(0) | half(16) << 16
    }

    #[cfg(all(
        target_arch = "aarch64",
        target_feature = "neon",
        target_endian = "little",
        not(miri)
    ))]
    #[inline(always)]
    fn bits(self, bytes: &[u8; WIDTH]) -> u32 {
        use core::arch::aarch64 as arch;
        /// Of each byte of eight, the bit that it becomes.
        const BIT: [u8; 16] = [1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128];
        // SAFETY: 16 bytes are read of 16, and at 0 and 16 of 32; there is NEON where this is compiled.
        unsafe {
            let bit = arch::vld1q_u8(BIT.as_ptr());
            let front = arch::vandq_u8(arch::vld1q_u8(bytes.as_ptr()), bit);
            let rear = arch::vandq_u8(arch::vld1q_u8(bytes.as_ptr().add(16)), bit);
            // Neighbours are added three times: of eight bytes all bits come together in one.
            let pairs = arch::vpaddq_u8(front, rear);
            let fours = arch::vpaddq_u8(pairs, pairs);
            let eights = arch::vpaddq_u8(fours, fours);
            arch::vgetq_lane_u32::<0>(arch::vreinterpretq_u32_u8(eights))
        }
    }

    #[cfg(not(any(
        target_arch = "x86_64",
        all(target_arch = "aarch64", target_feature = "neon", target_endian = "little", not(miri))
    )))]
    #[inline(always)]
    fn bits(self, bytes: &[u8; WIDTH]) -> u32 {
        let bits = bytes.iter().zip(0..).map(|(byte, i)| u32::from(byte >> 7) << i);
        bits.fold(0, core::ops::BitOr::bitor)
    }
}

/// The same for what is compiled once, since wider vectors gain little: comparing words for equality.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Baseline;

impl Isa for Baseline {
    #[inline(always)]
    fn bits(self, bytes: &[u8; WIDTH]) -> u32 {
        Plain.bits(bytes)
    }
}

#[cfg(all(feature = "std", target_arch = "x86_64"))]
mod wider {
    use core::sync::atomic::{AtomicU8, Ordering};

    use super::{Isa, Operation, Plain, WIDTH, arch};

    /// Made only where the processor was found to have AVX2, BMI1 and BMI2.
    #[derive(Clone, Copy, Debug)]
    pub(crate) struct Avx2(());

    /// Made only where the processor was found to have AVX-512 F, VL, DQ and BW besides.
    #[derive(Clone, Copy, Debug)]
    pub(crate) struct Avx512(());

    impl From<Avx512> for Avx2 {
        fn from(_: Avx512) -> Self {
            Self(())
        }
    }

    impl Isa for Avx2 {
        const SPLITS_PAIRS: bool = true;

        #[inline(always)]
        fn bits(self, bytes: &[u8; WIDTH]) -> u32 {
            // SAFETY: 32 bytes are read of 32; `self` proves AVX2.
            let bits = unsafe {
                arch::_mm256_movemask_epi8(arch::_mm256_loadu_si256(bytes.as_ptr().cast()))
            };
            bits.cast_unsigned()
        }

        #[inline(always)]
        fn words(self, pairs: &[[u8; 16]; WIDTH], at: usize, words: &mut [u64; WIDTH]) {
            let mut i = 0;
            while i < WIDTH {
                // SAFETY: 4 pairs are read and 4 words written at `i`, which is 28 of 32 at most; `self`
                // proves AVX2.
                unsafe {
                    let front = arch::_mm256_loadu_si256(pairs.as_ptr().add(i).cast());
                    let rear = arch::_mm256_loadu_si256(pairs.as_ptr().add(i + 2).cast());
                    let chosen = if at == 0 {
                        arch::_mm256_unpacklo_epi64(front, rear)
                    } else {
                        arch::_mm256_unpackhi_epi64(front, rear)
                    };
                    // Each half has a word of either vector, and another one.
                    let chosen = arch::_mm256_permute4x64_epi64::<0b11_01_10_00>(chosen);
                    arch::_mm256_storeu_si256(words.as_mut_ptr().add(i).cast(), chosen);
                }
                i += 4;
            }
        }
    }

    impl Isa for Avx512 {
        const SPLITS_PAIRS: bool = true;

        #[inline(always)]
        fn bits(self, bytes: &[u8; WIDTH]) -> u32 {
            // SAFETY: 32 bytes are read of 32; `self` proves AVX-512 BW and VL.
            unsafe { arch::_mm256_movepi8_mask(arch::_mm256_loadu_si256(bytes.as_ptr().cast())) }
        }

        #[inline(always)]
        fn words(self, pairs: &[[u8; 16]; WIDTH], at: usize, words: &mut [u64; WIDTH]) {
            let mut i = 0;
            while i < WIDTH {
                // SAFETY: 8 pairs are read and 8 words written at `i`, which is 24 of 32 at most; `self`
                // proves AVX-512 F.
                unsafe {
                    let order = if at == 0 {
                        arch::_mm512_setr_epi64(0, 2, 4, 6, 8, 10, 12, 14)
                    } else {
                        arch::_mm512_setr_epi64(1, 3, 5, 7, 9, 11, 13, 15)
                    };
                    let front = arch::_mm512_loadu_si512(pairs.as_ptr().add(i).cast());
                    let rear = arch::_mm512_loadu_si512(pairs.as_ptr().add(i + 4).cast());
                    let chosen = arch::_mm512_permutex2var_epi64(front, order, rear);
                    arch::_mm512_storeu_si512(words.as_mut_ptr().add(i).cast(), chosen);
                }
                i += 8;
            }
        }
    }

    #[target_feature(enable = "avx2,bmi1,bmi2")]
    pub(crate) fn run_avx2<J: Operation>(job: J, with: Avx2) -> J::Output {
        job.run(with)
    }

    #[cfg(any(not(debug_assertions), test))]
    #[target_feature(enable = "avx512f,avx512vl,avx512dq,avx512bw,avx2,bmi1,bmi2")]
    pub(crate) fn run_avx512<J: Operation>(job: J, with: Avx512) -> J::Output {
        job.run(with)
    }

    /// Out of line and small: few processors of today come here.
    #[cold]
    #[inline(never)]
    pub(crate) fn run_plain<J: Operation>(job: J) -> J::Output {
        job.run(Plain)
    }

    /// What the processor has.
    #[derive(Clone, Copy, Debug)]
    pub(crate) enum Detected {
        Plain,
        Avx2(Avx2),
        Avx512(Avx512),
    }

    const UNKNOWN: u8 = 0;
    const PLAIN: u8 = 1;
    const AVX2: u8 = 2;
    const AVX512: u8 = 3;

    impl Detected {
        /// Asks the processor, the first time.
        #[inline(always)]
        pub(crate) fn detect() -> Self {
            static FOUND: AtomicU8 = AtomicU8::new(UNKNOWN);
            let mut found = FOUND.load(Ordering::Relaxed);
            if found == UNKNOWN {
                found = detect();
                FOUND.store(found, Ordering::Relaxed);
            }
            match found {
                AVX512 => Self::Avx512(Avx512(())),
                AVX2 => Self::Avx2(Avx2(())),
                _ => Self::Plain,
            }
        }
    }

    #[cfg(test)]
    impl Detected {
        pub(crate) fn as_avx2(self) -> Option<Avx2> {
            match self {
                Self::Avx512(with) => Some(with.into()),
                Self::Avx2(with) => Some(with),
                Self::Plain => None,
            }
        }

        pub(crate) fn as_avx512(self) -> Option<Avx512> {
            if let Self::Avx512(with) = self { Some(with) } else { None }
        }
    }

    #[cold]
    fn detect() -> u8 {
        let has_avx2 = std::arch::is_x86_feature_detected!("avx2")
            && std::arch::is_x86_feature_detected!("bmi1")
            && std::arch::is_x86_feature_detected!("bmi2");
        let has_avx512 = has_avx2
            && std::arch::is_x86_feature_detected!("avx512f")
            && std::arch::is_x86_feature_detected!("avx512vl")
            && std::arch::is_x86_feature_detected!("avx512dq")
            && std::arch::is_x86_feature_detected!("avx512bw");
        if has_avx512 {
            AVX512
        } else if has_avx2 {
            AVX2
        } else {
            PLAIN
        }
    }
}

/// Does the job with the widest vectors there are.
#[inline(always)]
pub(crate) fn run<J: Operation>(job: J) -> J::Output {
    #[cfg(all(feature = "std", target_arch = "x86_64"))]
    match wider::Detected::detect() {
        // SAFETY: the processor has what the function was compiled for; `with` proves it.
        #[cfg(not(debug_assertions))]
        wider::Detected::Avx512(with) => unsafe { wider::run_avx512(job, with) },
        // SAFETY: `with` proves AVX2, too.
        #[cfg(debug_assertions)]
        wider::Detected::Avx512(with) => unsafe { wider::run_avx2(job, with.into()) },
        // SAFETY: as above.
        wider::Detected::Avx2(with) => unsafe { wider::run_avx2(job, with) },
        wider::Detected::Plain => wider::run_plain(job),
    }
    #[cfg(not(all(feature = "std", target_arch = "x86_64")))]
    job.run(Plain)
}

/// Does the job with each instruction set that the processor has.
#[cfg(test)]
pub(crate) fn run_each<J: Operation>(job: impl Fn() -> J) -> Vec<J::Output> {
    let results = [job().run(Plain), run(job())].into_iter();
    #[cfg(all(feature = "std", target_arch = "x86_64"))]
    let results = results
        .chain(wider::Detected::detect().as_avx2().map(|with| {
            // SAFETY: `with` proves that the processor has what the function was compiled for.
            unsafe { wider::run_avx2(job(), with) }
        }))
        .chain(wider::Detected::detect().as_avx512().map(|with| {
            // SAFETY: as above.
            unsafe { wider::run_avx512(job(), with) }
        }));
    results.collect()
}

#[cfg(test)]
mod tests {
    use super::{Isa, Operation, WIDTH, run_each};

    struct Bits([u8; WIDTH]);

    impl Operation for Bits {
        type Output = u32;

        fn run<I: Isa>(self, with: I) -> u32 {
            with.bits(&self.0)
        }
    }

    #[test]
    fn each_instruction_set_makes_the_same_bits_of_bytes() {
        let sets = (0..32).map(|i| 1 << i).flat_map(|bit: u32| [bit, !bit, bit - 1]);
        let mixed = (1..200_u32).map(|i| i.wrapping_mul(0x9e37_79b9));
        for set in sets.chain(mixed).chain([0, u32::MAX]) {
            let bytes = core::array::from_fn(|i| if set >> i & 1 == 1 { u8::MAX } else { 0 });
            assert!(run_each(|| Bits(bytes)).iter().all(|bits| *bits == set), "{set:#b}");
        }
    }

    struct Words<'a>(&'a [[u8; 16]; WIDTH], usize);

    impl Operation for Words<'_> {
        type Output = [u64; WIDTH];

        fn run<I: Isa>(self, with: I) -> [u64; WIDTH] {
            let mut words = [0; WIDTH];
            with.words(self.0, self.1, &mut words);
            words
        }
    }

    #[test]
    fn each_instruction_set_copies_the_same_words_of_pairs() {
        let pair = |i| [(2 * i as u64).to_ne_bytes(), (2 * i as u64 + 1).to_ne_bytes()];
        let pairs = core::array::from_fn(|i| core::array::from_fn(|b| pair(i)[b / 8][b % 8]));
        for at in [0, 1] {
            let words = core::array::from_fn(|i| (2 * i + at) as u64);
            assert!(run_each(|| Words(&pairs, at)).iter().all(|copy| *copy == words));
        }
    }
}
