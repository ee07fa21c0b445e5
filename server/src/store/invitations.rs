//! Invitations in the database.

use protocol::{
    access::Role,
    accounts::EmailAddress,
    audit::Audited,
    ids::{InvitationId, PrincipalId, WorkspaceId},
};

use super::{
    audit::{self, NewEvent},
    database::Transaction,
    error::StoreError,
    sql::{Statement, sql},
    standing::role,
    workspaces,
};

/// Somebody joins a workspace, once the statements are committed.
pub(super) struct Joined {
    pub(super) workspace: WorkspaceId,
    pub(super) role: Role,
    pub(super) statements: Vec<Statement>,
}

/// Lets an account into the workspace of an invitation. `None` if the invitation is not good for it.
/// Who is a member already keeps the higher role.
pub(super) async fn accept(
    tx: &mut Transaction,
    invitation: InvitationId,
    account: PrincipalId,
    email: &EmailAddress,
    event: &NewEvent,
) -> Result<Option<Joined>, StoreError> {
    let one = sql("SELECT invitation.workspace_id, invitation.role, invitation.email FROM invitation \
                   JOIN workspace ON workspace.id = invitation.workspace_id AND workspace.deleted_at IS NULL \
                   WHERE invitation.id = $1 AND invitation.expires_at > $2");
    let Some(row) = tx.query_opt(one.bind(invitation).bind(event.at)).await? else { return Ok(None) };
    let (workspace, invited): (WorkspaceId, Option<String>) = (row.get(0)?, row.get(2)?);
    let offered = role(&row.get::<String>(1)?)?;
    if invited.as_deref().is_some_and(|invited| invited != email.as_str()) {
        return Ok(None);
    }
    let mut statements = Vec::new();
    if invited.is_some() {
        statements.push(sql("DELETE FROM invitation WHERE id = $1").bind(invitation));
    }
    let present = sql("SELECT role FROM member WHERE workspace_id = $1 AND principal_id = $2 FOR NO KEY UPDATE");
    let present = tx.query_opt(present.bind(workspace).bind(account)).await?;
    let present = present.map(|row| role(&row.get::<String>(0)?)).transpose()?;
    if let Some(present) = present.filter(|present| *present >= offered) {
        return Ok(Some(Joined { workspace, role: present, statements }));
    }
    let action = if present.is_some() { Audited::MemberChanged } else { Audited::MemberJoined };
    let detail = offered.name().to_owned();
    let event = NewEvent { action, object: account.to_string(), detail, actor: Some(account), ..event.clone() };
    statements.push(workspaces::add_member(workspace, account, offered, event.at));
    statements.extend(audit::append(tx, workspace, &event).await?);
    Ok(Some(Joined { workspace, role: offered, statements }))
}
