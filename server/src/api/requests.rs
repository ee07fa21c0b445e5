//! Every request has an id, a span, one line in the log and a place in the metrics.

use std::time::Instant;

use actix_web::{
    Error,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    http::{
        Method,
        header::{HeaderName, HeaderValue},
    },
    middleware::Next,
};
use protocol::ids::RequestId;
use tracing::{Instrument, Level};

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
/// A read that succeeded changed nothing: it is told to those only who ask for details.
fn record<B>(response: &ServiceResponse<B>, started: Instant) {
    let request = response.request();
    let duration = started.elapsed();
    let method = request.method().to_string();
    let route = request.match_pattern().unwrap_or_else(|| "unmatched".to_owned());
    let status = response.status().as_u16();
    // The level of an event is a constant, so there are two events of one shape.
    macro_rules! log {
        ($level:expr) => {
            tracing::event!(
                $level,
                http.method = method,
                http.route = route,
                http.status = status,
                duration_ms = duration.as_micros() as f64 / 1000.0,
                "{method} {route} answered {status}"
            )
        };
    }
    let is_routine = matches!(*request.method(), Method::GET | Method::HEAD) && status < 400;
    if is_routine {
        log!(Level::DEBUG)
    } else {
        log!(Level::INFO)
    }
    let labels = [("method", method), ("route", route), ("status", status.to_string())];
    metrics::histogram!("gala_http_request_duration_seconds", &labels).record(duration.as_secs_f64());
}

#[cfg(test)]
mod tests {
    use std::{
        io,
        sync::{Arc, Mutex},
    };

    use actix_web::{App, HttpResponse, http::StatusCode, middleware::from_fn, test, web};

    use super::*;

    /// What is logged on this thread.
    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[actix_web::test]
    async fn reads_that_succeed_are_details() {
        let lines = Lines::default();
        let writer = lines.clone();
        let log = tracing_subscriber::fmt().with_max_level(Level::DEBUG).with_ansi(false);
        let _log = tracing::subscriber::set_default(log.with_writer(move || writer.clone()).finish());
        let answer = async |status: web::Path<u16>| HttpResponse::new(StatusCode::from_u16(*status).unwrap());
        let app = App::new().wrap(from_fn(observe)).route("/{status}", web::route().to(answer));
        let app = test::init_service(app).await;

        for (method, status) in [("GET", 200), ("HEAD", 304), ("GET", 404), ("PUT", 204), ("GET", 500)] {
            let request = test::TestRequest::with_uri(&format!("/{status}")).method(method.parse().unwrap());
            test::call_service(&app, request.to_request()).await;
        }

        let log = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
        let told = log.lines().filter(|line| line.contains(" answered "));
        let told: Vec<&str> = told.filter_map(|line| line.split_whitespace().nth(1)).collect();
        assert_eq!(told, ["DEBUG", "DEBUG", "INFO", "INFO", "INFO"], "{log}");
    }
}
