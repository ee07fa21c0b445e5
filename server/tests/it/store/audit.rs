//! The audit in the database: nobody changes it, and whoever does it behind its back is found.

use protocol::{
    audit::Audited,
    ids::{PrincipalId, WorkspaceId},
};
use server::store::{AuditFault, Engine, NewEvent, Store};

use super::{event, new_workspace};
use crate::engines::{TestDatabase, on_both};

/// An audit with this many events beside that of the server.
async fn audit_of(store: &Store, events: u64) {
    let tenant = new_workspace(store, PrincipalId::nil()).await;
    for _ in 1..events {
        tenant.tell_audit(&event()).await.unwrap();
    }
}

/// The events that are good, and what is wrong behind them, of the only workspace.
async fn verified(store: &Store) -> (u64, Option<AuditFault>) {
    let reports = store.verify_audit().await.unwrap();
    let report = reports.iter().find(|report| report.workspace.is_some()).unwrap();
    (report.good, report.fault)
}

/// Takes away what keeps the database from changing events.
async fn unprotect(database: &TestDatabase) {
    match database.engine() {
        Engine::Sqlite(_) => {
            database.query("DROP TRIGGER audit_event_is_never_updated").await;
            database.query("DROP TRIGGER audit_event_is_never_deleted").await;
        }
        Engine::Postgres(_) => {
            database.query("DROP TRIGGER audit_event_is_never_changed ON audit_event").await;
        }
    }
}

on_both! {
    async fn where_many_audits_end_and_what_is_new_there_can_be_asked(database) {
        let store = database.store().await;
        let tenant = new_workspace(&store, PrincipalId::nil()).await;
        tenant.tell_audit(&NewEvent { action: Audited::MemberChanged, ..event() }).await.unwrap();
        tenant.tell_audit(&event()).await.unwrap();
        let workspace = tenant.workspace();
        let empty: Vec<WorkspaceId> = (0..1_100).map(|_| WorkspaceId::new()).collect();

        let ends = store.audit_ends(empty.iter().copied().chain([workspace])).await.unwrap();
        assert_eq!((ends.len(), ends[&None], ends[&Some(empty[0])], ends[&Some(workspace)]), (1_102, 0, 0, 3));

        let actions = [Audited::MemberChanged, Audited::MemberRemoved];
        let between = async |after, until| {
            let events = store.audit_between(Some(workspace), after, until, &actions).await.unwrap();
            events.iter().map(|event| event.seq).collect::<Vec<_>>()
        };
        assert_eq!(between(0, 3).await, [2]);
        assert!(between(2, 3).await.is_empty());
        assert!(between(0, 1).await.is_empty());
    }

    async fn an_audit_nobody_has_changed_is_verified(database) {
        let store = database.store().await;
        // More than are read at once.
        audit_of(&store, 1001).await;

        assert_eq!(verified(&store).await, (1001, None));
    }

    async fn the_database_changes_no_event(database) {
        let store = database.store().await;
        audit_of(&store, 2).await;

        for forbidden in ["UPDATE audit_event SET object = 'x'", "DELETE FROM audit_event"] {
            let refused = database.try_query(forbidden).await.unwrap_err();
            assert!(refused.contains("the audit is appended to, never changed"), "{refused}");
        }
        assert_eq!(verified(&store).await, (2, None));
    }

    async fn an_event_is_not_written_over(database) {
        let store = database.store().await;
        audit_of(&store, 2).await;
        let row = |key: &str, seq: u32, rowid: &str| {
            format!("({key}workspace_id, seq, at, actor_id, action, object, detail, address, hash) \
                     SELECT {rowid}workspace_id, {seq}, at, actor_id, action, 'x', detail, address, hash \
                     FROM audit_event WHERE seq = 2")
        };

        let overwriting = match database.engine() {
            Engine::Sqlite(_) => vec![
                format!("INSERT OR REPLACE INTO audit_event {}", row("", 2, "")),
                format!("REPLACE INTO audit_event {}", row("rowid, ", 9, "rowid, ")),
            ],
            Engine::Postgres(_) => vec![format!(
                "INSERT INTO audit_event {} ON CONFLICT (workspace_id, seq) DO UPDATE SET object = 'x'", row("", 2, "")
            )],
        };

        for forbidden in overwriting {
            let refused = database.try_query(&forbidden).await.unwrap_err();
            assert!(refused.contains("the audit is appended to, never changed"), "{refused}");
        }
        assert_eq!(verified(&store).await, (2, None));
    }

    async fn an_event_that_was_changed_is_found(database) {
        let store = database.store().await;
        audit_of(&store, 5).await;
        unprotect(database).await;

        database.query("UPDATE audit_event SET object = 'x' WHERE seq = 3").await;

        assert_eq!(verified(&store).await, (2, Some(AuditFault::Changed(3))));
        database.query("UPDATE audit_event SET action = 'x' WHERE seq = 2").await;
        assert_eq!(verified(&store).await, (1, Some(AuditFault::Changed(2))));
    }

    async fn an_event_that_was_removed_is_found(database) {
        let store = database.store().await;
        audit_of(&store, 5).await;
        unprotect(database).await;

        database.query("DELETE FROM audit_event WHERE seq = 5").await;
        assert_eq!(verified(&store).await, (4, Some(AuditFault::End { found: 4, written: 5 })));
        database.query("DELETE FROM audit_event WHERE seq = 2").await;
        assert_eq!(verified(&store).await, (1, Some(AuditFault::Missing(2))));
        database.query("DELETE FROM audit_event").await;
        assert_eq!(verified(&store).await, (0, Some(AuditFault::End { found: 0, written: 5 })));
    }
}
