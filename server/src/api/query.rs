//! What stands behind the question mark of an address.

use std::str::FromStr;

use actix_web::{FromRequest, HttpRequest, dev::Payload, web};
use protocol::{
    paging::{DEFAULT_LIMIT, Listed, MAX_LIMIT, Paging},
    problem::{ErrorCode, Problem},
};
use serde::de::DeserializeOwned;

use super::problem::Failure;

/// The query, with this shape. Parameters of other names are left to others.
#[derive(Clone, Debug)]
pub(super) struct Query<T>(pub(super) T);

impl<T: DeserializeOwned> FromRequest for Query<T> {
    type Error = Failure;
    type Future = std::future::Ready<Result<Self, Failure>>;

    fn from_request(request: &HttpRequest, _payload: &mut Payload) -> Self::Future {
        let query = web::Query::<T>::from_query(request.query_string());
        std::future::ready(query.map(|query| Self(query.into_inner())).map_err(|error| malformed(&error.to_string())))
    }
}

/// How many items are wanted, and behind which.
///
/// # Errors
///
/// `malformed` when the limit is out of bounds or the cursor is none of ours.
pub(super) fn slice<K: FromStr>(paging: &Paging) -> Result<(u32, Option<K>), Failure> {
    let limit = paging.limit.unwrap_or(DEFAULT_LIMIT);
    if !(1..=MAX_LIMIT).contains(&limit) {
        return Err(malformed(&format!("limit is 1 to {MAX_LIMIT}")));
    }
    let cursor = paging.cursor.as_deref().map(str::parse).transpose();
    Ok((limit, cursor.map_err(|_not_ours| malformed("cursor is not the next_cursor of an answer"))?))
}

/// The items of a list, and how to ask for those behind `next`.
pub(super) fn listed<T>(items: Vec<T>, next: Option<impl ToString>) -> web::Json<Listed<T>> {
    web::Json(Listed { items, next_cursor: next.map(|next| next.to_string()) })
}

fn malformed(detail: &str) -> Failure {
    Problem::new(ErrorCode::Malformed, format!("the query cannot be read: {detail}")).into()
}
