//! A sign-in under way: what the browser keeps until it comes back, sealed so that only we read it.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use bytes::{BufMut, BytesMut};
use protocol::{
    time::Timestamp,
    wire::varint::{Reader, put_bytes},
};
use sha2::{Digest, Sha256};
use zeroize::{Zeroize, ZeroizeOnDrop};

use super::{OAuthError, ReturnTo};
use crate::{
    secret::{Secret, SecretError},
    vault::{Cipher, VaultError},
};

/// Seconds within which somebody has to come back.
pub const FLOW_TIMEOUT_S: i64 = 10 * 60;
/// What the key of flows is derived for.
const PURPOSE: &str = "sign-ins elsewhere";
/// Bytes of each secret; in base64url the shortest verifier there may be (RFC 7636 §4.1).
const SECRET_BYTES: usize = 32;

/// A sign-in under way.
pub struct Flow {
    /// The id of the provider.
    pub(super) provider: String,
    /// Comes back with the browser: nobody else has started this sign-in (RFC 6749 §10.12).
    pub(super) state: FlowSecret,
    /// Comes back in the ID token: it was made for this sign-in (OpenID Connect Core §3.1.2.1).
    pub(super) nonce: FlowSecret,
    /// Shows that who redeems the code has asked for it (RFC 7636).
    pub(super) verifier: FlowSecret,
    /// Where it leads back to.
    pub(super) return_to: ReturnTo,
    started_at: Timestamp,
}

/// A random text nobody guesses.
#[derive(Zeroize, ZeroizeOnDrop)]
pub(super) struct FlowSecret([u8; SECRET_BYTES]);

/// Seals flows into the values of cookies.
pub struct Flows(Cipher);

impl Flow {
    pub(super) fn start(provider: &str, return_to: ReturnTo, now: Timestamp) -> Result<Self, getrandom::Error> {
        Ok(Self {
            provider: provider.to_owned(),
            state: FlowSecret::generate()?,
            nonce: FlowSecret::generate()?,
            verifier: FlowSecret::generate()?,
            return_to,
            started_at: now,
        })
    }

    /// Where it leads back to.
    pub const fn return_to(&self) -> &ReturnTo {
        &self.return_to
    }
}

impl FlowSecret {
    /// The secret as it is sent.
    pub(super) fn text(&self) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(self.0)
    }

    /// What shows later that one knows the secret (`S256` of RFC 7636 §4.2).
    pub(super) fn challenge(&self) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(self.text()))
    }

    fn generate() -> Result<Self, getrandom::Error> {
        let mut bytes = [0; SECRET_BYTES];
        getrandom::fill(&mut bytes)?;
        Ok(Self(bytes))
    }

    fn read(reader: &mut Reader<'_>) -> Option<Self> {
        Some(Self(reader.take(SECRET_BYTES as u64).ok()?.try_into().ok()?))
    }
}

impl Flows {
    /// Sealed with a key derived from the server's secret.
    ///
    /// # Errors
    ///
    /// [`SecretError::Derive`].
    pub fn new(secret: &Secret) -> Result<Self, SecretError> {
        Cipher::derive(secret, PURPOSE).map(Self)
    }

    /// The value of a cookie that keeps the flow, below 2 KiB.
    ///
    /// # Errors
    ///
    /// [`VaultError::Random`].
    pub fn seal(&self, flow: &Flow) -> Result<String, VaultError> {
        let mut bytes = BytesMut::new();
        put_bytes(&mut bytes, flow.provider.as_bytes());
        for secret in [&flow.state, &flow.nonce, &flow.verifier] {
            bytes.put_slice(&secret.0);
        }
        put_bytes(&mut bytes, flow.return_to.as_str().as_bytes());
        bytes.put_i64(flow.started_at.as_micros());
        Ok(BASE64_URL_SAFE_NO_PAD.encode(self.0.seal(&bytes, b"")?))
    }

    /// The flow a cookie keeps.
    ///
    /// # Errors
    ///
    /// [`OAuthError::NotStarted`] if we have not sealed it, [`OAuthError::Expired`] after [`FLOW_TIMEOUT_S`].
    pub fn open(&self, cookie: &str, now: Timestamp) -> Result<Flow, OAuthError> {
        let sealed = BASE64_URL_SAFE_NO_PAD.decode(cookie).map_err(|_not_base64| OAuthError::NotStarted)?;
        let opened = self.0.open(&sealed, b"").map_err(|_not_ours| OAuthError::NotStarted)?;
        let flow = read(opened.expose()).ok_or(OAuthError::NotStarted)?;
        if flow.started_at.plus_seconds(FLOW_TIMEOUT_S) <= now { Err(OAuthError::Expired) } else { Ok(flow) }
    }
}

/// The flow as [`Flows::seal`] has written it; `None` when an older version has.
fn read(bytes: &[u8]) -> Option<Flow> {
    let mut reader = Reader::new(bytes);
    let flow = Flow {
        provider: reader.text().ok()?.to_owned(),
        state: FlowSecret::read(&mut reader)?,
        nonce: FlowSecret::read(&mut reader)?,
        verifier: FlowSecret::read(&mut reader)?,
        return_to: reader.text().ok()?.parse().ok()?,
        started_at: Timestamp::from_micros(i64::from_be_bytes(reader.take(8).ok()?.try_into().ok()?)),
    };
    reader.finish().ok()?;
    Some(flow)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::config::SecretConfig;

    fn flows(first_letter: char) -> Flows {
        let key = format!("{first_letter}{}=", "A".repeat(42));
        let config = SecretConfig { secret_key: Some(key.into()), secret_key_file: None };
        Flows::new(&Secret::load(&config, Path::new("")).unwrap()).unwrap()
    }

    fn start() -> Flow {
        Flow::start("google", "/pages/1?a=b".parse().unwrap(), Timestamp::from_micros(0)).unwrap()
    }

    #[test]
    fn a_flow_comes_back_in_time_as_it_was_started() {
        let (flow, in_time) = (start(), Timestamp::from_micros(0).plus_seconds(FLOW_TIMEOUT_S - 1));
        let cookie = flows('A').seal(&flow).unwrap();

        let opened = flows('A').open(&cookie, in_time).unwrap();

        assert!(opened.provider == "google" && opened.return_to().as_str() == "/pages/1?a=b");
        let secrets = |flow: &Flow| [flow.state.text(), flow.nonce.text(), flow.verifier.text()];
        assert_eq!(secrets(&opened), secrets(&flow));
        let too_late = in_time.plus_seconds(1);
        assert!(matches!(flows('A').open(&cookie, too_late), Err(OAuthError::Expired)));
    }

    #[test]
    fn a_cookie_we_have_not_sealed_starts_nothing() {
        let cookie = flows('A').seal(&start()).unwrap();

        for foreign in ["", "?", &cookie[1..], "AAAA"] {
            assert!(matches!(flows('A').open(foreign, Timestamp::from_micros(0)), Err(OAuthError::NotStarted)));
        }
        assert!(matches!(flows('B').open(&cookie, Timestamp::from_micros(0)), Err(OAuthError::NotStarted)));
    }

    #[test]
    fn the_longest_flow_fits_into_a_cookie() {
        let return_to = format!("/{}", "a".repeat(511)).parse().unwrap();
        let flow = Flow::start("google", return_to, Timestamp::from_micros(0)).unwrap();

        assert!(flows('A').seal(&flow).unwrap().len() < 2048);
    }

    #[test]
    fn the_challenge_is_the_one_of_rfc_7636() {
        // Appendix B.
        let verifier = BASE64_URL_SAFE_NO_PAD.decode("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk").unwrap();

        let challenge = FlowSecret(verifier.try_into().unwrap()).challenge();

        assert_eq!(challenge, "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    }
}
