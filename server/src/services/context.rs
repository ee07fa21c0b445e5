//! One request to the services: who asks, and what they work with.

use std::sync::Arc;

use actors::{clock::Clock, room::Rooms};
use protocol::{
    access::{Action, Object},
    accounts::Registration,
    audit::Audited,
    ids::{PrincipalId, RoomId, WorkspaceId},
};

use super::{
    Outage,
    attempts::Attempts,
    caller::{Caller, Powers},
    changes::Changes,
    links::Links,
    passwords::Passwords,
    post::Post,
    signing::Signing,
    standing::{self, Standing},
    tokens::Tokens,
    vault::Vault,
};
use crate::{
    adapters::oauth::Providers,
    store::{NewEvent, Store, Tenant},
};

/// What services work with. Cheap to clone.
#[derive(Clone)]
pub struct Services {
    /// What is kept.
    pub store: Store,
    /// The open rooms.
    pub rooms: Rooms,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Makes room tokens.
    pub tokens: Tokens,
    /// Makes access tokens.
    pub signing: Signing,
    /// Keeps what is secret.
    pub vault: Vault,
    /// Tells open sockets that somebody may do something else.
    pub changes: Changes,
    /// Hashes and verifies passwords.
    pub passwords: Passwords,
    /// Makes links that let people in.
    pub links: Links,
    /// Takes mails.
    pub post: Post,
    /// Counts what strangers try.
    pub attempts: Attempts,
    /// Where else people sign in.
    pub providers: Providers,
    /// Who may make an account.
    pub registration: Registration,
}

/// One request to the services.
#[derive(Clone)]
pub struct Ctx {
    /// What they work with.
    pub services: Services,
    /// Who asks; `None` for somebody who has shown nothing.
    pub caller: Option<Caller>,
    /// Where the request comes from; empty for the command line.
    pub address: String,
}

/// The caller may not do this.
#[derive(Debug, thiserror::Error)]
pub enum Denied {
    /// Nobody is signed in, or no longer.
    #[error("you are not signed in")]
    Unauthenticated,
    /// They may not know that it exists, or it does not.
    #[error("there is no such thing")]
    Unknown,
    /// They may not.
    #[error("you may not do this")]
    Forbidden,
    /// It is not the caller's fault.
    #[error(transparent)]
    Outage(#[from] Outage),
}

/// What something is done to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum On {
    /// A room.
    Room(RoomId),
    /// A workspace.
    Workspace(WorkspaceId),
}

impl From<RoomId> for On {
    fn from(room: RoomId) -> Self {
        Self::Room(room)
    }
}

impl From<WorkspaceId> for On {
    fn from(workspace: WorkspaceId) -> Self {
        Self::Workspace(workspace)
    }
}

impl Ctx {
    /// The first line of every service function: whether the caller may do this to that, and what
    /// they are there.
    ///
    /// # Errors
    ///
    /// [`Denied::Unknown`] where they are nothing, [`Denied::Forbidden`] where they are too little.
    pub async fn require(&self, action: Action, on: impl Into<On>) -> Result<Standing, Denied> {
        let caller = self.caller()?;
        let on = on.into();
        debug_assert_eq!(action.object() == Object::Room, matches!(on, On::Room(_)), "{action:?} on {on:?}");
        let standing = match on {
            On::Room(room) => standing::in_room(&self.services, caller, room).await?,
            On::Workspace(workspace) => standing::in_workspace(&self.services, caller, workspace).await?,
        };
        let standing = standing.ok_or(Denied::Unknown)?;
        if standing.allows(action) && caller.may_use(action) { Ok(standing) } else { Err(Denied::Forbidden) }
    }

    /// Who asks.
    ///
    /// # Errors
    ///
    /// [`Denied::Unauthenticated`].
    pub fn caller(&self) -> Result<&Caller, Denied> {
        self.caller.as_ref().ok_or(Denied::Unauthenticated)
    }

    /// The account of a person who has signed in. Keys and guests have none they may touch.
    ///
    /// # Errors
    ///
    /// [`Denied::Unauthenticated`] and [`Denied::Forbidden`].
    pub fn account(&self) -> Result<PrincipalId, Denied> {
        let caller = self.caller()?;
        match caller.powers {
            Powers::Account => Ok(caller.principal.id),
            Powers::Key { .. } | Powers::Guest { .. } => Err(Denied::Forbidden),
        }
    }

    /// The rows of the workspace somebody stands in.
    pub fn tenant(&self, standing: Standing) -> Tenant {
        self.services.store.of(standing.workspace)
    }

    /// Something for the audit, done now by the caller.
    pub fn event(&self, action: Audited, object: impl ToString, detail: impl ToString) -> NewEvent {
        NewEvent {
            at: self.services.clock.now(),
            actor: self.caller.as_ref().map(|caller| caller.principal.id),
            action,
            object: object.to_string(),
            detail: detail.to_string(),
            address: self.address.clone(),
        }
    }
}

impl Caller {
    /// Whether what they have shown may be used for this.
    pub fn may_use(&self, action: Action) -> bool {
        match &self.powers {
            Powers::Account | Powers::Guest { .. } => true,
            Powers::Key { scopes } => scopes.contains(&action.scope()),
        }
    }
}
