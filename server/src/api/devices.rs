//! Routes of where the caller is signed in.

use actix_web::{HttpResponse, delete, get, web};
use protocol::{
    accounts::DeviceView,
    ids::DeviceId,
    paging::{Listed, Paging},
};
use utoipa_actix_web::service_config::ServiceConfig;

use super::{
    path::Path,
    problem::{Failure, Problems},
    query::{self, Query},
};
use crate::services::{Ctx, devices};

/// Adds the routes of this file.
pub(super) fn routes(app: &mut ServiceConfig) {
    app.service(list_devices).service(sign_out_device).service(sign_out_other_devices);
}

/// List where you are signed in
///
/// The newest sign-in first.
#[utoipa::path(tag = "me", params(Paging), responses((status = OK, body = Listed<DeviceView>, description = "The devices"), Problems))]
#[get("/me/sessions")]
async fn list_devices(ctx: Ctx, paging: Query<Paging>) -> Result<web::Json<Listed<DeviceView>>, Failure> {
    let (limit, before) = query::slice(&paging.0)?;
    let slice = devices::list(&ctx, limit, before).await?;
    Ok(query::listed(slice.items, slice.next))
}

/// Sign a device out
///
/// Its sockets close, and its tokens are no good any more.
#[utoipa::path(tag = "me", params(("device" = DeviceId, Path)), responses((status = NO_CONTENT, description = "Signed out"), Problems))]
#[delete("/me/sessions/{device}")]
async fn sign_out_device(ctx: Ctx, device: Path<DeviceId>) -> Result<HttpResponse, Failure> {
    devices::sign_out(&ctx, device.0).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Sign every other device out
#[utoipa::path(tag = "me", responses((status = NO_CONTENT, description = "Signed out"), Problems))]
#[delete("/me/sessions")]
async fn sign_out_other_devices(ctx: Ctx) -> Result<HttpResponse, Failure> {
    devices::sign_out_others(&ctx).await?;
    Ok(HttpResponse::NoContent().finish())
}
