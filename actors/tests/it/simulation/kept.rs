//! Worlds in which something was wrong once, by what it was. A number makes the same world only until
//! rooms or worlds ask their dice more or less often than before: what was found has a test of its own
//! beside what was mended, and whoever changes the dice may look for the same fault again.

use super::live;

fn is_well_again(seed: u64) {
    assert_eq!(live(seed, false).wrongs, Vec::<String>::new(), "seed {seed}");
}

#[test]
fn nobody_vanishes_when_the_clock_of_a_node_goes_back() {
    is_well_again(1_935);
}

#[test]
fn the_lists_show_the_title_after_another_node_has_given_it() {
    is_well_again(200);
    is_well_again(605);
}

#[test]
fn a_reader_who_lags_learns_who_has_left() {
    is_well_again(1_084);
    is_well_again(2_254);
}
