//! The audit in the database: appended to in the transaction of what it tells of, and never changed.
//!
//! Each workspace has a chain of its own, the server another one for what belongs to no workspace.
//! The hash of an event is the SHA-256 of the hash before it (32 zero bytes at first) and the event
//! as JSON, as its line is exported, without `,"hash":"…"`. What is exported can therefore be verified
//! without us. `audit_log.rs` reads the audit and verifies it.

use bytes::Bytes;
use protocol::{
    audit::{AuditEvent, Audited},
    ids::{PrincipalId, WorkspaceId},
    time::Timestamp,
};
use sha2::{Digest, Sha256};

use super::{
    Tenant,
    database::Transaction,
    error::{Damage, StoreError},
    pages::storable,
    sql::{Statement, sql},
};

/// Something to be told to the audit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewEvent {
    /// When it happened.
    pub at: Timestamp,
    /// Who did it.
    pub actor: Option<PrincipalId>,
    /// What was done.
    pub action: Audited,
    /// What it was done to.
    pub object: String,
    /// More about it; empty when there is nothing to say.
    pub detail: String,
    /// Where the request came from; empty for the command line.
    pub address: String,
}

impl NewEvent {
    /// Something the operator has done, or the server by itself.
    pub fn of_operator(at: Timestamp, action: Audited, object: impl ToString, detail: impl ToString) -> Self {
        let (object, detail) = (object.to_string(), detail.to_string());
        Self { at, actor: None, action, object, detail, address: String::new() }
    }
}

impl Tenant {
    /// Tells the audit of the workspace of something that changes nothing else.
    ///
    /// # Errors
    ///
    /// As [`StoreError`] says.
    pub async fn tell_audit(&self, event: &NewEvent) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        let statements = append(&mut tx, self.workspace(), event).await?;
        tx.commit_after(statements.into()).await.map(drop)
    }
}

/// What stands before the first event of every chain.
pub(super) const START: [u8; 32] = [0; 32];
/// How the line of an event ends that has no hash yet.
const NO_HASH: &str = ",\"hash\":\"\"}";

/// What binds an event to those before it, whatever hash it says it has.
pub(super) fn hash(previous: &[u8], event: AuditEvent) -> Result<[u8; 32], StoreError> {
    let line = serde_json::to_string(&AuditEvent { hash: String::new(), ..event });
    let line = line.map_err(|error| StoreError::Internal(error.into()))?;
    let line = line.strip_suffix(NO_HASH).ok_or_else(|| StoreError::Internal("an event ends with its hash".into()))?;
    Ok(Sha256::new().chain_update(previous).chain_update(line).chain_update("}").finalize().into())
}

/// A hash as it is exported.
pub(super) fn hex(hash: &[u8]) -> String {
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The chain of what belongs to no workspace.
pub(super) const SERVER: WorkspaceId = WorkspaceId::nil();

/// Where a chain ends. Until the transaction ends nobody else adds to it.
pub(super) async fn lock(tx: &mut Transaction, chain: WorkspaceId) -> Result<(u64, Bytes), StoreError> {
    let first = sql("INSERT INTO audit_head (workspace_id, seq, hash) VALUES ($1, 0, $2) ON CONFLICT DO NOTHING");
    tx.execute(first.bind(chain).bind(Bytes::from_static(&START))).await?;
    let end = sql("SELECT seq, hash FROM audit_head WHERE workspace_id = $1 FOR NO KEY UPDATE");
    let end = tx.query_opt(end.bind(chain)).await?.ok_or(Damage::Missing { what: "end of the audit" })?;
    Ok((end.get(0)?, end.get(1)?))
}

/// The statements that add an event to the end of its chain. Until the transaction ends nobody else
/// adds to it: call this last, when every other lock is held.
pub(super) async fn append(
    tx: &mut Transaction,
    chain: WorkspaceId,
    event: &NewEvent,
) -> Result<[Statement; 2], StoreError> {
    let (end, previous) = lock(tx, chain).await?;
    let seq = end + 1;
    let event = AuditEvent {
        seq,
        at: event.at,
        actor_id: event.actor,
        action: event.action,
        object: storable(&event.object),
        detail: storable(&event.detail),
        address: storable(&event.address),
        hash: String::new(),
    };
    let hash = Bytes::copy_from_slice(&hash(&previous, event.clone())?);
    let head = sql("UPDATE audit_head SET seq = $2, hash = $3 WHERE workspace_id = $1");
    let insert =
        sql("INSERT INTO audit_event (workspace_id, seq, at, actor_id, action, object, detail, address, hash) \
                      VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)");
    Ok([
        head.bind(chain).bind(seq).bind(hash.clone()),
        insert
            .bind(chain)
            .bind(seq)
            .bind(event.at)
            .bind(event.actor_id)
            .bind(event.action.name())
            .bind(event.object)
            .bind(event.detail)
            .bind(event.address)
            .bind(hash),
    ])
}
