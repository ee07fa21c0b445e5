//! What shows that a message comes from a node of this installation: HMAC-SHA-256 (RFC 2104) over it,
//! its first 16 bytes behind the message.

use bytes::{Bytes, BytesMut};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// Bytes of a seal.
const SEAL_BYTES: usize = 16;

/// Seals messages, and looks at the seals of others.
pub(super) struct Seal(Vec<u8>);

impl Seal {
    pub(super) fn new(key: &[u8]) -> Self {
        Self(key.to_vec())
    }

    /// The message with its seal.
    pub(super) fn close(&self, message: Bytes) -> Bytes {
        let mut sealed = BytesMut::from(message);
        if let Some(mac) = self.mac(&sealed) {
            sealed.extend_from_slice(&mac.finalize().into_bytes()[..SEAL_BYTES]);
        }
        sealed.freeze()
    }

    /// The message without its seal; `None` if the seal is not ours.
    pub(super) fn open(&self, mut sealed: Bytes) -> Option<Bytes> {
        let seal = sealed.split_off(sealed.len().checked_sub(SEAL_BYTES)?);
        self.mac(&sealed)?.verify_truncated_left(&seal).ok()?;
        Some(sealed)
    }

    fn mac(&self, message: &[u8]) -> Option<Hmac<Sha256>> {
        // Keys of every length are taken.
        let mac = Hmac::<Sha256>::new_from_slice(&self.0).ok()?;
        Some(mac.chain_update(message))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_opened_by_those_who_know_the_key() {
        let message = Bytes::from_static(b"hello");
        let sealed = Seal::new(b"key").close(message.clone());

        assert_eq!(Seal::new(b"key").open(sealed.clone()), Some(message));
        assert_eq!(Seal::new(b"other").open(sealed.clone()), None);
        let mut changed = sealed.to_vec();
        changed[0] ^= 1;
        assert_eq!(Seal::new(b"key").open(changed.into()), None);
        assert_eq!(Seal::new(b"key").open(Bytes::from_static(b"short")), None);
    }
}
