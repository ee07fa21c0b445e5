//! What the server does for a caller: authorise, decide, ask a room or the store, answer.
//!
//! A service function takes a [`Ctx`] and begins with [`Ctx::require`]; it knows nothing of HTTP.
//! Each domain has one error enum, which names what a caller can do something about; whatever else
//! goes wrong is an [`Outage`].

pub mod access_tokens;
pub mod accounts;
pub mod api_keys;
pub mod attempts;
pub mod audit;
pub mod audit_follower;
mod authors;
pub mod caller;
pub mod changes;
pub mod content;
mod context;
pub mod devices;
pub mod document;
pub mod erasure;
pub mod external_sign_in;
pub mod guests;
pub mod health;
pub mod history;
pub mod invitations;
pub mod links;
pub mod mailed_links;
pub mod mails;
pub mod markdown;
pub mod members;
mod names;
pub mod operator;
mod outage;
mod page_forest;
pub mod pages;
pub mod passwords;
pub mod post;
pub mod rooms;
pub mod share_links;
pub mod sharing;
pub mod sign_in;
pub mod signing;
pub mod signing_keys;
pub mod standing;
pub mod tokens;
pub mod upkeep;
pub mod vault;
pub mod versions;
pub mod workspaces;

pub use context::{Ctx, Denied, On, Services};
pub use outage::Outage;
