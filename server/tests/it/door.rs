//! What every request meets with, whatever it asks for.

use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::{
    app::TestApp,
    engines::{TestDatabase, on_both},
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
async fn a_browser_is_known_again_by_its_cookie() {
    let app = TestApp::new().await;

    let first = app.get("/api/v1/me").await.expect(200);
    let cookie = first.header("set-cookie").split(';').next().unwrap().to_owned();
    let again = app.send(app.request(Method::GET, "/api/v1/me").header("cookie", format!("a=b; {cookie}"))).await;
    let other = app.get("/api/v1/me").await.expect(200);

    assert_eq!(first.json()["kind"], "guest");
    assert!(first.header("set-cookie").ends_with("; Path=/; Max-Age=34560000; HttpOnly; SameSite=Lax"));
    assert_eq!(again.json(), first.json());
    assert_eq!(again.header("set-cookie"), "");
    assert_ne!(other.json()["id"], first.json()["id"]);
}

#[tokio::test]
async fn the_first_page_makes_a_browser_known() {
    let app = TestApp::new().await;

    for path in ["/", "/pages/0190", "/index.html"] {
        let page = app.send(app.request(Method::GET, path).header("accept", "text/html")).await.expect(200);
        assert!(page.header("content-type").starts_with("text/html"), "{path}");
        assert!(page.header("set-cookie").starts_with("gala_guest="), "{path}");
        assert_eq!(page.header("cache-control"), "no-cache", "{path}");
    }
}

#[tokio::test]
async fn behind_tls_the_cookie_is_for_tls_only() {
    let app = TestApp::with(None, |config| config.http.public_url = "https://gala.example".parse().ok()).await;

    assert!(app.get("/api/v1/me").await.header("set-cookie").ends_with("; Secure"));
}

#[tokio::test]
async fn what_no_route_takes_is_a_problem() {
    let app = TestApp::new().await;

    for path in ["/api/v1/nothing", "/api/nothing", "/health/nothing", "/metrics/nothing", "/collab/a/b", "/nothing.js"]
    {
        assert_eq!(app.get(path).await.expect(404).refusal(), "not_found", "{path}");
    }
    let answer = app.post("/api/v1/me", json!({})).await.expect(405);
    assert_eq!((answer.refusal().as_str(), answer.header("allow")), ("method_not_allowed", "GET"));
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
