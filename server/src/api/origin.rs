//! Where requests may come from. A browser sends cookies, and reaches machines nobody else does, for any
//! page that asks: pages of other sites must not use that.

use std::{net::IpAddr, sync::Arc};

use actix_web::{
    Error, HttpRequest, ResponseError,
    body::{BoxBody, EitherBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::{Method, header},
    middleware::Next,
    web::Data,
};
use protocol::problem::{ErrorCode, Problem};

use super::problem::Failure;
use crate::config::{HttpConfig, PublicUrl};

/// The addresses under which this server is reached.
#[derive(Clone, Debug)]
pub struct Origins {
    public: PublicUrl,
    others: Arc<[PublicUrl]>,
}

impl Origins {
    /// This machine, the address browsers reach it under, and other sites whose pages may use it with
    /// tokens.
    pub fn new(http: &HttpConfig) -> Self {
        let others = http.allowed_origins.clone().into();
        Self { public: http.origin(), others }
    }

    /// Other sites whose pages may use this server.
    pub(super) fn others(&self) -> &[PublicUrl] {
        &self.others
    }

    /// Whether a page of one of them sends this.
    pub(super) fn is_other(&self, request: &HttpRequest) -> bool {
        let origin = request.headers().get(header::ORIGIN).and_then(|origin| origin.to_str().ok());
        origin.is_some_and(|origin| self.others.iter().any(|other| is_this(other, origin)))
    }

    /// Whether there are any.
    pub fn has_others(&self) -> bool {
        !self.others.is_empty()
    }

    /// Whether browsers come over TLS.
    pub(super) fn are_https(&self) -> bool {
        self.public.is_https()
    }

    /// Whether a page of this origin (`Origin` header) may change things and open sockets: one of
    /// the public address, or one served by this machine, whatever its port.
    fn allows_page(&self, origin: &str) -> bool {
        let Some((_scheme, authority)) = origin.split_once("://") else { return false };
        let is_ours = |ours: &PublicUrl| is_this(ours, origin);
        is_loopback(authority) || is_ours(&self.public) || self.others.iter().any(is_ours)
    }

    /// Whether this is an address or a name of ours (`Host` header). Another name means that somebody
    /// has pointed one of theirs at this machine, so that their pages pass for ours.
    fn allows_host(&self, host: &str) -> bool {
        let host = host.to_ascii_lowercase();
        self.public.authority() == host || is_address(&host) || is_loopback(&host)
    }

    fn check(&self, request: &HttpRequest) -> Result<(), Failure> {
        let refused = |detail: &str| Err(Problem::new(ErrorCode::Forbidden, detail).into());
        let named = |name| request.headers().get(name).map(|value| value.to_str().unwrap_or_default());
        if named(header::HOST).is_some_and(|host| !self.allows_host(host)) {
            return refused("this is not the address of this server; GALA_PUBLIC_URL sets it");
        }
        let acts = !matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS)
            || request.headers().contains_key(header::UPGRADE);
        let is_foreign = |origin: &str| {
            let is_same = origin.split_once("://").map(|(_, authority)| authority) == named(header::HOST);
            !is_same && !self.allows_page(origin)
        };
        if acts && named(header::ORIGIN).is_some_and(is_foreign) {
            return refused("pages of this origin may not use this server");
        }
        Ok(())
    }
}

/// Answers what comes from elsewhere with `forbidden`.
pub async fn guard(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<EitherBody<impl MessageBody, BoxBody>>, Error> {
    let origins: Option<&Data<Origins>> = request.app_data();
    match origins.map_or(Ok(()), |origins| origins.check(request.request())) {
        Ok(()) => Ok(next.call(request).await?.map_into_left_body()),
        Err(failure) => Ok(request.into_response(failure.error_response()).map_into_right_body()),
    }
}

fn is_this(ours: &PublicUrl, origin: &str) -> bool {
    origin
        .split_once("://")
        .is_some_and(|(scheme, authority)| authority == ours.authority() && (scheme == "https") == ours.is_https())
}

fn is_loopback(authority: &str) -> bool {
    matches!(host(authority), "localhost" | "127.0.0.1" | "[::1]")
}

/// Whether it is a bare address: nobody points those at another machine.
fn is_address(authority: &str) -> bool {
    host(authority).trim_matches(['[', ']']).parse::<IpAddr>().is_ok()
}

fn host(authority: &str) -> &str {
    match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => authority,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    fn origins(public: &str) -> Origins {
        let mut http = Config::for_testing(std::path::Path::new("unused")).http;
        http.public_url = Some(public.parse().unwrap());
        Origins::new(&http)
    }

    #[test]
    fn only_pages_of_this_server_and_of_this_machine_may_act() {
        let origins = origins("https://gala.example");

        for own in ["https://gala.example", "http://localhost:5173", "http://127.0.0.1", "http://[::1]:8080"] {
            assert!(origins.allows_page(own), "{own}");
        }
        for other in ["http://gala.example", "https://evil.example", "https://localhost.evil.example", "null", ""] {
            assert!(!origins.allows_page(other), "{other}");
        }
    }

    #[test]
    fn a_name_that_is_not_ours_is_no_host() {
        let origins = origins("https://gala.example:8443");

        for own in ["Gala.example:8443", "localhost:1", "192.0.2.1:8080", "[2001:db8::1]"] {
            assert!(origins.allows_host(own), "{own}");
        }
        assert!(!origins.allows_host("gala.example") && !origins.allows_host("rebound.example:8080"));
    }
}
