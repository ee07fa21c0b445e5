//! Secrets that are handed out once: what is kept is what they are recognised by.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use sha2::{Digest as _, Sha256};

/// Bytes of a secret. Nobody guesses 256 bits, so that a plain hash protects them (unlike passwords).
const TOKEN_BYTES: usize = 32;

/// What a secret is recognised by: its SHA-256.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Digest(pub(crate) [u8; 32]);

impl Digest {
    /// What this text is recognised by.
    pub fn of(secret: &str) -> Self {
        Self(Sha256::digest(secret).into())
    }
}

/// A secret nobody can guess, in the letters of URLs.
///
/// # Errors
///
/// When the operating system gives no random bytes.
pub fn random_token() -> Result<String, getrandom::Error> {
    let mut bytes = [0; TOKEN_BYTES];
    getrandom::fill(&mut bytes)?;
    Ok(BASE64_URL_SAFE_NO_PAD.encode(bytes))
}

/// What a state-changing request has to show besides the cookie: a page of another site can make a
/// browser send the cookie, but neither read this nor compute it.
pub fn csrf_token(cookie: &str) -> String {
    let digest = Sha256::new().chain_update("csrf ").chain_update(cookie).finalize();
    BASE64_URL_SAFE_NO_PAD.encode(digest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_tokens_are_the_same_and_each_is_recognised() {
        let (one, other) = (random_token().unwrap(), random_token().unwrap());

        assert_ne!(one, other);
        assert_eq!(one.len(), 43);
        assert!(Digest::of(&one) == Digest::of(&one) && Digest::of(&one) != Digest::of(&other));
        assert_ne!(csrf_token(&one), csrf_token(&other));
    }
}
