//! ID tokens: what makes one believable (OpenID Connect Core §3.1.3.7).

use std::slice;

use jsonwebtoken::{
    Algorithm, DecodingKey, Header, Validation, decode, decode_header,
    errors::ErrorKind,
    jwk::{AlgorithmParameters, Jwk, JwkSet, KeyAlgorithm, PublicKeyUse},
};
use protocol::time::Timestamp;
use serde::Deserialize;

use super::flow::FLOW_TIMEOUT_S;

/// Seconds by which the issuer's clock may differ from ours.
const CLOCK_SKEW_S: i64 = 60;

/// What is said of somebody, in an ID token or by the issuer's userinfo endpoint.
#[derive(Deserialize)]
pub(super) struct Person {
    pub(super) sub: String,
    #[serde(default)]
    pub(super) email: Option<String>,
    #[serde(default)]
    pub(super) email_verified: Option<Said>,
    #[serde(default)]
    pub(super) name: Option<String>,
}

/// A yes or no; some issuers write it as text.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum Said {
    Plainly(bool),
    InWords(String),
}

impl Said {
    pub(super) fn is_yes(&self) -> bool {
        match self {
            Self::Plainly(yes) => *yes,
            Self::InWords(word) => word == "true",
        }
    }
}

#[derive(Deserialize)]
struct Claims {
    #[serde(flatten)]
    person: Person,
    aud: Audience,
    azp: Option<String>,
    nonce: Option<String>,
    exp: i64,
    iat: i64,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Many(Vec<String>),
}

/// What the token has to say.
pub(super) struct Expected<'a> {
    pub(super) issuer: &'a str,
    /// Our client id.
    pub(super) audience: &'a str,
    pub(super) nonce: &'a str,
}

/// Why an ID token is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdTokenError {
    /// The issuer has not sent one.
    #[error("there is no ID token")]
    Missing,
    /// It is malformed, not signed with RS256 or ES256, or its signature is wrong.
    #[error("the ID token is not valid")]
    Invalid,
    /// The issuer has no such key.
    #[error("the ID token is signed with an unknown key")]
    UnknownKey,
    /// Another issuer has made it.
    #[error("the ID token is of another issuer")]
    Issuer,
    /// It was made for somebody else to read.
    #[error("the ID token is for another client")]
    Audience,
    /// It was good once, or its time is to come.
    #[error("the ID token is not of this time")]
    Time,
    /// It was made for another sign-in.
    #[error("the ID token is for another sign-in")]
    Nonce,
    /// The userinfo endpoint speaks of somebody else.
    #[error("the issuer speaks of two people")]
    Subject,
}

/// What a believable token says.
///
/// # Errors
///
/// [`IdTokenError`]; after [`IdTokenError::UnknownKey`] newer keys may help.
pub(super) fn verify(
    token: &str,
    keys: &JwkSet,
    expected: &Expected<'_>,
    now: Timestamp,
) -> Result<Person, IdTokenError> {
    let header = decode_header(token).map_err(|_malformed| IdTokenError::Invalid)?;
    if !matches!(header.alg, Algorithm::RS256 | Algorithm::ES256) {
        return Err(IdTokenError::Invalid);
    }
    let key = DecodingKey::from_jwk(find(keys, &header)?).map_err(|_unusable| IdTokenError::UnknownKey)?;
    let mut rules = Validation::new(header.alg);
    rules.set_issuer(&[expected.issuer]);
    rules.set_required_spec_claims(&["iss", "aud", "exp", "sub"]);
    // Checked below: the library asks the machine's clock, and knows no `azp`.
    rules.validate_exp = false;
    rules.validate_aud = false;
    let claims = decode::<Claims>(token, &key, &rules).map_err(|error| refusal(&error))?.claims;
    claims.check(expected, now.as_seconds())?;
    Ok(claims.person)
}

impl Claims {
    /// Checks what the library does not.
    fn check(&self, expected: &Expected<'_>, now_s: i64) -> Result<(), IdTokenError> {
        let audiences = match &self.aud {
            Audience::One(audience) => slice::from_ref(audience),
            Audience::Many(audiences) => audiences,
        };
        // With several audiences the token has to say to which of them it was given.
        let is_ours = match &self.azp {
            Some(authorized) => authorized == expected.audience,
            None => audiences.len() == 1,
        };
        if !is_ours || !audiences.iter().any(|audience| audience == expected.audience) {
            return Err(IdTokenError::Audience);
        }
        let made_in = (now_s - FLOW_TIMEOUT_S - CLOCK_SKEW_S)..=(now_s + CLOCK_SKEW_S);
        if self.exp.saturating_add(CLOCK_SKEW_S) <= now_s || !made_in.contains(&self.iat) {
            return Err(IdTokenError::Time);
        }
        if self.nonce.as_deref() == Some(expected.nonce) { Ok(()) } else { Err(IdTokenError::Nonce) }
    }
}

/// The key the header names; when it names none, the only one that fits (OpenID Connect Core §10.1).
fn find<'a>(keys: &'a JwkSet, header: &Header) -> Result<&'a Jwk, IdTokenError> {
    let mut fitting = keys.keys.iter().filter(|key| fits(key, header));
    match (fitting.next(), fitting.next()) {
        (Some(key), None) => Ok(key),
        (None, _) | (_, Some(_)) => Err(IdTokenError::UnknownKey),
    }
}

/// Whether the key is for signatures of this sort, and is called what the header says.
fn fits(key: &Jwk, header: &Header) -> bool {
    let (has_sort, algorithm) = match header.alg {
        Algorithm::RS256 => (matches!(key.algorithm, AlgorithmParameters::RSA(_)), KeyAlgorithm::RS256),
        _ => (matches!(key.algorithm, AlgorithmParameters::EllipticCurve(_)), KeyAlgorithm::ES256),
    };
    let is_named = header.kid.is_none() || key.common.key_id == header.kid;
    let is_for_signatures = matches!(key.common.public_key_use, None | Some(PublicKeyUse::Signature));
    has_sort && is_named && is_for_signatures && key.common.key_algorithm.is_none_or(|named| named == algorithm)
}

fn refusal(error: &jsonwebtoken::errors::Error) -> IdTokenError {
    match error.kind() {
        ErrorKind::InvalidIssuer => IdTokenError::Issuer,
        _ => IdTokenError::Invalid,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use jsonwebtoken::{EncodingKey, encode};
    use rsa::{RsaPrivateKey, pkcs1::EncodeRsaPrivateKey, rand_core::OsRng};
    use serde_json::{Value, json};

    use super::*;

    const NOW_S: i64 = 1_000_000;
    const EXPECTED: Expected<'_> = Expected { issuer: "https://issuer", audience: "gala", nonce: "nonce" };
    /// Making it takes long.
    static KEY: LazyLock<EncodingKey> = LazyLock::new(|| {
        let key = RsaPrivateKey::new(&mut OsRng, 2048).unwrap();
        EncodingKey::from_rsa_der(key.to_pkcs1_der().unwrap().as_bytes())
    });

    fn jwk(kid: &str) -> Jwk {
        let mut jwk = Jwk::from_encoding_key(&KEY, Algorithm::RS256).unwrap();
        jwk.common.key_id = Some(kid.to_owned());
        jwk
    }

    fn token(kid: Option<&str>, changed: Value) -> String {
        let mut claims = json!({ "iss": "https://issuer", "sub": "1", "aud": "gala", "nonce": "nonce" });
        claims["iat"] = json!(NOW_S);
        claims["exp"] = json!(NOW_S + 300);
        claims.as_object_mut().unwrap().extend(changed.as_object().unwrap().clone());
        encode(&Header { kid: kid.map(str::to_owned), ..Header::new(Algorithm::RS256) }, &claims, &KEY).unwrap()
    }

    /// What becomes of a token under these keys.
    fn check(token: &str, keys: Vec<Jwk>) -> Result<String, IdTokenError> {
        let now = Timestamp::from_seconds(NOW_S);
        verify(token, &JwkSet { keys }, &EXPECTED, now).map(|person| person.sub)
    }

    fn check_claims(changed: Value) -> Result<String, IdTokenError> {
        check(&token(Some("a"), changed), vec![jwk("a")])
    }

    #[test]
    fn a_token_without_a_key_id_is_verified_with_the_only_key() {
        let (token, unknown) = (token(None, json!({})), Err(IdTokenError::UnknownKey));

        assert!(check(&token, vec![jwk("a")]).is_ok());
        assert_eq!(check(&token, vec![jwk("a"), jwk("b")]), unknown);
        assert_eq!(check(&token, Vec::new()), unknown);
    }

    #[test]
    fn a_key_for_something_else_does_not_verify() {
        let (mut encrypts, mut stronger) = (jwk("a"), jwk("a"));
        encrypts.common.public_key_use = Some(PublicKeyUse::Encryption);
        stronger.common.key_algorithm = Some(KeyAlgorithm::RS512);

        for key in [encrypts, stronger, jwk("b")] {
            assert_eq!(check(&token(Some("a"), json!({})), vec![key]), Err(IdTokenError::UnknownKey));
        }
    }

    #[test]
    fn a_token_for_several_audiences_says_that_it_was_given_to_us() {
        let several = json!(["project", "gala"]);

        assert!(check_claims(json!({ "aud": several, "azp": "gala" })).is_ok());
        assert!(check_claims(json!({ "aud": ["gala"] })).is_ok());
        for changed in [
            json!({ "aud": several }),
            json!({ "aud": several, "azp": "project" }),
            json!({ "aud": "project", "azp": "gala" }),
            json!({ "aud": [] }),
        ] {
            assert_eq!(check_claims(changed.clone()), Err(IdTokenError::Audience), "{changed}");
        }
    }

    #[test]
    fn clocks_may_differ_by_a_minute() {
        for good in [json!({ "exp": NOW_S - 59 }), json!({ "iat": NOW_S + 60 }), json!({ "iat": NOW_S - 660 })] {
            assert!(check_claims(good.clone()).is_ok(), "{good}");
        }
        for wrong in [json!({ "exp": NOW_S - 60 }), json!({ "iat": NOW_S + 61 }), json!({ "iat": NOW_S - 661 })] {
            assert_eq!(check_claims(wrong.clone()), Err(IdTokenError::Time), "{wrong}");
        }
    }

    #[test]
    fn an_issuer_may_say_yes_in_words() {
        for (said, is_yes) in [("true", true), ("\"true\"", true), ("false", false), ("\"false\"", false)] {
            assert_eq!(serde_json::from_str::<Said>(said).unwrap().is_yes(), is_yes, "{said}");
        }
    }
}
