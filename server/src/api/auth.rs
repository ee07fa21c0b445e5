//! Routes of signing in and out.

use actix_web::{
    HttpRequest, HttpResponse, get,
    http::{StatusCode, header},
    post,
    web::{self, Data},
};
use protocol::{
    accounts::{Refresh, Register, SignIn, SignInOptions, SignedIn},
    problem::{ErrorCode, InvalidValue},
};
use utoipa_actix_web::service_config::ServiceConfig;

use super::{
    body::Json,
    cookies,
    origin::Origins,
    problem::{Coded, Failure, Problems, invalid},
};
use crate::services::{
    Ctx,
    accounts::{self, AccountError},
    sign_in::{self, NewSignIn},
};

/// Characters of a `User-Agent` that are kept.
const MAX_DEVICE_NAME_CHARS: usize = 200;

/// Adds the routes of this file.
pub(super) fn routes(app: &mut ServiceConfig) {
    app.service(list_providers).service(register).service(login).service(refresh).service(logout);
}

/// See how one can sign in
///
/// Needs no sign-in.
#[utoipa::path(tag = "auth", responses((status = OK, body = SignInOptions, description = "How"), Problems))]
#[get("/auth/providers")]
async fn list_providers(ctx: Ctx) -> Result<web::Json<SignInOptions>, Failure> {
    Ok(web::Json(accounts::options(&ctx).await?))
}

/// Make an account
///
/// The first account of a server becomes owner of a first workspace.
#[utoipa::path(tag = "auth", responses((status = CREATED, body = SignedIn, description = "The account, signed in"), Problems))]
#[post("/auth/register")]
async fn register(
    ctx: Ctx,
    request: HttpRequest,
    origins: Data<Origins>,
    account: Json<Register>,
) -> Result<HttpResponse, Failure> {
    let signed_in = accounts::register(&ctx, account.0, &device_name(&request)).await?;
    Ok(answer(StatusCode::CREATED, &origins, signed_in))
}

/// Sign in with a password
#[utoipa::path(tag = "auth", responses((status = OK, body = SignedIn, description = "Signed in"), Problems))]
#[post("/auth/login")]
async fn login(
    ctx: Ctx,
    request: HttpRequest,
    origins: Data<Origins>,
    sign_in: Json<SignIn>,
) -> Result<HttpResponse, Failure> {
    let signed_in = sign_in::sign_in(&ctx, sign_in.0, &device_name(&request)).await?;
    Ok(answer(StatusCode::OK, &origins, signed_in))
}

/// Exchange a refresh token for new tokens
///
/// Each is good once. One that is used a second time ends the sign-in: somebody else may have it.
#[utoipa::path(tag = "auth", responses((status = OK, body = SignedIn, description = "New tokens"), Problems))]
#[post("/auth/refresh")]
async fn refresh(ctx: Ctx, refresh: Json<Refresh>) -> Result<web::Json<SignedIn>, Failure> {
    Ok(web::Json(sign_in::refresh(&ctx, refresh.0).await?))
}

/// Sign out
///
/// Ends the sign-in this request is made with, and closes its sockets.
#[utoipa::path(tag = "auth", responses((status = NO_CONTENT, description = "Signed out"), Problems))]
#[post("/auth/logout")]
async fn logout(ctx: Ctx, origins: Data<Origins>) -> Result<HttpResponse, Failure> {
    sign_in::sign_out(&ctx).await?;
    let mut response = HttpResponse::NoContent();
    cookies::forget(&mut response, &origins);
    Ok(response.finish())
}

/// Answers a sign-in, with cookies where these were asked for.
pub(super) fn answer(status: StatusCode, origins: &Origins, signed_in: NewSignIn) -> HttpResponse {
    let mut response = HttpResponse::build(status);
    if let Some(cookie) = &signed_in.cookie {
        cookies::keep(&mut response, origins, cookie);
    }
    response.json(signed_in.view)
}

/// What a device calls itself.
pub(super) fn device_name(request: &HttpRequest) -> String {
    let agent = request.headers().get(header::USER_AGENT).and_then(|agent| agent.to_str().ok());
    agent.unwrap_or_default().chars().take(MAX_DEVICE_NAME_CHARS).collect()
}

impl Coded for AccountError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::Denied(error) => error.code(),
            Self::WrongPassword | Self::RefreshToken => ErrorCode::Unauthorized,
            Self::Closed | Self::NotInvited => ErrorCode::Forbidden,
            Self::EmailTaken => ErrorCode::Conflict,
            Self::NoSuchDevice | Self::NoSuchAccount => ErrorCode::NotFound,
            Self::Name
            | Self::WeakPassword(_)
            | Self::WeakNewPassword(_)
            | Self::WrongPresentPassword
            | Self::MailedToken => ErrorCode::Invalid,
            Self::RateLimited(error) => error.code(),
            Self::Outage(error) => error.code(),
        }
    }

    fn invalid_values(&self) -> Vec<InvalidValue> {
        match self {
            Self::Name => vec![invalid("/name", "out_of_range", self)],
            Self::WeakPassword(_) => vec![invalid("/password", "weak", self)],
            Self::WeakNewPassword(_) => vec![invalid("/new_password", "weak", self)],
            Self::WrongPresentPassword => vec![invalid("/current_password", "wrong", self)],
            Self::MailedToken => vec![invalid("/token", "not_found", self)],
            _ => Vec::new(),
        }
    }

    fn retry_after_s(&self) -> Option<u64> {
        match self {
            Self::RateLimited(error) => error.retry_after_s(),
            _ => None,
        }
    }
}
