//! Whoever comes when all is written: what it is given must be what was written.

use std::{
    cell::{Cell, RefCell},
    time::Duration,
};

use tokio::time::{Instant, timeout_at};
use yrs::{Doc, GetString, ReadTxn, TextRef, Transact, Update, updates::decoder::Decode};

use super::{
    client,
    crowd::Crowd,
    edit,
    frame::BINARY,
    room::{Room, Writer},
    wire::{self, Heard, Wire},
};
use crate::{
    failure::Failure,
    target::{Dialect, Target},
};

/// How long a joiner waits for a document.
const PATIENCE: Duration = Duration::from_secs(30);
/// The state vector of nothing.
const NOTHING: [u8; 1] = [0];

/// Enters a room with nothing; answers with the updates it is given, which together are the document:
/// some servers send it in pieces, the last of them as the answer.
///
/// # Errors
///
/// [`Failure::Unready`] if none comes, and what opening a socket fails with.
pub(crate) async fn document(target: &Target, dialect: Dialect, room: &str) -> Result<Vec<Vec<u8>>, Failure> {
    document_and_more(target, dialect, room, Duration::ZERO).await
}

/// The same with what comes for some time after the answer: a server that has just been started may answer
/// before it has read what it stored.
///
/// # Errors
///
/// As [`document`].
pub(crate) async fn document_and_more(
    target: &Target,
    dialect: Dialect,
    room: &str,
    stay: Duration,
) -> Result<Vec<Vec<u8>>, Failure> {
    let wire = Wire::about(room, dialect);
    let socket = client::open(target, dialect, room, 0).await?;
    let mut token = Vec::new();
    if wire.put_token(&mut token) {
        socket.queue(BINARY, |out| out.extend_from_slice(&token));
    }
    socket.send(|out| wire.put_step_1(out, &NOTHING))?;
    let mut until = Instant::now() + PATIENCE;
    let (given, is_whole) = (RefCell::new(Vec::new()), Cell::new(false));
    loop {
        let had_answer = is_whole.get();
        let read = socket.read(|payload| {
            match wire.hear(payload)? {
                Heard::Update(update) => given.borrow_mut().push(update.to_vec()),
                Heard::Step2(update) => {
                    given.borrow_mut().push(update.to_vec());
                    is_whole.set(true);
                }
                Heard::Out => return Err(Failure::Closed("a joiner was not let in".to_owned())),
                Heard::Ping => socket.send(|out| out.extend_from_slice(&wire::PONG))?,
                _ => (),
            }
            Ok(())
        });
        match timeout_at(until, read).await {
            Ok(read) => read?,
            Err(_elapsed) if had_answer => break,
            Err(_elapsed) => return Err(Failure::Unready("a document".to_owned())),
        }
        if is_whole.get() && !had_answer {
            until = Instant::now() + stay;
        }
        if is_whole.get() && stay.is_zero() {
            break;
        }
    }
    Ok(given.into_inner())
}

/// What is wrong with the rooms; nothing if whoever enters them is given what their writers have written.
///
/// # Errors
///
/// As [`document`].
pub(crate) async fn look_at_rooms(target: &Target, crowd: &Crowd) -> Result<Vec<String>, Failure> {
    let mut wrong = Vec::new();
    for room in &crowd.rooms {
        let given = document(target, crowd.dialect, &room.name).await?;
        if let Some(what) = difference(room, &given) {
            wrong.push(format!("room {}: {what}", room.name));
        }
    }
    Ok(wrong)
}

fn difference(room: &Room, given: &[Vec<u8>]) -> Option<String> {
    let runs: Vec<Vec<u8>> = room.runs().collect();
    let longest = room.writers.iter().map(Writer::clock).max().unwrap_or(0);
    // One more than there should be.
    let paragraphs = edit::paragraph(longest) + 2;
    let Some(expected) = text(&runs, paragraphs) else { return Some("its edits are none".to_owned()) };
    match text(given, paragraphs) {
        None => Some("the document lacks something or cannot be read".to_owned()),
        Some(given) if given != expected => {
            Some(format!("the document has {} letters, its writers have written {}", given.len(), expected.len()))
        }
        Some(_) => None,
    }
}

/// What updates say together in so many paragraphs; `None` if one cannot be applied or something is missing.
fn text(updates: &[Vec<u8>], paragraphs: u32) -> Option<String> {
    let doc = Doc::new();
    for update in updates {
        doc.transact_mut().apply_update(Update::decode_v1(update).ok()?).ok()?;
    }
    let roots: Vec<TextRef> = (0..paragraphs).map(|paragraph| doc.get_or_insert_text(edit::root(paragraph))).collect();
    let txn = doc.transact();
    (!txn.has_missing_updates()).then(|| roots.iter().map(|root| root.get_string(&txn) + "\n").collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::room::Edit;

    fn room(letters: [u32; 2]) -> Room {
        let room = Room::new("r".to_owned(), 2, 2);
        for (writer, end) in room.writers.iter().zip(letters) {
            writer.edits.borrow_mut().push(Edit { end, at_us: 0 });
        }
        room
    }

    #[test]
    fn a_room_that_lacks_a_letter_is_noticed() {
        let written = room([7, 2030]);
        let lacks = |given: Vec<Vec<u8>>| difference(&written, &given).is_some();

        assert!(!lacks(written.runs().collect()));
        assert!(lacks(room([7, 2029]).runs().collect()));
        assert!(lacks(room([8, 2030]).runs().collect()));
        assert!(lacks(written.runs().take(1).collect()));
        assert!(lacks(vec![vec![0, 0]]) && lacks(vec![vec![9]]) && lacks(vec![]));
    }
}
