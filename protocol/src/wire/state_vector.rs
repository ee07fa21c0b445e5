//! State vectors: how far somebody has read each client (`yjs/src/utils/encoding.js`).

use bytes::{Bytes, BytesMut};

use super::varint::{Reader, put_uint};
use super::{MAX_CLIENTS, MAX_CLOCK, WireError};

/// Reads `(client, clock)` pairs in the order they stand. The clock is the first one not seen.
///
/// # Errors
/// [`WireError`] if the bytes are not exactly one state vector of at most [`MAX_CLIENTS`] clients,
/// each with a clock of at most [`MAX_CLOCK`].
pub fn decode(bytes: &[u8]) -> Result<Vec<(u64, u32)>, WireError> {
    let mut reader = Reader::new(bytes);
    let count = reader.count(2)?;
    if count > MAX_CLIENTS {
        return Err(WireError::Oversized { what: "number of clients", limit: MAX_CLIENTS });
    }
    let mut clocks = Vec::with_capacity(count as usize);
    for _ in 0..count {
        let client = reader.uint()?;
        clocks.push((client, reader.uint_up_to(MAX_CLOCK, "clock")? as u32));
    }
    reader.finish()?;
    Ok(clocks)
}

/// Writes `(client, clock)` pairs.
pub fn encode(clocks: impl IntoIterator<Item = (u64, u32), IntoIter: ExactSizeIterator>) -> Bytes {
    let clocks = clocks.into_iter();
    let mut out = BytesMut::new();
    put_uint(&mut out, clocks.len() as u64);
    for (client, clock) in clocks {
        put_uint(&mut out, client);
        put_uint(&mut out, clock.into());
    }
    out.freeze()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::{any, prop, prop_assert_eq, proptest};
    use yrs::StateVector;
    use yrs::updates::decoder::Decode;

    use super::super::varint::MAX_UINT;
    use super::*;

    #[test]
    fn it_is_a_count_and_pairs() {
        let bytes = [2, 7, 5, 0x80, 0x01, 0];

        assert_eq!(decode(&bytes), Ok(vec![(7, 5), (128, 0)]));
        assert_eq!(encode([(7, 5), (128, 0)])[..], bytes);
        assert_eq!(decode(&[0]), Ok(vec![]));
    }

    #[test]
    fn what_is_none_is_refused() {
        let clock = |bytes: &[u8]| decode(&[&[1, 7], bytes].concat());

        assert_eq!(decode(&[]), Err(WireError::Truncated));
        assert_eq!(decode(&[2, 7, 5]), Err(WireError::Truncated));
        assert_eq!(decode(&[0xff, 0xff, 0xff, 0xff, 0x0f, 7, 5]), Err(WireError::Truncated));
        assert_eq!(decode(&[1, 7, 5, 0]), Err(WireError::Trailing { bytes: 1 }));
        assert_eq!(clock(&[0xff, 0xff, 0xff, 0xff, 0x07]), Ok(vec![(7, i32::MAX as u32)]));
        assert_eq!(
            clock(&[0x80, 0x80, 0x80, 0x80, 0x08]),
            Err(WireError::Oversized { what: "clock", limit: MAX_CLOCK })
        );
    }

    #[test]
    fn there_are_limits_to_the_number_of_clients() {
        let of = |clients: u64| decode(&encode((0..clients as u32).map(|client| (client.into(), 1))));

        assert_eq!(of(MAX_CLIENTS).map(|clocks| clocks.len()), Ok(100_000));
        assert_eq!(of(MAX_CLIENTS + 1), Err(WireError::Oversized { what: "number of clients", limit: MAX_CLIENTS }));
    }

    proptest! {
        #[test]
        fn yrs_reads_what_is_written(clocks in prop::collection::btree_map(0..=MAX_UINT, 0..=MAX_CLOCK as u32, 0..20)) {
            let bytes = encode(clocks.clone());

            let read = StateVector::decode_v1(&bytes).unwrap();
            let read: BTreeMap<_, _> = read.iter().map(|(client, clock)| (client.get(), *clock)).collect();
            prop_assert_eq!(&read, &clocks);
            prop_assert_eq!(decode(&bytes), Ok(clocks.into_iter().collect()));
        }

        #[test]
        fn what_passes_is_read_by_yrs(bytes in any::<Vec<u8>>()) {
            if decode(&bytes).is_ok() {
                StateVector::decode_v1(&bytes).unwrap();
            }
        }
    }
}
