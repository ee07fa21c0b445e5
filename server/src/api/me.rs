//! Routes of the caller.

use actix_web::{HttpResponse, get, web::Data};
use protocol::principal::Principal;
use utoipa_actix_web::service_config::ServiceConfig;

use super::{caller::Caller, origin::Origins, problem::Problems};

/// Adds the routes of this file.
pub(super) fn routes(app: &mut ServiceConfig) {
    app.service(get_me);
}

/// See who you are
///
/// Without an account you are a guest. A browser that asks for the first time is given a cookie by
/// which it is known again, and with which its sockets are shown to others.
#[utoipa::path(tag = "me", responses((status = OK, body = Principal, description = "You"), Problems))]
#[get("/me")]
async fn get_me(caller: Caller, origins: Data<Origins>) -> HttpResponse {
    let mut response = HttpResponse::Ok();
    caller.remember(&origins, &mut response);
    response.json(caller.principal())
}
