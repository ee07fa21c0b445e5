use protocol::{ids::PrincipalId, principal::PrincipalKind};

use super::*;

fn guest(name: &str) -> Principal {
    let (name, color) = (name.to_owned(), "#336699".to_owned());
    Principal { id: PrincipalId::new(), kind: PrincipalKind::Guest, name, color }
}

fn says(client: u64, clock: u32, state: &str) -> PresenceEntry {
    let state = (state != "null").then(|| Bytes::copy_from_slice(state.as_bytes()));
    PresenceEntry { client, clock, state }
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_micros(seconds * 1_000_000)
}

fn name_in(entry: &PresenceEntry) -> String {
    let state: Value = serde_json::from_slice(entry.state.as_ref().unwrap()).unwrap();
    state["user"]["name"].as_str().unwrap().to_owned()
}

#[test]
fn nobody_can_show_another_name() {
    let mut presence = Presence::default();

    let told = presence.announce(SessionId::new(), &guest("Ada"), &[says(7, 1, r#"{"user":{"name":"Root"}}"#)], at(0));

    assert_eq!(name_in(&told[0]), "Ada");
}

#[test]
fn an_echo_of_somebody_else_is_dropped() {
    let (mut presence, ada, bob) = (Presence::default(), SessionId::new(), SessionId::new());
    presence.announce(ada, &guest("Ada"), &[says(1, 1, "{}")], at(0));
    presence.announce(bob, &guest("Bob"), &[says(2, 1, "{}")], at(0));

    let told = presence.announce(bob, &guest("Bob"), &[says(1, 1, "{}")], at(1));
    let ended = presence.announce(bob, &guest("Bob"), &[says(1, 2, "null")], at(1));

    assert!(told.is_empty() && ended.is_empty());
    assert_eq!(presence.everybody().len(), 2);
}

#[test]
fn a_client_that_comes_back_with_its_old_clock_is_seen_at_once() {
    let (mut presence, before) = (Presence::default(), SessionId::new());
    presence.announce(before, &guest("Ada"), &[says(1, 4, "{}")], at(0));
    presence.leave(before, at(1));

    let told = presence.announce(SessionId::new(), &guest("Ada"), &[says(1, 4, "{}")], at(2));

    assert_eq!((told[0].client, told[0].clock), (1, 5));
    assert!(presence.sweep(at(10)).is_empty(), "its grace has ended by coming back");
}

#[test]
fn presence_ends_after_the_grace_and_an_echo_does_not_bring_it_back() {
    let (mut presence, ada, bob) = (Presence::default(), SessionId::new(), SessionId::new());
    presence.announce(ada, &guest("Ada"), &[says(1, 4, "{}")], at(0));
    presence.announce(bob, &guest("Bob"), &[says(2, 1, "{}")], at(0));
    presence.leave(ada, at(1));

    assert!(presence.sweep(at(5)).is_empty());
    assert_eq!(presence.sweep(at(6)), [PresenceEntry { client: 1, clock: 5, state: None }]);
    assert!(presence.announce(bob, &guest("Bob"), &[says(1, 4, "{}")], at(7)).is_empty());
}

#[test]
fn a_client_whose_timers_sleep_is_renewed() {
    let (mut presence, ada) = (Presence::default(), SessionId::new());
    presence.announce(ada, &guest("Ada"), &[says(1, 1, "{}")], at(0));

    assert!(presence.sweep(at(19)).is_empty());
    assert_eq!(presence.sweep(at(20))[0].clock, 2);
}

#[test]
fn a_state_that_is_not_an_object_is_dropped() {
    let mut presence = Presence::default();

    assert!(presence.announce(SessionId::new(), &guest("Ada"), &[says(1, 1, "[1]")], at(0)).is_empty());
}

/// A room in which Ada's session shows client 1 at clock 4, and a session that joined after her.
fn ada_and_another() -> (Presence, SessionId, SessionId) {
    let (mut presence, ada, other) = (Presence::default(), SessionId::new(), SessionId::new());
    presence.announce(ada, &guest("Ada"), &[says(1, 4, "{}")], at(0));
    (presence, ada, other)
}

#[test]
fn a_viewer_that_begins_with_an_echo_does_not_take_over_what_it_heard() {
    let (mut presence, ada, viewer) = ada_and_another();

    assert!(presence.announce(viewer, &guest("Vic"), &[says(1, 4, "{}")], at(1)).is_empty());
    assert_eq!(presence.announce(ada, &guest("Ada"), &[says(1, 5, "{}")], at(2))[0].clock, 5);
    assert!(presence.announce(viewer, &guest("Vic"), &[says(1, 5, "{}")], at(2)).is_empty());

    assert_eq!(name_in(&presence.everybody()[0]), "Ada");
}

#[test]
fn a_late_echo_does_not_take_over_what_is_in_its_grace() {
    let (mut presence, ada, viewer) = ada_and_another();
    presence.leave(ada, at(1));

    let first = presence.announce(viewer, &guest("Vic"), &[says(1, 4, "{}")], at(2));
    let second = presence.announce(viewer, &guest("Vic"), &[says(1, 4, "{}")], at(3));

    assert!(first.is_empty() && second.is_empty());
    assert_eq!(presence.sweep(at(6)), [PresenceEntry { client: 1, clock: 5, state: None }]);
    assert!(presence.announce(viewer, &guest("Vic"), &[says(1, 4, "{}")], at(7)).is_empty());
}

#[test]
fn an_echo_that_is_the_first_word_after_the_end_does_not_bring_it_back() {
    let (mut presence, ada, viewer) = ada_and_another();
    presence.leave(ada, at(1));
    presence.sweep(at(6));

    assert!(presence.announce(viewer, &guest("Vic"), &[says(1, 4, "{}")], at(7)).is_empty());
}

#[test]
fn a_client_whose_old_socket_is_not_known_to_be_dead_is_back_with_its_next_renewal() {
    let (mut presence, _half_open, again) = ada_and_another();

    let same = presence.announce(again, &guest("Ada again"), &[says(1, 4, "{}")], at(1));
    let renewed = presence.announce(again, &guest("Ada again"), &[says(1, 5, "{}")], at(15));

    assert!(same.is_empty());
    assert_eq!((name_in(&renewed[0]).as_str(), renewed[0].clock), ("Ada again", 5));
}

#[test]
fn the_same_principal_is_back_at_once_while_its_old_socket_hangs() {
    let (mut presence, before, after) = (Presence::default(), SessionId::new(), SessionId::new());
    let ada = guest("Ada");
    presence.announce(before, &ada, &[says(1, 4, "{}")], at(0));

    let back = presence.announce(after, &ada, &[says(1, 4, "{}")], at(1));
    let echo = presence.announce(before, &ada, &[says(1, 5, "{}")], at(1));

    assert_eq!(back[0].clock, 5);
    assert!(echo.is_empty(), "no ping-pong between two tabs of one person");
}

#[test]
fn a_client_that_shows_itself_first_never_takes_what_it_passes_on() {
    let (mut presence, _ada, bob) = ada_and_another();
    presence.announce(bob, &guest("Bob"), &[says(2, 1, "{}")], at(0));

    // A BroadcastChannel between two tabs may be faster than the other tab's socket.
    assert!(presence.announce(bob, &guest("Bob"), &[says(1, 9, "{}")], at(1)).is_empty());
}

#[test]
fn an_echo_that_overtakes_the_original_wins_only_once() {
    let (mut presence, ada, viewer) = ada_and_another();
    let mut say = |session, name, clock| presence.announce(session, &guest(name), &[says(1, clock, "{}")], at(1));

    assert!(say(viewer, "Vic", 4).is_empty());
    assert_eq!(name_in(&say(viewer, "Vic", 5)[0]), "Vic");
    assert!(say(ada, "Ada", 5).is_empty());
    assert_eq!(name_in(&say(ada, "Ada", 6)[0]), "Ada");
    assert!(say(viewer, "Vic", 7).is_empty());
}

#[test]
fn a_clock_somebody_else_announces_moves_the_victims_by_one() {
    let (mut presence, ada, attacker) = ada_and_another();

    let taken = presence.announce(attacker, &guest("Eve"), &[says(1, LAST_CLOCK, "{}")], at(1));
    let back = presence.announce(ada, &guest("Ada"), &[says(1, 6, "{}")], at(2));

    assert_eq!(taken[0].clock, 5);
    assert_eq!((name_in(&back[0]).as_str(), back[0].clock), ("Ada", 6));
    assert!(presence.announce(attacker, &guest("Eve"), &[says(1, LAST_CLOCK, "{}")], at(3)).is_empty());
}

#[test]
fn a_clock_nobody_can_have_counted_to_is_not_believed() {
    let (mut presence, ada, eve) = ada_and_another();

    let unknown = presence.announce(eve, &guest("Eve"), &[says(2, LAST_CLOCK, "{}")], at(1));
    let leap = presence.announce(ada, &guest("Ada"), &[says(1, 4 + MAX_CLOCK_STEP + 1, "{}")], at(1));
    let step = presence.announce(ada, &guest("Ada"), &[says(1, 5 + MAX_CLOCK_STEP, "{}")], at(1));

    let clocks = [unknown[0].clock, leap[0].clock, step[0].clock];
    assert_eq!(clocks, [FIRST_CLOCK, 5, 5 + MAX_CLOCK_STEP]);
}

#[test]
fn a_remembered_clock_counts_on_by_one() {
    let (mut presence, ada, eve) = ada_and_another();
    presence.announce(ada, &guest("Ada"), &[says(1, 5, "null")], at(1));

    let told = presence.announce(eve, &guest("Eve"), &[says(1, LAST_CLOCK, "{}")], at(2));

    assert_eq!(told[0].clock, 6);
}

#[test]
fn a_state_that_is_too_long_is_dropped_and_the_one_before_stays() {
    let (mut presence, ada, _) = ada_and_another();
    let long = format!(r#"{{"x":"{}"}}"#, "x".repeat(MAX_STATE_BYTES as usize));

    assert!(presence.announce(ada, &guest("Ada"), &[says(1, 5, &long)], at(1)).is_empty());
    assert_eq!(presence.announce(ada, &guest("Ada"), &[says(1, 6, "{}")], at(1))[0].clock, 6);
}

#[test]
fn the_states_of_a_room_have_a_limit() {
    let mut presence = Presence::default();
    let long = format!(r#"{{"x":"{}"}}"#, "x".repeat(7 * 1024));
    let mut sessions: Vec<SessionId> = (0..100).map(|_| SessionId::new()).collect();
    for (client, session) in (0..).zip(&sessions) {
        presence.announce(*session, &guest("Ada"), &[says(client, 1, &long)], at(0));
    }

    let (seen, last) = (presence.present.len(), sessions.pop().unwrap());
    assert!(presence.bytes <= MAX_ROOM_BYTES && presence.bytes + 8 * 1024 > MAX_ROOM_BYTES);
    assert!(presence.announce(last, &guest("Bob"), &[says(99, 2, &long)], at(1)).is_empty(), "no room");
    assert_eq!(presence.announce(sessions[0], &guest("Ada"), &[says(0, 2, "{}")], at(1)).len(), 1, "replaced");
    assert_eq!(presence.announce(last, &guest("Bob"), &[says(99, 3, &long)], at(1)).len(), 1, "freed");
    assert_eq!(presence.present.len(), seen + 1);
}

#[test]
fn what_is_counted_is_what_is_there() {
    let (mut presence, ada, bob) = ada_and_another();
    let many: Vec<PresenceEntry> = (10..40).map(|client| says(client, 1, "{}")).collect();
    presence.announce(bob, &guest("Bob"), &many, at(0));
    assert_eq!(presence.speakers[&bob].clients, MAX_CLIENTS_PER_SESSION);
    presence.announce(bob, &guest("Bob"), &[says(10, 2, "null"), says(50, 1, r#"{"x":1}"#)], at(0));
    presence.announce(bob, &guest("Bob"), &[says(50, 2, r#"{"x":12345}"#)], at(0));

    assert_eq!(presence.speakers[&bob].clients, MAX_CLIENTS_PER_SESSION);
    assert_eq!(presence.bytes, presence.present.values().map(|present| present.state.len()).sum::<usize>());
    presence.leave(ada, at(1));
    presence.leave(bob, at(1));
    presence.sweep(at(9));
    assert_eq!((presence.bytes, presence.speakers.len(), presence.present.len()), (0, 0, 0));
}

#[test]
fn a_clock_that_goes_back_ends_no_presence_and_keeps_none() {
    let (mut presence, ada, bob) = (Presence::default(), SessionId::new(), SessionId::new());
    presence.announce(ada, &guest("Ada"), &[says(1, 1, "{}")], at(90_000));
    presence.announce(bob, &guest("Bob"), &[says(2, 1, "{}")], at(90_000));
    presence.leave(bob, at(90_000));

    let renewed = presence.sweep(at(10));
    let ended = presence.sweep(at(16));

    assert_eq!((renewed.len(), renewed[0].client, renewed[0].clock), (1, 1, 2));
    assert_eq!((ended.len(), ended[0].client, &ended[0].state), (1, 2, &None));
}

#[test]
fn whoever_missed_something_is_told_who_has_left() {
    let (mut presence, ada) = (Presence::default(), SessionId::new());
    presence.announce(ada, &guest("Ada"), &[says(1, 1, "{}")], at(0));
    presence.announce(ada, &guest("Ada"), &[says(1, 2, "null")], at(1));

    assert_eq!(presence.everybody(), []);
    assert_eq!(presence.everybody_and_the_gone(), [says(1, 2, "null")]);
}
