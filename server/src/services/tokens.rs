//! Room tokens: what opens the sockets of one room, signed so that nothing has to be stored.

use std::sync::{Arc, Mutex, PoisonError};

use actors::clock::Clock;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, dangerous, errors::ErrorKind};
use protocol::{
    access::Access,
    ids::RoomId,
    principal::CredentialId,
    rooms::{RoomToken, RoomTokenClaims},
    time::Timestamp,
};

use crate::secret::{Secret, SecretError};

/// What keys for room tokens are derived for.
const PURPOSE: &str = "room tokens";
/// How often at most the log is told that tokens are signed with another secret.
const TELL_EVERY_MS: u64 = 60_000;

/// Makes room tokens, and tells good ones from others. Cheap to clone.
#[derive(Clone)]
pub struct Tokens {
    keys: Arc<(EncodingKey, DecodingKey)>,
    clock: Arc<dyn Clock>,
    told_at: Arc<Mutex<Option<Timestamp>>>,
}

/// Why a token does not open a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// It is no room token.
    #[error("the token is not valid")]
    Invalid,
    /// A server with another secret made it, or it has been changed.
    #[error("the token is signed with another secret")]
    OtherSecret,
    /// It was good once.
    #[error("the token has expired")]
    Expired,
    /// It opens another room.
    #[error("the token is for another room")]
    OtherRoom,
}

impl Tokens {
    /// Tokens signed with a key derived from the server's secret.
    ///
    /// # Errors
    ///
    /// [`SecretError::Derive`].
    pub fn new(secret: &Secret, clock: Arc<dyn Clock>) -> Result<Self, SecretError> {
        let key = secret.key_for(PURPOSE)?;
        let keys = Arc::new((EncodingKey::from_secret(&key), DecodingKey::from_secret(&key)));
        Ok(Self { keys, clock, told_at: Arc::default() })
    }

    /// A token for a room.
    ///
    /// # Errors
    ///
    /// When the token cannot be signed: a mistake in this program.
    pub fn issue(
        &self,
        room: RoomId,
        access: Access,
        by: CredentialId,
        expires_in_s: u32,
    ) -> Result<RoomToken, jsonwebtoken::errors::Error> {
        let now = self.clock.now();
        let expires_at = now.plus_seconds(expires_in_s.into());
        let claims = RoomTokenClaims { room, access, by, iat: now.as_seconds(), exp: expires_at.as_seconds() };
        let token = jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &self.keys.0)?;
        Ok(RoomToken { token, expires_at })
    }

    /// What a token says of its bearer and a room.
    ///
    /// # Errors
    ///
    /// [`TokenError`].
    pub fn verify(&self, token: &str, room: RoomId) -> Result<RoomTokenClaims, TokenError> {
        let mut rules = Validation::new(Algorithm::HS256);
        // Time is checked below: the library would ask the machine's clock.
        rules.validate_exp = false;
        let claims = match jsonwebtoken::decode::<RoomTokenClaims>(token, &self.keys.1, &rules) {
            Ok(token) => token.claims,
            Err(error) if *error.kind() == ErrorKind::InvalidSignature && is_room_token(token) => {
                self.tell_of_other_secret();
                return Err(TokenError::OtherSecret);
            }
            Err(_malformed) => return Err(TokenError::Invalid),
        };
        if claims.exp <= self.clock.now().as_seconds() {
            return Err(TokenError::Expired);
        }
        if claims.room == room { Ok(claims) } else { Err(TokenError::OtherRoom) }
    }

    /// Anybody can make such a token: the log is told of the first one in a while only.
    fn tell_of_other_secret(&self) {
        let now = self.clock.now();
        let mut told_at = self.told_at.lock().unwrap_or_else(PoisonError::into_inner);
        if told_at.is_none_or(|told_at| now.millis_since(told_at) >= TELL_EVERY_MS) {
            *told_at = Some(now);
            tracing::warn!(
                "a room token signed with another secret was refused; every node needs the same GALA_SECRET_KEY, \
                 and a token from before `gala vault rotate` has to be made anew"
            );
        }
    }
}

/// Whether it looks like a room token, whoever has signed it.
fn is_room_token(token: &str) -> bool {
    dangerous::insecure_decode_claims::<RoomTokenClaims>(token).is_ok()
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicI64, Ordering};

    use protocol::{ids::DeviceId, time::Timestamp};

    use super::*;
    use crate::config::Config;

    #[derive(Default)]
    struct ManualClock(AtomicI64);

    impl Clock for ManualClock {
        fn now(&self) -> Timestamp {
            Timestamp::from_micros(self.0.load(Ordering::Relaxed))
        }
    }

    fn by() -> CredentialId {
        CredentialId::Device(DeviceId::new())
    }

    fn tokens(clock: &Arc<ManualClock>) -> Tokens {
        let directory = tempfile::tempdir().unwrap();
        let config = Config::for_testing(directory.path());
        let secret = Secret::load(&config.secret, &config.database.data_dir).unwrap();
        Tokens::new(&secret, Arc::clone(clock) as Arc<dyn Clock>).unwrap()
    }

    #[test]
    fn a_token_opens_its_room_until_it_expires() {
        let clock = Arc::new(ManualClock::default());
        let tokens = tokens(&clock);
        let room = RoomId::new();

        let RoomToken { token, expires_at } = tokens.issue(room, Access::Comment, by(), 60).unwrap();

        assert_eq!(expires_at, Timestamp::from_seconds(60));
        assert_eq!(tokens.verify(&token, room).map(|claims| claims.access), Ok(Access::Comment));
        assert_eq!(tokens.verify(&token, RoomId::new()), Err(TokenError::OtherRoom));
        clock.0.store(60 * 1_000_000, Ordering::Relaxed);
        assert_eq!(tokens.verify(&token, room), Err(TokenError::Expired));
    }

    #[test]
    fn a_token_of_another_server_opens_nothing() {
        let clock = Arc::new(ManualClock::default());
        let room = RoomId::new();
        let foreign = tokens(&clock).issue(room, Access::Write, by(), 60).unwrap().token;

        let tokens = tokens(&clock);

        assert_eq!(tokens.verify(&foreign, room), Err(TokenError::OtherSecret));
        assert_eq!(tokens.verify("", room), Err(TokenError::Invalid));
        // {"alg":"none"}
        let unsigned = format!("eyJhbGciOiJub25lIn0.{}.", foreign.split('.').nth(1).unwrap());
        assert_eq!(tokens.verify(&unsigned, room), Err(TokenError::Invalid));
    }
}
