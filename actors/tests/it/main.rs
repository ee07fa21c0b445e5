//! Rooms through their public face, with a log in memory and clients that are Yjs documents.

#![expect(clippy::unwrap_used, reason = "these are tests")]

mod access;
mod client;
mod converge;
mod damage;
mod edits;
mod lifetime;
mod memory_log;
mod neighbours;
mod presence;
mod rest;
mod simulation;
mod slow_readers;
