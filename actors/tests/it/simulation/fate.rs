//! Chance, and what came of it: whatever is random asks here, and whatever happens is told here.

use std::{
    ops::Range,
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use fastrand::Rng;
use tokio::time::Instant;

/// One seed's dice and diary. A clone is the same one.
#[derive(Clone)]
pub(super) struct Fate(Arc<Mutex<State>>);

struct State {
    dice: Rng,
    began: Instant,
    is_calm: bool,
    diary: Option<Vec<String>>,
    wrongs: Vec<String>,
}

impl Fate {
    /// `diary` says whether to write down what happens: that takes longer than the rest.
    pub(super) fn new(seed: u64, diary: bool) -> Self {
        // The ids yrs gives to documents.
        fastrand::seed(seed);
        let (dice, began, diary) = (Rng::with_seed(seed), Instant::now(), diary.then(Vec::new));
        Self(Arc::new(Mutex::new(State { dice, began, is_calm: false, diary, wrongs: Vec::new() })))
    }

    pub(super) fn below(&self, limit: u64) -> u64 {
        self.lock().dice.u64(0..limit.max(1))
    }

    pub(super) fn within(&self, range: Range<u64>) -> u64 {
        self.lock().dice.u64(range)
    }

    pub(super) fn millis(&self, range: Range<u64>) -> Duration {
        Duration::from_millis(self.within(range))
    }

    pub(super) fn coin(&self) -> bool {
        self.below(2) == 0
    }

    pub(super) fn one_of<'a, T>(&self, choices: &'a [T]) -> Option<&'a T> {
        if choices.is_empty() { None } else { choices.get(self.below(choices.len() as u64) as usize) }
    }

    /// Whether a fault happens that is this likely, in thousandths. None does once all is calm.
    pub(super) fn strikes(&self, per_mille: u64) -> bool {
        let mut state = self.lock();
        per_mille > 0 && !state.is_calm && state.dice.u64(0..1_000) < per_mille
    }

    /// No faults from now on.
    pub(super) fn calm(&self) {
        self.lock().is_calm = true;
    }

    /// Something has happened.
    pub(super) fn note(&self, what: impl FnOnce() -> String) {
        let mut state = self.lock();
        let at = state.began.elapsed().as_millis();
        if let Some(diary) = &mut state.diary {
            let what = what();
            diary.push(format!("{at:>6} ms  {what}"));
        }
    }

    /// Something has happened that must never happen.
    pub(super) fn wrong(&self, what: String) {
        self.note(|| format!("WRONG: {what}"));
        let mut state = self.lock();
        let at = state.began.elapsed().as_millis();
        state.wrongs.push(format!("{what}, after {at} ms"));
    }

    pub(super) fn wrong_unless(&self, holds: bool, what: impl FnOnce() -> String) {
        if !holds {
            self.wrong(what());
        }
    }

    /// The diary, and everything that was wrong.
    pub(super) fn end(&self) -> (Vec<String>, Vec<String>) {
        let mut state = self.lock();
        (state.diary.take().unwrap_or_default(), std::mem::take(&mut state.wrongs))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }
}
