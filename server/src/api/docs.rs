//! The OpenAPI document, and its browser. Nothing in it is loaded from elsewhere.

use actix_web::{
    App, HttpResponse, get,
    web::{self, Data},
};
use bytes::Bytes;
use protocol::problem::{ErrorCode, InvalidValue, Problem};
use utoipa::{OpenApi, openapi};
use utoipa_actix_web::AppExt;
use utoipa_swagger_ui::{Config, SwaggerUi};

/// Where the document is.
const DOCUMENT: &str = "/api/openapi.json";

/// What the document says before any route is added.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Gala",
        description = "A self-hosted live workspace. Pages are rooms: what is changed here is seen at once by everybody \
                       in them, and committed before it is answered. Every failure is a problem (RFC 9457) with a \
                       stable `code`; `docs/errors.md` lists them.",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    // Named here because what all routes share is not collected from them.
    components(schemas(Problem, ErrorCode, InvalidValue)),
    tags(
        (name = "auth", description = "Signing in and out"),
        (name = "me", description = "Who you are"),
        (name = "workspaces", description = "The tenants"),
        (name = "members", description = "Who belongs to a workspace, and who is invited"),
        (name = "pages", description = "Documents people write together"),
        (name = "rooms", description = "The live thing behind a page"),
        (name = "history", description = "What rooms said before, who wrote it, and going back"),
        (name = "sharing", description = "Who may enter one page and those below it"),
    )
)]
struct Document;

/// The document of every route.
pub fn document() -> openapi::OpenApi {
    let mut base = Document::openapi();
    env!("CARGO_PKG_VERSION").clone_into(&mut base.info.version);
    let app = App::new().into_utoipa_app().openapi(base).configure(super::routes);
    app.split_for_parts().1
}

/// The document as it is served and kept in `docs/openapi.json`, with a line break at its end.
///
/// # Errors
///
/// When it cannot be written as JSON: a mistake in this program.
pub fn document_json() -> Result<String, serde_json::Error> {
    Ok(document().to_pretty_json()? + "\n")
}

/// The text of the document, written once.
#[derive(Clone)]
pub(super) struct DocumentJson(pub(super) Bytes);

/// Adds the document and its browser.
pub(super) fn mount(app: &mut web::ServiceConfig) {
    app.service(get_document)
        .service(web::redirect("/api/docs", "/api/docs/"))
        .service(SwaggerUi::new("/api/docs/{_:.*}").config(Config::new([DOCUMENT])));
}

#[get("/api/openapi.json")]
async fn get_document(document: Data<DocumentJson>) -> HttpResponse {
    HttpResponse::Ok().content_type("application/json").body(document.0.clone())
}
