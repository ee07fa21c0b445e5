//! Writes a workspace from a file: checked as a whole first, then all of it in one transaction, which
//! is only committed if what can be read in it is what stands in the file.

use std::{
    collections::HashSet,
    io::{self, Read, Seek},
};

use protocol::{accounts::EmailAddress, ids::WorkspaceId, time::Timestamp};
use uuid::Uuid;

use super::{
    export::{self, ExportError},
    people::People,
    reader::{FileError, FileRow, Reader, Summary},
    tables::{Kind, Source, TABLES, Table},
};
use crate::store::{
    NewEvent, Store,
    accounts::email,
    audit::{self, SERVER},
    database::{Scope, Transaction},
    error::StoreError,
    sql::{Statement, Value, parameters, sql},
};

/// Statements sent at once at most.
const MAX_BATCH: usize = 200;
/// Bytes of them from which on they are sent.
const MAX_BATCH_BYTES: usize = 1024 * 1024;

/// Why a file was not imported. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The file is no file of a workspace, or damaged.
    #[error(transparent)]
    File(#[from] FileError),
    /// It is here.
    #[error("the workspace {0} is here already")]
    Exists(WorkspaceId),
    /// Something in the file belongs to something else here.
    #[error("something in the file is here already, and belongs to something else")]
    Taken(#[source] StoreError),
    /// The database takes no such row.
    #[error("the database does not take what is in the file up to record {number}")]
    Refused {
        /// The last record that was tried, counted from 1.
        number: u64,
        /// What the database says.
        source: StoreError,
    },
    /// What can be read of the database is not what stands in the file.
    #[error("{0} does not come out of the database as it stands in the file")]
    Differs(&'static str),
    /// The database failed.
    #[error(transparent)]
    Store(StoreError),
}

/// What was imported, and compared with what stands in the file.
#[derive(Debug)]
pub struct Imported {
    /// What was in the file.
    pub summary: Summary,
    /// The people who have an account now.
    pub new_people: Vec<EmailAddress>,
    /// How many people had one.
    pub known_people: u64,
    /// Whether an export would be the same file again; otherwise only people are called otherwise.
    pub is_identical: bool,
}

impl Store {
    /// Writes the workspace of a file, all or nothing, and compares it with the file.
    ///
    /// # Errors
    ///
    /// As [`ImportError`] says.
    pub async fn import_workspace(&self, file: impl Read + Seek, event: &NewEvent) -> Result<Imported, ImportError> {
        let (mut tx, imported) = self.prepare(file, event.at).await?;
        let told = audit::append(&mut tx, SERVER, event).await.map_err(ImportError::Store)?;
        tx.commit_after(told.into()).await.map_err(ImportError::Store)?;
        Ok(imported)
    }

    /// Does everything [`Store::import_workspace`] does, and takes it back.
    ///
    /// # Errors
    ///
    /// As [`ImportError`] says.
    pub async fn check_import(&self, file: impl Read + Seek, at: Timestamp) -> Result<Imported, ImportError> {
        Ok(self.prepare(file, at).await?.1)
    }

    async fn prepare(&self, mut file: impl Read + Seek, at: Timestamp) -> Result<(Transaction, Imported), ImportError> {
        check(io::BufReader::new(&mut file))?;
        file.rewind().map_err(FileError::from)?;
        let mut tx = self.database.write(Scope::Server).await.map_err(ImportError::Store)?;
        let imported = write(&mut tx, io::BufReader::new(file), at).await?;
        Ok((tx, imported))
    }
}

/// Reads the whole file before anything is written.
fn check(file: impl Read) -> Result<(), FileError> {
    let mut reader = Reader::begin(file)?;
    let mut inside = Inside { workspace: reader.workspace().as_uuid(), ids: HashSet::new() };
    while let Some(row) = reader.next_row()? {
        inside.check(&row).map_err(|why| reader.damaged(why))?;
    }
    reader.finish().map(drop)
}

/// What a file has brought, and may therefore speak of.
struct Inside {
    workspace: Uuid,
    /// Rooms, people and services.
    ids: HashSet<Uuid>,
}

impl Inside {
    fn check(&mut self, row: &FileRow) -> Result<(), &'static str> {
        for (column, value) in row.table.columns.iter().zip(&row.values) {
            let Value::Uuid(id) = value else {
                match column.kind {
                    Kind::Workspace => return Err("belongs to no workspace"),
                    _ => continue,
                }
            };
            let is_inside = match column.kind {
                Kind::Workspace => *id == self.workspace,
                Kind::NewRoom | Kind::NewPerson => self.ids.insert(*id),
                // A service may have several keys.
                Kind::NewService => self.ids.insert(*id) || row.table.name == "api_key",
                Kind::Room | Kind::LaterRoom | Kind::Member => self.ids.contains(id),
                _ => true,
            };
            if !is_inside {
                return Err("speaks of something that is not in the file");
            }
        }
        if row.table.source == Source::People {
            person(row).ok_or("is no person with an address")?;
        }
        Ok(())
    }
}

fn person(row: &FileRow) -> Option<(Uuid, &str, &str)> {
    let [Value::Uuid(id), Value::Text(address), Value::Text(name)] = row.values.as_slice() else { return None };
    email(address).ok()?;
    Some((*id, address, name))
}

/// Writes what stands in the file, and compares what comes out.
async fn write(tx: &mut Transaction, file: impl Read, at: Timestamp) -> Result<Imported, ImportError> {
    let mut reader = Reader::begin(file)?;
    let workspace = reader.workspace();
    let present = sql("SELECT id FROM workspace WHERE id = $1").bind(workspace);
    if tx.query_opt(present).await.map_err(ImportError::Store)?.is_some() {
        return Err(ImportError::Exists(workspace));
    }
    let (mut people, mut batch) = (People::default(), Batch::default());
    while let Some(row) = reader.next_row()? {
        match row.table.source {
            Source::Rooms => continue,
            Source::People => {
                let person = person(&row).ok_or_else(|| reader.damaged("is no person with an address"))?;
                people.meet(tx, person, at).await.map_err(ImportError::Store)?;
            }
            Source::Rows => {
                let service = row.table.columns.iter().position(|column| column.kind == Kind::NewService);
                if let Some(Value::Uuid(service)) = service.and_then(|index| row.values.get(index))
                    && !people.admits(tx, *service).await.map_err(ImportError::Store)?
                {
                    return Err(ImportError::Taken(StoreError::Conflict("a service has the id of somebody".into())));
                }
                batch.add(row, &people);
            }
        }
        batch.send_if_full(tx, reader.number()).await?;
    }
    batch.send_all(tx, reader.number()).await?;
    let summary = reader.finish()?;
    let found = match export::write(tx, workspace, io::sink()).await {
        Ok(found) => found,
        Err(ExportError::Store(error)) => return Err(ImportError::Refused { number: summary.records, source: error }),
        Err(ExportError::NotFound | ExportError::Io(_)) => return Err(ImportError::Differs("the workspace")),
    };
    let is_identical = compare(&summary, &found, &people)?;
    Ok(Imported { summary, new_people: people.new, known_people: people.known, is_identical })
}

/// Compares every table; where people are called otherwise here, those that speak of them may differ.
fn compare(file: &Summary, found: &Summary, people: &People) -> Result<bool, ImportError> {
    let mut is_identical = true;
    for (expected, found) in file.sections.iter().zip(&found.sections) {
        if expected == found {
            continue;
        }
        is_identical = false;
        if !(people.differ && speaks_of_people(expected.table)) {
            return Err(ImportError::Differs(expected.table));
        }
    }
    Ok(is_identical)
}

fn speaks_of_people(table: &str) -> bool {
    let of_people = [Kind::NewPerson, Kind::Member, Kind::Principal];
    let speaks = |table: &Table| table.columns.iter().any(|column| of_people.contains(&column.kind));
    TABLES.iter().any(|known| known.name == table && speaks(known))
}

/// Statements to be sent together.
#[derive(Default)]
struct Batch {
    statements: Vec<Statement>,
    bytes: usize,
    /// To be sent once everything else is there.
    later: Vec<Statement>,
}

impl Batch {
    fn add(&mut self, row: FileRow, people: &People) {
        let FileRow { table, values } = row;
        let mut bound = Vec::with_capacity(values.len());
        for (column, value) in table.columns.iter().zip(values) {
            let value = match column.kind {
                Kind::LaterRoom => {
                    self.later.extend(later(table, column.name, &value, bound.first()));
                    Value::Null
                }
                Kind::Member | Kind::Principal => people.here(value),
                _ => value,
            };
            if let Value::Bytes(bytes) = &value {
                self.bytes += bytes.len();
            }
            bound.push(value);
        }
        let columns: Vec<&str> = table.columns.iter().map(|column| column.name).collect();
        let (columns, places) = (columns.join(", "), parameters(1, bound.len()));
        let insert = format!("INSERT INTO {} ({columns}) VALUES ({places})", table.name);
        self.statements.push(sql(insert).bind_all(bound));
    }

    async fn send_if_full(&mut self, tx: &mut Transaction, number: u64) -> Result<(), ImportError> {
        if self.statements.len() < MAX_BATCH && self.bytes < MAX_BATCH_BYTES {
            return Ok(());
        }
        self.bytes = 0;
        send(tx, std::mem::take(&mut self.statements), number).await
    }

    async fn send_all(self, tx: &mut Transaction, number: u64) -> Result<(), ImportError> {
        send(tx, self.statements, number).await?;
        let mut later = self.later.into_iter().peekable();
        while later.peek().is_some() {
            send(tx, later.by_ref().take(MAX_BATCH).collect(), number).await?;
        }
        Ok(())
    }
}

/// Sets a column of the row whose key is its first column.
fn later(table: &Table, column: &str, value: &Value, key: Option<&Value>) -> Option<Statement> {
    let (Value::Uuid(value), Some(Value::Uuid(key))) = (value, key) else { return None };
    let Table { name, columns, .. } = table;
    let update = format!("UPDATE {name} SET {column} = $2 WHERE {} = $1", columns.first()?.name);
    Some(sql(update).bind(*key).bind(*value))
}

async fn send(tx: &mut Transaction, statements: Vec<Statement>, number: u64) -> Result<(), ImportError> {
    let refused = |error| match error {
        StoreError::Conflict(_) => ImportError::Taken(error),
        StoreError::Internal(_) => ImportError::Refused { number, source: error },
        StoreError::Unavailable(_) | StoreError::Corrupt(_) => ImportError::Store(error),
    };
    if statements.is_empty() { Ok(()) } else { tx.run(statements).await.map(drop).map_err(refused) }
}
