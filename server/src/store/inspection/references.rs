//! What refers to what: rows that belong to nothing, or to something of another workspace.

use protocol::{
    doctor::{Finding, FindingKind},
    ids::WorkspaceId,
};
use uuid::Uuid;

use crate::store::{
    database::{Database, Scope},
    error::StoreError,
    sql::sql,
};

/// Rows told of each kind at most.
const MOST: usize = 100;

/// Each with a statement that answers with a workspace, the row, and what row it is.
const CHECKS: &[(FindingKind, &str, &str)] = &[
    (
        FindingKind::RoomWithoutPage,
        "room",
        "SELECT room.workspace_id, room.id FROM room WHERE room.kind = 'page' \
         AND NOT EXISTS (SELECT 1 FROM page WHERE page.id = room.id)",
    ),
    (
        FindingKind::PageUnreachable,
        "page",
        "WITH RECURSIVE reached (id) AS (SELECT page.id FROM page WHERE page.parent_id IS NULL \
         UNION SELECT page.id FROM page JOIN reached ON page.parent_id = reached.id) \
         SELECT page.workspace_id, page.id FROM page WHERE NOT EXISTS \
         (SELECT 1 FROM reached WHERE reached.id = page.id)",
    ),
    (
        FindingKind::CrossesWorkspaces,
        "page",
        "SELECT page.workspace_id, page.id FROM page JOIN room ON room.id = page.id \
         LEFT JOIN page AS parent ON parent.id = page.parent_id WHERE room.workspace_id <> page.workspace_id \
         OR parent.workspace_id <> page.workspace_id",
    ),
    (
        FindingKind::CrossesWorkspaces,
        "share link",
        "SELECT share_link.workspace_id, share_link.id FROM share_link JOIN page ON page.id = share_link.page_id \
         WHERE page.workspace_id <> share_link.workspace_id",
    ),
    (
        FindingKind::CrossesWorkspaces,
        "grant on page",
        "SELECT page_grant.workspace_id, page_grant.page_id FROM page_grant JOIN page ON page.id = page_grant.page_id \
         WHERE page.workspace_id <> page_grant.workspace_id",
    ),
    (
        FindingKind::MemberUnknown,
        "principal",
        "SELECT member.workspace_id, member.principal_id FROM member WHERE NOT EXISTS \
         (SELECT 1 FROM account WHERE account.id = member.principal_id) AND NOT EXISTS \
         (SELECT 1 FROM api_key WHERE api_key.principal_id = member.principal_id)",
    ),
    (
        FindingKind::GrantToStranger,
        "principal",
        "SELECT page_grant.workspace_id, page_grant.principal_id FROM page_grant WHERE NOT EXISTS \
         (SELECT 1 FROM member WHERE member.workspace_id = page_grant.workspace_id \
         AND member.principal_id = page_grant.principal_id)",
    ),
    (
        FindingKind::WorkspaceWithoutOwner,
        "workspace",
        "SELECT workspace.id, workspace.id FROM workspace WHERE workspace.deleted_at IS NULL AND NOT EXISTS \
         (SELECT 1 FROM member WHERE member.workspace_id = workspace.id AND member.role = 'owner')",
    ),
];

pub(super) async fn findings(database: &Database, workspace: Option<WorkspaceId>) -> Result<Vec<Finding>, StoreError> {
    let mut findings = Vec::new();
    for line in database.damage().await? {
        findings.push(of_database(line));
    }
    for (kind, what, check) in CHECKS {
        let rows = database.query(Scope::Server, sql(*check)).await?;
        let mut of_kind = Vec::new();
        for row in rows {
            let (of, id): (WorkspaceId, Uuid) = (row.get(0)?, row.get(1)?);
            if workspace.is_none_or(|workspace| workspace == of) {
                of_kind.push(Finding {
                    kind: *kind,
                    workspace_id: Some(of),
                    room_id: None,
                    seqs: None,
                    detail: format!("{what} {id}"),
                });
            }
        }
        of_kind.truncate(MOST);
        findings.extend(of_kind);
    }
    Ok(findings)
}

fn of_database(line: String) -> Finding {
    let kind = if line.starts_with("row ") { FindingKind::ReferenceBroken } else { FindingKind::DatabaseDamaged };
    Finding { kind, workspace_id: None, room_id: None, seqs: None, detail: line }
}
