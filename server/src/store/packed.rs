//! Bytes packed with zstd (RFC 8878), which take a third or less of what they took before.

use std::io;

use bytes::Bytes;

/// How hard zstd tries: its default, hundreds of megabytes in a second.
const LEVEL: i32 = 3;
/// Bytes that are unpacked at most. What is packed here is a document or a few segments.
const MAX_BYTES: usize = 128 * 1024 * 1024;

/// The bytes, packed.
///
/// # Errors
///
/// When zstd has not the memory it needs.
pub(super) fn pack(bytes: &[u8]) -> io::Result<Bytes> {
    Ok(zstd::bulk::compress(bytes, LEVEL)?.into())
}

/// What was packed.
///
/// # Errors
///
/// When these bytes are nothing that [`pack`] has made, or more than 128 MiB come out.
pub(super) fn unpack(packed: &[u8]) -> io::Result<Bytes> {
    let announced = zstd::bulk::Decompressor::upper_bound(packed).unwrap_or(MAX_BYTES);
    Ok(zstd::bulk::decompress(packed, announced.min(MAX_BYTES))?.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_packed_comes_out_again_and_nothing_else_does() {
        let text = b"the same again and again, ".repeat(1000);

        let packed = pack(&text).unwrap();

        assert!(packed.len() < text.len() / 10);
        assert_eq!(unpack(&packed).unwrap(), text);
        assert_eq!(unpack(&pack(b"").unwrap()).unwrap(), b"".as_slice());
        assert!(unpack(&packed[..packed.len() / 2]).is_err());
        assert!(unpack(b"not packed").is_err());
    }
}
