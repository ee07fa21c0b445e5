//! The HTTP door. Each file owns the routes of one domain and says how its errors look;
//! `problem.rs` is how every failure looks.
//!
//! To add an endpoint: what it takes and answers in `protocol`, one function in `services` that
//! begins with [`Ctx::require`](crate::services::Ctx::require), and here a handler that extracts,
//! calls it and answers. Its doc comment is the public documentation: the first line is the title.
//! Add it to `routes` of its file, and write `docs/openapi.json` anew with `gala openapi`.

pub(crate) mod address;
mod api_keys;
mod audit;
mod auth;
mod body;
pub(crate) mod caller;
mod content;
mod cookies;
mod cors;
mod devices;
mod docs;
mod erasure;
mod etag;
mod flood;
mod headers;
pub mod health;
mod history;
mod invitations;
mod keys;
pub mod limits;
mod mailed_links;
mod me;
mod media;
mod members;
mod metrics;
mod oauth;
mod origin;
mod pages;
mod path;
pub mod problem;
mod query;
mod requests;
mod rooms;
mod share_links;
mod sharing;
mod unknown;
mod versions;
mod web_app;
mod workspaces;

use actix_web::{
    middleware::Compress,
    web::{self, Data},
};
use bytes::Bytes;
use metrics_exporter_prometheus::PrometheusHandle;
use utoipa_actix_web::{scope, service_config::ServiceConfig};

pub use address::TrustedProxies;
pub use cors::cross_origin;
pub use docs::{document, document_json};
pub use flood::{FloodLimits, hold_back};
pub use headers::defaults as default_headers;
pub use origin::{Origins, guard};
pub use requests::observe;

use self::{docs::DocumentJson, health::Readiness, limits::Limits, unknown::KnownPaths};
use crate::services::Services;

/// Every route of the REST API: the table of contents.
///
/// | | |
/// |---|---|
/// | `/api/v1/auth/providers` | GET |
/// | `/api/v1/auth/register`, `…/login`, `…/refresh`, `…/logout` | POST |
/// | `/api/v1/auth/password-reset`, `…/password-reset/confirm`, `…/verify-email` | POST |
/// | `/api/v1/auth/oauth/{provider}/start`, `…/callback` | GET |
/// | `/api/v1/me` | GET, PATCH |
/// | `/api/v1/me/password`, `…/verification` | POST |
/// | `/api/v1/me/sessions` | GET, DELETE |
/// | `/api/v1/me/sessions/{device}` | DELETE |
/// | `/api/v1/me/api-keys` | GET, POST |
/// | `/api/v1/me/api-keys/{key}` | DELETE |
/// | `/api/v1/workspaces` | GET, POST |
/// | `/api/v1/workspaces/{workspace}` | GET, PATCH, DELETE |
/// | `/api/v1/workspaces/{workspace}/members` | GET |
/// | `/api/v1/workspaces/{workspace}/members/{principal}` | PATCH, DELETE |
/// | `/api/v1/workspaces/{workspace}/invitations` | GET, POST |
/// | `/api/v1/workspaces/{workspace}/invitations/{invitation}` | DELETE |
/// | `/api/v1/invitations/look`, `…/accept` | POST |
/// | `/api/v1/workspaces/{workspace}/api-keys` | GET, POST |
/// | `/api/v1/workspaces/{workspace}/api-keys/{key}` | DELETE |
/// | `/api/v1/workspaces/{workspace}/audit`, `…/audit/export` | GET |
/// | `/api/v1/workspaces/{workspace}/pages` | GET, POST |
/// | `/api/v1/pages/{page}` | GET, PATCH, DELETE |
/// | `/api/v1/pages/{page}/tree` | GET |
/// | `/api/v1/pages/{page}/move`, `…/restore` | POST |
/// | `/api/v1/pages/{page}/content` | GET, PUT, PATCH |
/// | `/api/v1/rooms/{room}` | GET |
/// | `/api/v1/rooms/{room}/tokens` | POST |
/// | `/api/v1/rooms/{room}/history`, `…/history/edits`, `…/history/diff` | GET |
/// | `/api/v1/rooms/{room}/attribution` | GET |
/// | `/api/v1/rooms/{room}/versions` | GET, POST |
/// | `/api/v1/rooms/{room}/versions/{seq}` | PATCH, DELETE |
/// | `/api/v1/rooms/{room}/restore`, `…/erase` | POST |
/// | `/api/v1/rooms/{room}/sharing` | GET, PUT |
/// | `/api/v1/rooms/{room}/grants/{principal}` | PUT, DELETE |
/// | `/api/v1/rooms/{room}/share-links` | GET, POST |
/// | `/api/v1/rooms/{room}/share-links/{link}` | DELETE |
/// | `/api/v1/share-links/open` | POST |
/// | `/.well-known/jwks.json` | GET |
fn routes(app: &mut ServiceConfig) {
    app.configure(keys::routes).service(
        scope("/api/v1")
            .configure(auth::routes)
            .configure(oauth::routes)
            .configure(mailed_links::routes)
            .configure(me::routes)
            .configure(devices::routes)
            .configure(api_keys::routes)
            .configure(workspaces::routes)
            .configure(members::routes)
            .configure(invitations::routes)
            .configure(audit::routes)
            .configure(pages::routes)
            .configure(content::routes)
            .configure(rooms::routes)
            .configure(history::routes)
            .configure(versions::routes)
            .configure(erasure::routes)
            .configure(sharing::routes)
            .configure(share_links::routes)
            .default_service(web::to(unknown::unknown))
            .wrap(Compress::default()),
    );
}

/// What the door needs to be opened. Cheap to clone: every worker opens its own.
#[derive(Clone)]
pub struct Door {
    /// What the handlers call.
    pub services: Services,
    /// Where requests may come from.
    pub origins: Origins,
    /// Who is believed about that.
    pub proxies: TrustedProxies,
    /// How often anybody may ask.
    pub flood: FloodLimits,
    /// Whether the server still wants requests.
    pub readiness: Readiness,
    /// What is measured.
    pub metrics: PrometheusHandle,
    /// Bytes of a body at most.
    pub max_body_bytes: usize,
    /// The API's document; as [`document_json`] writes it.
    pub document: Bytes,
}

impl Door {
    /// Adds everything but the sockets. The web app takes whatever was not taken before: nothing can
    /// be added after it.
    pub fn open(&self, app: &mut web::ServiceConfig) {
        Limits { body_bytes: self.max_body_bytes }.apply(app);
        app.app_data(Data::new(self.services.clone()))
            .app_data(Data::new(self.origins.clone()))
            .app_data(Data::new(self.proxies.clone()))
            .app_data(Data::new(self.flood.clone()))
            .app_data(Data::new(self.readiness.clone()))
            .app_data(Data::new(self.metrics.clone()))
            .app_data(Data::new(DocumentJson(self.document.clone())))
            .app_data(Data::new(KnownPaths::of(&document())))
            .configure(|app| routes(&mut ServiceConfig::new(app)))
            .configure(docs::mount)
            .service(health::live)
            .service(health::ready)
            .service(metrics::metrics)
            .service(web::resource("/{path:.*}").wrap(Compress::default()).to(web_app::web_app));
    }
}
