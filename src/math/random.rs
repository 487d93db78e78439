//! Seeded randomness: every number follows from a seed and the purpose it is drawn for.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};

/// A generator for one purpose. Different `stream`s of one `seed` are independent (`ChaCha` streams).
pub fn stream(seed: u64, stream: u64) -> ChaCha8Rng {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(stream);
    rng
}

/// How often each of `n` things is drawn in `n` draws with replacement: a replicate of the bootstrap. O(n).
pub fn resample(n: usize, seed: u64) -> Vec<u32> {
    let mut random = stream(seed, 0xb007);
    let mut counts = vec![0; n];
    for _ in 0..n {
        // The high half of the product: uniform but for a part in 2^64.
        counts[((u128::from(random.next_u64()) * n as u128) >> 64) as usize] += 1;
    }
    counts
}

/// A hash of (`seed`, `id`) that looks random: it breaks ties, so that row order never does.
///
/// The finaliser of `SplitMix64` (Steele, Lea and Flood 2014), applied to both words.
pub fn hash(seed: u64, id: u64) -> u64 {
    let mix = |mut z: u64| {
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    };
    mix(mix(seed.wrapping_add(0x9e37_79b9_7f4a_7c15)).wrapping_add(id).wrapping_add(0x9e37_79b9_7f4a_7c15))
}

/// A number in [0, 1) from a hash, uniform over multiples of 2⁻⁵³.
pub fn unit(hash: u64) -> f64 {
    (hash >> 11) as f64 / (1u64 << 53) as f64
}
