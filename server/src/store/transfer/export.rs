//! Reads a workspace in one state of the database, row by row.

use std::io::{self, Write};

use protocol::ids::WorkspaceId;
use uuid::Uuid;

use super::{
    reader::Summary,
    states,
    tables::{Kind, Source, TABLES, Table},
    writer::Writer,
};
use crate::store::{
    NewEvent, Store,
    audit::{self, SERVER},
    database::{Scope, Transaction},
    error::StoreError,
    sql::{Row, Statement, Value, parameters, sql},
};

/// Why a workspace was not exported.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// There is no such workspace, or it is deleted.
    #[error("there is no such workspace")]
    NotFound,
    /// The file cannot be written.
    #[error("the file cannot be written")]
    Io(#[from] io::Error),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Store {
    /// Writes everything that belongs to a workspace, as it is at one moment; people may go on working in
    /// it. Takes the memory of one room.
    ///
    /// # Errors
    ///
    /// As [`ExportError`] says; what has been written by then has no end.
    pub async fn export_workspace(
        &self,
        workspace: WorkspaceId,
        out: impl Write,
        event: &NewEvent,
    ) -> Result<Summary, ExportError> {
        let mut tx = self.database.read(Scope::Server).await?;
        let one = sql("SELECT id FROM workspace WHERE id = $1 AND deleted_at IS NULL").bind(workspace);
        tx.query_opt(one).await?.ok_or(ExportError::NotFound)?;
        let summary = write(&mut tx, workspace, out).await?;
        drop(tx);
        let mut tx = self.database.write(Scope::Server).await?;
        let told = audit::append(&mut tx, SERVER, event).await?;
        tx.commit_after(told.into()).await?;
        Ok(summary)
    }
}

/// Writes what the transaction sees of a workspace.
pub(super) async fn write(
    tx: &mut Transaction,
    workspace: WorkspaceId,
    out: impl Write,
) -> Result<Summary, ExportError> {
    let mut writer = Writer::begin(out, workspace)?;
    for table in TABLES {
        let names: Vec<&str> = table.columns.iter().map(|column| column.name).collect();
        writer.table(table.name, &names)?;
        let mut last: Option<Vec<Value>> = None;
        loop {
            let rows = tx.query(select(table, workspace, last.take())).await?;
            for row in &rows {
                let values = match table.source {
                    Source::Rows | Source::People => read(table, row)?,
                    Source::Rooms => states::state(tx, row.get(0)?).await?,
                };
                writer.row(&values)?;
                last = Some(values);
            }
            if last.is_none() {
                break;
            }
        }
    }
    Ok(writer.end()?.1)
}

/// The next rows of a table, behind the one with this key.
fn select(table: &Table, workspace: WorkspaceId, last: Option<Vec<Value>>) -> Statement {
    let Table { key, of, rows_at_once, .. } = *table;
    let name = if table.source == Source::Rooms { "room" } else { table.name };
    let names = |count: usize| table.columns[..count].iter().map(|column| column.name).collect::<Vec<_>>().join(", ");
    let (columns, keys) = match table.source {
        Source::Rooms => ("id".to_owned(), "id".to_owned()),
        Source::Rows | Source::People => (names(table.columns.len()), names(key)),
    };
    let behind = match last {
        Some(_) => format!(" AND ({keys}) > ({})", parameters(2, key)),
        None => String::new(),
    };
    let text = format!("SELECT {columns} FROM {name} WHERE {of}{behind} ORDER BY {keys} LIMIT {rows_at_once}");
    sql(text).bind(workspace).bind_all(last.into_iter().flatten().take(key))
}

fn read(table: &Table, row: &Row) -> Result<Vec<Value>, StoreError> {
    let columns = table.columns.iter().enumerate();
    columns.map(|(index, column)| value(row, index, column.kind)).collect()
}

fn value(row: &Row, index: usize, kind: Kind) -> Result<Value, StoreError> {
    Ok(match kind {
        Kind::Integer => row.get::<Option<i64>>(index)?.into(),
        Kind::Text => row.get::<Option<String>>(index)?.into(),
        Kind::Bytes => row.get::<Option<bytes::Bytes>>(index)?.into(),
        Kind::Time => row.get::<Option<protocol::time::Timestamp>>(index)?.into(),
        _ => row.get::<Option<Uuid>>(index)?.into(),
    })
}
