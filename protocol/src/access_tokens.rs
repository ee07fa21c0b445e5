//! Access tokens: what they say, and the public keys with which anybody verifies them.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::ids::{DeviceId, PrincipalId};

/// The content of an access token (a JWT signed with RS256). Signing the device out ends it early.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessTokenClaims {
    /// Which server made it: its public URL.
    pub iss: String,
    /// Whose it is.
    pub sub: PrincipalId,
    /// The sign-in it belongs to.
    pub sid: DeviceId,
    /// When it was made, in seconds since 1970.
    pub iat: i64,
    /// When it stops being good, in seconds since 1970.
    pub exp: i64,
}

/// The keys that verify access tokens (a JWK Set, RFC 7517 §5).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PublicKeys {
    /// The newest first.
    pub keys: Vec<PublicKey>,
}

/// A public key (a JWK, RFC 7517 §4).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PublicKey {
    /// The sort of key.
    pub kty: KeyType,
    /// What it is for.
    pub r#use: KeyUse,
    /// How it is used.
    pub alg: KeyAlgorithm,
    /// Its name in the header of a token: its thumbprint (RFC 7638).
    pub kid: String,
    /// The modulus, big-endian in base64url (RFC 7518 §6.3.1.1).
    pub n: String,
    /// The exponent, big-endian in base64url (RFC 7518 §6.3.1.2).
    pub e: String,
}

/// The sort of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub enum KeyType {
    /// RSA (RFC 7518 §6.3).
    #[serde(rename = "RSA")]
    Rsa,
}

/// What a key is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub enum KeyUse {
    /// Signatures.
    #[serde(rename = "sig")]
    Signature,
}

/// How a key is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub enum KeyAlgorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256 (RFC 7518 §3.3).
    #[serde(rename = "RS256")]
    Rs256,
}
