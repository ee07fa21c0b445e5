//! Routes of signing in elsewhere: the browser goes there, and comes back with a code.

use std::error::Error;

use actix_web::{HttpRequest, HttpResponse, cookie::Cookie, get, http::header, web::Data};
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
use crate::services::{
    Ctx,
    external_sign_in::{self, Callback, ExternalSignInError},
};

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
    origins: Data<Origins>,
    provider: Path<String>,
    start: Query<Start>,
) -> Result<HttpResponse, Failure> {
    let mut response = HttpResponse::Found();
    match external_sign_in::leave(&ctx, &provider.0, start.0.return_to.as_deref()).await {
        Ok(leave) => {
            cookies::keep_flow(&mut response, &origins, &leave.flow);
            response.insert_header((header::LOCATION, leave.url.as_str()));
        }
        Err(error) => {
            response.insert_header((header::LOCATION, refusal(&error)?));
        }
    }
    Ok(response.finish())
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
    origins: Data<Origins>,
    provider: Path<String>,
    callback: Query<Callback>,
) -> Result<HttpResponse, Failure> {
    let flow = cookies::flow(&request);
    let flow = flow.as_ref().map(Cookie::value);
    let device = auth::device_name(&request);
    let mut response = HttpResponse::Found();
    match external_sign_in::come_back(&ctx, &provider.0, flow, callback.0, &device).await {
        Ok(back) => {
            if let Some(cookie) = &back.sign_in.cookie {
                cookies::keep(&mut response, &origins, cookie);
            }
            response.insert_header((header::LOCATION, back.return_to.as_str()));
        }
        Err(error) => {
            response.insert_header((header::LOCATION, refusal(&error)?));
        }
    }
    cookies::forget_flow(&mut response, &origins);
    Ok(response.finish())
}

/// Where a browser goes whose sign-in failed: a person looks at it, not a program.
fn refusal(error: &ExternalSignInError) -> Result<String, Failure> {
    let why = match error {
        ExternalSignInError::UnknownProvider => {
            return Err(Problem::new(ErrorCode::NotFound, error.to_string()).into());
        }
        ExternalSignInError::Cancelled => "access_denied",
        ExternalSignInError::EmailUnverified => "email_unverified",
        ExternalSignInError::NotStarted => ErrorCode::Unauthorized.name(),
        ExternalSignInError::Untrusted(_) => "untrusted",
        ExternalSignInError::Unreachable(_) => ErrorCode::Unavailable.name(),
        ExternalSignInError::Account(error) => error.code().name(),
    };
    let cause = error as &dyn Error;
    match error {
        // The provider may be set up wrong, here or there.
        ExternalSignInError::Untrusted(_) | ExternalSignInError::Unreachable(_) => {
            tracing::warn!(error = cause, "a sign-in elsewhere failed");
        }
        ExternalSignInError::Account(error) if error.code() == ErrorCode::Internal => {
            tracing::error!(error = cause, "a sign-in elsewhere failed");
        }
        _ => tracing::info!(error = cause, "a sign-in elsewhere was refused"),
    }
    Ok(format!("{SIGN_IN_PAGE}?error={why}"))
}
