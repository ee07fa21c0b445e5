//! Rooms rebuilt from their rows in the database alone, by a few lines of the test's own, so that a
//! mistake in the server's decoder is not made twice.

use yrs::Doc;

use super::page;
use crate::{
    engines::query_postgres,
    yjs_client::{take_bytes, take_uint},
};

/// Every update of a room, in the order of the log, first those that are archived.
pub(crate) struct Log {
    pub(crate) updates: Vec<Vec<u8>>,
}

impl Log {
    /// Reads it, and makes sure that no position is missing or taken twice.
    pub(crate) async fn read(database_url: &str, room: &str) -> Self {
        let history =
            format!("SELECT encode(payload, 'hex') FROM room_history WHERE room_id = '{room}' ORDER BY from_seq");
        let tail = format!(
            "SELECT first_seq || ' ' || encode(payload, 'hex') FROM room_log WHERE room_id = '{room}' ORDER BY first_seq"
        );
        let head = format!("SELECT head_seq FROM room WHERE id = '{room}'");
        let mut updates = Vec::new();
        for row in query_postgres(database_url, &history).await.unwrap() {
            archived(&from_hex(&row), &mut updates);
        }
        for row in query_postgres(database_url, &tail).await.unwrap() {
            let (first, payload) = row.split_once(' ').expect("two columns");
            assert_eq!(first, (updates.len() + 1).to_string(), "the log of {room} has a gap or an overlap");
            segment(&from_hex(payload), &mut updates);
        }
        let head = query_postgres(database_url, &head).await.unwrap();
        assert_eq!(head, [updates.len().to_string()], "the log of {room} ends somewhere else");
        Self { updates }
    }

    /// The document it makes.
    pub(crate) fn document(&self) -> Doc {
        page::of_updates(self.updates.iter().map(Vec::as_slice))
    }
}

/// The updates of one commit: a byte for the layout; an author of 16 bytes and an update, repeatedly.
fn segment(payload: &[u8], updates: &mut Vec<Vec<u8>>) {
    assert_eq!(payload[0], 1, "the layout");
    let mut rest = &payload[1..];
    while !rest.is_empty() {
        rest = &rest[16..];
        updates.push(take_bytes(&mut rest).to_vec());
    }
}

/// Segments one after the other: id, position, count, time, payload.
fn archived(payload: &[u8], updates: &mut Vec<Vec<u8>>) {
    assert_eq!(payload[0], 1, "the layout");
    let mut rest = &payload[1..];
    while !rest.is_empty() {
        rest = &rest[16..];
        let first = take_uint(&mut rest);
        assert_eq!(first, updates.len() as u64 + 1, "the history has a gap or an overlap");
        take_uint(&mut rest);
        rest = &rest[8..];
        segment(take_bytes(&mut rest), updates);
    }
}

fn from_hex(text: &str) -> Vec<u8> {
    let digit = |byte: u8| (byte as char).to_digit(16).expect("a digit") as u8;
    text.as_bytes().chunks(2).map(|pair| digit(pair[0]) << 4 | digit(pair[1])).collect()
}
