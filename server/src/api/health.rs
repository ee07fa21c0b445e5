//! Whether the process lives, and whether it can serve.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use actix_web::{HttpResponse, get, http::StatusCode, web::Data};
use serde_json::{Map, Value, json};

use crate::services::{
    Services,
    health::{Check, check},
};

/// Whether the server still wants requests. Clones say the same.
#[derive(Clone, Debug, Default)]
pub struct Readiness {
    is_stopping: Arc<AtomicBool>,
}

impl Readiness {
    /// From now on the server is not ready, so that it is sent nothing new.
    pub fn stop(&self) {
        self.is_stopping.store(true, Ordering::Release);
    }

    fn is_stopping(&self) -> bool {
        self.is_stopping.load(Ordering::Acquire)
    }
}

/// The process lives.
#[get("/health/live")]
pub(super) async fn live() -> HttpResponse {
    HttpResponse::Ok().json(json!({ "status": "live" }))
}

/// The server can serve: everything it needs is there, and it is not stopping.
#[get("/health/ready")]
pub(super) async fn ready(services: Data<Services>, readiness: Data<Readiness>) -> HttpResponse {
    let checks = check(&services).await;
    let (status, code) = match (readiness.is_stopping(), checks.iter().all(|check| check.is_ok)) {
        (true, _) => ("stopping", StatusCode::SERVICE_UNAVAILABLE),
        (false, false) => ("unavailable", StatusCode::SERVICE_UNAVAILABLE),
        (false, true) => ("ready", StatusCode::OK),
    };
    let checks: Map<String, Value> = checks.into_iter().map(said).collect();
    HttpResponse::build(code).json(json!({ "status": status, "checks": checks }))
}

fn said(check: Check) -> (String, Value) {
    (check.name.to_owned(), if check.is_ok { "ok" } else { "unavailable" }.into())
}
