//! Passing updates on: in as few frames as their number allows.

use std::panic::catch_unwind;

use bytes::Bytes;
use protocol::{ids::SessionId, wire::update};
use yrs::merge_updates_v1;

/// Updates merged into one frame at most.
const MAX_MERGED: usize = 256;
/// Updates a library merges into one: it takes time quadratic to their number.
const MAX_MERGED_BY_LIBRARY: usize = 64;

/// Frames that say what the updates say, each with the one session that needs not be told.
pub(super) fn frames(updates: &[(Option<SessionId>, Bytes)]) -> Vec<(Option<SessionId>, Bytes)> {
    updates.chunks(MAX_MERGED).flat_map(merge_of).collect()
}

fn merge_of(updates: &[(Option<SessionId>, Bytes)]) -> Vec<(Option<SessionId>, Bytes)> {
    let [(author, _), rest @ ..] = updates else { return Vec::new() };
    if rest.is_empty() {
        return updates.to_vec();
    }
    let author = author.filter(|author| rest.iter().all(|(other, _)| *other == Some(*author)));
    match merge(updates.iter().map(|(_, update)| update)) {
        Some(merged) => vec![(author, merged)],
        // All of them are in the document already; one by one they say the same.
        None => updates.to_vec(),
    }
}

/// One update that says what all of these say; `None` where none is to be had.
pub(super) fn merge<'a>(updates: impl Iterator<Item = &'a Bytes> + Clone) -> Option<Bytes> {
    if let Some(merged) = update::merge(updates.clone().map(AsRef::as_ref)) {
        return Some(merged);
    }
    let few: Vec<&Bytes> = updates.take(MAX_MERGED_BY_LIBRARY + 1).collect();
    if few.len() > MAX_MERGED_BY_LIBRARY {
        return None;
    }
    catch_unwind(|| merge_updates_v1(few)).ok()?.ok().map(Bytes::from)
}

#[cfg(test)]
mod tests {
    use yrs::{Doc, GetString, Text, Transact, Update, updates::decoder::Decode};

    use super::*;

    #[test]
    fn merged_updates_say_what_they_said_one_by_one() {
        let (writer, session) = (Doc::with_client_id(1), SessionId::new());
        let text = writer.get_or_insert_text("t");
        let updates: Vec<_> = (0..200)
            .map(|number| {
                let mut txn = writer.transact_mut();
                text.insert(&mut txn, number / 2, &char::from(b'a' + (number % 26) as u8).to_string());
                (Some(session), Bytes::from(txn.encode_update_v1()))
            })
            .collect();

        let frames = frames(&updates);

        let reader = Doc::new();
        for (author, frame) in &frames {
            assert_eq!(*author, Some(session));
            reader.transact_mut().apply_update(Update::decode_v1(frame).unwrap()).unwrap();
        }
        assert_eq!(frames.len(), 1);
        let read = reader.get_or_insert_text("t").get_string(&reader.transact());
        assert_eq!(read, text.get_string(&writer.transact()));
    }

    #[test]
    fn a_frame_of_several_authors_goes_to_all_of_them() {
        let (one, two) = (Doc::with_client_id(1), Doc::with_client_id(2));
        let updates: Vec<_> = [one, two]
            .into_iter()
            .map(|doc| {
                let text = doc.get_or_insert_text("t");
                let mut txn = doc.transact_mut();
                text.insert(&mut txn, 0, "x");
                (Some(SessionId::new()), Bytes::from(txn.encode_update_v1()))
            })
            .collect();

        assert!(matches!(frames(&updates).as_slice(), [(None, _)]));
    }
}
