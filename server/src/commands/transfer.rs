//! `gala export` and `gala import`: a workspace in a file, and back into a database of either engine.

use std::{
    error::Error,
    fs::File,
    io::{self, BufReader, BufWriter, Write},
    path::Path,
    sync::Arc,
};

use actors::clock::{Clock, SystemClock};
use protocol::{audit::Audited, ids::WorkspaceId};

use super::require_database;
use crate::{
    config::{DatabaseConfig, ExportArgs, ImportArgs},
    new_file::NewFile,
    startup::open_store,
    store::{self, Imported, NewEvent, Store, Summary},
};

pub(super) async fn export(args: &ExportArgs) -> Result<(), Box<dyn Error>> {
    if let Some(file) = &args.verify {
        let summary = store::verify(BufReader::new(File::open(file)?))?;
        print(&summary)?;
        return Ok(writeln!(io::stdout(), "{} is whole", file.display())?);
    }
    let (Some(workspace), Some(file)) = (args.workspace, &args.file) else { return Err("nothing to export".into()) };
    require_database(&args.database)?;
    let summary = write(&open(&args.database).await?, workspace, file).await?;
    print(&summary)?;
    Ok(writeln!(io::stdout(), "{} is whole and on the disk", file.display())?)
}

async fn write(store: &Store, workspace: WorkspaceId, file: &Path) -> Result<Summary, Box<dyn Error>> {
    let new = NewFile::begin(file)?;
    let event = NewEvent::of_operator(SystemClock.now(), Audited::WorkspaceExported, workspace, "");
    let summary = store.export_workspace(workspace, BufWriter::new(new.file()), &event).await?;
    new.finish()?;
    Ok(summary)
}

pub(super) async fn import(args: &ImportArgs) -> Result<(), Box<dyn Error>> {
    let now = SystemClock.now();
    let open_file = || File::open(&args.file);
    if args.check {
        let imported = open(&args.database).await?.check_import(open_file()?, now).await?;
        print(&imported.summary)?;
        print_people(&imported)?;
        return Ok(writeln!(io::stdout(), "the file is whole and can be imported; nothing was written")?);
    }
    let workspace = store::workspace_of(BufReader::new(open_file()?))?;
    let event = NewEvent::of_operator(now, Audited::WorkspaceImported, workspace, "");
    let imported = open(&args.database).await?.import_workspace(open_file()?, &event).await?;
    print(&imported.summary)?;
    print_people(&imported)?;
    let rooms = imported.summary.rows("room_state");
    writeln!(io::stdout(), "read again and compared: {rooms} rooms have the state and the content they had")?;
    let proof = if imported.is_identical {
        "an export of what is here now is the same file, byte for byte"
    } else {
        "an export of what is here now differs in nothing but how people are called on this server"
    };
    Ok(writeln!(io::stdout(), "{proof}")?)
}

async fn open(database: &DatabaseConfig) -> Result<Store, Box<dyn Error>> {
    Ok(open_store(database, Arc::new(SystemClock)).await?)
}

fn print(summary: &Summary) -> io::Result<()> {
    writeln!(io::stdout(), "workspace {}: {} records", summary.workspace, summary.records)?;
    for section in summary.sections.iter().filter(|section| section.rows > 0) {
        writeln!(io::stdout(), "  {:<16} {:>9}", section.table, section.rows)?;
    }
    Ok(())
}

fn print_people(imported: &Imported) -> io::Result<()> {
    let Imported { new_people, known_people, .. } = imported;
    writeln!(
        io::stdout(),
        "{known_people} people had an account, {} have got one without a password:",
        new_people.len()
    )?;
    for address in new_people {
        writeln!(io::stdout(), "  {address}")?;
    }
    Ok(())
}
