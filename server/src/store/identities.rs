//! What people are called where else they sign in.

use protocol::ids::PrincipalId;

use super::{
    Store,
    audit::{self, NewEvent},
    database::Scope,
    error::StoreError,
    sql::{Statement, sql},
};

impl Store {
    /// The account of whoever is called this there.
    ///
    /// # Errors
    ///
    /// As [`StoreError`] says.
    pub async fn account_of_identity(&self, provider: &str, subject: &str) -> Result<Option<PrincipalId>, StoreError> {
        let one = sql("SELECT account_id FROM identity WHERE provider = $1 AND subject = $2");
        let row = self.database.query_opt(Scope::Server, one.bind(provider).bind(subject)).await?;
        row.map(|row| row.get(0)).transpose()
    }

    /// Takes note that somebody with a verified address is whoever is called this there.
    ///
    /// Where nobody had shown yet that the address is theirs, whoever made the account may be somebody
    /// else: their password and sign-ins end.
    ///
    /// # Errors
    ///
    /// As [`StoreError`] says.
    pub async fn link_identity(
        &self,
        provider: &str,
        subject: &str,
        account: PrincipalId,
        event: &NewEvent,
    ) -> Result<(), StoreError> {
        let mut tx = self.database.write(Scope::Server).await?;
        let unverified = sql("SELECT 1 FROM account WHERE id = $1 AND email_verified_at IS NULL FOR NO KEY UPDATE");
        let is_unverified = tx.query_opt(unverified.bind(account)).await?.is_some();
        let mut statements = Vec::new();
        if is_unverified {
            statements.extend(claim(account, event));
        }
        let insert = sql("INSERT INTO identity (provider, subject, account_id, created_at) VALUES ($1, $2, $3, $4) \
                          ON CONFLICT DO NOTHING");
        statements.push(insert.bind(provider).bind(subject).bind(account).bind(event.at));
        tx.run(statements).await?;
        let statements = audit::append(&mut tx, audit::SERVER, event).await?;
        tx.commit_after(statements.into()).await.map(drop)
    }
}

/// Gives an account to whoever reads its address.
fn claim(account: PrincipalId, event: &NewEvent) -> [Statement; 4] {
    [
        sql("UPDATE account SET password_hash = NULL, email_verified_at = $2 WHERE id = $1")
            .bind(account)
            .bind(event.at),
        sql("DELETE FROM device WHERE account_id = $1").bind(account),
        sql("DELETE FROM api_key WHERE account_id = $1").bind(account),
        sql("DELETE FROM mail_token WHERE account_id = $1").bind(account),
    ]
}
