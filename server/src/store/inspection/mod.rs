//! A look at an installation, beside a running server or without one: nothing is written, nothing
//! migrated. One room at a time is in memory.
//!
//! `room.rs` looks at what is stored of a room, `references.rs` at what refers to what.

use actors::room::LeftOut;
use protocol::{
    doctor::{Finding, FindingKind, Report, RoomSize},
    ids::{RoomId, WorkspaceId},
};

use super::{
    Engine,
    audit_log::{self, ChainReport},
    database::{Database, Scope},
    error::{OpenError, StoreError},
    migrate,
    postgres::Postgres,
    sql::{Row, Statement, sql},
    sqlite::Sqlite,
};

mod references;
mod room;

/// Connections a look takes.
const CONNECTIONS: usize = 2;
/// Rooms listed at once.
const ROOMS_AT_ONCE: i64 = 500;
/// Rooms whose sizes are told.
const LARGEST: usize = 20;

/// A database that is only read.
#[derive(Clone)]
pub struct Inspection {
    database: Database,
    /// What is looked at; all of it if it is `None`.
    workspace: Option<WorkspaceId>,
}

/// A room to be looked at.
struct RoomRow {
    id: RoomId,
    workspace: WorkspaceId,
    title: String,
}

impl Inspection {
    /// Opens a database that is there.
    ///
    /// # Errors
    ///
    /// [`OpenError`]; a schema that is older or newer than this program's is not looked at.
    pub async fn open(engine: &Engine, workspace: Option<WorkspaceId>) -> Result<Self, OpenError> {
        let database = match engine {
            Engine::Sqlite(path) => Database::Sqlite(Sqlite::open_to_read(path)?),
            Engine::Postgres(url) => Database::Postgres(Postgres::new(url, CONNECTIONS)?),
        };
        migrate::check(&database).await?;
        Ok(Self { database, workspace })
    }

    /// Looks at everything.
    ///
    /// # Errors
    ///
    /// As [`StoreError`] says, when it cannot be looked at. What is wrong is in the report.
    pub async fn report(&self) -> Result<Report, StoreError> {
        let mut report = Report { schema_version: migrate::known(), ..Report::default() };
        report.findings.extend(references::findings(&self.database, self.workspace).await?);
        let mut after = RoomId::nil();
        loop {
            let rooms = self.rooms_after(after).await?;
            let Some(last) = rooms.last() else { break };
            after = last.id;
            for room in rooms {
                let size = room::look(&self.database, &room, &mut report).await?;
                keep_largest(&mut report.largest, size);
            }
        }
        self.look_at_audits(&mut report).await?;
        Ok(report)
    }

    /// What is left out of a room and has not become part of it by other updates; `None` if there is no
    /// such room.
    ///
    /// # Errors
    ///
    /// As [`StoreError`] says.
    pub async fn left_out(&self, room: RoomId) -> Result<Option<Vec<LeftOut>>, StoreError> {
        room::left_out(&mut self.database.read(Scope::Server).await?, room).await
    }

    async fn rooms_after(&self, after: RoomId) -> Result<Vec<RoomRow>, StoreError> {
        let list = self.of_workspace("SELECT id, workspace_id, title FROM room WHERE id > $1", " ORDER BY id LIMIT $2");
        let rows =
            self.database.query(Scope::Server, self.with_workspace(list.bind(after).bind(ROOMS_AT_ONCE))).await?;
        let room = |row: &Row| Ok(RoomRow { id: row.get(0)?, workspace: row.get(1)?, title: row.get(2)? });
        rows.iter().map(room).collect()
    }

    fn of_workspace(&self, select: &str, rest: &str) -> Statement {
        let of = if self.workspace.is_some() { " AND workspace_id = $3" } else { "" };
        sql(format!("{select}{of}{rest}"))
    }

    fn with_workspace(&self, statement: Statement) -> Statement {
        match self.workspace {
            Some(workspace) => statement.bind(workspace),
            None => statement,
        }
    }

    async fn look_at_audits(&self, report: &mut Report) -> Result<(), StoreError> {
        for ChainReport { workspace, good, fault } in audit_log::verify_all(&self.database).await? {
            if self.workspace.is_some() && self.workspace != workspace {
                continue;
            }
            report.audit_events += good;
            report.findings.extend(fault.map(|fault| Finding {
                kind: FindingKind::AuditChanged,
                workspace_id: workspace,
                room_id: None,
                seqs: None,
                detail: fault.to_string(),
            }));
        }
        Ok(())
    }
}

fn keep_largest(largest: &mut Vec<RoomSize>, size: RoomSize) {
    let place = largest.partition_point(|other| other.bytes() >= size.bytes());
    largest.insert(place, size);
    largest.truncate(LARGEST);
}
