//! Every request has an id, a span, one line in the log and a place in the metrics.

use std::time::Instant;

use actix_web::{
    Error,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    http::header::{HeaderName, HeaderValue},
    middleware::Next,
};
use protocol::ids::RequestId;
use tracing::Instrument;

const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

tokio::task_local! {
    /// The request this task is serving.
    static REQUEST: RequestId;
}

/// The id of the request being served; `None` outside of requests.
pub(super) fn current() -> Option<RequestId> {
    REQUEST.try_with(|id| *id).ok()
}

/// Serves a request under an id of its own, which the answer repeats. The outermost middleware.
pub async fn observe(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let id = RequestId::new();
    let started = Instant::now();
    let span = tracing::info_span!("request", request.id = %id);
    let mut response = REQUEST.scope(id, next.call(request)).instrument(span.clone()).await?;
    if let Ok(value) = HeaderValue::try_from(id.to_string()) {
        response.headers_mut().insert(X_REQUEST_ID, value);
    }
    span.in_scope(|| record(&response, started));
    Ok(response)
}

/// Says what became of a request. The path is left to its pattern: ids and queries are not for logs.
fn record<B>(response: &ServiceResponse<B>, started: Instant) {
    let request = response.request();
    let duration = started.elapsed();
    let method = request.method().to_string();
    let route = request.match_pattern().unwrap_or_else(|| "unmatched".to_owned());
    let status = response.status().as_u16();
    tracing::info!(
        http.method = method,
        http.route = route,
        http.status = status,
        duration_ms = duration.as_micros() as f64 / 1000.0,
        "{method} {route} answered {status}"
    );
    let labels = [("method", method), ("route", route), ("status", status.to_string())];
    metrics::histogram!("gala_http_request_duration_seconds", &labels).record(duration.as_secs_f64());
}
