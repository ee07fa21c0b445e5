//! What goes wrong below the services, whatever was asked of them.

use actors::room::OpenError;

use crate::store::StoreError;

type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Nothing the caller did was wrong.
#[derive(Debug, thiserror::Error)]
pub enum Outage {
    /// What is needed cannot be reached now, or the server is stopping.
    #[error("this is not available at present; try again")]
    Unavailable(#[source] Cause),
    /// The server failed; trying again does not help.
    #[error("the server failed")]
    Internal(#[source] Cause),
}

impl From<StoreError> for Outage {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable(_) => Self::Unavailable(error.into()),
            StoreError::Conflict(_) | StoreError::Corrupt(_) | StoreError::Internal(_) => Self::Internal(error.into()),
        }
    }
}

impl From<OpenError> for Outage {
    fn from(error: OpenError) -> Self {
        match error {
            OpenError::Unavailable | OpenError::Stopping => Self::Unavailable(error.into()),
            OpenError::NotFound | OpenError::Damaged => Self::Internal(error.into()),
        }
    }
}

impl From<tokio::task::JoinError> for Outage {
    fn from(error: tokio::task::JoinError) -> Self {
        Self::Internal(error.into())
    }
}
