//! The account everybody types with, and what it asks of nodes over HTTP.

use std::time::Duration;

use futures_util::{StreamExt, TryStreamExt, stream};
use reqwest::{
    Client, Method, RequestBuilder, Response,
    header::{COOKIE, HeaderMap, HeaderValue, SET_COOKIE},
};
use serde_json::{Value, json};

use crate::failure::Failure;

const TIMEOUT: Duration = Duration::from_secs(20);
/// Pages that are asked for at the same time.
const CONCURRENT_REQUESTS: usize = 32;

/// The owner of an installation, signed in at any of its nodes.
#[derive(Clone)]
pub(crate) struct Account {
    http: Client,
    /// The `Cookie` header, for handshakes.
    pub(crate) cookie: String,
}

impl Account {
    /// Makes the first account.
    ///
    /// # Errors
    ///
    /// [`Failure`] if the node does not let it.
    pub(crate) async fn register(node: &str) -> Result<Self, Failure> {
        let account = json!({
            "email": "owner@example.org", "password": "correct horse battery staple", "name": "Owner", "mode": "cookie"
        });
        let request = Client::builder().timeout(TIMEOUT).build()?.post(format!("{node}/api/v1/auth/register"));
        let answer = good(request.json(&account)).await?;
        let cookies = answer.headers().get_all(SET_COOKIE).iter();
        let pairs = cookies.filter_map(|cookie| cookie.to_str().ok()?.split(';').next());
        let cookie = pairs.collect::<Vec<_>>().join("; ");
        let view: Value = answer.json().await?;
        let csrf = view["csrf_token"].as_str().ok_or(Failure::Incomplete("CSRF token"))?;
        let mut headers = HeaderMap::new();
        headers.insert(COOKIE, HeaderValue::try_from(&cookie).map_err(|_invalid| Failure::Incomplete("cookie"))?);
        let csrf = HeaderValue::try_from(csrf).map_err(|_invalid| Failure::Incomplete("CSRF token"))?;
        headers.insert("x-csrf-token", csrf);
        Ok(Self { http: Client::builder().timeout(TIMEOUT).default_headers(headers).build()?, cookie })
    }

    /// Makes an empty page; answers with its id.
    ///
    /// # Errors
    ///
    /// [`Failure`].
    pub(crate) async fn create_page(&self, node: &str, title: &str) -> Result<String, Failure> {
        self.page(&self.pages(node).await?, title).await
    }

    /// Makes empty pages, many at a time; answers with their ids, in no order.
    ///
    /// # Errors
    ///
    /// [`Failure`].
    pub(crate) async fn create_pages(
        &self,
        node: &str,
        titles: impl Iterator<Item = String>,
    ) -> Result<Vec<String>, Failure> {
        let pages = self.pages(node).await?;
        let made = stream::iter(titles).map(async |title| self.page(&pages, &title).await);
        made.buffer_unordered(CONCURRENT_REQUESTS).try_collect().await
    }

    /// Where pages are made and listed.
    ///
    /// # Errors
    ///
    /// [`Failure`].
    pub(crate) async fn pages(&self, node: &str) -> Result<String, Failure> {
        let workspaces: Value = self.get(node, "/api/v1/workspaces", "application/json").await?.json().await?;
        let workspace = workspaces["items"][0]["id"].as_str().ok_or(Failure::Incomplete("workspace"))?;
        Ok(format!("{node}/api/v1/workspaces/{workspace}/pages"))
    }

    async fn page(&self, pages: &str, title: &str) -> Result<String, Failure> {
        let page: Value = good(self.http.post(pages).json(&json!({ "title": title }))).await?.json().await?;
        Ok(page["id"].as_str().ok_or(Failure::Incomplete("id"))?.to_owned())
    }

    /// What a page says, in the form asked for.
    ///
    /// # Errors
    ///
    /// [`Failure`].
    pub(crate) async fn content(&self, node: &str, page: &str, form: &str) -> Result<Vec<u8>, Failure> {
        Ok(self.get(node, &format!("/api/v1/pages/{page}/content"), form).await?.bytes().await?.to_vec())
    }

    /// What a room said at a position, as one update.
    ///
    /// # Errors
    ///
    /// [`Failure`].
    pub(crate) async fn history(&self, node: &str, room: &str, at: usize) -> Result<Vec<u8>, Failure> {
        let path = format!("/api/v1/rooms/{room}/history?at={at}");
        Ok(self.get(node, &path, "application/octet-stream").await?.bytes().await?.to_vec())
    }

    /// A request of this account, to be sent with [`good`].
    pub(crate) fn request(&self, method: Method, url: &str) -> RequestBuilder {
        self.http.request(method, url)
    }

    async fn get(&self, node: &str, path: &str, form: &str) -> Result<Response, Failure> {
        good(self.http.request(Method::GET, format!("{node}{path}")).header("accept", form)).await
    }
}

/// Sends a request.
///
/// # Errors
///
/// [`Failure::Refused`] if the answer is no success.
pub(crate) async fn good(request: RequestBuilder) -> Result<Response, Failure> {
    let answer = request.send().await?;
    let status = answer.status();
    if status.is_success() {
        return Ok(answer);
    }
    Err(Failure::Refused { path: answer.url().path().to_owned(), status: status.as_u16() })
}
