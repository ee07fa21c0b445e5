//! Who is let into a room, with what, and whether they still are: one rule for the first look and
//! every later one.

use protocol::{
    access::{Access, Action},
    ids::{RoomId, WorkspaceId},
    principal::{CredentialId, Principal},
    time::Timestamp,
    wire::close::CloseCode,
};

use crate::services::{
    Outage, Services,
    caller::{self, Caller, Shown},
    rooms, standing,
};

/// With what a session is in a room. It is asked again whenever permissions change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Pass {
    /// Whose sign-in or key it hangs on.
    pub(super) credential: CredentialId,
    /// What a room token allows at most; `None` for no limit.
    pub(super) limit: Option<Access>,
    /// When it has to be renewed.
    pub(super) expires_at: Option<Timestamp>,
}

/// Somebody who is let in.
#[derive(Clone, Debug)]
pub(super) struct Admitted {
    pub(super) principal: Principal,
    pub(super) access: Access,
    pub(super) pass: Pass,
    /// The workspace of the room.
    pub(super) workspace: WorkspaceId,
    /// When something of it expires, and it has to be looked at again.
    pub(super) until: Option<Timestamp>,
    /// How many changes of permissions there had been before it was decided.
    pub(super) told: u64,
}

/// Lets somebody into a room: by a token (a room token, an access token or an API key), or as whoever
/// opened the socket.
///
/// # Errors
///
/// The code to refuse them with.
pub(super) async fn admit(
    services: &Services,
    opener: Option<&Caller>,
    room: RoomId,
    token: Option<&str>,
) -> Result<Admitted, CloseCode> {
    let told = services.changes.told();
    let Some(token) = token else {
        // The sign-in may have ended since the socket was opened.
        let opener = opener.ok_or(CloseCode::Unauthorized)?;
        let pass = Pass { credential: opener.credential, limit: None, expires_at: None };
        return readmit(services, room, pass).await;
    };
    if let Ok(claims) = services.tokens.verify(token, room) {
        let expires_at = Some(Timestamp::from_seconds(claims.exp));
        return readmit(services, room, Pass { credential: claims.by, limit: Some(claims.access), expires_at }).await;
    }
    let caller = caller::recognise(services, Shown::Bearer(token), None).await.map_err(|error| unavailable(&error))?;
    let caller = caller.ok_or(CloseCode::Unauthorized)?;
    let pass = Pass { credential: caller.credential, limit: None, expires_at: None };
    check(services, &caller, room, pass, told).await
}

/// What a pass is good for now.
///
/// # Errors
///
/// The code to put its holder out with.
pub(super) async fn readmit(services: &Services, room: RoomId, pass: Pass) -> Result<Admitted, CloseCode> {
    let told = services.changes.told();
    if pass.expires_at.is_some_and(|expires_at| expires_at <= services.clock.now()) {
        return Err(CloseCode::Unauthorized);
    }
    let caller = caller::by_credential(services, pass.credential).await.map_err(|error| unavailable(&error))?;
    check(services, &caller.ok_or(CloseCode::Unauthorized)?, room, pass, told).await
}

/// Lets somebody in who has just shown who they are.
///
/// `told` is how many changes of permissions there had been before they did.
///
/// # Errors
///
/// The code to refuse them with.
pub(super) async fn admit_caller(
    services: &Services,
    caller: &Caller,
    room: RoomId,
    told: u64,
) -> Result<Admitted, CloseCode> {
    let pass = Pass { credential: caller.credential, limit: None, expires_at: None };
    check(services, caller, room, pass, told).await
}

async fn check(
    services: &Services,
    caller: &Caller,
    room: RoomId,
    pass: Pass,
    told: u64,
) -> Result<Admitted, CloseCode> {
    let standing = standing::in_live_room(services, caller, room).await.map_err(|error| unavailable(&error))?;
    let standing = standing.ok_or(CloseCode::NotFound)?;
    if !caller.may_use(Action::ReadRoom) {
        return Err(CloseCode::Forbidden);
    }
    let access = rooms::access(caller, standing.role);
    let access = pass.limit.map_or(access, |limit| limit.min(access));
    let until =
        pass.expires_at.into_iter().chain(caller.expires_at).chain(standing.link.and_then(|link| link.until)).min();
    Ok(Admitted { principal: caller.principal.clone(), access, pass, workspace: standing.workspace, until, told })
}

fn unavailable(error: &Outage) -> CloseCode {
    tracing::warn!(error = error as &dyn std::error::Error, "nobody can be let into a room");
    CloseCode::Unavailable
}
