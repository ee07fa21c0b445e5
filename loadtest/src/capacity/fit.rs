//! Costs that explain measurements best.

/// Passes over all costs, far more than are needed for as few as these.
const PASSES: usize = 20_000;

/// A measurement: how often each thing happened, and the time it took together.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) counts: Vec<f64>,
    pub(crate) total: f64,
}

/// What each thing costs, none less than its least: the sum of squares of relative errors is as small as it
/// can be. By coordinate descent.
pub(crate) fn fit(rows: &[Row], least: &[f64]) -> Vec<f64> {
    let mut costs = least.to_vec();
    for _ in 0..PASSES {
        for (nth, least) in least.iter().enumerate() {
            let (mut slope, mut curve) = (0.0, 0.0);
            for row in rows.iter().filter(|row| row.total > 0.0) {
                let share = row.counts[nth] / row.total;
                slope += share * (1.0 - explained(row, &costs) / row.total);
                curve += share * share;
            }
            if curve > 0.0 {
                costs[nth] = (costs[nth] + slope / curve).max(*least);
            }
        }
    }
    costs
}

/// What the costs say a measurement takes.
pub(crate) fn explained(row: &Row, costs: &[f64]) -> f64 {
    row.counts.iter().zip(costs).map(|(count, cost)| count * cost).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(counts: [f64; 2], total: f64) -> Row {
        Row { counts: counts.to_vec(), total }
    }

    #[test]
    fn costs_are_found_that_explain_everything() {
        let costs = fit(&[row([1.0, 0.0], 3.0), row([10.0, 100.0], 530.0)], &[0.0, 0.0]);

        assert!((costs[0] - 3.0).abs() < 1e-6 && (costs[1] - 5.0).abs() < 1e-6, "{costs:?}");
    }

    #[test]
    fn no_cost_is_less_than_its_least() {
        let costs = fit(&[row([1.0, 1.0], 2.0), row([1.0, 2.0], 1.0)], &[0.5, 0.1]);

        assert!(costs[0] >= 0.5 && costs[1] >= 0.1, "{costs:?}");
    }
}
