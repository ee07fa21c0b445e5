//! Limits of how often something may be done, by whoever it is counted for.

use std::{
    hash::{BuildHasher, Hash, RandomState},
    net::IpAddr,
    num::NonZero,
    time::Duration,
};

use governor::{
    Quota, RateLimiter,
    clock::{Clock, DefaultClock},
    state::keyed::DefaultKeyedStateStore,
};

/// Counters of one limit at most. Whoever is counted for is put into one of them by a hash nobody can
/// foresee: no number of names takes more memory, and two that meet by chance share a limit.
const COUNTERS: u64 = 1 << 16;

/// How often something may be done: so many times at once, and then so often.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// How often at once.
    pub burst: NonZero<u32>,
    /// How long it takes until it may be done once more.
    pub every: Duration,
}

/// A limit, counted for each key by itself.
pub struct RateLimit {
    limiter: RateLimiter<u64, DefaultKeyedStateStore<u64>, DefaultClock>,
    hasher: RandomState,
    clock: DefaultClock,
}

/// It was done too often.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many requests; try again in {retry_after_s} s")]
pub struct RateLimited {
    /// Seconds until it may be done again, rounded up.
    pub retry_after_s: u64,
}

impl Rate {
    /// `burst` times at once, and then once in `every`.
    ///
    /// # Panics
    ///
    /// For a burst of 0: to be used in constants, where it does not compile.
    pub const fn new(burst: u32, every: Duration) -> Self {
        let Some(burst) = NonZero::new(burst) else { panic!("a burst of 0 allows nothing") };
        Self { burst, every }
    }
}

impl RateLimit {
    /// A limit at this rate; `None` when no time passes between two.
    pub fn new(rate: Rate) -> Option<Self> {
        let quota = Quota::with_period(rate.every)?.allow_burst(rate.burst);
        let clock = DefaultClock::default();
        Some(Self { limiter: RateLimiter::dashmap_with_clock(quota, clock.clone()), hasher: RandomState::new(), clock })
    }

    /// Counts once more for a key.
    ///
    /// # Errors
    ///
    /// [`RateLimited`]; it is not counted then.
    pub fn check(&self, key: impl Hash) -> Result<(), RateLimited> {
        let counter = self.hasher.hash_one(key) % COUNTERS;
        self.limiter.check_key(&counter).map_err(|until| {
            let wait = until.wait_time_from(self.clock.now());
            RateLimited { retry_after_s: wait.as_secs() + 1 }
        })
    }
}

/// What requests from an address are counted for: a single IPv4 address, or the 64 bits of an IPv6
/// address that one customer has at least (RFC 6177 §2).
pub fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => address.into(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            [a, b, c, d, 0, 0, 0, 0].into()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_a_burst_one_has_to_wait() {
        let limit = RateLimit::new(Rate::new(3, Duration::from_secs(3600))).unwrap();

        let answers: Vec<bool> = (0..4).map(|_| limit.check("ada").is_ok()).collect();

        assert_eq!(answers, [true, true, true, false]);
        let wait = limit.check("ada").unwrap_err().retry_after_s;
        assert!((3590..=3601).contains(&wait), "{wait}");
        assert!(limit.check("bob").is_ok());
    }

    #[test]
    fn who_has_a_network_of_ipv6_addresses_has_one_limit() {
        let of = |address: &str| network(address.parse().unwrap());

        assert_eq!(of("2001:db8:1:2:3:4:5:6"), of("2001:db8:1:2::1"));
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
        assert_eq!(of("::ffff:192.0.2.1"), of("192.0.2.1"));
        assert_ne!(of("192.0.2.1"), of("192.0.2.2"));
    }
}
