//! Who asks.

use std::future::{Ready, ready};

use actix_web::{FromRequest, HttpRequest, HttpResponseBuilder, dev::Payload, http::header, web::Data};
use protocol::{
    ids::PrincipalId,
    principal::Principal,
    problem::{ErrorCode, Problem},
};

use super::{origin::Origins, problem::Failure};
use crate::services::{Ctx, Services, guests};

/// The cookie by which a guest is known again. It is an id, not a secret: on an open server
/// everybody may do everything anyway.
const COOKIE: &str = "gala_guest";
/// Seconds a browser keeps the cookie: 400 days, the longest browsers allow (RFC 6265bis §5.5).
const COOKIE_MAX_AGE_S: u32 = 400 * 24 * 60 * 60;

/// Whoever sent the request.
#[derive(Clone, Debug)]
pub struct Caller {
    id: PrincipalId,
    /// They did not say who they are, so they are somebody new.
    is_new: bool,
}

impl Caller {
    /// As others see them.
    pub fn principal(&self) -> Principal {
        guests::guest(self.id)
    }

    /// Makes the browser remember who they are, unless it does already.
    pub(super) fn remember(&self, origins: &Origins, response: &mut HttpResponseBuilder) {
        if self.is_new {
            let secure = if origins.are_https() { "; Secure" } else { "" };
            let cookie =
                format!("{COOKIE}={}; Path=/; Max-Age={COOKIE_MAX_AGE_S}; HttpOnly; SameSite=Lax{secure}", self.id);
            response.append_header((header::SET_COOKIE, cookie));
        }
    }
}

impl FromRequest for Caller {
    type Error = Failure;
    type Future = Ready<Result<Self, Failure>>;

    fn from_request(request: &HttpRequest, _payload: &mut Payload) -> Self::Future {
        let cookies = request.headers().get_all(header::COOKIE).filter_map(|value| value.to_str().ok());
        let mut cookies = cookies.flat_map(|cookies| cookies.split(';')).filter_map(|cookie| cookie.split_once('='));
        let known = cookies.find(|(name, _)| name.trim() == COOKIE).and_then(|(_, id)| id.trim().parse().ok());
        ready(Ok(Self { id: known.unwrap_or_else(PrincipalId::new), is_new: known.is_none() }))
    }
}

impl FromRequest for Ctx {
    type Error = Failure;
    type Future = Ready<Result<Self, Failure>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let services: Option<&Data<Services>> = request.app_data();
        let ctx = Caller::from_request(request, payload).into_inner().and_then(|caller| match services {
            Some(services) => Ok(Self { services: services.as_ref().clone(), caller: caller.principal() }),
            None => Err(Problem::new(ErrorCode::Internal, "the server failed").into()),
        });
        ready(ctx)
    }
}
