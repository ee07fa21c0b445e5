//! What Gala touches: HTTP, sockets, the database.
//!
//! **An edit**: `ws` takes a frame off a socket and decodes its dialect → the room's handle → the
//! room decides, tells everybody in it, and gives the update to its log → `store` commits many at
//! once → the room acknowledges.
//!
//! **A request**: `api` extracts → one function of `services` authorises and decides → a room's
//! handle or `store` → `api` answers with a view of `protocol`, or a problem.
//!
//! **A start**: `config` → `startup`, which makes everything in order: telemetry, store, secret,
//! rooms, doors. It stops in the reverse of it.
//!
//! `api` and `ws` know `services` and rooms, never `store`; `services` know no HTTP; `store` knows
//! nobody above it.

pub mod adapters;
pub mod api;
pub mod assets;
pub mod cluster;
pub mod commands;
pub mod config;
pub mod data_dir;
pub mod digest;
mod listen;
pub mod new_file;
pub mod outside;
pub mod rate_limit;
pub mod secret;
pub mod services;
pub mod startup;
pub mod store;
pub mod telemetry;
pub mod tls;
pub mod vault;
pub mod ws;
