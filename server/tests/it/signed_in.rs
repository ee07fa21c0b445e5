//! Somebody who is signed in, with the cookies a browser would have.

use reqwest::{
    Client, ClientBuilder, Method, RequestBuilder,
    header::{COOKIE, HeaderMap, HeaderValue, SET_COOKIE},
};
use serde_json::{Value, json};

use crate::yjs_client::PATIENCE;

/// The password of everybody in these tests.
pub(crate) const PASSWORD: &str = "correct horse battery staple";

/// Somebody who is signed in.
#[derive(Clone)]
pub(crate) struct SignedIn {
    /// Where the server answers.
    pub(crate) url: String,
    /// Sends cookies and the CSRF token with every request.
    pub(crate) http: Client,
    /// The `Cookie` header, for handshakes.
    pub(crate) cookie: String,
    /// What the `x-csrf-token` header has to say.
    pub(crate) csrf: String,
    /// The principal; empty for guests.
    pub(crate) id: String,
}

impl SignedIn {
    /// Makes an account and signs it in; `name` is also the first part of its address.
    pub(crate) async fn register(url: &str, name: &str) -> Self {
        let account = json!({ "email": email(name), "password": PASSWORD, "name": name, "mode": "cookie" });
        Self::enter(url, "auth/register", account).await
    }

    /// Makes the first account, or signs in to it.
    pub(crate) async fn owner(url: &str) -> Self {
        let client = client().build().expect("a client");
        let options = client.get(format!("{url}/api/v1/auth/providers")).send().await.expect("an answer");
        let options: Value = options.json().await.expect("JSON");
        if options["is_first_run"] == true {
            Self::register(url, "Owner").await
        } else {
            Self::login(url, "Owner").await
        }
    }

    /// Makes an account with an invitation.
    pub(crate) async fn register_invited(url: &str, name: &str, invitation: &str) -> Self {
        let mut account = json!({ "email": email(name), "password": PASSWORD, "name": name, "mode": "cookie" });
        account["invitation"] = json!(invitation);
        Self::enter(url, "auth/register", account).await
    }

    /// Signs in on one more device.
    pub(crate) async fn login(url: &str, name: &str) -> Self {
        let login = json!({ "email": email(name), "password": PASSWORD, "mode": "cookie" });
        Self::enter(url, "auth/login", login).await
    }

    /// Comes by a share link.
    pub(crate) async fn guest(url: &str, link: &str) -> Self {
        Self::enter(url, "share-links/open", json!({ "token": link })).await
    }

    async fn enter(url: &str, path: &str, body: Value) -> Self {
        let http = client().build().expect("a client");
        let answer = http.post(format!("{url}/api/v1/{path}")).json(&body).send().await.expect("an answer");
        let cookies = answer.headers().get_all(SET_COOKIE).iter();
        let pairs = cookies.map(|cookie| cookie.to_str().expect("text").split(';').next().unwrap_or_default());
        let cookie = pairs.collect::<Vec<_>>().join("; ");
        let status = answer.status();
        let view: Value = answer.json().await.expect("JSON");
        assert!(status.is_success(), "{view}");
        let csrf = view["csrf_token"].as_str().expect("a token");
        let mut headers = HeaderMap::new();
        headers.insert(COOKIE, HeaderValue::try_from(&cookie).expect("a header"));
        headers.insert("x-csrf-token", HeaderValue::try_from(csrf).expect("a header"));
        let http = client().default_headers(headers).build().expect("a client");
        let id = view["user"]["id"].as_str().unwrap_or_default().to_owned();
        Self { url: url.to_owned(), http, cookie, csrf: csrf.to_owned(), id }
    }

    /// The same person at another node, or another way to the same one.
    pub(crate) fn at(&self, url: &str) -> Self {
        Self { url: url.to_owned(), ..self.clone() }
    }

    /// A request to be completed and sent.
    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.url))
    }

    /// The id of the first of their workspaces.
    pub(crate) async fn first_workspace(&self) -> String {
        let answer = self.request(Method::GET, "/api/v1/workspaces").send().await.expect("an answer");
        let workspaces: Value = answer.json().await.expect("JSON");
        workspaces["items"][0]["id"].as_str().expect("a workspace").to_owned()
    }

    /// A room token.
    pub(crate) async fn room_token(&self, room: &str, access: &str) -> String {
        let request = self.request(Method::POST, &format!("/api/v1/rooms/{room}/tokens"));
        let answer = request.json(&json!({ "access": access })).send().await.expect("an answer");
        assert_eq!(answer.status(), 201);
        let token: Value = answer.json().await.expect("JSON");
        token["token"].as_str().expect("a token").to_owned()
    }
}

/// The address of somebody in these tests.
pub(crate) fn email(name: &str) -> String {
    format!("{}@example.org", name.to_lowercase())
}

/// A client that gives up when a test does.
pub(crate) fn client() -> ClientBuilder {
    server::tls::use_ring();
    Client::builder().timeout(PATIENCE)
}
