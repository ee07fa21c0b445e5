//! Room tokens: what opens the sockets of one room, signed so that nothing has to be stored.

use std::sync::Arc;

use actors::clock::Clock;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use protocol::{
    access::Access,
    ids::RoomId,
    principal::CredentialId,
    rooms::{RoomToken, RoomTokenClaims},
};

use crate::secret::{Secret, SecretError};

/// What keys for room tokens are derived for.
const PURPOSE: &str = "room tokens";

/// Makes room tokens, and tells good ones from others. Cheap to clone.
#[derive(Clone)]
pub struct Tokens {
    keys: Arc<(EncodingKey, DecodingKey)>,
    clock: Arc<dyn Clock>,
}

/// Why a token does not open a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// Nobody with our key made it, or it has been changed.
    #[error("the token is not valid")]
    Invalid,
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
        Ok(Self { keys: Arc::new((EncodingKey::from_secret(&key), DecodingKey::from_secret(&key))), clock })
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
        let token = jsonwebtoken::decode::<RoomTokenClaims>(token, &self.keys.1, &rules);
        let claims = token.map_err(|_malformed_or_forged| TokenError::Invalid)?.claims;
        if claims.exp <= self.clock.now().as_seconds() {
            return Err(TokenError::Expired);
        }
        if claims.room == room { Ok(claims) } else { Err(TokenError::OtherRoom) }
    }
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

        assert_eq!(tokens.verify(&foreign, room), Err(TokenError::Invalid));
        assert_eq!(tokens.verify("", room), Err(TokenError::Invalid));
        // {"alg":"none"}
        let unsigned = format!("eyJhbGciOiJub25lIn0.{}.", foreign.split('.').nth(1).unwrap());
        assert_eq!(tokens.verify(&unsigned, room), Err(TokenError::Invalid));
    }
}
