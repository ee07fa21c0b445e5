//! Edits as Yjs v1 updates, written by hand: a generator that asks a CRDT library for every letter
//! measures the library.
//!
//! Everybody appends to what they have written themselves in one root text of the room. Nobody's
//! letters stand between another's, so the text is one run for every writer (`yjs/src/structs/Item.js`).

/// The root text that is written into.
pub(crate) const ROOT: &str = "bench";

/// First bytes of an item that holds a string: behind another one, or the first of its parent.
const STRING_BEHIND: u8 = 0x84;
const STRING: u8 = 0x04;
/// The parent is a root type, and its name follows.
const NAMED: u8 = 1;

/// The letter with this clock, the same every time it is asked for.
pub(crate) const fn letter(clock: u32) -> u8 {
    b'a' + (clock % 26) as u8
}

/// Writes the update that inserts `letters` letters of a client, from this clock on, behind the one
/// with the clock before, or into [`ROOT`] if there is none.
#[inline]
pub(crate) fn put(out: &mut Vec<u8>, client: u64, clock: u32, letters: u32) {
    // One client, one block.
    out.extend_from_slice(&[1, 1]);
    put_uint(out, client);
    put_uint(out, clock.into());
    if let Some(before) = clock.checked_sub(1) {
        out.push(STRING_BEHIND);
        put_uint(out, client);
        put_uint(out, before.into());
    } else {
        out.extend_from_slice(&[STRING, NAMED]);
        put_bytes(out, ROOT.as_bytes());
    }
    put_uint(out, letters.into());
    out.extend((clock..clock + letters).map(letter));
    // No deletions.
    out.push(0);
}

/// A lib0 unsigned integer.
#[inline]
pub(crate) fn put_uint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// A lib0 byte string.
#[inline]
pub(crate) fn put_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    put_uint(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

#[cfg(test)]
mod tests {
    use yrs::{ClientID, Doc, GetString, Options, ReadTxn, Text, Transact, Update, updates::decoder::Decode};

    use super::*;

    fn written(client: u64, clock: u32, letters: u32) -> Vec<u8> {
        let mut update = Vec::new();
        put(&mut update, client, clock, letters);
        update
    }

    fn text(updates: &[Vec<u8>]) -> String {
        let doc = Doc::new();
        let text = doc.get_or_insert_text(ROOT);
        for update in updates {
            doc.transact_mut().apply_update(Update::decode_v1(update).unwrap()).unwrap();
        }
        assert!(!doc.transact().has_missing_updates());
        text.get_string(&doc.transact())
    }

    #[test]
    fn an_edit_is_what_yrs_writes_for_the_same() {
        let client = 0x8765_4321_u64;
        let doc = Doc::with_options(Options::with_client_id(ClientID::new(client)));
        let text = doc.get_or_insert_text(ROOT);
        let mut clock = 0;

        for letters in [1, 1, 4, 200] {
            let run: String = (clock..clock + letters).map(|clock| char::from(letter(clock))).collect();
            let mut txn = doc.transact_mut();
            text.push(&mut txn, &run);
            let theirs = txn.encode_update_v1();
            drop(txn);

            assert_eq!(written(client, clock, letters), theirs);
            clock += letters;
        }
    }

    #[test]
    fn writers_do_not_get_between_each_other_whatever_the_order() {
        let of = |client: u64| (0..30).map(move |clock| written(client, clock, 1)).collect::<Vec<_>>();
        let (one, other) = (of(7), of(900));
        let woven: Vec<_> = one.iter().zip(&other).flat_map(|(a, b)| [b.clone(), a.clone()]).collect();
        let run: String = (0..30).map(|clock| char::from(letter(clock))).collect();

        let expected = format!("{run}{run}");

        assert_eq!(text(&[one, other].concat()), expected);
        assert_eq!(text(&woven), expected);
        assert_eq!(text(&[written(7, 0, 30), written(900, 0, 30)]), expected);
    }
}
