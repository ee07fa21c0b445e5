//! What Gala touches: the database.

pub mod store;
