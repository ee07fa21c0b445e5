//! Access tokens: who somebody is for the next minutes, in a form others can verify.

use std::sync::{Arc, PoisonError, RwLock};

use actors::clock::Clock;
use jsonwebtoken::{Algorithm, DecodingKey, Header, Validation, decode, decode_header, encode};
use protocol::{
    access_tokens::{AccessTokenClaims, PublicKey, PublicKeys},
    accounts::ACCESS_TOKEN_S,
    ids::{DeviceId, PrincipalId},
    time::Timestamp,
};

use super::signing_keys::{SigningKey, forgotten_at};

/// Makes access tokens, and tells good ones from others. Cheap to clone.
#[derive(Clone)]
pub struct AccessTokens {
    issuer: Arc<str>,
    keys: Arc<RwLock<Arc<KeyRing>>>,
    clock: Arc<dyn Clock>,
}

/// The newest key, which signs, and those before it, which still verify.
pub struct KeyRing {
    signing: SigningKey,
    verifying: Vec<VerifyingKey>,
}

/// A key that verifies.
struct VerifyingKey {
    public: PublicKey,
    decoding: DecodingKey,
    /// `None` for the key that signs.
    forgotten_at: Option<Timestamp>,
}

/// A key that signs no longer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RetiredKey {
    /// What verifies.
    pub public: PublicKey,
    /// Since when another key signs.
    pub retired_at: Timestamp,
}

/// Why a token shows nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AccessTokenError {
    /// We have not made it, or it has been changed.
    #[error("the access token is not valid")]
    Invalid,
    /// It names a key there is not: forged, or signed with one that was made since the keys were read.
    #[error("the access token is signed with a key that is not known")]
    UnknownKey,
    /// It was good once.
    #[error("the access token has expired")]
    Expired,
}

impl KeyRing {
    /// The keys of a server.
    ///
    /// # Errors
    ///
    /// When a public key is none.
    pub fn new(signing: SigningKey, retired: Vec<RetiredKey>) -> Result<Self, jsonwebtoken::errors::Error> {
        let mut verifying = vec![VerifyingKey::new(signing.public().clone(), None)?];
        for key in retired {
            verifying.push(VerifyingKey::new(key.public, Some(forgotten_at(key.retired_at)))?);
        }
        Ok(Self { signing, verifying })
    }

    /// The keys that verify at this time, the newest first.
    fn verifying(&self, now: Timestamp) -> impl Iterator<Item = &VerifyingKey> {
        self.verifying.iter().filter(move |key| key.forgotten_at.is_none_or(|forgotten_at| now < forgotten_at))
    }
}

impl VerifyingKey {
    fn new(public: PublicKey, forgotten_at: Option<Timestamp>) -> Result<Self, jsonwebtoken::errors::Error> {
        let decoding = DecodingKey::from_rsa_components(&public.n, &public.e)?;
        Ok(Self { public, decoding, forgotten_at })
    }
}

impl AccessTokens {
    /// Tokens of the server that is reached at `issuer`.
    pub fn new(issuer: &str, keys: KeyRing, clock: Arc<dyn Clock>) -> Self {
        Self { issuer: issuer.into(), keys: Arc::new(RwLock::new(Arc::new(keys))), clock }
    }

    /// Signs and verifies with these keys from now on.
    pub fn replace_keys(&self, keys: KeyRing) {
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(keys);
    }

    /// A token for a sign-in, good for [`ACCESS_TOKEN_S`] seconds. Takes milliseconds of a processor.
    ///
    /// # Errors
    ///
    /// When the token cannot be signed: a mistake in this program.
    pub fn issue(&self, sub: PrincipalId, sid: DeviceId) -> Result<String, jsonwebtoken::errors::Error> {
        let keys = self.keys();
        let iat = self.clock.now().as_seconds();
        let claims =
            AccessTokenClaims { iss: self.issuer.to_string(), sub, sid, iat, exp: iat + i64::from(ACCESS_TOKEN_S) };
        let mut header = Header::new(Algorithm::RS256);
        header.kid = Some(keys.signing.public().kid.clone());
        encode(&header, &claims, keys.signing.encoding())
    }

    /// What a token of this server says. Whether its device is still signed in is asked elsewhere.
    ///
    /// # Errors
    ///
    /// [`AccessTokenError`].
    pub fn verify(&self, token: &str) -> Result<AccessTokenClaims, AccessTokenError> {
        let (keys, now) = (self.keys(), self.clock.now());
        let header = decode_header(token).map_err(|_malformed| AccessTokenError::Invalid)?;
        let kid = header.kid.ok_or(AccessTokenError::Invalid)?;
        let key = keys.verifying(now).find(|key| key.public.kid == kid).ok_or(AccessTokenError::UnknownKey)?;
        let mut rules = Validation::new(Algorithm::RS256);
        rules.set_issuer(&[&self.issuer]);
        rules.set_required_spec_claims(&["exp", "iss", "sub"]);
        // Time is checked below: the library would ask the machine's clock.
        rules.validate_exp = false;
        let token = decode::<AccessTokenClaims>(token, &key.decoding, &rules);
        let claims = token.map_err(|_malformed_or_forged| AccessTokenError::Invalid)?.claims;
        if claims.exp <= now.as_seconds() { Err(AccessTokenError::Expired) } else { Ok(claims) }
    }

    /// The keys with which others verify what this server signs.
    pub fn public_keys(&self) -> PublicKeys {
        let keys = self.keys();
        PublicKeys { keys: keys.verifying(self.clock.now()).map(|key| key.public.clone()).collect() }
    }

    fn keys(&self) -> Arc<KeyRing> {
        Arc::clone(&self.keys.read().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{
        LazyLock,
        atomic::{AtomicI64, Ordering},
    };

    use jsonwebtoken::EncodingKey;
    use serde_json::{Value, json};

    use super::*;
    use crate::services::signing_keys::ROTATE_AFTER_S;

    const ISSUER: &str = "https://gala.example.org";
    /// Two private keys in PKCS #8; making them takes long.
    static KEYS: LazyLock<[Vec<u8>; 2]> =
        LazyLock::new(|| [(); 2].map(|()| SigningKey::generate().unwrap().to_pkcs8().unwrap().to_vec()));

    #[derive(Default)]
    struct ManualClock(AtomicI64);

    impl ManualClock {
        fn set(&self, seconds: i64) {
            self.0.store(seconds * 1_000_000, Ordering::Relaxed);
        }
    }

    impl Clock for ManualClock {
        fn now(&self) -> Timestamp {
            Timestamp::from_micros(self.0.load(Ordering::Relaxed))
        }
    }

    fn key(index: usize) -> SigningKey {
        SigningKey::from_pkcs8(&KEYS[index]).unwrap()
    }

    fn tokens_of(issuer: &str, key: SigningKey, clock: &Arc<ManualClock>) -> AccessTokens {
        AccessTokens::new(issuer, KeyRing::new(key, Vec::new()).unwrap(), Arc::clone(clock) as Arc<dyn Clock>)
    }

    fn issue(tokens: &AccessTokens) -> String {
        tokens.issue(PrincipalId::new(), DeviceId::new()).unwrap()
    }

    fn seconds(seconds: i64) -> Timestamp {
        Timestamp::from_seconds(seconds)
    }

    #[test]
    fn a_token_says_who_somebody_is_until_it_expires() {
        let clock = Arc::new(ManualClock::default());
        let tokens = tokens_of(ISSUER, key(0), &clock);
        let (sub, sid) = (PrincipalId::new(), DeviceId::new());

        let token = tokens.issue(sub, sid).unwrap();

        let claims = AccessTokenClaims { iss: ISSUER.to_owned(), sub, sid, iat: 0, exp: 900 };
        assert_eq!(tokens.verify(&token), Ok(claims));
        clock.set(900);
        assert_eq!(tokens.verify(&token), Err(AccessTokenError::Expired));
    }

    #[test]
    fn a_token_of_another_server_says_nothing() {
        let clock = Arc::new(ManualClock::default());
        let tokens = tokens_of(ISSUER, key(0), &clock);

        let other_key = issue(&tokens_of(ISSUER, key(1), &clock));
        let other_issuer = issue(&tokens_of("https://gala.example.com", key(0), &clock));

        assert_eq!(tokens.verify(&other_key), Err(AccessTokenError::UnknownKey));
        assert_eq!(tokens.verify(&other_issuer), Err(AccessTokenError::Invalid));
    }

    #[test]
    fn a_token_is_good_with_its_own_algorithm_key_and_words_only() {
        let tokens = tokens_of(ISSUER, key(0), &Arc::new(ManualClock::default()));
        let public = key(0).public().clone();
        let claims = json!({ "iss": ISSUER, "sub": PrincipalId::new(), "sid": DeviceId::new(), "iat": 0, "exp": 900 });
        let forge = |algorithm: Algorithm, kid: Option<&str>, claims: &Value, key: &EncodingKey| {
            let header = Header { kid: kid.map(str::to_owned), ..Header::new(algorithm) };
            tokens.verify(&encode(&header, claims, key).unwrap())
        };
        let (ours, kid) = (key(0), Some(public.kid.as_str()));

        assert!(forge(Algorithm::RS256, kid, &claims, ours.encoding()).is_ok());
        // The public key as the secret of an HMAC: the confusion of RFC 8725 §2.1.
        let confused = EncodingKey::from_secret(public.n.as_bytes());
        assert_eq!(forge(Algorithm::HS256, kid, &claims, &confused), Err(AccessTokenError::Invalid));
        assert_eq!(forge(Algorithm::RS512, kid, &claims, ours.encoding()), Err(AccessTokenError::Invalid));
        assert_eq!(forge(Algorithm::RS256, None, &claims, ours.encoding()), Err(AccessTokenError::Invalid));
        assert_eq!(forge(Algorithm::RS256, Some("x"), &claims, ours.encoding()), Err(AccessTokenError::UnknownKey));
        assert_eq!(forge(Algorithm::RS256, kid, &claims, key(1).encoding()), Err(AccessTokenError::Invalid));
        for missing in ["iss", "sub", "sid", "exp"] {
            let mut claims = claims.clone();
            claims.as_object_mut().unwrap().remove(missing);
            assert_eq!(
                forge(Algorithm::RS256, kid, &claims, ours.encoding()),
                Err(AccessTokenError::Invalid),
                "{missing}"
            );
        }
    }

    #[test]
    fn an_unsigned_or_broken_token_says_nothing() {
        let tokens = tokens_of(ISSUER, key(0), &Arc::new(ManualClock::default()));
        let token = issue(&tokens);
        let (_, rest) = token.split_once('.').unwrap();
        let (claims, signature) = rest.split_once('.').unwrap();

        // {"alg":"none"}
        for broken in
            [format!("eyJhbGciOiJub25lIn0.{claims}."), format!("{token}A"), signature.to_owned(), String::new()]
        {
            assert_eq!(tokens.verify(&broken), Err(AccessTokenError::Invalid), "{broken}");
        }
    }

    #[test]
    fn a_retired_key_verifies_until_its_last_token_has_expired() {
        let clock = Arc::new(ManualClock::default());
        let tokens = tokens_of(ISSUER, key(0), &clock);
        clock.set(ROTATE_AFTER_S);
        let last = issue(&tokens);

        let retired = RetiredKey { public: key(0).public().clone(), retired_at: seconds(ROTATE_AFTER_S) };
        let forgotten_at = forgotten_at(retired.retired_at);
        tokens.replace_keys(KeyRing::new(key(1), vec![retired]).unwrap());

        let kids = || tokens.public_keys().keys.into_iter().map(|key| key.kid).collect::<Vec<_>>();
        assert_eq!(kids(), [key(1).public().kid.as_str(), key(0).public().kid.as_str()]);
        assert!(tokens.verify(&last).is_ok() && tokens.verify(&issue(&tokens)).is_ok());
        clock.set(forgotten_at.as_seconds());
        assert_eq!(tokens.verify(&last), Err(AccessTokenError::UnknownKey));
        assert_eq!(kids(), [key(1).public().kid.as_str()]);
    }

    #[test]
    fn others_verify_with_what_is_published() {
        let tokens = tokens_of(ISSUER, key(0), &Arc::new(ManualClock::default()));

        let published = serde_json::to_value(tokens.public_keys()).unwrap();

        let theirs: jsonwebtoken::jwk::JwkSet = serde_json::from_value(published).unwrap();
        let token = issue(&tokens);
        let jwk = theirs.find(&decode_header(&token).unwrap().kid.unwrap()).unwrap();
        assert_eq!(jwk.common.key_algorithm, Some(jsonwebtoken::jwk::KeyAlgorithm::RS256));
        let mut rules = Validation::new(Algorithm::RS256);
        rules.validate_exp = false;
        assert!(decode::<Value>(&token, &DecodingKey::from_jwk(jwk).unwrap(), &rules).is_ok());
    }
}
