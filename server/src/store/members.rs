//! The people who belong to a workspace, in the database.

use protocol::{access::Role, accounts::EmailAddress, ids::PrincipalId, time::Timestamp};

use super::{
    Tenant,
    accounts::email,
    audit::{self, NewEvent},
    database::Transaction,
    error::StoreError,
    pages::lock_tree,
    slice::{Slice, rows_for},
    sql::{Row, Statement, sql},
    standing::role,
};

/// What [`member`] reads.
const MEMBER: &str = "SELECT member.principal_id, account.name, account.email, member.role, member.joined_at \
     FROM member JOIN account ON account.id = member.principal_id";

/// Somebody with an account who belongs to a workspace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Who it is.
    pub id: PrincipalId,
    /// The name others see.
    pub name: String,
    /// The address of the account.
    pub email: EmailAddress,
    /// What they are in the workspace.
    pub role: Role,
    /// Since when.
    pub joined_at: Timestamp,
}

/// Why a member was not changed or removed.
#[derive(Debug, thiserror::Error)]
pub enum ChangeMemberError {
    /// No person with this id belongs to the workspace.
    #[error("there is no such member")]
    NotFound,
    /// Only owners do so to owners.
    #[error("only owners change owners")]
    NotOwner,
    /// The workspace would have no owner.
    #[error("a workspace has an owner")]
    LastOwner,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Tenant {
    /// The people who belong to the workspace behind `after`, `limit` at most. Services are none.
    ///
    /// # Errors
    ///
    /// As [`StoreError`] says.
    pub async fn members(
        &self,
        limit: u32,
        after: Option<PrincipalId>,
    ) -> Result<Slice<Member, PrincipalId>, StoreError> {
        let list = sql(format!(
            "{MEMBER} WHERE member.workspace_id = $1 AND member.principal_id > $2 ORDER BY member.principal_id LIMIT $3"
        ));
        let list = list.bind(self.workspace()).bind(after.unwrap_or(PrincipalId::nil())).bind(rows_for(limit));
        let members = self.read().await?.query(list).await?.iter().map(member).collect::<Result<_, _>>()?;
        Ok(Slice::cut(members, limit, |member: &Member| member.id))
    }

    /// Gives a member another role, in the name of somebody who is `by`. Whoever is less than before does
    /// not come back by invitations they have made or seen.
    ///
    /// # Errors
    ///
    /// As [`ChangeMemberError`] says.
    pub async fn change_member(
        &self,
        id: PrincipalId,
        role: Role,
        by: Role,
        event: &NewEvent,
    ) -> Result<Member, ChangeMemberError> {
        let mut tx = self.write().await?;
        let present = self.lock_member(&mut tx, id).await?.ok_or(ChangeMemberError::NotFound)?;
        if !by.may_assign(present.role) || !by.may_assign(role) {
            return Err(ChangeMemberError::NotOwner);
        }
        if present.role == Role::Owner && role != Role::Owner {
            self.check_other_owner(&mut tx, id).await?;
        }
        let update = sql("UPDATE member SET role = $3 WHERE workspace_id = $1 AND principal_id = $2");
        let mut statements = vec![update.bind(self.workspace()).bind(id).bind(role.name())];
        if role < present.role {
            statements.extend(self.revoke_ways_back(id, present.role, Some(role)));
        }
        statements.extend(audit::append(&mut tx, self.workspace(), event).await?);
        tx.commit_after(statements).await?;
        Ok(Member { role, ..present })
    }

    /// Takes a member out of the workspace, with what was granted to them and the links they have made,
    /// in the name of somebody who is `by`.
    ///
    /// # Errors
    ///
    /// As [`ChangeMemberError`] says.
    pub async fn remove_member(&self, id: PrincipalId, by: Role, event: &NewEvent) -> Result<(), ChangeMemberError> {
        let mut tx = self.write().await?;
        let present = self.lock_member(&mut tx, id).await?.ok_or(ChangeMemberError::NotFound)?;
        if !by.may_assign(present.role) {
            return Err(ChangeMemberError::NotOwner);
        }
        if present.role == Role::Owner {
            self.check_other_owner(&mut tx, id).await?;
        }
        let mut statements = self.expel(id, present.role);
        statements.extend(audit::append(&mut tx, self.workspace(), event).await?);
        tx.commit_after(statements).await?;
        Ok(())
    }

    /// The statements that end the membership of a person or service who `was` this, and every way back
    /// that they know.
    pub(super) fn expel(&self, id: PrincipalId, was: Role) -> Vec<Statement> {
        let of_theirs = [("page_grant", "principal_id"), ("member", "principal_id"), ("share_link", "created_by")];
        let mut statements = Vec::from(of_theirs.map(|(table, column)| {
            let delete = format!("DELETE FROM {table} WHERE workspace_id = $1 AND {column} = $2");
            sql(delete).bind(self.workspace()).bind(id)
        }));
        statements.extend(self.revoke_ways_back(id, was, None));
        statements
    }

    /// The statements that revoke the invitations by which somebody who `was` this would become more than
    /// they are `now`: those they have made, and when they have been an admin those for whoever has the
    /// link, which admins see. Who is no admin any more finds none of the latter.
    fn revoke_ways_back(&self, id: PrincipalId, was: Role, now: Option<Role>) -> Vec<Statement> {
        let delete = |which: &str, than: Option<Role>| {
            let roles = Role::ALL.into_iter().filter(|role| than.is_none_or(|than| *role > than));
            let roles: Vec<String> = roles.map(|role| format!("'{}'", role.name())).collect();
            let roles = roles.join(", ");
            let delete = format!("DELETE FROM invitation WHERE workspace_id = $1 AND {which} AND role IN ({roles})");
            sql(delete).bind(self.workspace())
        };
        let mut statements = vec![delete("invited_by = $2", now).bind(id)];
        if was >= Role::Admin {
            statements.push(delete("email IS NULL", now.filter(|now| *now >= Role::Admin)));
        }
        statements
    }

    /// A member. Until the transaction ends nobody else changes members of this workspace.
    async fn lock_member(&self, tx: &mut Transaction, id: PrincipalId) -> Result<Option<Member>, StoreError> {
        lock_tree(tx, self.workspace()).await?;
        let one = sql(format!("{MEMBER} WHERE member.workspace_id = $1 AND member.principal_id = $2"));
        tx.query_opt(one.bind(self.workspace()).bind(id)).await?.as_ref().map(member).transpose()
    }

    async fn check_other_owner(&self, tx: &mut Transaction, id: PrincipalId) -> Result<(), ChangeMemberError> {
        let other = sql("SELECT 1 FROM member WHERE workspace_id = $1 AND principal_id <> $2 AND role = $3 LIMIT 1");
        let other = tx.query_opt(other.bind(self.workspace()).bind(id).bind(Role::Owner.name())).await?;
        if other.is_some() { Ok(()) } else { Err(ChangeMemberError::LastOwner) }
    }
}

fn member(row: &Row) -> Result<Member, StoreError> {
    Ok(Member {
        id: row.get(0)?,
        name: row.get(1)?,
        email: email(&row.get::<String>(2)?)?,
        role: role(&row.get::<String>(3)?)?,
        joined_at: row.get(4)?,
    })
}
