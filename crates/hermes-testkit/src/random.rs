use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use hermes_machine::Random;
use sha2::{Digest as _, Sha256};

/// Bytes that look random, differ at every call, and are the same in every run with the same seed.
#[derive(Debug, Default)]
pub struct FixedRandom {
    seed: u64,
    drawn: AtomicU64,
}

impl FixedRandom {
    /// The source of this seed.
    pub fn seeded(seed: u64) -> Arc<Self> {
        Arc::new(Self {
            seed,
            drawn: AtomicU64::new(0),
        })
    }
}

impl Random for FixedRandom {
    fn fill(&self, buffer: &mut [u8]) {
        for chunk in buffer.chunks_mut(32) {
            let drawn = self.drawn.fetch_add(1, Ordering::Relaxed);
            let block = Sha256::new()
                .chain_update(self.seed.to_be_bytes())
                .chain_update(drawn.to_be_bytes())
                .finalize();
            for (byte, value) in chunk.iter_mut().zip(block) {
                *byte = value;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeats_by_seed_and_never_within_a_run() {
        let draw = |random: &FixedRandom| {
            let mut bytes = [0; 40];
            random.fill(&mut bytes);
            bytes
        };
        let (one, two) = (FixedRandom::seeded(1), FixedRandom::seeded(1));
        let first = draw(&one);
        assert_eq!(first, draw(&two));
        assert_ne!(first, draw(&one));
        assert_ne!(first, draw(&FixedRandom::seeded(2)));
    }
}
