//! Who wrote something, as they are shown to others.

use std::collections::HashMap;

use protocol::{
    ids::PrincipalId,
    principal::{Principal, PrincipalKind},
};

use super::{Ctx, Outage, guests, standing::Standing};
use crate::store::Author;

/// Some principals, by their ids.
#[derive(Debug, Default)]
pub(super) struct Authors(HashMap<PrincipalId, Principal>);

impl Authors {
    /// Those with these ids, as the workspace knows them.
    ///
    /// # Errors
    ///
    /// [`Outage`].
    pub(super) async fn of(
        ctx: &Ctx,
        standing: Standing,
        ids: impl IntoIterator<Item = PrincipalId>,
    ) -> Result<Self, Outage> {
        let mut ids: Vec<PrincipalId> = ids.into_iter().collect();
        ids.sort_unstable();
        ids.dedup();
        let known = ctx.tenant(standing).authors(&ids).await?.into_iter().map(|author| {
            let (id, kind, name) = match author {
                Author::User(id, name) => (id, PrincipalKind::User, name),
                Author::Service(id, name) => (id, PrincipalKind::Service, name),
            };
            (id, Principal { id, kind, name, color: guests::color(id) })
        });
        let mut authors: HashMap<_, _> = known.collect();
        for id in ids {
            authors.entry(id).or_insert_with(|| guests::guest(id));
        }
        Ok(Self(authors))
    }

    /// One of them. Whoever is not among them is shown as a guest.
    pub(super) fn get(&self, id: PrincipalId) -> Principal {
        self.0.get(&id).cloned().unwrap_or_else(|| guests::guest(id))
    }

    /// All of them, by id.
    pub(super) fn into_list(self) -> Vec<Principal> {
        let mut list: Vec<Principal> = self.0.into_values().collect();
        list.sort_unstable_by_key(|author| author.id);
        list
    }
}
