//! The keys access tokens are signed with, and when they are replaced.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use jsonwebtoken::EncodingKey;
use protocol::{
    access_tokens::{KeyAlgorithm, KeyType, KeyUse, PublicKey},
    accounts::ACCESS_TOKEN_S,
    time::Timestamp,
};
use rsa::{
    RsaPrivateKey, RsaPublicKey,
    pkcs1::EncodeRsaPrivateKey,
    pkcs8::{DecodePrivateKey, EncodePrivateKey},
    rand_core::OsRng,
    traits::PublicKeyParts,
};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

/// Size of a key (RFC 7518 §3.3 asks for 2048 at least).
const KEY_BITS: usize = 2048;
/// Seconds after which the newest key is replaced: 90 days.
pub const ROTATE_AFTER_S: i64 = 90 * 24 * 60 * 60;
/// Seconds a retired key is kept beyond its last token, for clocks that differ and nodes that have not
/// heard of the new key yet.
const RETIRED_SLACK_S: i64 = 10 * 60;

/// A private key. It is stored sealed only.
pub struct SigningKey {
    private: RsaPrivateKey,
    encoding: EncodingKey,
    public: PublicKey,
}

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub enum SigningKeyError {
    /// The stored bytes are not a private key of the right size.
    #[error("the stored signing key cannot be read")]
    Unreadable(#[source] rsa::pkcs8::Error),
    /// The stored bytes are a key that is too short.
    #[error("a signing key has at least {KEY_BITS} bits")]
    TooShort,
    /// No key could be made: a mistake in this program.
    #[error("no signing key could be made")]
    Generate(#[source] rsa::Error),
    /// The key cannot be written down: a mistake in this program.
    #[error("the signing key cannot be encoded")]
    Encode(#[source] rsa::pkcs8::Error),
}

impl SigningKey {
    /// A new key. Takes about a second of a processor: not for a thread that others wait for.
    ///
    /// # Errors
    ///
    /// [`SigningKeyError::Generate`].
    pub fn generate() -> Result<Self, SigningKeyError> {
        Self::new(RsaPrivateKey::new(&mut OsRng, KEY_BITS).map_err(SigningKeyError::Generate)?)
    }

    /// The key that [`SigningKey::to_pkcs8`] has written.
    ///
    /// # Errors
    ///
    /// [`SigningKeyError::Unreadable`], [`SigningKeyError::TooShort`].
    pub fn from_pkcs8(der: &[u8]) -> Result<Self, SigningKeyError> {
        let private = RsaPrivateKey::from_pkcs8_der(der).map_err(SigningKeyError::Unreadable)?;
        if private.n().bits() < KEY_BITS {
            return Err(SigningKeyError::TooShort);
        }
        Self::new(private)
    }

    /// The key in PKCS #8 (RFC 5958), DER, to be sealed.
    ///
    /// # Errors
    ///
    /// [`SigningKeyError::Encode`].
    pub fn to_pkcs8(&self) -> Result<Zeroizing<Vec<u8>>, SigningKeyError> {
        Ok(self.private.to_pkcs8_der().map_err(SigningKeyError::Encode)?.to_bytes())
    }

    /// What everybody may know of it.
    pub const fn public(&self) -> &PublicKey {
        &self.public
    }

    pub(super) const fn encoding(&self) -> &EncodingKey {
        &self.encoding
    }

    fn new(private: RsaPrivateKey) -> Result<Self, SigningKeyError> {
        let der = private.to_pkcs1_der().map_err(|error| SigningKeyError::Encode(error.into()))?;
        let encoding = EncodingKey::from_rsa_der(der.as_bytes());
        let public = describe(private.as_ref());
        Ok(Self { private, encoding, public })
    }
}

/// Seconds a key still verifies, once another one signs.
pub const FORGOTTEN_AFTER_S: i64 = ACCESS_TOKEN_S as i64 + RETIRED_SLACK_S;

/// Whether it is time for a new key; `newest_created_at` is `None` while there is none.
pub fn is_due(newest_created_at: Option<Timestamp>, now: Timestamp) -> bool {
    newest_created_at.is_none_or(|created_at| created_at.plus_seconds(ROTATE_AFTER_S) <= now)
}

/// When a key no longer verifies anything, once another one signs.
pub const fn forgotten_at(retired_at: Timestamp) -> Timestamp {
    retired_at.plus_seconds(FORGOTTEN_AFTER_S)
}

fn describe(key: &RsaPublicKey) -> PublicKey {
    let n = BASE64_URL_SAFE_NO_PAD.encode(key.n().to_bytes_be());
    let e = BASE64_URL_SAFE_NO_PAD.encode(key.e().to_bytes_be());
    PublicKey { kty: KeyType::Rsa, r#use: KeyUse::Signature, alg: KeyAlgorithm::Rs256, kid: thumbprint(&n, &e), n, e }
}

/// The thumbprint of an RSA key (RFC 7638 §3): the digest of its required members in their order.
fn thumbprint(n: &str, e: &str) -> String {
    let members = format!(r#"{{"e":"{e}","kty":"RSA","n":"{n}"}}"#);
    BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(members))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_comes_back_as_it_was_stored() {
        let key = SigningKey::generate().unwrap();

        let again = SigningKey::from_pkcs8(&key.to_pkcs8().unwrap()).unwrap();

        assert_eq!(again.public(), key.public());
        assert_eq!(key.public().e, "AQAB");
        assert_eq!(key.public().n.len(), 342, "256 bytes in base64");
    }

    #[test]
    fn what_is_no_key_or_a_short_one_is_refused() {
        let short = RsaPrivateKey::new(&mut OsRng, 1024).unwrap().to_pkcs8_der().unwrap();

        assert!(matches!(SigningKey::from_pkcs8(short.as_bytes()), Err(SigningKeyError::TooShort)));
        assert!(matches!(SigningKey::from_pkcs8(b"no key"), Err(SigningKeyError::Unreadable(_))));
    }

    #[test]
    fn the_thumbprint_is_the_one_of_rfc_7638() {
        // RFC 7638 §3.1.
        let n = "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXj\
                 BZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqz\
                 s8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ\
                 -G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw";

        assert_eq!(thumbprint(n, "AQAB"), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
    }

    #[test]
    fn a_key_is_replaced_after_ninety_days() {
        let made_at = Timestamp::from_micros(0);

        assert!(is_due(None, made_at));
        assert!(!is_due(Some(made_at), made_at.plus_seconds(ROTATE_AFTER_S - 1)));
        assert!(is_due(Some(made_at), made_at.plus_seconds(ROTATE_AFTER_S)));
    }

    #[test]
    fn a_retired_key_outlives_every_token_it_has_signed() {
        let retired_at = Timestamp::from_micros(0);

        assert!(forgotten_at(retired_at) > retired_at.plus_seconds(ACCESS_TOKEN_S.into()));
    }
}
