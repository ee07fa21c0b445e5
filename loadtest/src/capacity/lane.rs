//! How many commits a lane of the committer makes: see `server/src/store/lane.rs`.

/// Least time between the beginnings of two commits of which the first was of several appends, seconds.
pub(crate) const COMMIT_INTERVAL_S: f64 = 0.01;
/// Lanes of a node, by its database.
pub(crate) const SQLITE_LANES: f64 = 1.0;
pub(crate) const POSTGRES_LANES: f64 = 2.0;

/// Commits a second of one lane to which appends come by chance, so many a second, and that takes
/// `commit_s` for each.
///
/// After a commit of several appends the next waits for the interval; after one of a single append it does
/// not. Either kind follows the other with a probability that depends on how many come meanwhile.
pub(crate) fn commits_per_s(appends_per_s: f64, commit_s: f64) -> f64 {
    if appends_per_s <= 0.0 {
        return 0.0;
    }
    let several_within = |time: f64| {
        let expected = appends_per_s * time;
        1.0 - (-expected).exp() * (1.0 + expected)
    };
    let length = |time: f64| time + (-appends_per_s * time).exp() / appends_per_s;
    let interval = COMMIT_INTERVAL_S.max(commit_s);
    let (becomes_busy, stays_busy) = (several_within(commit_s), several_within(interval));
    let busy = becomes_busy / (becomes_busy + 1.0 - stays_busy).max(f64::MIN_POSITIVE);
    1.0 / (busy * length(interval) + (1.0 - busy) * length(commit_s))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_is_that_of_the_server() {
        let server = include_str!("../../../server/src/store/lane.rs");

        let interval = format!("COMMIT_INTERVAL: Duration = Duration::from_millis({});", COMMIT_INTERVAL_S * 1000.0);
        assert!(server.contains(&interval), "{interval}");
    }

    #[test]
    fn an_append_that_comes_alone_has_a_commit_of_its_own() {
        let commits = commits_per_s(1.0, 0.002);

        assert!((commits - 1.0).abs() < 0.01, "{commits}");
    }

    #[test]
    fn a_busy_lane_commits_once_an_interval_however_much_comes() {
        let (some, many) = (commits_per_s(2_000.0, 0.002), commits_per_s(200_000.0, 0.002));

        assert!((some - 100.0).abs() < 2.0 && (many - 100.0).abs() < 0.1, "{some} {many}");
    }

    #[test]
    fn a_slow_disk_makes_fewer_commits() {
        let commits = commits_per_s(2_000.0, 0.05);

        assert!((commits - 20.0).abs() < 0.1, "{commits}");
    }
}
