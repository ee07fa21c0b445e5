//! Edits as Yjs v1 updates, written by hand: a generator that asks a CRDT library for every letter
//! measures the library.
//!
//! Everybody appends to what they have written themselves, paragraph after paragraph, each of which is
//! a root text of the room. Nobody's letters stand between another's, so a paragraph is one run for
//! every writer (`yjs/src/structs/Item.js`). Runs end there because those of people do: libraries
//! look at the whole of a run whenever it grows.

/// Letters of a writer in one paragraph.
const PARAGRAPH: u32 = 1_000;

/// First bytes of an item that holds a string: behind another one, or the first of its parent.
const STRING_BEHIND: u8 = 0x84;
const STRING: u8 = 0x04;
/// The parent is a root type, and its name follows.
const NAMED: u8 = 1;

/// The letter with this clock, the same every time it is asked for.
pub(crate) const fn letter(clock: u32) -> u8 {
    b'a' + (clock % 26) as u8
}

/// The root text that is this paragraph.
pub(crate) fn root(paragraph: u32) -> String {
    format!("bench-{paragraph}")
}

/// In which paragraph the letter with this clock is.
pub(crate) const fn paragraph(clock: u32) -> u32 {
    clock / PARAGRAPH
}

/// Writes the update that inserts `letters` letters of a client, at least one, from this clock on:
/// each behind the one with the clock before, or as the first of its paragraph.
#[inline]
pub(crate) fn put(out: &mut Vec<u8>, client: u64, clock: u32, letters: u32) {
    let end = clock + letters;
    let blocks = paragraph(end - 1) - paragraph(clock) + 1;
    // One client.
    out.push(1);
    put_uint(out, blocks.into());
    put_uint(out, client);
    put_uint(out, clock.into());
    let mut from = clock;
    while from < end {
        let to = end.min((paragraph(from) + 1) * PARAGRAPH);
        if from.is_multiple_of(PARAGRAPH) {
            out.extend_from_slice(&[STRING, NAMED]);
            put_bytes(out, root(paragraph(from)).as_bytes());
        } else {
            out.push(STRING_BEHIND);
            put_uint(out, client);
            put_uint(out, (from - 1).into());
        }
        put_uint(out, (to - from).into());
        out.extend((from..to).map(letter));
        from = to;
    }
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
    use std::ops::Range;

    use yrs::{ClientID, Doc, GetString, Options, ReadTxn, Text, Transact, Update, WriteTxn, updates::decoder::Decode};

    use super::*;

    fn written(client: u64, clock: u32, letters: u32) -> Vec<u8> {
        let mut update = Vec::new();
        put(&mut update, client, clock, letters);
        update
    }

    fn text(updates: &[Vec<u8>]) -> String {
        let doc = Doc::new();
        for update in updates {
            doc.transact_mut().apply_update(Update::decode_v1(update).unwrap()).unwrap();
        }
        assert!(!doc.transact().has_missing_updates());
        (0..3).map(|paragraph| doc.get_or_insert_text(root(paragraph)).get_string(&doc.transact()) + "|").collect()
    }

    fn run(clocks: Range<u32>) -> String {
        clocks.map(|clock| char::from(letter(clock))).collect()
    }

    #[test]
    fn an_edit_is_what_yrs_writes_for_the_same() {
        let client = 0x8765_4321_u64;
        let doc = Doc::with_options(Options::with_client_id(ClientID::new(client)));
        let mut clock = 0;

        for letters in [1, 1, 4, 200, 794, 999, 1, 700, 1500] {
            let mut txn = doc.transact_mut();
            let mut from = clock;
            while from < clock + letters {
                let to = (clock + letters).min((from / 1000 + 1) * 1000);
                let text = txn.get_or_insert_text(root(from / 1000).as_str());
                text.push(&mut txn, &run(from..to));
                from = to;
            }
            let theirs = txn.encode_update_v1();
            drop(txn);

            assert_eq!(written(client, clock, letters), theirs, "{letters} from {clock}");
            clock += letters;
        }
    }

    #[test]
    fn writers_do_not_get_between_each_other_whatever_the_order() {
        let of = |client: u64| (0..1030).map(move |clock| written(client, clock, 1)).collect::<Vec<_>>();
        let (one, other) = (of(7), of(900));
        let woven: Vec<_> = one.iter().zip(&other).flat_map(|(a, b)| [b.clone(), a.clone()]).collect();

        let (first, second) = (run(0..1000), run(1000..1030));
        let expected = format!("{first}{first}|{second}{second}||");

        assert_eq!(text(&[one, other].concat()), expected);
        assert_eq!(text(&woven), expected);
        assert_eq!(text(&[written(7, 0, 1030), written(900, 0, 1030)]), expected);
    }
}
