//! The vault's locks: what the server must be able to read again, and nobody who has only the database.
//!
//! The server's secret → a [`MasterKey`], which only wraps → one [`DataKey`] per workspace → what is
//! sealed. A new secret wraps the data keys again and touches nothing they have sealed. Whatever is
//! sealed opens in its own [`Place`] only: a row copied over another one is refused.
//!
//! Nothing here that is secret can be printed or serialised, and all of it is wiped when it is dropped.

mod cipher;
mod keys;
mod place;

pub use cipher::{Cipher, MAX_PLAINTEXT_BYTES, Plaintext, VaultError};
pub use keys::{DataKey, MasterKey};
pub use place::Place;
