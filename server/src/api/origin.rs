//! Where requests may come from. An open server trusts whoever reaches it, so pages of other sites,
//! which a browser lets talk to this machine, must not reach it.

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
use crate::config::PublicUrl;

/// The addresses under which this server is reached.
#[derive(Clone, Debug)]
pub struct Origins {
    public: Option<PublicUrl>,
}

impl Origins {
    /// This machine, and the public address if there is one.
    pub const fn new(public: Option<PublicUrl>) -> Self {
        Self { public }
    }

    /// Whether browsers come over TLS.
    pub(super) fn are_https(&self) -> bool {
        self.public.as_ref().is_some_and(PublicUrl::is_https)
    }

    /// Whether a page of this origin (`Origin` header) may change things and open sockets: one of
    /// the public address, or one served by this machine, whatever its port.
    fn allows_page(&self, origin: &str) -> bool {
        let Some((scheme, authority)) = origin.split_once("://") else { return false };
        let is_public =
            |public: &PublicUrl| authority == public.authority() && (scheme == "https") == public.is_https();
        is_loopback(authority) || self.public.as_ref().is_some_and(is_public)
    }

    /// Whether this is a name of ours (`Host` header). Another one means that somebody has pointed
    /// a name of theirs at this machine, so that their pages pass for ours.
    fn allows_host(&self, host: &str) -> bool {
        let host = host.to_ascii_lowercase();
        is_loopback(&host) || self.public.as_ref().is_some_and(|public| public.authority() == host)
    }

    fn check(&self, request: &HttpRequest) -> Result<(), Failure> {
        let refused = |detail: &str| Err(Problem::new(ErrorCode::Forbidden, detail).into());
        let named = |name| request.headers().get(name).map(|value| value.to_str().unwrap_or_default());
        if named(header::HOST).is_some_and(|host| !self.allows_host(host)) {
            return refused("this is not the address of this server; GALA_PUBLIC_URL sets it");
        }
        let acts = !matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS)
            || request.headers().contains_key(header::UPGRADE);
        if acts && named(header::ORIGIN).is_some_and(|origin| !self.allows_page(origin)) {
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

fn is_loopback(authority: &str) -> bool {
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => authority,
    };
    matches!(host, "localhost" | "127.0.0.1" | "[::1]")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pages_of_this_server_and_of_this_machine_may_act() {
        let origins = Origins::new(Some("https://gala.example".parse().unwrap()));

        for own in ["https://gala.example", "http://localhost:5173", "http://127.0.0.1", "http://[::1]:8080"] {
            assert!(origins.allows_page(own), "{own}");
        }
        for other in ["http://gala.example", "https://evil.example", "https://localhost.evil.example", "null", ""] {
            assert!(!origins.allows_page(other), "{other}");
        }
    }

    #[test]
    fn a_name_that_is_not_ours_is_no_host() {
        let origins = Origins::new(Some("https://gala.example:8443".parse().unwrap()));

        assert!(origins.allows_host("Gala.example:8443") && origins.allows_host("localhost:1"));
        assert!(!origins.allows_host("gala.example") && !origins.allows_host("rebound.example:8080"));
    }
}
