//! How long and how much the door takes.

use std::time::Duration;

use actix_web::{
    HttpRequest,
    web::{Data, PayloadConfig, ServiceConfig},
};

/// How long a client may take to send the head of a request.
pub const REQUEST_HEAD_TIMEOUT: Duration = Duration::from_secs(10);
/// How long an idle connection is kept for the next request.
pub const KEEP_ALIVE: Duration = Duration::from_secs(75);
/// How long a client may take to close its side of a connection.
pub const DISCONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a client may leave unread what is written to it before its connection is cut.
pub const UNREAD_TIMEOUT: Duration = Duration::from_secs(60);
/// Connections of one worker at most; more wait to be accepted. Sockets are counted by themselves.
pub const MAX_CONNECTIONS_PER_WORKER: usize = 100_000;

/// The limits an operator can set.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// Bytes of a body at most.
    pub(super) body_bytes: usize,
}

impl Limits {
    /// Makes every extractor of the app keep to the limits.
    pub(super) fn apply(self, app: &mut ServiceConfig) {
        app.app_data(PayloadConfig::new(self.body_bytes)).app_data(Data::new(self));
    }

    /// The limits the request is held to.
    pub(super) fn of(request: &HttpRequest) -> Option<Self> {
        request.app_data::<Data<Self>>().map(|limits| *limits.as_ref())
    }
}
