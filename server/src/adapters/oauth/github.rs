//! GitHub, which signs nothing: who has a token is asked for with the token.

use protocol::accounts::ExternalIdentity;
use reqwest::RequestBuilder;
use serde::Deserialize;
use url::Url;

use super::{
    GITHUB_URL, OAuthError,
    flow::Flow,
    grant::{Client, ClientAuth, TokenEndpoint},
    http::{FetchError, Http, send},
};

/// What is asked for: who somebody is, and their addresses.
const SCOPE: &str = "read:user user:email";
/// The version of the API that is spoken (docs.github.com/rest/about-the-rest-api/api-versions).
const API_VERSION: &str = "2022-11-28";

/// GitHub, or a server of GitHub Enterprise.
pub(super) struct GitHub {
    url: String,
    authorize: Url,
    token: TokenEndpoint,
    user: Url,
    emails: Url,
    client: Client,
    http: Http,
}

#[derive(Deserialize)]
struct User {
    id: u64,
    login: String,
    name: Option<String>,
}

#[derive(Deserialize)]
struct Email {
    email: String,
    primary: bool,
    verified: bool,
}

impl GitHub {
    pub(super) fn new(url: &Url, client: Client, http: Http) -> Result<Self, url::ParseError> {
        let url = url.as_str().trim_end_matches('/').to_owned();
        // An Enterprise server has its API below itself.
        let api = if url == GITHUB_URL { "https://api.github.com".to_owned() } else { format!("{url}/api/v3") };
        Ok(Self {
            authorize: Url::parse(&format!("{url}/login/oauth/authorize"))?,
            token: TokenEndpoint {
                url: Url::parse(&format!("{url}/login/oauth/access_token"))?,
                auth: ClientAuth::Form,
            },
            user: Url::parse(&format!("{api}/user"))?,
            emails: Url::parse(&format!("{api}/user/emails"))?,
            url,
            client,
            http,
        })
    }

    pub(super) fn authorization_url(&self, flow: &Flow) -> Url {
        self.client.authorization_url(&self.authorize, SCOPE, flow)
    }

    /// Redeems the code and tells whose it is. The only address taken is the primary one, once verified.
    pub(super) async fn identify(&self, code: &str, flow: &Flow) -> Result<ExternalIdentity, OAuthError> {
        let granted = self.client.redeem(&self.http, &self.token, code, flow).await?;
        let user: User = self.ask(&self.user, &granted.access_token).await?;
        let emails: Vec<Email> = self.ask(&self.emails, &granted.access_token).await?;
        let email = emails.into_iter().find(|email| email.primary && email.verified);
        let email = email.and_then(|email| email.email.parse().ok());
        Ok(ExternalIdentity {
            provider: self.url.clone(),
            // The login can be given up and taken by somebody else; the number cannot.
            subject: user.id.to_string(),
            email_verified: email.is_some(),
            email,
            name: user.name.or(Some(user.login)),
        })
    }

    async fn ask<T: serde::de::DeserializeOwned>(&self, url: &Url, access_token: &str) -> Result<T, FetchError> {
        let request: RequestBuilder = self.http.get(url).bearer_auth(access_token);
        send(request.header("x-github-api-version", API_VERSION)).await?.json()
    }
}
