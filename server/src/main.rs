//! The `gala` binary.

fn main() {}
