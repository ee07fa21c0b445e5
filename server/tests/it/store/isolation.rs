//! The second wall between workspaces, on Postgres: what a statement without its WHERE sees and writes.

use std::sync::Arc;

use actors::clock::SystemClock;
use protocol::{
    access::{Access, Role, Scope},
    ids::{ApiKeyId, InvitationId, PrincipalId, ShareLinkId, WorkspaceId},
    sharing::Level,
    workspaces::MAX_INVITATION_S,
};
use server::{
    digest::Digest,
    store::{ApiKey, Engine, Invitation, ShareLink, Store},
};
use tokio_postgres::{Client, NoTls, error::SqlState};

use super::{AT, event, new_page, new_workspace};
use crate::engines::TestDatabase;

/// Every table whose rows belong to a workspace, with what says to which.
const TABLES: [(&str, &str); 17] = [
    ("workspace", "id"),
    ("room", "workspace_id"),
    ("room_log", OF_ROOM),
    ("room_snapshot", OF_ROOM),
    ("room_history", OF_ROOM),
    ("room_keyframe", OF_ROOM),
    ("room_version", OF_ROOM),
    ("room_attribution", OF_ROOM),
    ("room_set_aside", OF_ROOM),
    ("page", "workspace_id"),
    ("member", "workspace_id"),
    ("invitation", "workspace_id"),
    ("page_grant", "workspace_id"),
    ("share_link", "workspace_id"),
    ("api_key", "workspace_id"),
    ("audit_head", "workspace_id"),
    ("audit_event", "workspace_id"),
];
const OF_ROOM: &str = "(SELECT workspace_id FROM room WHERE room.id = room_id)";
/// A role without privileges that owns the tables, as an operator's may be.
const OWNER: &str = "gala_test_owner";

/// A role that passes row security by and is no superuser, as those of hosted databases may be.
const BYPASSING: &str = "gala_test_bypassing";

/// A workspace with at least one row in every table.
async fn furnish(store: &Store, client: &Client) -> WorkspaceId {
    let owner = PrincipalId::new();
    let tenant = new_workspace(store, owner).await;
    let page = new_page(None, "page");
    tenant.create_page(page.clone(), &event()).await.unwrap();
    let expires_at = AT.plus_seconds(MAX_INVITATION_S.into());
    let id = InvitationId::new();
    let invitation = Invitation { id, role: Role::Viewer, email: None, created_at: AT, expires_at };
    tenant.create_invitation(&invitation, owner, &event()).await.unwrap();
    tenant.put_grant(page.id, owner, Level::Read, &event()).await.unwrap();
    let link = ShareLink { id: ShareLinkId::new(), access: Access::Read, created_at: AT, expires_at: None };
    tenant.create_share_link(page.id, &link, owner, &event()).await.unwrap();
    let key = ApiKey {
        id: ApiKeyId::new(),
        name: "Bot".to_owned(),
        prefix: "gala_".to_owned(),
        scopes: vec![Scope::Read],
        role: None,
        created_at: AT,
        expires_at: None,
        last_used_at: None,
    };
    let hash = Digest::of(&key.id.to_string());
    tenant.create_service_key(&key, Role::Viewer, hash, &event()).await.unwrap();
    let id = page.id;
    let archived = format!(
        "INSERT INTO room_snapshot VALUES ('{id}', 1, 1, 'yjs-v1', now(), 0, ''); \
         INSERT INTO room_history VALUES ('{id}', 1, 1, 0, ''); \
         INSERT INTO room_keyframe VALUES ('{id}', 1, now(), 0, ''); \
         INSERT INTO room_version VALUES ('{id}', 1, now(), 'named', 'a', '{id}'); \
         INSERT INTO room_attribution VALUES ('{id}', 1, 0, ''); \
         INSERT INTO room_set_aside VALUES ('{id}', 1, 1, '', now())"
    );
    client.batch_execute(&archived).await.unwrap();
    tenant.workspace()
}

/// Begins a transaction as the store does.
async fn begin(client: &Client, role: &str, scope: &str) {
    client.batch_execute(&format!("BEGIN; {scope}; SET LOCAL ROLE {role}")).await.unwrap();
}

/// The workspaces whose rows a statement without any WHERE sees.
async fn seen(client: &Client, table: &str, whose: &str) -> Vec<WorkspaceId> {
    let rows = client.query(&format!("SELECT DISTINCT {whose} FROM {table}"), &[]).await.unwrap();
    rows.iter().map(|row| row.get::<_, uuid::Uuid>(0).into()).collect()
}

async fn with_two_workspaces(test: impl AsyncFnOnce(&Client, WorkspaceId, WorkspaceId)) {
    let Some(database) = TestDatabase::postgres().await else { return };
    let test = async |database: &TestDatabase| {
        let Engine::Postgres(url) = database.engine() else { unreachable!("it is Postgres") };
        let store = database.store().await;
        let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
        let driver = tokio::spawn(connection);
        let (own, other) = (furnish(&store, &client).await, furnish(&store, &client).await);
        test(&client, own, other).await;
        drop(client);
        driver.await.unwrap().unwrap();
    };
    database.run(test).await;
}

/// Makes a role without privileges owner of the tables.
async fn give_away(client: &Client) {
    // Roles belong to all databases of a server: another test may have made it, or be making it now.
    let role = format!(
        "DO $$ BEGIN CREATE ROLE {OWNER}; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$"
    );
    client.batch_execute(&role).await.unwrap();
    for (table, _) in TABLES {
        client.batch_execute(&format!("ALTER TABLE {table} OWNER TO {OWNER}")).await.unwrap();
    }
}

#[tokio::test]
async fn a_statement_without_its_where_sees_one_workspace() {
    with_two_workspaces(async |client, own, other| {
        give_away(client).await;
        for role in ["gala_tenant", OWNER] {
            begin(client, role, &format!("SET LOCAL gala.workspace = '{own}'")).await;
            for (table, whose) in TABLES {
                assert_eq!(seen(client, table, whose).await, [own], "{role} {table}");
            }
            client.batch_execute("ROLLBACK").await.unwrap();
        }
        begin(client, OWNER, "SET LOCAL gala.scope = 'server'").await;
        for (table, whose) in TABLES {
            let all = seen(client, table, whose).await;
            assert!(all.contains(&own) && all.contains(&other), "{table}");
        }
        client.batch_execute("ROLLBACK").await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_transaction_that_does_not_say_whose_rows_it_wants_sees_none() {
    with_two_workspaces(async |client, _, _| {
        give_away(client).await;
        for role in ["gala_tenant", OWNER] {
            begin(client, role, "SELECT 1").await;
            for (table, whose) in TABLES {
                assert_eq!(seen(client, table, whose).await, [], "{role} {table}");
            }
            client.batch_execute("ROLLBACK").await.unwrap();
        }
    })
    .await;
}

#[tokio::test]
async fn nothing_is_written_into_another_workspace() {
    with_two_workspaces(async |client, own, other| {
        give_away(client).await;
        for role in ["gala_tenant", OWNER] {
            for (table, _) in TABLES.iter().filter(|(_, whose)| *whose == "workspace_id") {
                begin(client, role, &format!("SET LOCAL gala.workspace = '{own}'")).await;
                // Every row there is, given to the other workspace.
                let stolen = match *table {
                    "audit_event" => format!(
                        "INSERT INTO audit_event SELECT '{other}', seq + 100, at, actor_id, action, object, detail, \
                         address, hash FROM audit_event"
                    ),
                    _ => format!("UPDATE {table} SET workspace_id = '{other}'"),
                };
                let refused = client.batch_execute(&stolen).await.unwrap_err();
                assert_eq!(refused.code(), Some(&SqlState::INSUFFICIENT_PRIVILEGE), "{role} {table}: {refused:?}");
                client.batch_execute("ROLLBACK").await.unwrap();
            }
            begin(client, role, &format!("SET LOCAL gala.workspace = '{own}'")).await;
            assert_eq!(client.execute("UPDATE workspace SET name = 'mine'", &[]).await.unwrap(), 1, "{role}");
            assert_eq!(client.execute("DELETE FROM share_link", &[]).await.unwrap(), 1, "{role}");
            client.batch_execute("ROLLBACK").await.unwrap();
        }
    })
    .await;
}

#[tokio::test]
async fn whoever_passes_row_security_by_without_being_a_superuser_becomes_a_tenant() {
    let Some(database) = TestDatabase::postgres().await else { return };
    let test = async |database: &TestDatabase| {
        let Engine::Postgres(url) = database.engine() else { unreachable!("it is Postgres") };
        // As if it had made gala_tenant, which another test may have done before.
        let roles = [("gala_tenant", "NOLOGIN"), (BYPASSING, "LOGIN CREATEROLE BYPASSRLS PASSWORD 'gala'")];
        for (role, options) in roles {
            let create = format!(
                "DO $$ BEGIN CREATE ROLE {role} {options}; \
                 EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$"
            );
            database.query(&create).await;
        }
        let made = format!(
            "DO $$ BEGIN IF CAST(current_setting('server_version_num') AS INT) >= 160000 THEN \
             EXECUTE 'GRANT gala_tenant TO {BYPASSING} WITH ADMIN TRUE, SET FALSE, INHERIT FALSE'; END IF; END $$"
        );
        database.query(&made).await;
        database.query(&format!("GRANT ALL ON SCHEMA public TO {BYPASSING} WITH GRANT OPTION")).await;
        let (_superuser, place) = url.rsplit_once('@').unwrap();
        let engine = Engine::Postgres(format!("postgres://{BYPASSING}:gala@{place}"));

        let store = Store::open(&engine, Arc::new(SystemClock)).await.unwrap();

        let tenant = new_workspace(&store, PrincipalId::new()).await;
        tenant.create_page(new_page(None, "page"), &event()).await.unwrap();
    };
    database.run(test).await;
}

#[tokio::test]
async fn every_table_with_a_workspace_has_the_wall() {
    with_two_workspaces(async |client, _, _| {
        // What only the server reads, whoever asks: keys of the vault, wrapped.
        let server_only = ["vault_key", "vault_secret"];
        let rows = client
            .query(
                "SELECT DISTINCT CAST(relname AS TEXT), relrowsecurity AND relforcerowsecurity FROM pg_class \
                 JOIN pg_attribute ON attrelid = pg_class.oid AND attname IN ('workspace_id', 'room_id') \
                 WHERE relkind = 'r' AND relnamespace = CAST('public' AS regnamespace)",
                &[],
            )
            .await
            .unwrap();

        for row in rows {
            let (table, is_walled): (String, bool) = (row.get(0), row.get(1));
            assert!(is_walled || server_only.contains(&table.as_str()), "{table}");
            assert_eq!(TABLES.iter().any(|(name, _)| *name == table), is_walled, "{table}");
        }
    })
    .await;
}
