//! Where one can sign in, as the operator has set it up.

use std::sync::Arc;

use protocol::accounts::ProviderView;
use url::Url;

use super::{Client, Flows, GITHUB_URL, GOOGLE_ISSUER, Provider, ProviderError};
use crate::config::{ProvidersConfig, PublicUrl, SecretText};

/// The places there are. Cheap to clone.
#[derive(Clone)]
pub struct Providers(Arc<Shared>);

struct Shared {
    providers: Vec<Named>,
    flows: Flows,
}

/// A place with its name for people.
struct Named {
    provider: Provider,
    name: String,
}

/// Client secrets that are kept in the vault.
#[derive(Default)]
pub struct KeptSecrets {
    /// At Google.
    pub google: Option<SecretText>,
    /// At GitHub.
    pub github: Option<SecretText>,
    /// At the OpenID Connect issuer.
    pub oidc: Option<SecretText>,
}

/// Why there are no providers.
#[derive(Debug, thiserror::Error)]
pub enum ProvidersError {
    /// A client secret is neither set nor kept.
    #[error("there is no client secret for {0}: set it, or keep it with `gala secret set`")]
    NoSecret(&'static str),
    /// One cannot be used.
    #[error("one cannot sign in at {0}")]
    Provider(&'static str, #[source] ProviderError),
}

impl Providers {
    /// The places of the settings; browsers come back to `origin`.
    ///
    /// # Errors
    ///
    /// [`ProvidersError`].
    pub fn new(
        config: &ProvidersConfig,
        kept: KeptSecrets,
        origin: &PublicUrl,
        flows: Flows,
    ) -> Result<Self, ProvidersError> {
        let mut providers = Vec::new();
        if let Some(id) = &config.google_client_id {
            let secret = config.google_client_secret.clone().or(kept.google);
            let client = client("google", id, secret, origin)?;
            let provider = Provider::oidc("google", GOOGLE_ISSUER, client);
            providers.push(named("google", provider, "Google")?);
        }
        if let Some(id) = &config.github_client_id {
            let secret = config.github_client_secret.clone().or(kept.github);
            let client = client("github", id, secret, origin)?;
            let url = config.github_url.as_ref().map_or(GITHUB_URL, Url::as_str);
            providers.push(named("github", Provider::github("github", url, client), "GitHub")?);
        }
        if let Some((issuer, id)) = config.oidc_issuer.as_ref().zip(config.oidc_client_id.as_ref()) {
            let secret = config.oidc_client_secret.clone().or(kept.oidc);
            let client = client("oidc", id, secret, origin)?;
            providers.push(named("oidc", Provider::oidc("oidc", issuer.as_str(), client), &config.oidc_name)?);
        }
        Ok(Self(Arc::new(Shared { providers, flows })))
    }

    /// The place with this id.
    pub fn get(&self, id: &str) -> Option<&Provider> {
        self.0.providers.iter().map(|named| &named.provider).find(|provider| provider.id() == id)
    }

    /// The places, as people choose among them.
    pub fn views(&self) -> Vec<ProviderView> {
        let view = |named: &Named| ProviderView { id: named.provider.id().to_owned(), name: named.name.clone() };
        self.0.providers.iter().map(view).collect()
    }

    /// Keeps sign-ins that are under way in browsers.
    pub fn flows(&self) -> &Flows {
        &self.0.flows
    }
}

fn client(
    provider: &'static str,
    id: &str,
    secret: Option<SecretText>,
    origin: &PublicUrl,
) -> Result<Client, ProvidersError> {
    let secret = secret.ok_or(ProvidersError::NoSecret(provider))?;
    let back: Result<Url, _> = format!("{origin}/api/v1/auth/oauth/{provider}/callback").parse();
    let redirect_uri = back.map_err(|error| ProvidersError::Provider(provider, ProviderError::Url(Box::new(error))))?;
    Ok(Client { id: id.to_owned(), secret, redirect_uri })
}

fn named(id: &'static str, provider: Result<Provider, ProviderError>, name: &str) -> Result<Named, ProvidersError> {
    let provider = provider.map_err(|error| ProvidersError::Provider(id, error))?;
    Ok(Named { provider, name: name.to_owned() })
}
