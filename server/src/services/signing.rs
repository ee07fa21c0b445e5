//! The signing keys at work: made when the first token is wanted, sealed in the vault, the same on
//! every node.

use std::sync::{Arc, OnceLock};

use actors::clock::Clock;
use protocol::{
    access_tokens::{AccessTokenClaims, PublicKeys},
    audit::Audited,
    ids::{DeviceId, PrincipalId},
    time::Timestamp,
};
use tokio::{sync::Mutex, task::spawn_blocking};

use super::{
    Outage,
    access_tokens::{AccessTokenError, AccessTokens, KeyRing, RetiredKey},
    signing_keys::{FORGOTTEN_AFTER_S, SigningKey, is_due},
    vault::{self, Vault},
};
use crate::{
    store::{NewEvent, Store, StoredSigningKey},
    vault::Place,
};

/// The table in which sealed keys stand.
const TABLE: &str = "signing_key";
/// How often keys are read at most because of tokens that name an unknown one: everybody can forge
/// such tokens.
const READ_AGAIN_AFTER_MS: u64 = 1000;

/// Signs access tokens and verifies them. Cheap to clone.
#[derive(Clone)]
pub struct Signing(Arc<Inner>);

struct Inner {
    store: Store,
    vault: Vault,
    clock: Arc<dyn Clock>,
    issuer: String,
    tokens: OnceLock<AccessTokens>,
    /// When the keys were last read for an unknown one; held while keys are read or made.
    read_at: Mutex<Option<Timestamp>>,
}

impl Signing {
    /// Signs for the server that is reached at `issuer`.
    pub fn new(store: Store, vault: Vault, clock: Arc<dyn Clock>, issuer: String) -> Self {
        Self(Arc::new(Inner { store, vault, clock, issuer, tokens: OnceLock::new(), read_at: Mutex::default() }))
    }

    /// An access token for a sign-in. The first one of a server takes a second: its key is made.
    ///
    /// # Errors
    ///
    /// [`Outage`].
    pub async fn issue(&self, sub: PrincipalId, sid: DeviceId) -> Result<String, Outage> {
        let tokens = match self.0.tokens.get() {
            Some(tokens) => tokens.clone(),
            None => self.0.begin().await?,
        };
        spawn_blocking(move || tokens.issue(sub, sid)).await?.map_err(internal)
    }

    /// What an access token says; `None` when it is not good, or not any more. Whether its device is
    /// still signed in is asked elsewhere.
    ///
    /// # Errors
    ///
    /// [`Outage`].
    pub async fn verify(&self, token: &str) -> Result<Option<AccessTokenClaims>, Outage> {
        let known = self.0.tokens.get().map(|tokens| tokens.verify(token));
        match known {
            Some(Ok(claims)) => return Ok(Some(claims)),
            Some(Err(AccessTokenError::Invalid | AccessTokenError::Expired)) => return Ok(None),
            // Another node may have made its key.
            None | Some(Err(AccessTokenError::UnknownKey)) => self.0.read_again().await?,
        }
        Ok(self.0.tokens.get().and_then(|tokens| tokens.verify(token).ok()))
    }

    /// The keys with which others verify; none as long as nobody has wanted a token.
    ///
    /// # Errors
    ///
    /// [`Outage`].
    pub async fn public_keys(&self) -> Result<PublicKeys, Outage> {
        if self.0.tokens.get().is_none() {
            self.0.read_again().await?;
        }
        Ok(self.0.tokens.get().map_or(PublicKeys { keys: Vec::new() }, AccessTokens::public_keys))
    }

    /// Signs with a new key from now on, and answers with its name. Tokens of the one before stay good.
    ///
    /// # Errors
    ///
    /// [`Outage`].
    pub async fn rotate(&self) -> Result<String, Outage> {
        let _alone = self.0.read_at.lock().await;
        let keys = self.0.store.signing_keys().await?;
        self.0.replace(keys.first()).await?;
        Ok(self.0.read().await?.map(|newest| newest.id).unwrap_or_default())
    }

    /// Reads the keys again, as other nodes may have replaced them, and replaces an old one.
    ///
    /// # Errors
    ///
    /// [`Outage`].
    pub async fn keep(&self) -> Result<(), Outage> {
        let _alone = self.0.read_at.lock().await;
        let Some(newest) = self.0.read().await? else { return Ok(()) };
        if is_due(Some(newest.created_at), self.0.clock.now()) {
            self.0.replace(Some(&newest)).await?;
            self.0.read().await?;
        }
        Ok(())
    }
}

impl Inner {
    /// The keys there are; a first one if there is none.
    async fn begin(&self) -> Result<AccessTokens, Outage> {
        let _alone = self.read_at.lock().await;
        if self.tokens.get().is_none() && self.read().await?.is_none() {
            self.replace(None).await?;
            self.read().await?;
        }
        self.tokens.get().cloned().ok_or_else(|| Outage::Internal("no signing key".into()))
    }

    /// Reads the keys for one that is not known, unless that was done just now.
    async fn read_again(&self) -> Result<(), Outage> {
        let mut read_at = self.read_at.lock().await;
        let now = self.clock.now();
        if read_at.is_none_or(|read_at| now.millis_since(read_at) >= READ_AGAIN_AFTER_MS) {
            *read_at = Some(now);
            self.read().await?;
        }
        Ok(())
    }

    /// Works with the keys as they are stored from now on; answers with the newest.
    async fn read(&self) -> Result<Option<StoredSigningKey>, Outage> {
        let mut keys = self.store.signing_keys().await?.into_iter();
        let Some(newest) = keys.next() else { return Ok(None) };
        let private = self.vault.open(&newest.sealed, place(&newest.id)).await?;
        let signing = SigningKey::from_pkcs8(private.expose()).map_err(internal)?;
        let retired = keys.map(|key| {
            let public = serde_json::from_str(&key.public_jwk).map_err(internal)?;
            Ok(RetiredKey { public, retired_at: key.retired_at.unwrap_or(key.created_at) })
        });
        let keys = KeyRing::new(signing, retired.collect::<Result<_, Outage>>()?).map_err(internal)?;
        match self.tokens.get() {
            Some(tokens) => tokens.replace_keys(keys),
            None => {
                self.tokens.get_or_init(|| AccessTokens::new(&self.issuer, keys, Arc::clone(&self.clock)));
            }
        }
        Ok(Some(newest))
    }

    /// Makes a new key in the place of `before`, unless another node has done so.
    async fn replace(&self, before: Option<&StoredSigningKey>) -> Result<(), Outage> {
        let key = spawn_blocking(SigningKey::generate).await?.map_err(internal)?;
        let id = key.public().kid.clone();
        let sealed = self.vault.seal(&key.to_pkcs8().map_err(internal)?, place(&id)).await?;
        let public_jwk = serde_json::to_string(key.public()).map_err(internal)?;
        let at = self.clock.now();
        let event = NewEvent::of_operator(at, Audited::SigningKeyReplaced, &id, "");
        let key = StoredSigningKey { id, sealed, public_jwk, created_at: at, retired_at: None };
        let forget = at.plus_seconds(-FORGOTTEN_AFTER_S);
        let before = before.map(|before| before.id.as_str());
        if self.store.replace_signing_key(before, &key, forget, &event).await? {
            tracing::info!(key.id = key.id, "access tokens are signed with a new key");
        }
        Ok(())
    }
}

const fn place(id: &str) -> Place<'_> {
    Place { table: TABLE, workspace: vault::SERVER, name: id }
}

fn internal(error: impl std::error::Error + Send + Sync + 'static) -> Outage {
    Outage::Internal(error.into())
}
