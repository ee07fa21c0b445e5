//! OpenID Connect: an issuer that describes itself, and signs what it says of people.

use std::sync::{Arc, Mutex, PoisonError};

use jsonwebtoken::jwk::JwkSet;
use protocol::{accounts::ExternalIdentity, time::Timestamp};
use serde::Deserialize;
use url::Url;

use super::{
    OAuthError,
    flow::Flow,
    grant::{Client, ClientAuth, Granted, TokenEndpoint},
    http::{FetchError, Http, encrypted, send},
    id_token::{self, Expected, IdTokenError, Person},
};

/// What is asked for (OpenID Connect Core §5.4).
const SCOPE: &str = "openid email profile";
/// Seconds after which an issuer is asked again what it says of itself: a key it has withdrawn is
/// believed for no longer.
const DESCRIPTION_MAX_AGE_S: i64 = 60 * 60;

/// An issuer.
pub(super) struct Oidc {
    issuer: String,
    description: Url,
    client: Client,
    http: Http,
    known: Mutex<Option<Arc<Known>>>,
}

/// What an issuer has said of itself.
struct Known {
    description: Description,
    keys: JwkSet,
    asked_at: Timestamp,
}

/// The issuer's metadata, as far as it is used (OpenID Connect Discovery §3).
#[derive(Clone, Deserialize)]
struct Description {
    issuer: String,
    authorization_endpoint: Url,
    token_endpoint: Url,
    jwks_uri: Url,
    userinfo_endpoint: Option<Url>,
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
}

impl Oidc {
    pub(super) fn new(issuer: &Url, client: Client, http: Http) -> Result<Self, url::ParseError> {
        let issuer = issuer.as_str().trim_end_matches('/').to_owned();
        let description = Url::parse(&format!("{issuer}/.well-known/openid-configuration"))?;
        Ok(Self { issuer, description, client, http, known: Mutex::new(None) })
    }

    pub(super) async fn authorization_url(&self, flow: &Flow, now: Timestamp) -> Result<Url, OAuthError> {
        let known = self.known(now).await?;
        let mut url = self.client.authorization_url(&known.description.authorization_endpoint, SCOPE, flow);
        url.query_pairs_mut().append_pair("nonce", &flow.nonce.text());
        Ok(url)
    }

    /// Redeems the code and tells whose it is.
    pub(super) async fn identify(
        &self,
        code: &str,
        flow: &Flow,
        now: Timestamp,
    ) -> Result<ExternalIdentity, OAuthError> {
        let known = self.known(now).await?;
        let description = &known.description;
        let granted = self.client.redeem(&self.http, &description.token_endpoint(), code, flow).await?;
        let Granted { access_token, id_token } = granted;
        let id_token = id_token.ok_or(IdTokenError::Missing)?;
        let mut person = self.verify(&id_token, &known, flow, now).await?;
        if let (None, Some(endpoint)) = (&person.email, &description.userinfo_endpoint) {
            person = self.look_up(endpoint, &access_token, &person.sub).await?;
        }
        let email = person.email.as_deref().and_then(|email| email.parse().ok());
        Ok(ExternalIdentity {
            provider: description.issuer.clone(),
            subject: person.sub,
            email_verified: email.is_some() && person.email_verified.is_some_and(|said| said.is_yes()),
            email,
            name: person.name,
        })
    }

    async fn verify(&self, token: &str, known: &Known, flow: &Flow, now: Timestamp) -> Result<Person, OAuthError> {
        let nonce = flow.nonce.text();
        let expected = Expected { issuer: &known.description.issuer, audience: &self.client.id, nonce: &nonce };
        match id_token::verify(token, &known.keys, &expected, now) {
            // The issuer may have a new key since we have asked.
            Err(IdTokenError::UnknownKey) => {
                let keys = &self.ask(now).await?.keys;
                Ok(id_token::verify(token, keys, &expected, now)?)
            }
            verified => Ok(verified?),
        }
    }

    /// Asks for what the token does not say (OpenID Connect Core §5.3).
    async fn look_up(&self, endpoint: &Url, access_token: &str, subject: &str) -> Result<Person, OAuthError> {
        let person: Person = send(self.http.get(endpoint).bearer_auth(access_token)).await?.json()?;
        if person.sub == subject { Ok(person) } else { Err(IdTokenError::Subject.into()) }
    }

    /// What the issuer says of itself, from memory while that is fresh.
    async fn known(&self, now: Timestamp) -> Result<Arc<Known>, FetchError> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner).clone();
        match known {
            Some(known) if now < known.asked_at.plus_seconds(DESCRIPTION_MAX_AGE_S) => Ok(known),
            _ => self.ask(now).await,
        }
    }

    async fn ask(&self, now: Timestamp) -> Result<Arc<Known>, FetchError> {
        let description: Description = send(self.http.get(&self.description)).await?.json()?;
        let description = description.checked(&self.issuer)?;
        let keys = send(self.http.get(&description.jwks_uri)).await?.json()?;
        let known = Arc::new(Known { description, keys, asked_at: now });
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&known));
        Ok(known)
    }
}

impl Description {
    /// The description if it is of this issuer (OpenID Connect Discovery §4.3) and leads nowhere where
    /// others read along.
    fn checked(self, issuer: &str) -> Result<Self, FetchError> {
        if self.issuer.trim_end_matches('/') != issuer {
            return Err(FetchError::OtherIssuer(self.issuer));
        }
        Ok(Self {
            authorization_endpoint: encrypted(self.authorization_endpoint)?,
            token_endpoint: encrypted(self.token_endpoint)?,
            jwks_uri: encrypted(self.jwks_uri)?,
            userinfo_endpoint: self.userinfo_endpoint.map(encrypted).transpose()?,
            ..self
        })
    }

    /// Where codes are redeemed; our password goes into the header unless the issuer reads forms only.
    fn token_endpoint(&self) -> TokenEndpoint {
        let takes = |method: &str| self.token_endpoint_auth_methods_supported.iter().flatten().any(|m| m == method);
        let is_form_only = takes("client_secret_post") && !takes("client_secret_basic");
        let auth = if is_form_only { ClientAuth::Form } else { ClientAuth::Basic };
        TokenEndpoint { url: self.token_endpoint.clone(), auth }
    }
}
