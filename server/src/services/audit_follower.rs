//! What other processes change of permissions: another node, or `gala` on the command line.
//!
//! Each such change stands in the audit, written in its own transaction. So the audits of the server and
//! of the workspaces somebody is in are followed, and what is new in them is told here as if it had been
//! done here. What has been done here is heard once more that way; that costs a look.

use std::{
    collections::{HashMap, HashSet},
    error::Error,
    time::Duration,
};

use protocol::{
    audit::{AuditEvent, Audited},
    ids::WorkspaceId,
    principal::CredentialId,
};
use tokio::time::MissedTickBehavior;

use super::{
    Outage,
    changes::{Change, Changes},
};
use crate::store::Store;

/// How often it looks: a socket of one node is to know within a second what has been done on another.
const EVERY: Duration = Duration::from_millis(750);
/// Positions of an audit looked at with one statement.
const PART: u64 = 1000;

/// Follows the audits.
pub struct AuditFollower {
    store: Store,
    changes: Changes,
    /// What the events that matter are told by.
    actions: Vec<Audited>,
    /// How far each audit has been heard, with the server's own at `None`.
    heard: HashMap<Option<WorkspaceId>, u64>,
}

impl AuditFollower {
    /// Follows the audits of a store, and tells of what is new.
    pub fn new(store: Store, changes: Changes) -> Self {
        let actions = Audited::ALL.iter().copied().filter(|action| subject(*action).is_some()).collect();
        Self { store, changes, actions, heard: HashMap::new() }
    }

    /// Follows the audits of whichever workspaces are `open` at the time, for ever. While none is, the
    /// database is not asked.
    pub async fn follow(mut self, open: impl Fn() -> HashSet<WorkspaceId>) {
        let mut tick = tokio::time::interval(EVERY);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut is_behind = false;
        loop {
            tick.tick().await;
            match self.look(open()).await {
                Ok(()) => is_behind = false,
                Err(error) => {
                    if !is_behind {
                        tracing::warn!(
                            error = &error as &dyn Error,
                            "what other nodes change of permissions has to wait"
                        );
                    }
                    is_behind = true;
                }
            }
        }
    }

    async fn look(&mut self, open: HashSet<WorkspaceId>) -> Result<(), Outage> {
        if open.is_empty() {
            self.heard.clear();
            return Ok(());
        }
        self.heard.retain(|chain, _| chain.is_none_or(|workspace| open.contains(&workspace)));
        for (chain, end) in self.store.audit_ends(open).await? {
            match self.heard.get(&chain) {
                Some(heard) if *heard < end => self.hear(chain, *heard, end).await?,
                Some(heard) if *heard == end => (),
                // It is new, or shorter than it was: the database was put back to an older state.
                Some(_) | None => self.begin(chain, end),
            }
        }
        Ok(())
    }

    /// Follows one more chain from where it ends. Something may have been changed in the workspace after
    /// somebody was let in, but before this.
    fn begin(&mut self, chain: Option<WorkspaceId>, end: u64) {
        self.heard.insert(chain, end);
        if let Some(workspace) = chain {
            self.changes.hear(Change::Workspace(workspace));
        }
    }

    /// Tells of the events behind `heard`, up to `end`.
    async fn hear(&mut self, chain: Option<WorkspaceId>, mut heard: u64, end: u64) -> Result<(), Outage> {
        while heard < end {
            let until = end.min(heard + PART);
            let events = self.store.audit_between(chain, heard, until, &self.actions).await?;
            let mut told = Vec::new();
            for change in events.iter().filter_map(|event| change(chain, event)) {
                if !told.contains(&change) {
                    self.changes.hear(change);
                    told.push(change);
                }
            }
            heard = until;
            self.heard.insert(chain, heard);
        }
        Ok(())
    }
}

/// Whose permissions an action changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Subject {
    /// Whoever acts with the sign-in it was done to or, when somebody signs out what is theirs elsewhere,
    /// with any sign-in of theirs.
    SignIn,
    /// The account it was done to.
    Account,
    /// The program that acts with the key it was done to.
    Key,
    /// Whoever did it.
    Actor,
    /// Anybody in the workspace.
    Workspace,
}

/// `None` where nobody may do anything else afterwards, or only more than before by asking anew.
const fn subject(action: Audited) -> Option<Subject> {
    match action {
        Audited::SignedOut | Audited::RefreshReused => Some(Subject::SignIn),
        Audited::PasswordChanged | Audited::IdentityLinked => Some(Subject::Account),
        Audited::KeyRevoked => Some(Subject::Key),
        Audited::ShareLinkOpened => Some(Subject::Actor),
        Audited::WorkspaceDeleted
        | Audited::MemberJoined
        | Audited::MemberChanged
        | Audited::MemberRemoved
        | Audited::SharingChanged
        | Audited::GrantChanged
        | Audited::ShareLinkRevoked
        | Audited::PageMoved
        | Audited::PageTrashed => Some(Subject::Workspace),
        Audited::AccountCreated
        | Audited::SignedIn
        | Audited::SignInFailed
        | Audited::PasswordResetRequested
        | Audited::EmailVerified
        | Audited::SigningKeyReplaced
        | Audited::MasterKeyReplaced
        | Audited::SecretSet
        | Audited::SecretDeleted
        | Audited::KeyCreated
        | Audited::WorkspaceCreated
        | Audited::WorkspaceRenamed
        | Audited::WorkspaceExported
        | Audited::WorkspaceImported
        | Audited::UpdatesSetAside
        | Audited::UpdatesLetBack
        | Audited::InvitationCreated
        | Audited::InvitationRevoked
        | Audited::ShareLinkCreated
        | Audited::PageCreated
        | Audited::PageRestored
        | Audited::RoomRestored
        | Audited::RoomRestoreRefused
        | Audited::RoomErased
        | Audited::RoomEraseRefused => None,
    }
}

/// What is told of an event in the audit of a workspace or of the server.
fn change(chain: Option<WorkspaceId>, event: &AuditEvent) -> Option<Change> {
    let object = &event.object;
    match (subject(event.action)?, chain) {
        (Subject::SignIn, _) => match event.actor_id {
            Some(actor) if actor.to_string() == *object => Some(Change::Principal(actor)),
            _ => Some(Change::Credential(CredentialId::Device(object.parse().ok()?))),
        },
        (Subject::Account, _) => Some(Change::Principal(object.parse().ok()?)),
        // What the service that had the key has shared goes with it.
        (Subject::Key | Subject::Workspace, Some(workspace)) => Some(Change::Workspace(workspace)),
        (Subject::Key, None) => Some(Change::Credential(CredentialId::Key(object.parse().ok()?))),
        (Subject::Actor, _) => event.actor_id.map(Change::Principal),
        (Subject::Workspace, None) => None,
    }
}

#[cfg(test)]
mod tests {
    use protocol::{
        ids::{ApiKeyId, DeviceId, PrincipalId},
        time::Timestamp,
    };

    use super::*;

    fn event(action: Audited, actor_id: Option<PrincipalId>, object: impl ToString) -> AuditEvent {
        let (object, at) = (object.to_string(), Timestamp::from_seconds(0));
        let (detail, address, hash) = Default::default();
        AuditEvent { seq: 1, at, actor_id, action, object, detail, address, hash }
    }

    #[test]
    fn what_ends_a_sign_in_is_told_of_the_device_or_of_all_of_somebodys() {
        let (device, account) = (DeviceId::new(), PrincipalId::new());
        let of_the_device = Some(Change::Credential(CredentialId::Device(device)));
        let of_all = Some(Change::Principal(account));

        assert_eq!(change(None, &event(Audited::SignedOut, Some(account), device)), of_the_device);
        assert_eq!(change(None, &event(Audited::RefreshReused, None, device)), of_the_device);
        assert_eq!(change(None, &event(Audited::SignedOut, Some(account), account)), of_all);
        assert_eq!(change(None, &event(Audited::PasswordChanged, None, account)), of_all);
    }

    #[test]
    fn what_concerns_many_is_told_of_the_workspace() {
        let (workspace, key) = (WorkspaceId::new(), ApiKeyId::new());
        let of_the_workspace = Some(Change::Workspace(workspace));

        assert_eq!(change(Some(workspace), &event(Audited::MemberChanged, None, "")), of_the_workspace);
        assert_eq!(change(Some(workspace), &event(Audited::KeyRevoked, None, key)), of_the_workspace);
        let personal = Some(Change::Credential(CredentialId::Key(key)));
        assert_eq!(change(None, &event(Audited::KeyRevoked, None, key)), personal);
    }

    #[test]
    fn what_changes_no_permissions_is_not_told() {
        for action in [Audited::SignedIn, Audited::PageCreated, Audited::KeyCreated] {
            assert_eq!(change(Some(WorkspaceId::new()), &event(action, None, PrincipalId::new())), None, "{action:?}");
        }
    }
}
