//! Who the people of a file are on this server.

use std::collections::{HashMap, HashSet};

use protocol::{accounts::EmailAddress, ids::PrincipalId, time::Timestamp};
use uuid::Uuid;

use crate::store::{
    accounts::email,
    database::Transaction,
    error::StoreError,
    sql::{Value, sql},
};

/// The people and services met so far in a file.
#[derive(Debug, Default)]
pub(super) struct People {
    /// Who has another id here.
    renamed: HashMap<Uuid, PrincipalId>,
    services: HashSet<Uuid>,
    /// The addresses of those who have got an account.
    pub(super) new: Vec<EmailAddress>,
    /// How many had one.
    pub(super) known: u64,
    /// Whether somebody is called otherwise here, or has another id.
    pub(super) differ: bool,
}

impl People {
    /// Finds the account with this address, or makes one: under the id of the file, if nobody has it.
    pub(super) async fn meet(
        &mut self,
        tx: &mut Transaction,
        (id, address, name): (Uuid, &str, &str),
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let known = sql("SELECT id, name FROM account WHERE email = $1").bind(address);
        let here: PrincipalId = match tx.query_opt(known).await? {
            Some(row) => {
                self.known += 1;
                self.differ |= row.get::<String>(1)? != name;
                row.get(0)?
            }
            None => {
                let taken = tx.query_opt(sql("SELECT 1 FROM account WHERE id = $1").bind(id)).await?.is_some();
                let here = if taken { PrincipalId::new() } else { id.into() };
                let insert =
                    sql("INSERT INTO account (id, email, name, password_hash, email_verified_at, created_at) \
                                  VALUES ($1, $2, $3, NULL, NULL, $4)");
                tx.execute(insert.bind(here).bind(address).bind(name).bind(at)).await?;
                self.new.push(email(address)?);
                here
            }
        };
        if here.as_uuid() != id {
            let alias = sql("INSERT INTO account_alias (id, account_id) VALUES ($1, $2) ON CONFLICT DO NOTHING");
            tx.execute(alias.bind(id).bind(here)).await?;
            self.differ = true;
            self.renamed.insert(id, here);
        }
        Ok(())
    }

    /// Whether a service can begin here: nobody on this server has its id.
    pub(super) async fn admits(&mut self, tx: &mut Transaction, service: Uuid) -> Result<bool, StoreError> {
        if !self.services.insert(service) {
            return Ok(true);
        }
        let known = sql("SELECT 1 FROM account WHERE id = $1 UNION ALL SELECT 1 FROM member WHERE principal_id = $1 \
                         UNION ALL SELECT 1 FROM api_key WHERE principal_id = $1 LIMIT 1");
        Ok(tx.query_opt(known.bind(service)).await?.is_none())
    }

    /// Somebody of the file, as they are called here.
    pub(super) fn here(&self, value: Value) -> Value {
        match value {
            Value::Uuid(id) => self.renamed.get(&id).map_or(Value::Uuid(id), |here| (*here).into()),
            other => other,
        }
    }
}
