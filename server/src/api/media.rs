//! Media types: which one a client sends, and which one it wants.

use actix_web::{
    HttpMessage, HttpRequest,
    http::header::{self, Header},
    mime::{self, Mime},
};
use protocol::problem::{ErrorCode, Problem};

use super::problem::Failure;
use crate::services::content::Form;

pub(super) const JSON: &str = "application/json";
const MARKDOWN: &str = "text/markdown";
pub(super) const YJS: &str = "application/octet-stream";

/// The forms of content, the one to be had without asking first.
const FORMS: [(Form, &str); 3] = [(Form::Json, JSON), (Form::Markdown, MARKDOWN), (Form::Yjs, YJS)];

/// Whether the body of the request is said to be of this type, whatever its parameters.
pub(super) fn is_content_type(request: &HttpRequest, expected: &str) -> bool {
    matches!(request.mime_type(), Ok(Some(found)) if found.essence_str() == expected)
}

/// The form of the content in the body.
///
/// # Errors
///
/// `unsupported_media_type`, with the types there are.
pub(super) fn sent(request: &HttpRequest) -> Result<Form, Failure> {
    let form = FORMS.into_iter().find(|(_, name)| is_content_type(request, name));
    form.map(|(form, _)| form).ok_or_else(|| unsupported(&FORMS.map(|(_, name)| name)))
}

/// The form of content the client wants most, of those there are (RFC 9110 §12.5.1).
///
/// # Errors
///
/// `not_acceptable`, with the types there are.
pub(super) fn wanted(request: &HttpRequest) -> Result<Form, Failure> {
    if !request.headers().contains_key(header::ACCEPT) {
        return Ok(Form::Json);
    }
    let ranges = header::Accept::parse(request).map(|accept| accept.0).unwrap_or_default();
    let rank = |name: &str| {
        // The most specific range that matches decides.
        let matching = ranges.iter().enumerate().filter_map(|(place, range)| {
            specificity(&range.item, name).map(|specificity| (specificity, range.quality, place))
        });
        matching.max_by_key(|(specificity, ..)| *specificity)
    };
    let acceptable = FORMS.into_iter().filter_map(|(form, name)| {
        rank(name).filter(|(_, quality, _)| *quality > header::Quality::ZERO).map(|rank| (form, rank))
    });
    // Of equal ones the one named more exactly, then the one named first, then ours.
    let best = acceptable.reduce(|best, other| {
        let key = |(_, (specificity, quality, place)): &(Form, (u8, header::Quality, usize))| {
            (*quality, *specificity, std::cmp::Reverse(*place))
        };
        if key(&other) > key(&best) { other } else { best }
    });
    best.map(|(form, _)| form).ok_or_else(|| {
        let there_are = FORMS.map(|(_, name)| name).join(", ");
        Problem::new(ErrorCode::NotAcceptable, format!("content is to be had as {there_are}")).into()
    })
}

/// The type in which this form is sent.
pub(super) const fn content_type(form: Form) -> &'static str {
    match form {
        Form::Json => JSON,
        Form::Markdown => "text/markdown; charset=utf-8",
        Form::Yjs => YJS,
    }
}

/// The body is of a type the route does not read; these are those it reads.
pub(super) fn unsupported(there_are: &[&str]) -> Failure {
    let detail = format!("the content-type of the body must be {}", there_are.join(" or "));
    Problem::new(ErrorCode::UnsupportedMediaType, detail).into()
}

/// How exactly a range names a type; `None` when it does not.
fn specificity(range: &Mime, name: &str) -> Option<u8> {
    match (range.type_(), range.subtype()) {
        (mime::STAR, mime::STAR) => Some(0),
        (kind, mime::STAR) if name.split('/').next() == Some(kind.as_str()) => Some(1),
        _ if range.essence_str() == name => Some(2),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[track_caller]
    fn check(accept: &str, expected: Option<Form>) {
        let request = TestRequest::default().insert_header((header::ACCEPT, accept)).to_http_request();

        assert_eq!(wanted(&request).ok(), expected, "{accept}");
    }

    #[test]
    fn the_most_wanted_form_is_sent() {
        check("*/*", Some(Form::Json));
        check("text/markdown", Some(Form::Markdown));
        check("text/*", Some(Form::Markdown));
        check("application/*", Some(Form::Json));
        check("application/octet-stream, application/json", Some(Form::Yjs));
        check("application/json;q=0.2, text/markdown;q=0.9", Some(Form::Markdown));
        check("text/markdown, */*", Some(Form::Markdown));
        check("application/json;q=0, */*;q=0.1", Some(Form::Markdown));
        check("text/html, */*;q=0.8", Some(Form::Json));
    }

    #[test]
    fn a_form_that_does_not_exist_is_not_acceptable() {
        check("text/html", None);
        check("application/json;q=0", None);
        check("", None);
    }
}
