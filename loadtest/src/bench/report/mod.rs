//! What is shown of runs: a table, Markdown, a picture, and the record all of them are made from.
//!
//! ```text
//! record.rs    bench.json            table.rs      aligned text
//! figures.rs   figures of a run      markdown.rs   tables for documents
//! groups.rs    medians, ratios       plot.rs       SVG
//! machine.rs   where it was measured
//! ```

mod figures;
mod groups;
mod machine;
mod markdown;
mod number;
mod plot;
mod record;
mod table;

use std::{
    io::{Write, stdout},
    path::PathBuf,
};

use clap::Args;

pub(crate) use self::record::{Failed, Record};
use crate::failure::Failure;

/// Measurements of an earlier time
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    /// bench.json, as `bench` has written it
    file: PathBuf,
    /// Print tables as Markdown
    #[arg(long)]
    markdown: bool,
    /// Draw the picture anew, beside the file
    #[arg(long)]
    plot: bool,
}

/// Shows a record; answers whether Gala lost nothing in it.
///
/// # Errors
///
/// [`Failure::Io`] if there is none.
pub(crate) fn show(options: &Options) -> Result<bool, Failure> {
    let record = Record::read(&options.file)?;
    if options.plot {
        record.draw(&options.file.with_extension("svg"))?;
    }
    let tables = if options.markdown { record.markdown()? } else { record.table()? };
    write!(stdout(), "{tables}")?;
    Ok(record.is_good())
}
