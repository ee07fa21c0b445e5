//! Who asks: what they show, and what it lets them do.

use std::time::Duration;

use protocol::{
    access::{Access, Scope},
    ids::RoomId,
    principal::{CredentialId, Principal, PrincipalKind},
    time::Timestamp,
};

use super::{Outage, Services, guests};
use crate::{
    digest::Digest,
    store::{Credential, Holder},
};

/// How every API key begins, so that leaked ones can be searched for.
pub const KEY_PREFIX: &str = "gala_";
/// How long a sign-in lasts without being used: 30 days.
pub const SIGN_IN_LIFETIME: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// How often it is written down that a credential is used. Finer would cost a write per request.
const NOTED_EVERY_MS: u64 = 60_000;

/// What a request shows to say who sends it.
pub enum Shown<'a> {
    /// A browser's cookie.
    Cookie(&'a str),
    /// `Authorization: Bearer`: an access token or an API key.
    Bearer(&'a str),
}

/// Somebody known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// Who it is.
    pub principal: Principal,
    /// What they have shown.
    pub credential: CredentialId,
    /// What it lets them do, at most.
    pub powers: Powers,
    /// When it stops being good, unless it is used before.
    pub expires_at: Option<Timestamp>,
}

/// What a credential lets its holder do, at most.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Powers {
    /// Everything the person may, their account included.
    Account,
    /// What the holder may, within scopes; nothing about accounts.
    Key {
        /// What the key may be used for.
        scopes: Vec<Scope>,
    },
    /// What a share link says.
    Guest {
        /// The page it is for.
        page: RoomId,
        /// What it lets them do there and below.
        access: Access,
    },
}

/// Who shows this, and from where if that is known; `None` when it is not good, or not any more.
///
/// # Errors
///
/// [`Outage`].
pub async fn recognise(services: &Services, shown: Shown<'_>, address: Option<&str>) -> Result<Option<Caller>, Outage> {
    let now = services.clock.now();
    let credential = match shown {
        Shown::Cookie(cookie) => services.store.device_by_cookie(Digest::of(cookie), now).await?,
        Shown::Bearer(key) if key.starts_with(KEY_PREFIX) => services.store.key_by_hash(Digest::of(key), now).await?,
        Shown::Bearer(token) => by_token(services, token).await?,
    };
    let Some(credential) = credential else { return Ok(None) };
    note_use(services, &credential, address).await?;
    Ok(Some(credential.into()))
}

/// The sign-in an access token belongs to.
async fn by_token(services: &Services, token: &str) -> Result<Option<Credential>, Outage> {
    let Some(claims) = services.signing.verify(token).await? else { return Ok(None) };
    let device = CredentialId::Device(claims.sid);
    let credential = services.store.credential_by_id(device, services.clock.now()).await?;
    Ok(credential.filter(|credential| credential.principal == claims.sub))
}

/// Who something was made by; `None` when their sign-in or key is not good any more.
///
/// # Errors
///
/// [`Outage`].
pub async fn by_credential(services: &Services, id: CredentialId) -> Result<Option<Caller>, Outage> {
    let credential = services.store.credential_by_id(id, services.clock.now()).await?;
    Ok(credential.map(Caller::from))
}

async fn note_use(services: &Services, credential: &Credential, address: Option<&str>) -> Result<(), Outage> {
    let now = services.clock.now();
    if credential.last_used_at.is_some_and(|last| now.millis_since(last) < NOTED_EVERY_MS) {
        return Ok(());
    }
    let store = &services.store;
    match credential.id {
        CredentialId::Device(id) => {
            let expires_at = now.plus_seconds(SIGN_IN_LIFETIME.as_secs().cast_signed());
            store.touch_device(id, address, now, expires_at).await?;
        }
        CredentialId::Key(id) => store.touch_key(id, now).await?,
    }
    Ok(())
}

impl From<Credential> for Caller {
    fn from(credential: Credential) -> Self {
        let id = credential.principal;
        let named = |kind, name| Principal { id, kind, name, color: guests::color(id) };
        let (principal, powers) = match credential.holder {
            Holder::User { name } => (named(PrincipalKind::User, name), Powers::Account),
            Holder::UserKey { name, scopes } => (named(PrincipalKind::User, name), Powers::Key { scopes }),
            Holder::Service { name, scopes } => (named(PrincipalKind::Service, name), Powers::Key { scopes }),
            Holder::Guest { page, access } => (guests::guest(id), Powers::Guest { page, access }),
        };
        Self { principal, credential: credential.id, powers, expires_at: credential.expires_at }
    }
}
