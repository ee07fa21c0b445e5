//! Presence: who is in a room and where, as the awareness protocol spells it (`y-protocols/awareness.js`).

use bytes::{Bytes, BytesMut};

use super::varint::{Reader, put_bytes, put_uint};
use super::{MAX_CLOCK, WireError};

/// Clients one payload may speak of: more than can be in a room, for a tab may speak for all it knows.
pub const MAX_ENTRIES: u64 = 10_000;

/// Bytes of the longest state, 8 KiB: a name, a cursor and a selection take a few hundred.
pub const MAX_STATE_BYTES: u64 = 8 * 1024;

/// How the clients spell "gone".
const GONE: &[u8] = b"null";

/// What one client shows of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PresenceEntry {
    /// The client: one tab of one browser.
    pub client: u64,
    /// Grows with every change of the state; the larger one wins.
    pub clock: u32,
    /// The state as JSON text, valid UTF-8 but not yet looked into. `None` says that the client is gone.
    pub state: Option<Bytes>,
}

/// Reads the entries of a payload in the order they stand. States are slices of it.
///
/// An entry with a clock above [`MAX_CLOCK`] or a state longer than [`MAX_STATE_BYTES`] is left out:
/// clients adopt clocks and pass on entries of others, so whoever sent it need not be to blame.
///
/// # Errors
/// [`WireError`] if the bytes are not exactly one payload, of at most [`MAX_ENTRIES`] clients.
pub fn decode(payload: &Bytes) -> Result<Vec<PresenceEntry>, WireError> {
    let mut reader = Reader::new(payload);
    // A client, a clock and the length of a state.
    let count = reader.count(3)?;
    if count > MAX_ENTRIES {
        return Err(WireError::Oversized { what: "number of presence entries", limit: MAX_ENTRIES });
    }
    let mut entries = Vec::with_capacity(count as usize);
    for _ in 0..count {
        let client = reader.uint()?;
        let clock = reader.uint()?;
        let state = reader.text()?.as_bytes();
        if clock > MAX_CLOCK || state.len() as u64 > MAX_STATE_BYTES {
            continue;
        }
        let state = (state.trim_ascii() != GONE).then(|| payload.slice_ref(state));
        entries.push(PresenceEntry { client, clock: clock as u32, state });
    }
    reader.finish()?;
    Ok(entries)
}

/// Writes a payload. One without entries says nothing and is understood by every client: a sign of life.
pub fn encode<'a>(entries: impl ExactSizeIterator<Item = &'a PresenceEntry>) -> Bytes {
    let mut out = BytesMut::new();
    put_uint(&mut out, entries.len() as u64);
    for entry in entries {
        put_uint(&mut out, entry.client);
        put_uint(&mut out, entry.clock.into());
        put_bytes(&mut out, entry.state.as_deref().unwrap_or(GONE));
    }
    out.freeze()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{Strategy, any, prop, prop_assert_eq, proptest};

    use super::super::varint::MAX_UINT;
    use super::*;

    fn entry(client: u64, clock: u32, state: Option<&str>) -> PresenceEntry {
        PresenceEntry { client, clock, state: state.map(|state| Bytes::copy_from_slice(state.as_bytes())) }
    }

    fn entries() -> impl Strategy<Value = Vec<PresenceEntry>> {
        let state = any::<Option<String>>()
            .prop_filter("null says gone", |state| state.as_deref().map(str::trim) != Some("null"));
        let one = (0..=MAX_UINT, 0..=MAX_CLOCK as u32, state);
        prop::collection::vec(one.prop_map(|(client, clock, state)| entry(client, clock, state.as_deref())), 0..5)
    }

    #[test]
    fn a_payload_is_a_count_and_entries() {
        let entries = [entry(300, 1, Some("{}")), entry(7, 2, None)];
        let payload = b"\x02\xac\x02\x01\x02{}\x07\x02\x04null";

        assert_eq!(encode(entries.iter())[..], payload[..]);
        assert_eq!(decode(&Bytes::from_static(payload)), Ok(entries.to_vec()));
    }

    #[test]
    fn a_sign_of_life_has_no_entries() {
        assert_eq!(encode([].iter())[..], [0]);
        assert_eq!(decode(&Bytes::from_static(&[0])), Ok(vec![]));
    }

    #[test]
    fn states_are_slices_of_the_payload() {
        let payload = Bytes::from(b"\x01\x07\x01\x02{}".to_vec());

        let state = decode(&payload).unwrap().remove(0).state.unwrap();

        assert_eq!(state.as_ptr(), payload[4..].as_ptr());
    }

    #[test]
    fn what_is_none_is_refused() {
        for (payload, error) in [
            (&b""[..], WireError::Truncated),
            (b"\x02\x07\x01\x02{}", WireError::Truncated),
            (b"\xff\xff\xff\xff\x0f\x07\x01\x02{}", WireError::Truncated),
            (b"\x01\x07\x01\x03{}", WireError::Truncated),
            (b"\x01\x07\x01\x01\xff", WireError::NotUtf8),
            (b"\x00\x00", WireError::Trailing { bytes: 1 }),
        ] {
            assert_eq!(decode(&Bytes::from_static(payload)), Err(error), "{payload:?}");
        }
    }

    #[test]
    fn entries_have_a_limit() {
        let many = |count: u64| decode(&encode(vec![entry(7, 1, None); count as usize].iter()));

        assert!(many(MAX_ENTRIES).is_ok());
        let oversized = WireError::Oversized { what: "number of presence entries", limit: MAX_ENTRIES };
        assert_eq!(many(MAX_ENTRIES + 1), Err(oversized));
    }

    #[test]
    fn an_entry_with_a_state_that_is_too_long_is_left_out() {
        let longest = entry(7, 1, Some(&"x".repeat(MAX_STATE_BYTES as usize)));
        let longer = entry(8, 1, Some(&"x".repeat(MAX_STATE_BYTES as usize + 1)));

        assert_eq!(decode(&encode([longer, longest.clone()].iter())), Ok(vec![longest]));
    }

    #[test]
    fn an_entry_with_an_impossible_clock_is_left_out() {
        let (last, other) = (entry(7, MAX_CLOCK as u32, Some("{}")), entry(9, 1, None));
        let impossible = entry(8, MAX_CLOCK as u32 + 1, Some("{}"));

        assert_eq!(decode(&encode([last.clone(), impossible, other.clone()].iter())), Ok(vec![last, other]));
    }

    #[test]
    fn a_clock_that_is_no_integer_is_refused() {
        let padded = b"\x01\x07\x81\x80\x80\x80\x80\x80\x80\x80\x00\x02{}";

        assert!(matches!(decode(&Bytes::from_static(padded)), Err(WireError::Oversized { .. })));
    }

    proptest! {
        #[test]
        fn no_payload_makes_it_panic(payload in any::<Vec<u8>>()) {
            drop(decode(&Bytes::from(payload)));
        }

        #[test]
        fn what_is_written_is_read(entries in entries()) {
            prop_assert_eq!(decode(&encode(entries.iter())), Ok(entries));
        }

        #[test]
        fn yrs_reads_what_is_written(entries in entries()) {
            use yrs::sync::AwarenessUpdate;
            use yrs::updates::decoder::Decode;

            let read = AwarenessUpdate::decode_v1(&encode(entries.iter())).unwrap();

            for entry in entries {
                prop_assert_eq!(read.clients.contains_key(&yrs::ClientID::new(entry.client)), true);
            }
        }
    }
}
