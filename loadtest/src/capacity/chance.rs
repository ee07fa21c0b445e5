//! Chance with a seed: numbers as they are distributed in a simulation.

use std::f64::consts::TAU;

use crate::random::Random;

/// Above this many expected, their number is drawn from a normal distribution.
const MANY: f64 = 30.0;

#[derive(Clone, Debug)]
pub(crate) struct Chance(Random);

impl Chance {
    pub(crate) fn seeded(seed: u64) -> Self {
        Self(Random::seeded(seed))
    }

    pub(crate) fn below(&mut self, limit: usize) -> usize {
        self.0.below(limit as u64) as usize
    }

    /// Something of which this is the probability.
    pub(crate) fn happens(&mut self, probability: f64) -> bool {
        self.0.share() < probability
    }

    /// From 0 up to this.
    pub(crate) fn up_to(&mut self, most: f64) -> f64 {
        self.0.share() * most
    }

    /// Around 0, with a standard deviation of 1 (Box and Muller 1958).
    pub(crate) fn normal(&mut self) -> f64 {
        let (length, angle) = (1.0 - self.0.share(), self.0.share());
        (-2.0 * length.ln()).sqrt() * (TAU * angle).cos()
    }

    /// How many of what comes by itself, of which so much is expected (Poisson).
    pub(crate) fn count(&mut self, expected: f64) -> usize {
        if expected > MANY {
            return (expected + expected.sqrt() * self.normal()).round().max(0.0) as usize;
        }
        let (limit, mut product, mut count) = ((-expected).exp(), self.0.share(), 0);
        while product > limit {
            product *= self.0.share();
            count += 1;
        }
        count
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_what_is_expected_on_average_few_or_many() {
        for expected in [0.3, 5.0, 200.0] {
            let mut chance = Chance::seeded(1);

            let mean = (0..20_000).map(|_| chance.count(expected)).sum::<usize>() as f64 / 20_000.0;

            assert!((mean / expected - 1.0).abs() < 0.05, "{expected}: {mean}");
        }
    }
}
