//! What every request meets with, whatever it asks for.

use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::{
    app::TestApp,
    engines::{TestDatabase, on_both},
    signed_in::{PASSWORD, SignedIn, email},
};

on_both! {
    async fn the_server_is_ready_when_its_database_answers(database) {
        let app = TestApp::on(database).await;

        assert_eq!(app.get("/health/live").await.expect(200).json(), json!({ "status": "live" }));
        let ready = app.get("/health/ready").await.expect(200).json();
        assert_eq!(ready, json!({ "status": "ready", "checks": { "database": "ok" } }));
    }
}

#[tokio::test]
async fn a_server_without_its_database_is_not_ready() {
    let Some(database) = TestDatabase::postgres().await else { return };
    let app = TestApp::on(&database).await;
    // Its database is gone after a test.
    database.run(async |_| {}).await;

    let ready = app.get("/health/ready").await.expect(503).json();
    let refused = app.get("/api/v1/workspaces").await.expect(503);

    assert_eq!(ready, json!({ "status": "unavailable", "checks": { "database": "unavailable" } }));
    assert_eq!((refused.refusal().as_str(), refused.header("retry-after")), ("unavailable", "2"));
    app.get("/health/live").await.expect(200);
}

#[tokio::test]
async fn a_sign_in_is_kept_by_a_cookie_that_pages_cannot_read() {
    let app = TestApp::new().await;

    let [session, csrf] = sign_in(&app).await;

    assert!(session.starts_with("gala_session="), "{session}");
    assert!(session.ends_with("; HttpOnly; SameSite=Lax; Path=/; Max-Age=34560000"), "{session}");
    assert!(csrf.starts_with("gala_csrf=") && csrf.contains("; SameSite=Lax"), "{csrf}");
    assert!(!csrf.contains("HttpOnly"), "{csrf}");
    let me = app.anonymously(Method::GET, "/api/v1/me").header("cookie", format!("a=b; {}", pair(&session)));
    assert_eq!(app.send(me).await.expect(200).json()["id"], app.owner.id.as_str());
}

#[tokio::test]
async fn behind_tls_the_cookies_are_for_tls_only() {
    let app = TestApp::with(None, |config| config.http.public_url = "https://gala.example".parse().ok()).await;

    let [session, csrf] = sign_in(&app).await;

    assert!(session.starts_with("__Host-gala_session="), "{session}");
    assert!(session.contains("; Secure") && csrf.contains("; Secure"), "{session} {csrf}");
}

#[tokio::test]
async fn pages_of_an_allowed_site_use_tokens_and_never_the_cookie() {
    let other = "https://status.example.org";
    let app = TestApp::with(None, |config| config.http.allowed_origins = vec![other.parse().unwrap()]).await;
    let from = |origin: &str| app.request(Method::GET, "/api/v1/me").header("origin", origin);

    let refused = app.send(from(other)).await.expect(401);
    assert_eq!(refused.header("access-control-allow-origin"), other);
    app.send(from("https://evil.example")).await.expect(200);
    let key = json!({ "name": "status", "scopes": ["read"] });
    let key = app.post("/api/v1/me/api-keys", key).await.expect(201).json()["key"].as_str().unwrap().to_owned();
    let with_key = app.anonymously(Method::GET, "/api/v1/me").header("origin", other).bearer_auth(key);
    app.send(with_key).await.expect(200);
}

#[tokio::test]
async fn a_change_by_cookie_shows_that_the_page_is_ours() {
    let app = TestApp::new().await;
    let rename = |csrf: Option<&str>| {
        let request = app.anonymously(Method::PATCH, "/api/v1/me").header("cookie", &app.owner.cookie);
        let request = request.json(&json!({ "name": "Renamed" }));
        app.send(csrf.into_iter().fold(request, |request, token| request.header("x-csrf-token", token)))
    };

    for wrong in [None, Some(""), Some("wrong")] {
        assert_eq!(rename(wrong).await.expect(403).refusal(), "forbidden", "{wrong:?}");
    }
    assert_eq!(app.get("/api/v1/me").await.expect(200).json()["name"], "Owner");
    rename(Some(&app.owner.csrf)).await.expect(200);
}

#[tokio::test]
async fn who_has_shown_nothing_good_is_nobody() {
    let app = TestApp::new().await;
    let me = |name: &str, value: &str| {
        app.send(app.anonymously(Method::GET, "/api/v1/me").header(name.to_owned(), value.to_owned()))
    };

    let nobody = app.send(app.anonymously(Method::GET, "/api/v1/me")).await.expect(401);
    assert_eq!(nobody.refusal(), "unauthorized");
    for (name, value) in
        [("cookie", "gala_session=stale"), ("authorization", "Bearer nonsense"), ("authorization", "Bearer gala_none")]
    {
        assert_eq!(me(name, value).await.expect(401).refusal(), "unauthorized", "{name}: {value}");
    }
}

#[tokio::test]
async fn a_token_that_is_not_good_is_refused_even_where_nobody_has_to_sign_in() {
    let app = TestApp::new().await;
    let options = |name: &'static str, value: &'static str| {
        app.send(app.anonymously(Method::GET, "/api/v1/auth/providers").header(name, value))
    };

    assert_eq!(options("authorization", "Bearer nonsense").await.expect(401).refusal(), "unauthorized");
    // A cookie outlives its sign-in, and nobody shows it on purpose.
    options("cookie", "gala_session=stale").await.expect(200);
}

#[tokio::test]
async fn who_has_signed_out_is_nobody_and_their_browser_forgets() {
    let app = TestApp::new().await;
    let other = SignedIn::login(&app.url, "Owner").await;

    let out = app.send(other.request(Method::POST, "/api/v1/auth/logout")).await.expect(204);

    assert!(out.header("set-cookie").starts_with("gala_session=;"), "{}", out.header("set-cookie"));
    assert_eq!(app.send(other.request(Method::GET, "/api/v1/me")).await.expect(401).refusal(), "unauthorized");
    app.get("/api/v1/me").await.expect(200);
}

/// Signs the owner in once more; answers with the cookies: the sign-in, and what pages read.
async fn sign_in(app: &TestApp) -> [String; 2] {
    let body = json!({ "email": email("Owner"), "password": PASSWORD, "mode": "cookie" });
    let answer = app.send(app.anonymously(Method::POST, "/api/v1/auth/login").json(&body)).await.expect(200);
    let cookies = answer.headers.get_all("set-cookie").iter().map(|cookie| cookie.to_str().unwrap().to_owned());
    cookies.collect::<Vec<_>>().try_into().unwrap()
}

/// What a browser shows of a cookie: its name and value.
fn pair(cookie: &str) -> &str {
    cookie.split(';').next().unwrap()
}

#[tokio::test]
async fn the_first_page_needs_no_sign_in() {
    let app = TestApp::new().await;

    for path in ["/", "/pages/0190", "/index.html"] {
        let page = app.send(app.anonymously(Method::GET, path).header("accept", "text/html")).await.expect(200);
        assert!(page.header("content-type").starts_with("text/html"), "{path}");
        assert_eq!((page.header("set-cookie"), page.header("cache-control")), ("", "no-cache"), "{path}");
    }
}

#[tokio::test]
async fn what_no_route_takes_is_a_problem() {
    let app = TestApp::new().await;

    for path in ["/api/v1/nothing", "/api/nothing", "/health/nothing", "/metrics/nothing", "/collab/a/b", "/nothing.js"]
    {
        assert_eq!(app.get(path).await.expect(404).refusal(), "not_found", "{path}");
    }
    let answer = app.post("/api/v1/me", json!({})).await.expect(405);
    assert_eq!((answer.refusal().as_str(), answer.header("allow")), ("method_not_allowed", "GET, PATCH"));
    let answer = app.delete(&format!("/api/v1/workspaces/{}/pages", app.workspace)).await.expect(405);
    assert_eq!(answer.header("allow"), "GET, POST");
    assert_eq!(app.post("/", json!({})).await.expect(405).header("allow"), "GET, HEAD");
}

#[tokio::test]
async fn a_page_of_another_site_changes_nothing() {
    let app = TestApp::new().await;
    let page = app.create_page("a", "text").await;
    let delete =
        |origin| app.send(app.request(Method::DELETE, &format!("/api/v1/pages/{page}")).header("origin", origin));

    for origin in ["https://evil.example", "http://localhost.evil.example", "null"] {
        assert_eq!(delete(origin).await.expect(403).refusal(), "forbidden", "{origin}");
    }
    assert_eq!(app.outline().await, "a");
    delete("http://localhost:5173").await.expect(204);
}

#[tokio::test]
async fn a_name_pointed_at_this_machine_is_not_served() {
    let app = TestApp::with(None, |config| config.http.public_url = "https://gala.example".parse().ok()).await;
    let get = async |host: &str| app.send(app.request(Method::GET, "/api/v1/workspaces").header("host", host)).await;

    assert_eq!(get("rebound.example").await.expect(403).refusal(), "forbidden");
    get("gala.example").await.expect(200);
    get("localhost:1234").await.expect(200);
}

#[tokio::test]
async fn every_answer_protects_the_browser_and_names_its_request() {
    let app = TestApp::new().await;
    let mut ids = Vec::new();

    for path in ["/", "/api/v1/me", "/api/v1/nothing", "/api/docs/", "/health/live", "/metrics"] {
        let answer = app.get(path).await;
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert!(answer.header("content-security-policy").contains("default-src 'self'; "), "{path}");
        assert!(answer.header("content-security-policy").contains("frame-ancestors 'none'"), "{path}");
        for name in ["referrer-policy", "permissions-policy", "cross-origin-opener-policy"] {
            assert_ne!(answer.header(name), "", "{path} {name}");
        }
        ids.push(answer.header("x-request-id").to_owned());
    }
    ids.dedup();
    assert_eq!(ids.len(), 6);
}

#[tokio::test]
async fn the_documentation_loads_nothing_from_elsewhere() {
    let app = TestApp::new().await;

    let page = app.get("/api/docs").await.expect(200).text();
    let script = app.get("/api/docs/swagger-initializer.js").await.expect(200).text();

    assert!(page.contains("swagger-ui-bundle.js") && !page.contains("//"), "{page}");
    assert!(script.contains("/api/openapi.json"), "{script}");
    assert_eq!(app.get("/api/openapi.json").await.expect(200).json()["openapi"], "3.1.0");
}

#[tokio::test]
async fn requests_are_measured_by_route() {
    let app = TestApp::new().await;
    let page = app.create_page("a", "").await;
    app.get(&format!("/api/v1/pages/{page}")).await.expect(200);

    let metrics = app.get("/metrics").await.expect(200);

    assert_eq!(metrics.status, StatusCode::OK);
    let line = "gala_http_request_duration_seconds_count{method=\"GET\",route=\"/api/v1/pages/{page}\",status=\"200\"}";
    assert!(metrics.text().contains(line), "{}", metrics.text());
    assert!(!metrics.text().contains(&page));
}
