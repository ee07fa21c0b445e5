//! Routes of the caller.

use actix_web::{HttpResponse, get, patch, post, web};
use protocol::accounts::{ChangePassword, Me, UpdateMe};
use utoipa_actix_web::service_config::ServiceConfig;

use super::{
    body::Json,
    problem::{Failure, Problems},
};
use crate::services::{Ctx, accounts};

/// Adds the routes of this file.
pub(super) fn routes(app: &mut ServiceConfig) {
    app.service(get_me).service(update_me).service(change_password);
}

/// See who you are
#[utoipa::path(tag = "me", responses((status = OK, body = Me, description = "You"), Problems))]
#[get("/me")]
async fn get_me(ctx: Ctx) -> Result<web::Json<Me>, Failure> {
    Ok(web::Json(accounts::me(&ctx).await?))
}

/// Change what others see of you
#[utoipa::path(tag = "me", responses((status = OK, body = Me, description = "You"), Problems))]
#[patch("/me")]
async fn update_me(ctx: Ctx, me: Json<UpdateMe>) -> Result<web::Json<Me>, Failure> {
    Ok(web::Json(accounts::update_me(&ctx, me.0).await?))
}

/// Change your password
///
/// Signs every other device out.
#[utoipa::path(tag = "me", responses((status = NO_CONTENT, description = "Changed"), Problems))]
#[post("/me/password")]
async fn change_password(ctx: Ctx, change: Json<ChangePassword>) -> Result<HttpResponse, Failure> {
    accounts::change_password(&ctx, change.0).await?;
    Ok(HttpResponse::NoContent().finish())
}
