//! The public keys of the access tokens.

use actix_web::{HttpResponse, get, http::header::CacheControl, http::header::CacheDirective, web::Data};
use protocol::access_tokens::PublicKeys;
use utoipa_actix_web::service_config::ServiceConfig;

use super::problem::{Failure, Problems};
use crate::services::Services;

/// Seconds the answer may be kept. Who meets a token with a key it does not know asks again.
const CACHED_S: u32 = 300;

/// Adds the routes of this file.
pub(super) fn routes(app: &mut ServiceConfig) {
    app.service(public_keys);
}

/// See the keys that verify access tokens
///
/// A JWK Set (RFC 7517 §5), for those who want to verify access tokens themselves. It is empty until
/// the first access token is made. Ask again when a token names a key that is not here.
#[utoipa::path(tag = "auth", responses((status = OK, body = PublicKeys, description = "The keys"), Problems))]
#[get("/.well-known/jwks.json")]
async fn public_keys(services: Data<Services>) -> Result<HttpResponse, Failure> {
    let keys = services.signing.public_keys().await?;
    let cache = CacheControl(vec![CacheDirective::Public, CacheDirective::MaxAge(CACHED_S)]);
    Ok(HttpResponse::Ok().insert_header(cache).json(keys))
}
