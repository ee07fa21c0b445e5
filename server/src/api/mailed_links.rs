//! Routes of what is mailed: new passwords, and addresses that are somebody's own.

use actix_web::{HttpResponse, post};
use protocol::accounts::{RequestPasswordReset, ResetPassword, VerifyEmail};
use utoipa_actix_web::service_config::ServiceConfig;

use super::{
    body::Json,
    problem::{Failure, Problems},
};
use crate::services::{Ctx, mailed_links};

/// Adds the routes of this file.
pub(super) fn routes(app: &mut ServiceConfig) {
    app.service(request_password_reset).service(reset_password).service(verify_email).service(request_verification);
}

/// Ask for a new password
///
/// Mails a link that is good for an hour, if there is such an account: the answer is the same when there
/// is none.
#[utoipa::path(tag = "auth", responses((status = ACCEPTED, description = "Asked for"), Problems))]
#[post("/auth/password-reset")]
async fn request_password_reset(ctx: Ctx, request: Json<RequestPasswordReset>) -> Result<HttpResponse, Failure> {
    mailed_links::request_reset(&ctx, request.0)?;
    Ok(HttpResponse::Accepted().finish())
}

/// Choose a new password
///
/// With the token in the mailed link, which is then used up. Signs every device out, and ends the
/// account's personal API keys.
#[utoipa::path(tag = "auth", responses((status = NO_CONTENT, description = "Chosen"), Problems))]
#[post("/auth/password-reset/confirm")]
async fn reset_password(ctx: Ctx, reset: Json<ResetPassword>) -> Result<HttpResponse, Failure> {
    mailed_links::reset_password(&ctx, reset.0).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Show that an address is yours
///
/// With the token in the mailed link, which is then used up, by whoever is signed in to the account it
/// was mailed for.
#[utoipa::path(tag = "auth", responses((status = NO_CONTENT, description = "Shown"), Problems))]
#[post("/auth/verify-email")]
async fn verify_email(ctx: Ctx, verify: Json<VerifyEmail>) -> Result<HttpResponse, Failure> {
    mailed_links::verify_email(&ctx, verify.0).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Ask for a mail that shows that your address is yours
///
/// Mails a link that is good for a day, unless mail has arrived before.
#[utoipa::path(tag = "me", responses((status = ACCEPTED, description = "Asked for"), Problems))]
#[post("/me/verification")]
async fn request_verification(ctx: Ctx) -> Result<HttpResponse, Failure> {
    mailed_links::request_verification(&ctx).await?;
    Ok(HttpResponse::Accepted().finish())
}
