//! WebSocket frames (RFC 6455 §5), as much of them as a client without extensions needs. Nothing is
//! allocated for a frame.

use crate::failure::Failure;

/// First bytes of frames: the last of their message, and what they are.
pub(crate) const BINARY: u8 = 0x82;
pub(crate) const CLOSE: u8 = 0x88;
pub(crate) const PING: u8 = 0x89;
pub(crate) const PONG: u8 = 0x8a;

/// The second byte of what a client sends: it is masked.
const MASKED: u8 = 0x80;
/// Lengths in the second byte that say that two or eight bytes of length follow.
const TWO_BYTES: u8 = 126;
const EIGHT_BYTES: u8 = 127;
/// Bytes of a mask.
const MASK: usize = 4;

/// What a server sent.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Frame<'a> {
    /// The first byte: [`BINARY`], [`CLOSE`], [`PING`], [`PONG`] or something else.
    pub(crate) kind: u8,
    pub(crate) payload: &'a [u8],
}

/// Takes the first frame off the bytes, if it has come whole.
///
/// # Errors
///
/// [`Failure::Closed`] if it is a part of a message, or masked: servers measured here send neither.
#[inline]
pub(crate) fn take<'a>(bytes: &mut &'a [u8]) -> Result<Option<Frame<'a>>, Failure> {
    let [kind, length, rest @ ..] = *bytes else { return Ok(None) };
    if kind & 0xf0 != 0x80 || length & MASKED != 0 {
        return Err(Failure::Closed(format!("a frame that begins with {kind:#x} {length:#x}")));
    }
    let (length, rest) = match (*length, rest) {
        (TWO_BYTES, [a, b, rest @ ..]) => (usize::from(u16::from_be_bytes([*a, *b])), rest),
        (EIGHT_BYTES, rest) => match rest.split_first_chunk::<8>() {
            Some((length, rest)) => (u64::from_be_bytes(*length) as usize, rest),
            None => return Ok(None),
        },
        (TWO_BYTES, _) => return Ok(None),
        (length, rest) => (usize::from(length), rest),
    };
    let Some((payload, rest)) = rest.split_at_checked(length) else { return Ok(None) };
    *bytes = rest;
    Ok(Some(Frame { kind: *kind, payload }))
}

/// Appends a frame with what `write` appends as its payload.
#[inline]
pub(crate) fn put(out: &mut Vec<u8>, kind: u8, mask: u32, write: impl FnOnce(&mut Vec<u8>)) {
    let start = out.len();
    out.extend_from_slice(&[kind, MASKED]);
    out.extend_from_slice(&mask.to_be_bytes());
    let mut payload = start + 2 + MASK;
    write(out);
    let length = out.len() - payload;
    match (u8::try_from(length), u16::try_from(length)) {
        (Ok(short), _) if short < TWO_BYTES => out[start + 1] |= short,
        // Long frames are rare: what is there already moves.
        (_, Ok(two)) => {
            out[start + 1] |= TWO_BYTES;
            out.splice(start + 2..start + 2, two.to_be_bytes());
            payload += 2;
        }
        _ => {
            out[start + 1] |= EIGHT_BYTES;
            out.splice(start + 2..start + 2, (length as u64).to_be_bytes());
            payload += 8;
        }
    }
    let mask = mask.to_be_bytes();
    for (at, byte) in out[payload..].iter_mut().enumerate() {
        *byte ^= mask[at % MASK];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a server would send: the frame without its mask.
    fn unmasked(length: usize) -> Vec<u8> {
        let mut frame = Vec::new();
        put(&mut frame, BINARY, 0, |out| out.extend(vec![7; length]));
        frame[1] &= !MASKED;
        let mask = frame.len() - length - MASK;
        frame.drain(mask..mask + MASK);
        frame
    }

    #[test]
    fn frames_of_every_length_are_read_one_after_the_other() {
        let sizes = [0, 1, 125, 126, 65_535, 65_536];
        let all = sizes.map(unmasked).concat();
        let mut rest = &all[..];

        let read = std::iter::from_fn(|| take(&mut rest).unwrap()).map(|frame| frame.payload.len());

        assert_eq!(read.collect::<Vec<_>>(), sizes);
        assert!(rest.is_empty());
    }

    #[test]
    fn a_frame_that_has_not_come_whole_stays() {
        let frame = unmasked(70_000);

        for end in [0, 1, 2, 9, 10, 69_999] {
            let mut rest = &frame[..end];
            assert_eq!(take(&mut rest).unwrap(), None);
            assert_eq!(rest.len(), end);
        }
    }

    #[test]
    fn a_mask_lies_on_every_byte_of_the_payload() {
        let mut frame = Vec::new();

        put(&mut frame, PONG, 0x0102_0304, |out| out.extend([0; 6]));

        assert_eq!(frame, [PONG, 0x86, 1, 2, 3, 4, 1, 2, 3, 4, 1, 2]);
    }

    #[test]
    fn parts_of_messages_and_masked_frames_are_refused() {
        assert!(take(&mut &[0x02, 1, 0][..]).is_err());
        assert!(take(&mut &[BINARY, 0x81, 0, 0, 0, 0, 0][..]).is_err());
    }
}
