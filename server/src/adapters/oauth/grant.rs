//! The authorisation code grant with PKCE (RFC 6749 §4.1, RFC 7636): the way there, and the code redeemed.

use serde::Deserialize;
use url::{Url, form_urlencoded::byte_serialize};

use super::{
    OAuthError,
    flow::Flow,
    http::{Http, send},
};
use crate::config::SecretText;

/// What the provider knows this server by.
#[derive(Clone)]
pub struct Client {
    /// Its name there.
    pub id: String,
    /// Its password there.
    pub secret: SecretText,
    /// Where browsers come back to: one for each provider, so that no provider receives the code of
    /// another (RFC 9700 §4.4.2).
    pub redirect_uri: Url,
}

/// How a client shows its password (RFC 6749 §2.3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ClientAuth {
    /// In the `Authorization` header.
    Basic,
    /// In the form.
    Form,
}

/// Where codes are redeemed.
pub(super) struct TokenEndpoint {
    pub(super) url: Url,
    pub(super) auth: ClientAuth,
}

/// What a code was redeemed for.
pub(super) struct Granted {
    pub(super) access_token: String,
    pub(super) id_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum TokenAnswer {
    Granted {
        access_token: String,
        #[serde(default)]
        id_token: Option<String>,
    },
    /// GitHub says so with status 200.
    Refused { error: String },
}

impl Client {
    /// Where to send the browser. `scope` is what is asked for, with spaces between.
    pub(super) fn authorization_url(&self, endpoint: &Url, scope: &str, flow: &Flow) -> Url {
        let mut url = endpoint.clone();
        url.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", &self.id)
            .append_pair("redirect_uri", self.redirect_uri.as_str())
            .append_pair("scope", scope)
            .append_pair("state", &flow.state.text())
            .append_pair("code_challenge", &flow.verifier.challenge())
            .append_pair("code_challenge_method", "S256");
        url
    }

    /// Redeems a code.
    pub(super) async fn redeem(
        &self,
        http: &Http,
        endpoint: &TokenEndpoint,
        code: &str,
        flow: &Flow,
    ) -> Result<Granted, OAuthError> {
        let verifier = flow.verifier.text();
        let mut form = vec![
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", self.redirect_uri.as_str()),
            ("code_verifier", &verifier),
        ];
        let request = http.post(&endpoint.url);
        let request = match endpoint.auth {
            ClientAuth::Basic => request.basic_auth(encoded(&self.id), Some(encoded(self.secret.expose()))),
            ClientAuth::Form => {
                form.extend([("client_id", self.id.as_str()), ("client_secret", self.secret.expose())]);
                request
            }
        };
        match send(request.form(&form)).await?.json_of_any_status()? {
            TokenAnswer::Granted { access_token, id_token } => Ok(Granted { access_token, id_token }),
            TokenAnswer::Refused { error } => Err(OAuthError::refused(&error)),
        }
    }
}

/// Names and passwords are encoded before they are put into the header (RFC 6749 §2.3.1).
fn encoded(text: &str) -> String {
    byte_serialize(text.as_bytes()).collect()
}
