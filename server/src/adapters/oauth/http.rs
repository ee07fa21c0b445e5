//! Asking places outside: with timeouts, a limit on what is read, and no redirects.

use std::time::Duration;

use reqwest::{Client, RequestBuilder, StatusCode, redirect::Policy};
use serde::de::DeserializeOwned;
use url::{Host, Url};

use crate::tls;

/// How long a connection may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How long an answer may take, connecting included.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(10);
/// Bytes of an answer at most; key sets are the longest of them, with some kilobytes.
const MAX_ANSWER_BYTES: usize = 256 * 1024;

/// Asks places outside.
#[derive(Clone)]
pub(super) struct Http(Client);

/// Why there is no answer that can be read.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// There is no connection, or it broke or took too long.
    #[error("no answer came")]
    Failed(#[from] reqwest::Error),
    /// The answer is not the one to a request that went well.
    #[error("the answer has status {0}")]
    Status(u16),
    /// The answer has more than 256 KiB.
    #[error("the answer is too long")]
    TooLong,
    /// The answer is not the JSON it should be.
    #[error("the answer cannot be read")]
    Malformed(#[from] serde_json::Error),
    /// The answer sends us to a place where others would read along.
    #[error("{0} is neither https nor on this machine")]
    Unencrypted(Url),
    /// The answer speaks for another place.
    #[error("the answer speaks for {0}")]
    OtherIssuer(String),
}

/// An answer, whatever its status.
pub(super) struct Answer {
    status: StatusCode,
    body: Vec<u8>,
}

impl Http {
    pub(super) fn new() -> Result<Self, reqwest::Error> {
        tls::use_ring();
        let client = Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(ANSWER_TIMEOUT)
            .redirect(Policy::none())
            // GitHub answers nobody without a name.
            .user_agent("gala");
        client.build().map(Self)
    }

    pub(super) fn get(&self, url: &Url) -> RequestBuilder {
        self.0.get(url.clone()).header("accept", "application/json")
    }

    pub(super) fn post(&self, url: &Url) -> RequestBuilder {
        self.0.post(url.clone()).header("accept", "application/json")
    }
}

/// Sends the request and reads the whole answer.
pub(super) async fn send(request: RequestBuilder) -> Result<Answer, FetchError> {
    let mut response = request.send().await?;
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        if body.len() + chunk.len() > MAX_ANSWER_BYTES {
            return Err(FetchError::TooLong);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Answer { status: response.status(), body })
}

impl Answer {
    /// What the answer to a request that went well says.
    pub(super) fn json<T: DeserializeOwned>(&self) -> Result<T, FetchError> {
        if self.status.is_success() { Ok(serde_json::from_slice(&self.body)?) } else { Err(self.bad_status()) }
    }

    /// What the answer says, whether or not the request went well.
    pub(super) fn json_of_any_status<T: DeserializeOwned>(&self) -> Result<T, FetchError> {
        serde_json::from_slice(&self.body)
            .map_err(|error| if self.status.is_success() { error.into() } else { self.bad_status() })
    }

    fn bad_status(&self) -> FetchError {
        FetchError::Status(self.status.as_u16())
    }
}

/// The place, if nobody on the way reads what is sent there: over TLS, or on this machine.
pub(super) fn encrypted(url: Url) -> Result<Url, FetchError> {
    let is_here = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    };
    let is_encrypted = url.scheme() == "https" || (url.scheme() == "http" && is_here);
    if is_encrypted { Ok(url) } else { Err(FetchError::Unencrypted(url)) }
}
