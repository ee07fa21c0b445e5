//! Signing in elsewhere: at Google, GitHub or any OpenID Connect issuer.
//!
//! [`Provider::start`] → the browser keeps the [`Flow`] in a sealed cookie and goes there → it comes
//! back with a code → [`Provider::finish`] redeems the code and tells who it is. State, nonce and PKCE
//! verifier belong to one flow; whatever does not fit together ends it.
//!
//! To add a provider without OpenID Connect: a file like `github.rs`, and a `Kind`.

mod flow;
mod github;
mod grant;
mod http;
mod id_token;
mod oidc;
mod providers;
mod return_to;

use protocol::{accounts::ExternalIdentity, time::Timestamp};
use serde::Deserialize;
use url::Url;

use crate::vault::VaultError;

pub use self::{
    flow::{FLOW_TIMEOUT_S, Flow, Flows},
    grant::Client,
    http::FetchError,
    id_token::IdTokenError,
    providers::{KeptSecrets, Providers, ProvidersError},
    return_to::{InvalidReturnTo, ReturnTo},
};
use self::{github::GitHub, http::Http, oidc::Oidc};

/// Google's issuer (`https://accounts.google.com/.well-known/openid-configuration`).
pub const GOOGLE_ISSUER: &str = "https://accounts.google.com";
/// Where GitHub is, unless one has one's own.
pub const GITHUB_URL: &str = "https://github.com";
/// Characters of a provider's error code that are kept.
const MAX_ERROR_CHARS: usize = 64;

/// A place to sign in.
pub struct Provider {
    id: String,
    kind: Kind,
}

enum Kind {
    Oidc(Box<Oidc>),
    GitHub(Box<GitHub>),
}

/// With what the browser comes back (RFC 6749 §4.1.2).
#[derive(Clone, Deserialize)]
pub struct Callback {
    /// Which sign-in it is.
    pub state: Option<String>,
    /// What is redeemed.
    pub code: Option<String>,
    /// Why there is no code.
    pub error: Option<String>,
}

/// Why somebody is not signed in.
#[derive(Debug, thiserror::Error)]
pub enum OAuthError {
    /// They did not want to.
    #[error("the sign-in was cancelled")]
    Cancelled,
    /// This browser has not started it, or has started another one since.
    #[error("the sign-in was not started in this browser")]
    NotStarted,
    /// They came back after more than [`FLOW_TIMEOUT_S`].
    #[error("the sign-in took too long")]
    Expired,
    /// The provider refuses: the code is used up, or our client is set up wrong. Its error code.
    #[error("the provider refuses the sign-in: {0}")]
    Refused(String),
    /// What the provider, or whoever poses as it, says of them cannot be believed.
    #[error("what the provider says cannot be trusted")]
    Untrusted(#[from] IdTokenError),
    /// The provider does not answer, or not as it should.
    #[error("the provider cannot be reached")]
    Unavailable(#[from] FetchError),
    /// The operating system gave no random bytes.
    #[error("the operating system gave no random bytes")]
    Random(#[from] getrandom::Error),
    /// The sign-in could not be sealed.
    #[error("the sign-in could not be kept")]
    Seal(#[source] VaultError),
}

/// Why there is no such provider.
#[derive(Debug, thiserror::Error)]
pub enum ProviderError {
    /// The URL is none, or others would read along.
    #[error("the provider's URL cannot be used")]
    Url(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// TLS cannot be set up on this machine.
    #[error("no connection to a provider can be made")]
    Http(#[source] reqwest::Error),
}

impl Provider {
    /// An OpenID Connect issuer, Google among them ([`GOOGLE_ISSUER`]). It is asked when somebody signs in.
    ///
    /// # Errors
    ///
    /// [`ProviderError`].
    pub fn oidc(id: &str, issuer: &str, client: Client) -> Result<Self, ProviderError> {
        let http = Http::new().map_err(ProviderError::Http)?;
        let oidc = Oidc::new(&outside(issuer)?, client, http).map_err(unusable)?;
        Ok(Self { id: id.to_owned(), kind: Kind::Oidc(Box::new(oidc)) })
    }

    /// GitHub at [`GITHUB_URL`], or a GitHub Enterprise server.
    ///
    /// # Errors
    ///
    /// [`ProviderError`].
    pub fn github(id: &str, url: &str, client: Client) -> Result<Self, ProviderError> {
        let http = Http::new().map_err(ProviderError::Http)?;
        let github = GitHub::new(&outside(url)?, client, http).map_err(unusable)?;
        Ok(Self { id: id.to_owned(), kind: Kind::GitHub(Box::new(github)) })
    }

    /// Names it in our URLs.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Where to send the browser, and what it has to keep.
    ///
    /// # Errors
    ///
    /// [`OAuthError::Unavailable`], [`OAuthError::Random`].
    pub async fn start(&self, return_to: ReturnTo, now: Timestamp) -> Result<(Url, Flow), OAuthError> {
        let flow = Flow::start(&self.id, return_to, now)?;
        let url = match &self.kind {
            Kind::Oidc(oidc) => oidc.authorization_url(&flow, now).await?,
            Kind::GitHub(github) => github.authorization_url(&flow),
        };
        Ok((url, flow))
    }

    /// Who has come back. A flow is good once: the caller has taken its cookie away.
    ///
    /// # Errors
    ///
    /// [`OAuthError`].
    pub async fn finish(&self, flow: Flow, callback: Callback, now: Timestamp) -> Result<ExternalIdentity, OAuthError> {
        if flow.provider != self.id || callback.state != Some(flow.state.text()) {
            return Err(OAuthError::NotStarted);
        }
        let code = match (callback.code, callback.error) {
            (Some(code), None) => code,
            (_, Some(error)) => return Err(OAuthError::refused(&error)),
            (None, None) => return Err(OAuthError::refused("no code")),
        };
        match &self.kind {
            Kind::Oidc(oidc) => oidc.identify(&code, &flow, now).await,
            Kind::GitHub(github) => github.identify(&code, &flow).await,
        }
    }
}

impl OAuthError {
    /// What an error code of the provider means (RFC 6749 §4.1.2.1). Anybody may have written it.
    fn refused(code: &str) -> Self {
        if code == "access_denied" {
            return Self::Cancelled;
        }
        Self::Refused(code.chars().filter(char::is_ascii_graphic).take(MAX_ERROR_CHARS).collect())
    }
}

fn outside(url: &str) -> Result<Url, ProviderError> {
    http::encrypted(url.parse().map_err(unusable)?).map_err(|error| ProviderError::Url(error.into()))
}

fn unusable(error: url::ParseError) -> ProviderError {
    ProviderError::Url(error.into())
}
