//! Who asks: what a request shows, and what a browser has to show besides.

use actix_web::{
    FromRequest, HttpRequest,
    cookie::Cookie,
    dev::Payload,
    http::{Method, header},
    web::Data,
};
use futures_util::future::LocalBoxFuture;
use protocol::problem::{ErrorCode, Problem};

use super::{address, cookies, flood::FloodLimits, problem::Failure};
use crate::{
    digest::csrf_token,
    services::{
        Ctx, Services,
        caller::{self, Shown},
    },
};

/// Where a browser repeats what the `gala_csrf` cookie says.
const CSRF_HEADER: &str = "x-csrf-token";

impl FromRequest for Ctx {
    type Error = Failure;
    type Future = LocalBoxFuture<'static, Result<Self, Failure>>;

    fn from_request(request: &HttpRequest, _payload: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let ctx = of(&request).await?;
            if ctx.caller.is_some() && changes(&request) && bearer(&request).is_none() {
                check_csrf(&request)?;
            }
            Ok(ctx)
        })
    }
}

/// Who sends a request, and with what the services answer it.
///
/// # Errors
///
/// `unauthorized` for credentials that are not good: who shows something wants to be somebody.
pub(crate) async fn of(request: &HttpRequest) -> Result<Ctx, Failure> {
    let services: Option<&Data<Services>> = request.app_data();
    let services = services.ok_or_else(|| Problem::new(ErrorCode::Internal, "the server failed"))?;
    let address = address::of(request).map(|address| address.to_string());
    let cookie = cookies::session(request);
    let shown = match (bearer(request), &cookie) {
        (Some(token), _) => Some(Shown::Bearer(token)),
        (None, Some(cookie)) => Some(Shown::Cookie(cookie.value())),
        (None, None) => None,
    };
    let is_bearer = matches!(shown, Some(Shown::Bearer(_)));
    let caller = match shown {
        Some(shown) => caller::recognise(services, shown, address.as_deref()).await?,
        None => None,
    };
    if let (Some(caller), Some(limits)) = (&caller, request.app_data::<Data<FloodLimits>>()) {
        limits.check_principal(caller.principal.id)?;
    }
    // A cookie outlives its sign-in; a token is shown on purpose.
    if is_bearer && caller.is_none() {
        return Err(Problem::new(ErrorCode::Unauthorized, "this token or key is not good, or not any more").into());
    }
    Ok(Ctx { services: services.as_ref().clone(), caller, address: address.unwrap_or_default() })
}

/// The credentials of `Authorization: Bearer` (RFC 6750 §2.1).
fn bearer(request: &HttpRequest) -> Option<&str> {
    let value = request.headers().get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

fn changes(request: &HttpRequest) -> bool {
    !matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS)
}

fn check_csrf(request: &HttpRequest) -> Result<(), Failure> {
    let expected = cookies::session(request).as_ref().map(Cookie::value).map(csrf_token);
    let shown = request.headers().get(CSRF_HEADER).and_then(|value| value.to_str().ok());
    // Equal in any time: who can make a browser send this can neither see nor time the answer.
    if shown.is_some() && shown == expected.as_deref() {
        return Ok(());
    }
    Err(Problem::new(ErrorCode::Forbidden, "the x-csrf-token header is missing or wrong").into())
}
