//! Requests no route takes: the path does not exist, or not with this method.

use actix_web::{HttpRequest, HttpResponse, http::header, web::Data};
use protocol::problem::{ErrorCode, Problem};
use utoipa::openapi::{OpenApi, path::PathItem};

use super::problem::Failure;

/// The paths there are, with their methods, as the document lists them.
#[derive(Clone, Debug)]
pub(super) struct KnownPaths(Vec<(Vec<String>, Vec<&'static str>)>);

impl KnownPaths {
    /// Every path of the document.
    pub(super) fn of(document: &OpenApi) -> Self {
        let paths = document.paths.paths.iter();
        Self(paths.map(|(path, item)| (path.split('/').map(str::to_owned).collect(), methods(item))).collect())
    }

    /// The methods of a path; `None` when it does not exist.
    fn methods(&self, path: &str) -> Option<&[&'static str]> {
        let segments: Vec<&str> = path.split('/').collect();
        let matches = |known: &[String]| {
            known.len() == segments.len()
                && known.iter().zip(&segments).all(|(known, segment)| known == segment || known.starts_with('{'))
        };
        self.0.iter().find(|(known, _)| matches(known)).map(|(_, methods)| methods.as_slice())
    }
}

/// Answers `method_not_allowed` with the methods there are, or `not_found`.
pub(super) async fn unknown(request: HttpRequest, paths: Data<KnownPaths>) -> Result<HttpResponse, Failure> {
    Err(match paths.methods(request.path()) {
        Some(methods) => not_allowed(methods),
        None => Problem::new(ErrorCode::NotFound, "there is no such path").into(),
    })
}

/// The path exists, with these methods.
pub(super) fn not_allowed(methods: &[&str]) -> Failure {
    let methods = methods.join(", ");
    let failure = Failure::from(Problem::new(ErrorCode::MethodNotAllowed, format!("this path knows {methods}")));
    match methods.try_into() {
        Ok(methods) => failure.with_header(header::ALLOW, methods),
        Err(_not_a_header) => failure,
    }
}

fn methods(item: &PathItem) -> Vec<&'static str> {
    let methods = [
        ("DELETE", &item.delete),
        ("GET", &item.get),
        ("PATCH", &item.patch),
        ("POST", &item.post),
        ("PUT", &item.put),
    ];
    methods.into_iter().filter(|(_, operation)| operation.is_some()).map(|(name, _)| name).collect()
}
