//! Scenarios in miniature, as from the command line.
//!
//! Those against Gala need its program beside that of the load tester: `cargo build --bin gala`.

#![expect(clippy::unwrap_used, reason = "these are tests")]

use std::process::Command;

use serde_json::Value;

/// Runs a scenario to its end; answers with the record it prints.
fn record(line: &str) -> Value {
    let output = Command::new(env!("CARGO_BIN_EXE_loadtest")).args(line.split(' ')).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{line}: {said}{}", String::from_utf8_lossy(&output.stdout));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn assert_all_was_delivered(record: &Value) {
    assert!(record["delivered"].as_u64().unwrap() > 0, "{record}");
    assert!(record["latency"]["count"].as_u64().unwrap() > 0, "{record}");
    assert_eq!((&record["lost"], &record["converged"]), (&Value::from(0), &Value::from(true)), "{record}");
}

#[test]
fn what_a_relay_passes_on_is_counted() {
    let record = record("fan-out --target relay --rooms 1 --clients 3 --seconds 1");

    assert_all_was_delivered(&record);
    assert_eq!(record["acknowledgement"], Value::Null);
}

#[test]
fn gala_delivers_in_both_dialects_and_acknowledges_in_one() {
    let quiet = record("fan-out --rooms 2 --clients 3 --seconds 1");
    let acknowledging = record("saturation --dialect hocuspocus --rooms 2 --clients 3 --seconds 1 --windows 4");

    assert_all_was_delivered(&quiet);
    assert_all_was_delivered(&acknowledging);
    assert!(acknowledging["acknowledgement"]["count"].as_u64().unwrap() > 0);
}

#[test]
fn nothing_that_gala_acknowledged_is_gone_when_it_is_killed() {
    let record = record("acknowledged --edits 50");

    assert_all_was_delivered(&record);
    assert_eq!(record["figures"]["lost_of_acknowledged"], 0);
}

#[test]
fn everybody_knows_the_last_of_everybody_after_a_storm_of_presence() {
    let record = record("presence-storm --clients 5 --seconds 1");

    assert_all_was_delivered(&record);
}
