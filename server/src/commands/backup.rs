//! `gala backup`: a copy of everything, while the server runs.

use std::{
    error::Error,
    io::{self, Write},
    path::Path,
};

use super::require_database;
use crate::{config::DatabaseConfig, startup::SQLITE_FILE, store::back_up};

pub(super) async fn run(config: &DatabaseConfig, file: &Path) -> Result<(), Box<dyn Error>> {
    if config.database_url.is_some() {
        return Err("PostgreSQL is backed up by its own tools, as docs/backup.md says: pg_dump, pg_basebackup".into());
    }
    require_database(config)?;
    let bytes = back_up(&config.data_dir.join(SQLITE_FILE), file).await?;
    let (file, data_dir) = (file.display(), config.data_dir.display());
    writeln!(io::stdout(), "{file}: {bytes} bytes, checked and on the disk")?;
    Ok(writeln!(
        io::stdout(),
        "keep the secret key as well, in another place (GALA_SECRET_KEY, or the file in {data_dir}): a copy opens with no other"
    )?)
}
