//! The server through its doors: HTTP, sockets, the program itself.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, reason = "these are tests")]

mod accounts;
mod api_keys;
mod app;
mod audit;
mod backup;
mod cluster;
mod cold_open;
mod content;
mod crash;
mod devices;
mod doctor;
mod documents;
mod door;
mod engines;
mod history;
mod house;
mod identity_provider;
mod invitations;
mod mail_server;
mod mailed_links;
mod members;
mod nodes;
mod oauth;
mod oauth_routes;
mod openapi;
mod operations;
mod operator;
mod other_nodes;
mod pages;
mod people;
mod permissions;
mod postgres_server;
mod process;
mod program;
mod revocation;
mod rooms;
mod share_links;
mod sharing;
mod signed_in;
mod soak;
mod sockets;
mod store;
mod storm;
mod tokens;
mod transfer;
mod workspaces;
mod yjs_client;

/// How much of something a test does: more when an environment variable says so.
#[expect(clippy::disallowed_methods, reason = "how long a test runs is no setting of the program")]
fn setting(variable: &str, default: u64) -> u64 {
    std::env::var(variable).map_or(default, |value| value.parse().expect("a number"))
}
