//! Who asks, and what services work with.

use std::sync::Arc;

use actors::{clock::Clock, room::Rooms};
use protocol::{
    access::{Access, Action, allows},
    principal::{Principal, PrincipalKind},
};

use super::tokens::Tokens;
use crate::store::Store;

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
}

/// One request to the services: who asks, and what they work with.
#[derive(Clone)]
pub struct Ctx {
    /// What they work with.
    pub services: Services,
    /// Who asks.
    pub caller: Principal,
}

/// The caller may not do this.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("you may not do this")]
pub struct Denied;

impl Ctx {
    /// The first line of every service function.
    ///
    /// # Errors
    ///
    /// [`Denied`] when the caller may not do this.
    pub fn require(&self, action: Action) -> Result<(), Denied> {
        if allows(self.access(), action) { Ok(()) } else { Err(Denied) }
    }

    /// What the caller may do everywhere.
    pub const fn access(&self) -> Access {
        access_of(&self.caller)
    }
}

/// What somebody may do everywhere.
pub const fn access_of(principal: &Principal) -> Access {
    match principal.kind {
        // Until there are accounts the server is open, and listens to its own machine only.
        PrincipalKind::Guest => Access::Write,
    }
}
