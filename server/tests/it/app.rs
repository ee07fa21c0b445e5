//! The server in this process, on a port of its own, and the verbs with which tests use it.

use std::path::Path;

use protocol::ids::RoomId;
use reqwest::{
    Client, Method, RequestBuilder, StatusCode,
    header::{CONTENT_TYPE, HeaderMap},
};
use serde_json::{Value, json};
use server::{config::Config, startup::Application};
use tempfile::TempDir;
use tokio::sync::oneshot;

use crate::{
    engines::{TestDatabase, query_sqlite},
    signed_in::{self, SignedIn},
};

/// A running server that belongs to nobody yet; it stops when this is dropped.
pub(crate) struct NewServer {
    /// Where it answers: `http://127.0.0.1:<port>`.
    pub(crate) url: String,
    stop: Option<oneshot::Sender<()>>,
    directory: TempDir,
}

/// A running server with an owner and a workspace; it stops when this is dropped.
pub(crate) struct TestApp {
    /// Where it answers: `http://127.0.0.1:<port>`.
    pub(crate) url: String,
    /// The owner, who sends every request unless another client is named.
    pub(crate) owner: SignedIn,
    anonymous: Client,
    /// The workspace there is.
    pub(crate) workspace: String,
    server: NewServer,
}

/// What the server answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl NewServer {
    /// A server with other settings.
    pub(crate) async fn with(database_url: Option<&str>, change: impl FnOnce(&mut Config)) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let mut config = Config::for_testing(directory.path());
        config.database.database_url = database_url.map(|url| url.parse().unwrap());
        change(&mut config);
        let (port, stop) = start(config).await;
        Self { url: format!("http://127.0.0.1:{port}"), stop: Some(stop), directory }
    }
}

impl TestApp {
    /// A server on an empty SQLite database.
    pub(crate) async fn new() -> Self {
        Self::with(None, |_| {}).await
    }

    /// A server on this database.
    pub(crate) async fn on(database: &TestDatabase) -> Self {
        Self::with(database.url(), |_| {}).await
    }

    /// A server with other settings.
    pub(crate) async fn with(database_url: Option<&str>, change: impl FnOnce(&mut Config)) -> Self {
        let server = NewServer::with(database_url, change).await;
        let url = server.url.clone();
        let owner = SignedIn::register(&url, "Owner").await;
        let workspace = owner.first_workspace().await;
        let anonymous = signed_in::client().build().unwrap();
        Self { url, owner, anonymous, workspace, server }
    }

    /// Another server on the same Postgres.
    pub(crate) async fn another_node(&self, database_url: Option<&str>, change: impl FnOnce(&mut Config)) -> Self {
        let server = NewServer::with(database_url, change).await;
        let url = server.url.clone();
        let owner = SignedIn::login(&url, "Owner").await;
        let (anonymous, workspace) = (self.anonymous.clone(), self.workspace.clone());
        Self { url, owner, anonymous, workspace, server }
    }

    /// Where the server keeps its files.
    pub(crate) fn data_dir(&self) -> &Path {
        self.server.directory.path()
    }

    /// Runs SQL behind the server's back, on the database it was started on.
    pub(crate) async fn query(&self, database: &TestDatabase, sql: &str) -> Vec<String> {
        match database.url() {
            Some(_) => database.query(sql).await,
            None => query_sqlite(&self.server.directory.path().join("gala.db"), sql).unwrap(),
        }
    }

    /// A request to be completed and sent with [`TestApp::send`].
    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.owner.request(method, path)
    }

    /// The same by somebody who has shown nothing.
    pub(crate) fn anonymously(&self, method: Method, path: &str) -> RequestBuilder {
        self.anonymous.request(method, format!("{}{path}", self.url))
    }

    pub(crate) async fn send(&self, request: RequestBuilder) -> Answer {
        Answer::to(request).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(self.request(Method::GET, path)).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(self.request(Method::POST, path).json(&body)).await
    }

    pub(crate) async fn patch(&self, path: &str, body: Value) -> Answer {
        self.send(self.request(Method::PATCH, path).json(&body)).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.send(self.request(Method::DELETE, path)).await
    }

    /// Sends a body as it is.
    pub(crate) async fn post_text(&self, path: &str, content_type: &str, body: impl Into<reqwest::Body>) -> Answer {
        self.send(self.request(Method::POST, path).header(CONTENT_TYPE, content_type).body(body)).await
    }

    /// Makes a page in the workspace there is.
    pub(crate) async fn post_page(&self, page: Value) -> Answer {
        self.post(&format!("/api/v1/workspaces/{}/pages", self.workspace), page).await
    }

    /// Makes a page at the top; answers with its id.
    pub(crate) async fn create_page(&self, title: &str, markdown: &str) -> String {
        self.post_page(json!({ "title": title, "markdown": markdown })).await.expect(201).id()
    }

    /// Makes a page below another one; answers with its id.
    pub(crate) async fn create_page_under(&self, parent: &str, title: &str) -> String {
        self.post_page(json!({ "title": title, "parent_id": parent })).await.expect(201).id()
    }

    /// The pages of the workspace as an outline: `a(b c) d`.
    pub(crate) async fn outline(&self) -> String {
        let pages = self.get(&format!("/api/v1/workspaces/{}/pages", self.workspace)).await.expect(200).json();
        outline(&pages["items"])
    }

    /// A request that replaces or changes what a page says.
    pub(crate) fn content_request(&self, method: Method, page: &str, content_type: &str) -> RequestBuilder {
        self.request(method, &format!("/api/v1/pages/{page}/content")).header(CONTENT_TYPE, content_type)
    }

    /// Replaces what a page says.
    pub(crate) async fn put_content(&self, page: &str, content_type: &str, body: impl Into<reqwest::Body>) -> Answer {
        self.send(self.content_request(Method::PUT, page, content_type).body(body)).await
    }

    /// What a page says, in this form.
    pub(crate) async fn content(&self, page: &str, accept: &str) -> Answer {
        let request = self.request(Method::GET, &format!("/api/v1/pages/{page}/content"));
        self.send(request.header("accept", accept)).await
    }

    /// What a page says, as Markdown.
    pub(crate) async fn markdown(&self, page: &str) -> String {
        self.content(page, "text/markdown").await.expect(200).text()
    }
}

impl Drop for NewServer {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ended_already = stop.send(());
        }
    }
}

impl Answer {
    /// What is answered to a request.
    pub(crate) async fn to(request: RequestBuilder) -> Self {
        let answer = request.send().await.unwrap();
        let (status, headers) = (answer.status(), answer.headers().clone());
        Self { status, headers, body: answer.bytes().await.unwrap().into() }
    }

    /// Fails unless the status is this one.
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "{}", self.text());
        self
    }

    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// A header; empty when it is not there.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The `id` of what was made.
    #[track_caller]
    pub(crate) fn id(&self) -> String {
        self.json()["id"].as_str().unwrap().to_owned()
    }

    /// The problem, without the id of the request, which has to be the one in the header.
    #[track_caller]
    pub(crate) fn problem(&self) -> Value {
        assert_eq!(self.header("content-type"), "application/problem+json", "{}", self.text());
        let mut problem = self.json();
        let instance = problem.as_object_mut().unwrap().remove("instance").unwrap();
        assert_eq!(instance, self.header("x-request-id"));
        assert_eq!(problem["status"], self.status.as_u16());
        problem
    }

    /// The code of the problem and where it points: `invalid /title too_long`.
    #[track_caller]
    pub(crate) fn refusal(&self) -> String {
        let problem = self.problem();
        let mut refusal = problem["code"].as_str().unwrap().to_owned();
        for error in problem["errors"].as_array().into_iter().flatten() {
            refusal += &format!(" {} {}", error["pointer"].as_str().unwrap(), error["code"].as_str().unwrap());
        }
        refusal
    }
}

/// An id nothing has.
pub(crate) fn nobody() -> String {
    RoomId::new().to_string()
}

/// The titles of a tree of pages.
pub(crate) fn outline(pages: &Value) -> String {
    let titles = pages.as_array().unwrap().iter().map(|page| {
        let (title, below) = (page["title"].as_str().unwrap(), outline(&page["children"]));
        if below.is_empty() { title.to_owned() } else { format!("{title}({below})") }
    });
    titles.collect::<Vec<_>>().join(" ")
}

/// Runs a server on a thread of its own: it brings its own runtime, as the program does.
async fn start(config: Config) -> (u16, oneshot::Sender<()>) {
    let (stop, stopped) = oneshot::channel();
    let (started, port) = oneshot::channel();
    std::thread::spawn(move || {
        actix_web::rt::System::new().block_on(async {
            let application = Application::build(config).await.unwrap();
            started.send(application.port()).unwrap();
            application.run_until(async { drop(stopped.await) }).await.unwrap();
        });
    });
    (port.await.expect("the server starts"), stop)
}

/// The whole text of a file of this repository.
pub(crate) fn repository_file(path: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    std::fs::read_to_string(root.join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}
