//! The ends of the audits, for whoever follows them.

use std::collections::HashMap;

use protocol::{
    audit::{AuditEvent, Audited},
    ids::WorkspaceId,
};

use super::{
    Store,
    audit::SERVER,
    audit_log::{EVENT, event},
    database::Scope,
    error::StoreError,
    sql::{parameters, sql},
};

/// Chains asked for with one statement.
const CHAINS: usize = 512;

impl Store {
    /// At which position the audits of these workspaces end, and at `None` the server's own; 0 for one
    /// that is empty.
    ///
    /// # Errors
    ///
    /// As [`StoreError`] says.
    pub async fn audit_ends(
        &self,
        workspaces: impl IntoIterator<Item = WorkspaceId>,
    ) -> Result<HashMap<Option<WorkspaceId>, u64>, StoreError> {
        let mut chains = vec![SERVER];
        chains.extend(workspaces);
        let mut ends: HashMap<_, u64> = chains.iter().map(|chain| (named(*chain), 0)).collect();
        for piece in chains.chunks(CHAINS) {
            // A power of two, so that a connection prepares few statements whatever is asked for.
            let count = piece.len().next_power_of_two();
            let heads = parameters(1, count);
            let heads = sql(format!("SELECT workspace_id, seq FROM audit_head WHERE workspace_id IN ({heads})"));
            let padding = std::iter::repeat_n(SERVER, count - piece.len());
            let heads = heads.bind_all(piece.iter().copied().chain(padding));
            for row in self.database.query(Scope::Server, heads).await? {
                ends.insert(named(row.get(0)?), row.get(1)?);
            }
        }
        Ok(ends)
    }

    /// The events of these actions behind the position `after` up to `until`, in the audit of a workspace
    /// or, at `None`, in the server's own; oldest first.
    ///
    /// # Errors
    ///
    /// As [`StoreError`] says.
    pub async fn audit_between(
        &self,
        chain: Option<WorkspaceId>,
        after: u64,
        until: u64,
        actions: &[Audited],
    ) -> Result<Vec<AuditEvent>, StoreError> {
        let names = parameters(4, actions.len());
        let events = sql(format!(
            "SELECT {EVENT} FROM audit_event WHERE workspace_id = $1 AND seq > $2 AND seq <= $3 \
             AND action IN ({names}) ORDER BY seq"
        ));
        let events = events.bind(chain.unwrap_or(SERVER)).bind(after).bind(until);
        let events = events.bind_all(actions.iter().map(|action| action.name()));
        self.database.query(Scope::Server, events).await?.iter().map(event).collect()
    }
}

fn named(chain: WorkspaceId) -> Option<WorkspaceId> {
    Some(chain).filter(|chain| *chain != SERVER)
}
