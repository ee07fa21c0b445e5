//! What Gala says: everything that crosses a boundary, and nothing that runs.
//!
//! - [`ids`], [`time`], [`paging`], [`problem`]: words every domain uses.
//! - [`access`]: the one table of who may do what; [`principal`]: who acts.
//! - [`accounts`], [`access_tokens`], [`api_keys`], [`workspaces`], [`sharing`], [`audit`], [`rooms`], [`pages`], [`content`], [`history`]:
//!   requests and views of one domain each.
//! - [`doctor`]: what is found wrong with an installation.
//! - [`nodes`]: what the nodes of one installation tell each other.
//! - [`wire`]: what is said over sockets, and the dialects it is said in.
//!
//! No async, no I/O, no clock. No decoder here panics or allocates more than its input warrants,
//! whatever the bytes: every length, count and depth has a named limit.

pub mod access;
pub mod access_tokens;
pub mod accounts;
pub mod api_keys;
pub mod audit;
pub mod content;
pub mod doctor;
pub mod history;
pub mod ids;
pub mod nodes;
pub mod pages;
pub mod paging;
pub mod principal;
pub mod problem;
pub mod rooms;
pub mod sharing;
pub mod time;
pub mod wire;
pub mod workspaces;
