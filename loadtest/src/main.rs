//! Puts load on a running server and checks that nothing was lost.
//!
//! There is no scenario yet.

fn main() {}
