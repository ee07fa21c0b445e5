//! Rooms by size: a Pareto distribution with an end. Many have one person in them, a few have hundreds.

use super::workload::Workload;

/// How many classes of rooms sums are made over.
const CLASSES: usize = 2_000;

/// The distribution of the number of people a room has on average.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sizes {
    smallest: f64,
    largest: f64,
    tail: f64,
}

/// Rooms of much the same size.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Class {
    /// People in each, on average.
    pub(crate) people: f64,
    /// How many rooms that is of all.
    pub(crate) share: f64,
}

impl Sizes {
    pub(crate) fn of(workload: &Workload) -> Self {
        Self { smallest: workload.smallest_room, largest: workload.largest_room, tail: workload.tail }
    }

    /// The size below which this share of rooms is.
    pub(crate) fn quantile(&self, share: f64) -> f64 {
        let beyond = (self.smallest / self.largest).powf(self.tail);
        self.smallest * (1.0 - share * (1.0 - beyond)).powf(-1.0 / self.tail)
    }

    /// All rooms in classes, the larger the finer: a few rooms hold much of the load.
    pub(crate) fn classes(&self) -> impl Iterator<Item = Class> {
        let beyond = (self.smallest / self.largest).powf(self.tail);
        let share_above = move |size: f64| ((self.smallest / size).powf(self.tail) - beyond) / (1.0 - beyond);
        let step = (self.largest / self.smallest).powf(1.0 / CLASSES as f64);
        (0..CLASSES).map(move |nth| {
            let (low, high) = (self.smallest * step.powi(nth as i32), self.smallest * step.powi(nth as i32 + 1));
            Class { people: (low * high).sqrt(), share: share_above(low) - share_above(high) }
        })
    }

    /// The mean over all rooms.
    pub(crate) fn mean(&self) -> f64 {
        self.sum(|people| people)
    }

    /// The mean of something over all rooms.
    pub(crate) fn sum(&self, of: impl Fn(f64) -> f64) -> f64 {
        self.classes().map(|class| class.share * of(class.people)).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capacity::workload::Preset;

    #[test]
    fn classes_hold_all_rooms_and_agree_with_quantiles() {
        let sizes = Sizes::of(&Preset::OfficeDay.workload());

        let by_quantiles: f64 = (0..100_000).map(|nth| sizes.quantile((f64::from(nth) + 0.5) / 1e5)).sum::<f64>() / 1e5;

        assert!((sizes.sum(|_| 1.0) - 1.0).abs() < 1e-9);
        assert!((sizes.mean() / by_quantiles - 1.0).abs() < 0.01, "{} {by_quantiles}", sizes.mean());
        assert!((sizes.quantile(0.0) - 0.5).abs() < 1e-9 && (sizes.quantile(1.0) - 500.0).abs() < 1e-6);
    }
}
