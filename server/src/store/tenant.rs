//! The store as one workspace sees it.

use protocol::ids::WorkspaceId;

use super::{
    Store,
    database::{Scope, Transaction},
    error::StoreError,
};

/// The rows of one workspace: nothing of another one is read or written through it. Cheap to clone.
#[derive(Clone)]
pub struct Tenant {
    store: Store,
    workspace: WorkspaceId,
}

impl Store {
    /// The rows of one workspace, whether there is such a workspace or not.
    pub fn of(&self, workspace: WorkspaceId) -> Tenant {
        Tenant { store: self.clone(), workspace }
    }
}

impl Tenant {
    /// Whose rows these are.
    pub const fn workspace(&self) -> WorkspaceId {
        self.workspace
    }

    /// The store with the rows of all workspaces.
    pub(super) const fn store(&self) -> &Store {
        &self.store
    }

    pub(super) const fn scope(&self) -> Scope {
        Scope::Workspace(self.workspace)
    }

    pub(super) async fn read(&self) -> Result<Transaction, StoreError> {
        self.store.database.read(self.scope()).await
    }

    pub(super) async fn write(&self) -> Result<Transaction, StoreError> {
        self.store.database.write(self.scope()).await
    }
}
