//! Metrics, as Prometheus reads them.

use actix_web::{HttpResponse, get, web::Data};
use metrics_exporter_prometheus::PrometheusHandle;

/// Everything measured since the process started.
#[get("/metrics")]
pub(super) async fn metrics(handle: Data<PrometheusHandle>) -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain; version=0.0.4; charset=utf-8").body(handle.render())
}
