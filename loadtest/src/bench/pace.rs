//! Writing at a rate that does not depend on how fast the server is.

use std::{rc::Rc, time::Duration};

use tokio::{
    task::yield_now,
    time::{Instant, sleep_until},
};

use super::crowd::Crowd;
use crate::{failure::Failure, random::Random};

/// Everybody who writes does so at this rate, each at moments of its own.
///
/// # Errors
///
/// [`Failure::Io`].
pub(crate) async fn steadily(crowd: &Rc<Crowd>, edits_per_s: f64, letters: u32, time: Duration) -> Result<(), Failure> {
    let writers = |nth: &usize| crowd.clients[*nth].number < crowd.rooms[crowd.clients[*nth].room].writers.len();
    let writers: Vec<usize> = (0..crowd.clients.len()).filter(writers).collect();
    in_turns(&writers, edits_per_s, time, |nth| crowd.write(nth, letters)).await
}

/// Does something for each of them at this rate, at moments that are spread by chance, the same every time.
///
/// # Errors
///
/// What `act` fails with.
pub(crate) async fn in_turns(
    whom: &[usize],
    per_s: f64,
    time: Duration,
    mut act: impl FnMut(usize) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let period = Duration::from_secs_f64(1.0 / per_s);
    let mut random = Random::seeded(whom.len() as u64);
    let mut offsets: Vec<(Duration, usize)> =
        whom.iter().map(|nth| (Duration::from_nanos(random.below(period.as_nanos() as u64)), *nth)).collect();
    offsets.sort_unstable();
    let (start, mut round) = (Instant::now(), Duration::ZERO);
    while round < time {
        for (offset, nth) in &offsets {
            let at = start + round + *offset;
            if at > Instant::now() {
                sleep_until(at).await;
            } else {
                // Whoever is late must still let the others listen.
                yield_now().await;
            }
            act(*nth)?;
        }
        round += period;
    }
    Ok(())
}
