//! Invitations in the database.

use protocol::{
    access::Role,
    accounts::EmailAddress,
    audit::Audited,
    ids::{InvitationId, PrincipalId, WorkspaceId},
    time::Timestamp,
    workspaces::MAX_INVITATIONS,
};

use super::{
    Store, Tenant,
    accounts::email,
    audit::{self, NewEvent},
    database::{Scope, Transaction},
    error::StoreError,
    pages::lock_tree,
    slice::{Slice, rows_for},
    sql::{Row, Statement, sql},
    standing::role,
    workspaces,
};

/// An invitation, as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invitation {
    /// Its id.
    pub id: InvitationId,
    /// What whoever accepts it becomes.
    pub role: Role,
    /// Who is invited; `None` for whoever has the link.
    pub email: Option<EmailAddress>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it stops being good.
    pub expires_at: Timestamp,
}

/// An invitation with what those want to know who are invited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// The invitation.
    pub invitation: Invitation,
    /// The workspace.
    pub workspace: WorkspaceId,
    /// Its name.
    pub workspace_name: String,
    /// The name of who invites; `None` for a service, whose key may have gone.
    pub invited_by: Option<String>,
}

/// Why an invitation was not made.
#[derive(Debug, thiserror::Error)]
pub enum CreateInvitationError {
    /// The workspace has [`MAX_INVITATIONS`] already.
    #[error("a workspace has at most {MAX_INVITATIONS} open invitations")]
    TooMany,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Somebody joins a workspace, once the statements are committed.
pub(super) struct Joined {
    pub(super) role: Role,
    pub(super) statements: Vec<Statement>,
}

impl Tenant {
    /// Keeps an invitation, and forgets those that are not good any more.
    ///
    /// # Errors
    ///
    /// As [`CreateInvitationError`] says.
    pub async fn create_invitation(
        &self,
        invitation: &Invitation,
        invited_by: PrincipalId,
        event: &NewEvent,
    ) -> Result<(), CreateInvitationError> {
        let workspace = self.workspace();
        let mut tx = self.write().await?;
        // One at a time, so that the limit holds.
        lock_tree(&mut tx, workspace).await?;
        let expired = sql("DELETE FROM invitation WHERE workspace_id = $1 AND expires_at <= $2");
        tx.execute(expired.bind(workspace).bind(event.at)).await?;
        let count = sql("SELECT count(*) FROM invitation WHERE workspace_id = $1").bind(workspace);
        if tx.query_opt(count).await?.map_or(Ok(0), |row| row.get::<u64>(0))? >= MAX_INVITATIONS as u64 {
            return Err(CreateInvitationError::TooMany);
        }
        let insert = sql("INSERT INTO invitation (id, workspace_id, role, email, invited_by, created_at, expires_at) \
                          VALUES ($1, $2, $3, $4, $5, $6, $7)");
        let insert = insert.bind(invitation.id).bind(workspace).bind(invitation.role.name());
        let insert = insert.bind(invitation.email.as_ref().map(EmailAddress::as_str)).bind(invited_by);
        let mut statements = vec![insert.bind(invitation.created_at).bind(invitation.expires_at)];
        statements.extend(audit::append(&mut tx, workspace, event).await?);
        tx.commit_after(statements).await?;
        Ok(())
    }

    /// The invitations that are good at `at`, behind `after`, oldest first, `limit` at most.
    ///
    /// # Errors
    ///
    /// As [`StoreError`] says.
    pub async fn invitations(
        &self,
        at: Timestamp,
        limit: u32,
        after: Option<InvitationId>,
    ) -> Result<Slice<Invitation, InvitationId>, StoreError> {
        let list = sql("SELECT id, role, email, created_at, expires_at FROM invitation \
                        WHERE workspace_id = $1 AND expires_at > $2 AND id > $3 ORDER BY id LIMIT $4");
        let list = list.bind(self.workspace()).bind(at).bind(after.unwrap_or(InvitationId::nil()));
        let rows = self.read().await?.query(list.bind(rows_for(limit))).await?;
        let invitations = rows.iter().map(invitation).collect::<Result<_, _>>()?;
        Ok(Slice::cut(invitations, limit, |invitation: &Invitation| invitation.id))
    }

    /// Revokes an invitation; answers whether there was one.
    ///
    /// # Errors
    ///
    /// As [`StoreError`] says.
    pub async fn revoke_invitation(&self, id: InvitationId, event: &NewEvent) -> Result<bool, StoreError> {
        let mut tx = self.write().await?;
        let delete = sql("DELETE FROM invitation WHERE workspace_id = $1 AND id = $2");
        if tx.execute(delete.bind(self.workspace()).bind(id)).await? == 0 {
            return Ok(false);
        }
        let statements = audit::append(&mut tx, self.workspace(), event).await?;
        tx.commit_after(statements.into()).await?;
        Ok(true)
    }
}

impl Store {
    /// An open invitation for this address, the latest; `None` if nobody has invited it.
    ///
    /// # Errors
    ///
    /// As [`StoreError`] says.
    pub async fn invitation_for(
        &self,
        email: &EmailAddress,
        now: Timestamp,
    ) -> Result<Option<InvitationId>, StoreError> {
        let latest = sql("SELECT id FROM invitation WHERE email = $1 AND expires_at > $2 ORDER BY id DESC LIMIT 1");
        let row = self.database.query_opt(Scope::Server, latest.bind(email.as_str()).bind(now)).await?;
        row.map(|row| row.get(0)).transpose()
    }

    /// An invitation that is good at `at`; `None` if there is no such invitation, or not any more.
    ///
    /// # Errors
    ///
    /// As [`StoreError`] says.
    pub async fn offer(&self, id: InvitationId, at: Timestamp) -> Result<Option<Offer>, StoreError> {
        let one = sql("SELECT invitation.id, invitation.role, invitation.email, invitation.created_at, \
                           invitation.expires_at, workspace.id, workspace.name, \
                           COALESCE(account.name, api_key.name) FROM invitation \
                       JOIN workspace ON workspace.id = invitation.workspace_id AND workspace.deleted_at IS NULL \
                       LEFT JOIN account ON account.id = invitation.invited_by \
                       LEFT JOIN api_key ON api_key.principal_id = invitation.invited_by \
                           AND api_key.workspace_id = invitation.workspace_id \
                       WHERE invitation.id = $1 AND invitation.expires_at > $2");
        let row = self.database.query_opt(Scope::Server, one.bind(id).bind(at)).await?;
        row.map(|row| {
            let (workspace, workspace_name, invited_by) = (row.get(5)?, row.get(6)?, row.get(7)?);
            Ok(Offer { invitation: invitation(&row)?, workspace, workspace_name, invited_by })
        })
        .transpose()
    }

    /// Lets an account into the workspace of an invitation; answers with what it is there now. `None` if
    /// the invitation is not good for it. Who is a member already keeps the higher role.
    ///
    /// # Errors
    ///
    /// As [`StoreError`] says.
    pub async fn accept_invitation(
        &self,
        id: InvitationId,
        account: PrincipalId,
        email: &EmailAddress,
        event: &NewEvent,
    ) -> Result<Option<Role>, StoreError> {
        let mut tx = self.database.write(Scope::Server).await?;
        let Some(joined) = accept(&mut tx, id, account, email, event).await? else { return Ok(None) };
        tx.commit_after(joined.statements).await?;
        Ok(Some(joined.role))
    }
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
    // Locked, so that one for one person is accepted once.
    let one = sql("SELECT workspace_id, role, email FROM invitation WHERE id = $1 AND expires_at > $2 AND EXISTS \
                   (SELECT 1 FROM workspace WHERE workspace.id = invitation.workspace_id AND workspace.deleted_at IS NULL) \
                   FOR NO KEY UPDATE");
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
        return Ok(Some(Joined { role: present, statements }));
    }
    let action = if present.is_some() { Audited::MemberChanged } else { Audited::MemberJoined };
    let detail = offered.name().to_owned();
    let event = NewEvent { action, object: account.to_string(), detail, actor: Some(account), ..event.clone() };
    statements.push(workspaces::add_member(workspace, account, offered, event.at));
    statements.extend(audit::append(tx, workspace, &event).await?);
    Ok(Some(Joined { role: offered, statements }))
}

fn invitation(row: &Row) -> Result<Invitation, StoreError> {
    Ok(Invitation {
        id: row.get(0)?,
        role: role(&row.get::<String>(1)?)?,
        email: row.get::<Option<String>>(2)?.as_deref().map(email).transpose()?,
        created_at: row.get(3)?,
        expires_at: row.get(4)?,
    })
}
