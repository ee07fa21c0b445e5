//! What the server uses outside of itself, behind types of our own: mail servers, places to sign in,
//! the bus between nodes.
//!
//! An adapter speaks one protocol, sets a timeout and a limit on everything it waits for and reads,
//! and answers in the words of `protocol`. It knows neither services nor the store.

pub mod mail;
pub mod oauth;
pub mod redis_bus;
