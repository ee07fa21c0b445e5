//! The web app is compiled in from a directory that need not be there yet.

use std::{fs, io};

const DIST: &str = "../client-ts/web/dist";

fn main() -> io::Result<()> {
    // A directory that is missing would count as changed at every build.
    fs::create_dir_all(DIST)?;
    println!("cargo::rerun-if-changed={DIST}");
    Ok(())
}
