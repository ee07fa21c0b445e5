//! Worlds in which something was wrong once, by what it was.

use super::live;

fn is_well_again(seed: u64) {
    assert_eq!(live(seed, false).wrongs, Vec::<String>::new(), "seed {seed}");
}

#[test]
fn nobody_vanishes_when_the_clock_of_a_node_goes_back() {
    for seed in [528, 694, 851] {
        is_well_again(seed);
    }
}

#[test]
fn a_log_that_loses_what_stands_beyond_a_gap_is_filled_again() {
    is_well_again(1_823);
}

#[test]
fn the_lists_show_the_title_after_another_node_has_given_it() {
    for seed in [330, 622] {
        is_well_again(seed);
    }
}

#[test]
fn a_reader_who_lags_learns_who_has_left() {
    is_well_again(924);
}
