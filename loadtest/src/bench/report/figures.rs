//! The figures of a run, in the order they are shown in, and what is wanted of them.

use serde_json::Value;

use crate::bench::run::Run;

/// Names of figures every scenario has.
pub(super) const DELIVERED: &str = "delivered/s";
pub(super) const CPU: &str = "CPU s per 100,000";
pub(super) const P50: &str = "p50 ms";
pub(super) const P99: &str = "p99 ms";
pub(super) const MEMORY: &str = "memory MiB";

/// The scenario in which writers keep no pace of their own, so that deliveries measure the server.
const UNPACED: &str = "saturation";
/// Deliveries below which processor time, told in hundredths of a second, says nothing about one of them.
const MIN_DELIVERED: u64 = 5_000;
/// Percentiles of what is measured as a whole.
const PERCENTILES: [&str; 2] = ["p50_ms", "p99_ms"];
/// Words of names that are written in another way.
const SPELLED: [(&str, &str); 4] = [("kib", "KiB"), ("mib", "MiB"), ("cpu", "CPU"), ("us", "µs")];

/// Figures of scenarios whose units do not say what is wanted of them.
const TOLD: [&str; 4] = ["document_bytes", "states_told_per_s", "changes_owed_per_s", "busy_before_percent"];

/// A measurement with a name, which ends with its unit.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Figure {
    pub(super) name: String,
    pub(super) value: f64,
    pub(super) better: Better,
}

/// What is wanted of a figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Better {
    Less,
    More,
    /// It is only told.
    Neither,
}

/// What a run measured; what it did not measure is not there. First what only this scenario measures,
/// last what is only told.
pub(super) fn of(run: &Run) -> Vec<Figure> {
    let mut figures: Vec<Figure> = run.figures.iter().flat_map(|(name, value)| of_scenario(name, value)).collect();
    let mut add = |name: &str, value: f64, better| figures.push(Figure { name: name.to_owned(), value, better });
    if run.delivered > 0 {
        let better = if run.scenario == UNPACED { Better::More } else { Better::Neither };
        add(DELIVERED, run.delivered_per_s, better);
    }
    if run.delivered >= MIN_DELIVERED {
        add(CPU, run.cpu_per_100k, Better::Less);
    }
    if run.latency.count > 0 {
        add(P50, run.latency.p50_ms, Better::Less);
        add("p90 ms", run.latency.p90_ms, Better::Less);
        add(P99, run.latency.p99_ms, Better::Less);
        add("max ms", run.latency.max_ms, Better::Neither);
    }
    if let Some(acknowledgement) = &run.acknowledgement {
        add("acknowledged p50 ms", acknowledgement.p50_ms, Better::Less);
        add("acknowledged p99 ms", acknowledgement.p99_ms, Better::Less);
    }
    add("memory before MiB", run.resident_mib_before, Better::Neither);
    add(MEMORY, run.resident_mib_after, Better::Less);
    add("load generator, % of its core", run.own_cpu_share * 100.0, Better::Neither);
    figures.sort_by_key(|figure| figure.better == Better::Neither);
    figures
}

/// What only one scenario measures. What is no number is in the record, not in tables.
fn of_scenario(name: &str, value: &Value) -> Vec<Figure> {
    if let Some(percentiles) = value.as_object() {
        let of = |percentile: &str| of_scenario(&format!("{name}_{percentile}"), percentiles.get(percentile)?).pop();
        return PERCENTILES.into_iter().filter_map(of).collect();
    }
    let value = value.as_f64().or_else(|| value.as_bool().map(|is_so| f64::from(u8::from(is_so))));
    value.into_iter().map(|value| Figure { name: in_words(name), value, better: wanted(name) }).collect()
}

fn in_words(name: &str) -> String {
    let spelled = |word| SPELLED.iter().find(|(plain, _)| *plain == word).map_or(word, |(_, spelled)| *spelled);
    name.split('_').map(spelled).collect::<Vec<_>>().join(" ").replace(" per s", "/s")
}

/// Rates are to be high; times, bytes, processor time and losses low.
fn wanted(name: &str) -> Better {
    let has = |unit: &str| name.split('_').any(|word| word == unit);
    if TOLD.contains(&name) {
        Better::Neither
    } else if name.ends_with("_per_s") {
        Better::More
    } else if ["ms", "us", "bytes", "kib", "mib", "lost"].into_iter().any(has) || name.ends_with("_s") {
        Better::Less
    } else {
        Better::Neither
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unit_says_what_is_wanted() {
        let [rate, memory, time, loss, count] =
            ["connects_per_s", "kib_per_connection", "caught_up_s", "lost_of_all", "frames"].map(wanted);

        assert_eq!((rate, memory, time), (Better::More, Better::Less, Better::Less));
        assert_eq!((loss, count), (Better::Less, Better::Neither));
    }

    #[test]
    fn a_name_is_shown_in_words() {
        let [rate, memory] = ["connects_per_s", "kib_per_connection"].map(in_words);

        assert_eq!((rate.as_str(), memory.as_str()), ("connects/s", "KiB per connection"));
    }

    #[test]
    fn percentiles_are_figures_of_their_own_and_text_is_none() {
        let latency = serde_json::json!({ "count": 2, "p50_ms": 1.0, "p90_ms": 1.5, "p99_ms": 2.0, "max_ms": 3.0 });

        let names: Vec<String> = of_scenario("read", &latency).into_iter().map(|figure| figure.name).collect();

        assert_eq!(names, ["read p50 ms", "read p99 ms"]);
        assert_eq!(of_scenario("text", &Value::from("no number")), []);
    }
}
