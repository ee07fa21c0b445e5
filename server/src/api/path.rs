//! What stands in the path of an address.

use std::future::{Ready, ready};

use actix_web::{FromRequest, HttpRequest, dev::Payload};
use protocol::problem::{ErrorCode, Problem};
use serde::de::DeserializeOwned;

use super::problem::Failure;

/// The parameters of the path.
#[derive(Clone, Debug)]
pub(super) struct Path<T>(pub(super) T);

impl<T: DeserializeOwned> FromRequest for Path<T> {
    type Error = Failure;
    type Future = Ready<Result<Self, Failure>>;

    fn from_request(request: &HttpRequest, _payload: &mut Payload) -> Self::Future {
        let parameters = actix_web::web::Path::<T>::extract(request).into_inner();
        let malformed = |_error| Problem::new(ErrorCode::Malformed, "an id in the path is not valid").into();
        ready(parameters.map(|parameters| Self(parameters.into_inner())).map_err(malformed))
    }
}
