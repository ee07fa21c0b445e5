//! What those are called who wrote something, as far as the database knows them.

use protocol::ids::PrincipalId;

use super::{
    Tenant,
    error::StoreError,
    sql::{parameters, sql},
};

/// Authors one statement asks for at most.
const MAX_ASKED: usize = 100;

/// Somebody with a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Author {
    /// A person.
    User(PrincipalId, String),
    /// A program with a key of its own.
    Service(PrincipalId, String),
}

impl Tenant {
    /// Those of these who have an account, or a key of the workspace. Guests have neither.
    ///
    /// # Errors
    ///
    /// As [`StoreError`] says.
    pub async fn authors(&self, ids: &[PrincipalId]) -> Result<Vec<Author>, StoreError> {
        let mut tx = self.read().await?;
        let mut authors = Vec::new();
        for ids in ids.chunks(MAX_ASKED) {
            let asked = parameters(1, ids.len());
            // Those of a workspace that was imported may have had another id where it came from.
            let people = sql(format!(
                "SELECT id, name FROM account WHERE id IN ({asked}) \
                 UNION ALL SELECT account_alias.id, account.name FROM account_alias \
                 JOIN account ON account.id = account_alias.account_id WHERE account_alias.id IN ({asked})"
            ));
            for row in tx.query(people.bind_all(ids.iter().copied())).await? {
                authors.push(Author::User(row.get(0)?, row.get(1)?));
            }
            let services = sql(format!(
                "SELECT principal_id, name FROM api_key WHERE workspace_id = $1 AND principal_id IN ({})",
                parameters(2, ids.len())
            ));
            for row in tx.query(services.bind(self.workspace()).bind_all(ids.iter().copied())).await? {
                authors.push(Author::Service(row.get(0)?, row.get(1)?));
            }
        }
        Ok(authors)
    }
}
