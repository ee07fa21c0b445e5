//! Typed ids: a `RoomId` can never be passed where a `SessionId` is wanted.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// The text was not a UUID in its hyphenated form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a valid id")]
pub struct InvalidId;

/// Declares an id: a UUIDv7, so that ids sort by the time they were made (RFC 9562 §5.7).
macro_rules! id {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
        #[serde(transparent)]
        #[schema(value_type = String, format = Uuid)]
        pub struct $name(Uuid);

        impl $name {
            /// A fresh id, greater than every id this process made before.
            #[expect(clippy::new_without_default, reason = "a new id is an act, not a default")]
            pub fn new() -> Self {
                Self(Uuid::now_v7())
            }

            /// The id of nothing and nobody.
            pub const fn nil() -> Self {
                Self(Uuid::nil())
            }

            /// The id as it is stored.
            pub const fn as_uuid(self) -> Uuid {
                self.0
            }
        }

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.hyphenated().fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = InvalidId;

            /// Accepts the hyphenated form only, so that one id has one spelling.
            fn from_str(text: &str) -> Result<Self, InvalidId> {
                let id: Uuid = text.parse().map_err(|_: uuid::Error| InvalidId)?;
                if text.len() == uuid::fmt::Hyphenated::LENGTH { Ok(Self(id)) } else { Err(InvalidId) }
            }
        }
    )*};
}

id! {
    /// Names one workspace: the tenant to which members and rooms belong.
    WorkspaceId;
    /// Names one room of any kind; the id of a page is the id of its room.
    RoomId;
    /// Names one principal's presence in one room over one socket.
    SessionId;
    /// Names who acts: a user, an agent, a service or a guest.
    PrincipalId;
    /// Names one segment of a room's log: what one commit added to it.
    SegmentId;
    /// Names one request, in the log and in what is answered.
    RequestId;
    /// Names one sign-in on one device.
    DeviceId;
    /// Names one API key.
    ApiKeyId;
    /// Names one invitation into a workspace.
    InvitationId;
    /// Names one share link of a page.
    ShareLinkId;
    /// Names one process of an installation, from its start to its end.
    NodeId;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_has_exactly_one_spelling() {
        let id = RoomId::new();

        assert_eq!(id.to_string().parse(), Ok(id));
        assert_eq!(id.as_uuid().simple().to_string().parse::<RoomId>(), Err(InvalidId));
        assert_eq!("".parse::<RoomId>(), Err(InvalidId));
    }

    #[test]
    fn later_ids_are_greater() {
        let ids: Vec<RoomId> = (0..1000).map(|_| RoomId::new()).collect();

        assert!(ids.is_sorted());
    }
}
