//! Routes of signing in elsewhere: the browser goes there, and comes back with a code.

use actix_web::{
    HttpRequest, HttpResponse,
    cookie::{Cookie, SameSite, time::Duration},
    get,
    http::header,
    web::Data,
};
use protocol::problem::{ErrorCode, Problem};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;

use super::{
    auth, cookies,
    origin::Origins,
    path::Path,
    problem::{Coded, Failure, Problems},
    query::Query,
};
use crate::{
    adapters::oauth::{Callback, FLOW_TIMEOUT_S, OAuthError, Providers, ReturnTo},
    services::{
        Ctx,
        external_sign_in::{self, ExternalSignInError},
    },
};

/// What a browser keeps while it is elsewhere.
const FLOW_COOKIE: &str = "gala_oauth";
/// Where that cookie is sent to.
const FLOW_PATH: &str = "/api/v1/auth/oauth";
/// Where a browser comes whose sign-in failed.
const SIGN_IN_PAGE: &str = "/sign-in";

/// Adds the routes of this file.
pub(super) fn routes(app: &mut ServiceConfig) {
    app.service(start_oauth).service(finish_oauth);
}

/// Where a sign-in leads back to.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Start {
    /// A path of this server; the first page when left out.
    return_to: Option<String>,
}

/// Begin to sign in elsewhere
///
/// Sends the browser to the provider. Needs no sign-in.
#[utoipa::path(
    tag = "auth",
    params(("provider" = String, Path, description = "One of `auth/providers`"), Start),
    responses((status = FOUND, description = "To the provider, or to the sign-in page with `?error=`"), Problems)
)]
#[get("/auth/oauth/{provider}/start")]
async fn start_oauth(
    ctx: Ctx,
    providers: Data<Providers>,
    origins: Data<Origins>,
    provider: Path<String>,
    start: Query<Start>,
) -> Result<HttpResponse, Failure> {
    let provider = providers.get(&provider.0).ok_or_else(no_such_provider)?;
    let return_to = start.0.return_to.as_deref().and_then(|path| path.parse::<ReturnTo>().ok()).unwrap_or_default();
    let begun = provider.start(return_to, ctx.services.clock.now()).await;
    let begun = begun.and_then(|(url, flow)| Ok((url, providers.flows().seal(&flow).map_err(OAuthError::Seal)?)));
    match begun {
        Ok((url, sealed)) => {
            let cookie = flow_cookie(&origins, &sealed, Duration::seconds(FLOW_TIMEOUT_S));
            Ok(HttpResponse::Found().cookie(cookie).insert_header((header::LOCATION, url.as_str())).finish())
        }
        Err(error) => Ok(failed(&origins, error_code(&error))),
    }
}

/// Come back from signing in elsewhere
///
/// The provider sends the browser here. Needs no sign-in.
#[utoipa::path(
    tag = "auth",
    params(
        ("provider" = String, Path, description = "One of `auth/providers`"),
        ("state" = Option<String>, Query, description = "As it was sent"),
        ("code" = Option<String>, Query, description = "What is redeemed"),
        ("error" = Option<String>, Query, description = "Why there is no code"),
    ),
    responses((status = FOUND, description = "To `return_to`, or to the sign-in page with `?error=`"), Problems)
)]
#[get("/auth/oauth/{provider}/callback")]
async fn finish_oauth(
    ctx: Ctx,
    request: HttpRequest,
    providers: Data<Providers>,
    origins: Data<Origins>,
    provider: Path<String>,
    callback: Query<Callback>,
) -> Result<HttpResponse, Failure> {
    let provider = providers.get(&provider.0).ok_or_else(no_such_provider)?;
    let now = ctx.services.clock.now();
    let kept = request.cookie(FLOW_COOKIE).ok_or(OAuthError::NotStarted);
    let flow = match kept.and_then(|cookie| providers.flows().open(cookie.value(), now)) {
        Ok(flow) => flow,
        Err(error) => return Ok(failed(&origins, error_code(&error))),
    };
    let return_to = flow.return_to().clone();
    let identity = match provider.finish(flow, callback.0, now).await {
        Ok(identity) => identity,
        Err(error) => return Ok(failed(&origins, error_code(&error))),
    };
    match external_sign_in::sign_in(&ctx, identity, &auth::device_name(&request)).await {
        Ok(signed_in) => {
            let mut response = HttpResponse::Found();
            if let Some(cookie) = &signed_in.cookie {
                cookies::keep(&mut response, &origins, cookie);
            }
            response.cookie(flow_cookie(&origins, "", Duration::ZERO));
            Ok(response.insert_header((header::LOCATION, return_to.as_str())).finish())
        }
        Err(error) => Ok(failed(&origins, refusal_code(&error))),
    }
}

fn no_such_provider() -> Failure {
    Problem::new(ErrorCode::NotFound, "one cannot sign in there").into()
}

/// Back to where one signs in: a person is looking at this, not a program.
fn failed(origins: &Origins, code: &str) -> HttpResponse {
    let place = format!("{SIGN_IN_PAGE}?error={code}");
    HttpResponse::Found()
        .cookie(flow_cookie(origins, "", Duration::ZERO))
        .insert_header((header::LOCATION, place))
        .finish()
}

fn flow_cookie<'a>(origins: &Origins, value: &'a str, lifetime: Duration) -> Cookie<'a> {
    Cookie::build(FLOW_COOKIE, value)
        .path(FLOW_PATH)
        .http_only(true)
        .secure(origins.are_https())
        .same_site(SameSite::Lax)
        .max_age(lifetime)
        .finish()
}

/// The reason, as the sign-in page knows it.
fn error_code(error: &OAuthError) -> &'static str {
    tracing::info!(error = error as &dyn std::error::Error, "a sign-in elsewhere has failed");
    match error {
        OAuthError::Cancelled => "access_denied",
        OAuthError::NotStarted | OAuthError::Expired => ErrorCode::Unauthorized.name(),
        OAuthError::Refused(_) | OAuthError::Untrusted(_) => "untrusted",
        OAuthError::Unavailable(_) => ErrorCode::Unavailable.name(),
        OAuthError::Random(_) | OAuthError::Seal(_) => ErrorCode::Internal.name(),
    }
}

/// The reason, as the sign-in page knows it.
fn refusal_code(error: &ExternalSignInError) -> &'static str {
    tracing::info!(error = error as &dyn std::error::Error, "a sign-in elsewhere was refused");
    match error {
        ExternalSignInError::EmailUnverified => "email_unverified",
        ExternalSignInError::Account(error) => error.code().name(),
    }
}
