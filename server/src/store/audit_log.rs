//! The audit of a workspace, read: as a list, as a whole, and to see whether it is as it was written.

use bytes::Bytes;
use protocol::{
    audit::{AuditEvent, Audited},
    ids::WorkspaceId,
};

use super::{
    Store, Tenant,
    audit::{self, SERVER, START},
    database::{Database, Scope, Transaction},
    error::{Damage, StoreError},
    slice::{Slice, rows_for},
    sql::{Row, sql},
};

/// What [`event`] reads.
pub(super) const EVENT: &str = "seq, at, actor_id, action, object, detail, address, hash";
/// Events read at once: a few hundred kilobytes.
const PART: i64 = 1000;

/// What became of one chain of events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChainReport {
    /// Whose audit it is; `None` for the server's own.
    pub workspace: Option<WorkspaceId>,
    /// Events that are as they were written, from the first on.
    pub good: u64,
    /// What is wrong behind them.
    pub fault: Option<AuditFault>,
}

/// What is wrong with an audit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AuditFault {
    /// The event with this position is not there, but one behind it.
    #[error("event {0} is missing")]
    Missing(u64),
    /// The event with this position is not what was written.
    #[error("event {0} was changed")]
    Changed(u64),
    /// Events are missing behind the last one, or there are too many.
    #[error("it ends at event {found}, but ended at {written}")]
    End {
        /// Where it ends.
        found: u64,
        /// Where it ended when it was written last.
        written: u64,
    },
}

impl Tenant {
    /// The events before the position `before`, the newest first, `limit` at most.
    ///
    /// # Errors
    ///
    /// As [`StoreError`] says.
    pub async fn audit(&self, limit: u32, before: Option<u64>) -> Result<Slice<AuditEvent, u64>, StoreError> {
        let list = sql(format!(
            "SELECT {EVENT} FROM audit_event WHERE workspace_id = $1 AND seq < $2 ORDER BY seq DESC LIMIT $3"
        ));
        let before = before.and_then(|before| before.try_into().ok()).unwrap_or(i64::MAX);
        let rows = self.read().await?.query(list.bind(self.workspace()).bind(before).bind(rows_for(limit))).await?;
        let events = rows.iter().map(event).collect::<Result<_, _>>()?;
        Ok(Slice::cut(events, limit, |event: &AuditEvent| event.seq))
    }

    /// The next events behind the position `after`, oldest first; none behind the last.
    ///
    /// # Errors
    ///
    /// As [`StoreError`] says.
    pub async fn audit_after(&self, after: u64) -> Result<Vec<AuditEvent>, StoreError> {
        part(&mut self.read().await?, self.workspace(), after).await?.iter().map(event).collect()
    }
}

impl Store {
    /// Looks at every event of every chain.
    ///
    /// # Errors
    ///
    /// As [`StoreError`] says. What is wrong with a chain is in its report.
    pub async fn verify_audit(&self) -> Result<Vec<ChainReport>, StoreError> {
        verify_all(&self.database).await
    }
}

/// Looks at every event of every chain.
pub(super) async fn verify_all(database: &Database) -> Result<Vec<ChainReport>, StoreError> {
    let chains = sql("SELECT workspace_id FROM audit_head UNION SELECT workspace_id FROM audit_event \
                      ORDER BY workspace_id");
    let chains = database.query(Scope::Server, chains).await?;
    let mut reports = Vec::new();
    for row in chains {
        let chain: WorkspaceId = row.get(0)?;
        let (good, fault) = verify(&mut database.read(Scope::Server).await?, chain).await?;
        reports.push(ChainReport { workspace: Some(chain).filter(|chain| *chain != SERVER), good, fault });
    }
    Ok(reports)
}

/// How many events of a chain are as they were written, and what is wrong behind them.
async fn verify(tx: &mut Transaction, chain: WorkspaceId) -> Result<(u64, Option<AuditFault>), StoreError> {
    let (mut good, mut hash) = (0, Bytes::from_static(&START));
    loop {
        let rows = part(tx, chain, good).await?;
        for row in &rows {
            let (expected, found, stored): (u64, u64, Bytes) = (good + 1, row.get(0)?, row.get(7)?);
            if found != expected {
                return Ok((good, Some(AuditFault::Missing(expected))));
            }
            // What cannot be read was never written.
            let computed = event(row).and_then(|event| audit::hash(&hash, event)).ok();
            if computed.is_none_or(|computed| stored != computed.as_slice()) {
                return Ok((good, Some(AuditFault::Changed(expected))));
            }
            (good, hash) = (found, stored);
        }
        if rows.is_empty() {
            break;
        }
    }
    let head = tx.query_opt(sql("SELECT seq, hash FROM audit_head WHERE workspace_id = $1").bind(chain)).await?;
    let (written, last) = head.map_or(Ok((0, Bytes::new())), |row| Ok::<_, StoreError>((row.get(0)?, row.get(1)?)))?;
    if written != good {
        return Ok((good, Some(AuditFault::End { found: good, written })));
    }
    // Somebody has written the chain anew, but not its end.
    Ok((good, (last != hash).then_some(AuditFault::Changed(good))))
}

async fn part(tx: &mut Transaction, chain: WorkspaceId, after: u64) -> Result<Vec<Row>, StoreError> {
    let list =
        sql(format!("SELECT {EVENT} FROM audit_event WHERE workspace_id = $1 AND seq > $2 ORDER BY seq LIMIT $3"));
    tx.query(list.bind(chain).bind(after).bind(PART)).await
}

/// A row of [`EVENT`].
pub(super) fn event(row: &Row) -> Result<AuditEvent, StoreError> {
    let (action, hash): (String, Bytes) = (row.get(3)?, row.get(7)?);
    let action = Audited::ALL.iter().find(|known| known.name() == action);
    Ok(AuditEvent {
        seq: row.get(0)?,
        at: row.get(1)?,
        actor_id: row.get(2)?,
        action: *action.ok_or(Damage::Unknown { what: "action in the audit" })?,
        object: row.get(4)?,
        detail: row.get(5)?,
        address: row.get(6)?,
        hash: audit::hex(&hash),
    })
}
