//! What `gala doctor` says of an installation.

use serde::Serialize;

use crate::{
    ids::{RoomId, WorkspaceId},
    rooms::Seq,
};

/// Declares what can be found, with its name in JSON, what it means and what to do.
macro_rules! findings {
    ($($(#[$doc:meta])* $kind:ident = $name:literal: $meaning:literal, $advice:literal;)*) => {
        /// What can be found.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
        pub enum FindingKind {
            $($(#[$doc])* #[serde(rename = $name)] $kind,)*
        }

        impl FindingKind {
            /// Everything that can be found.
            pub const ALL: &[Self] = &[$(Self::$kind),*];

            /// The name it has in JSON.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$kind => $name,)* }
            }

            /// What it means, in sentences.
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$kind => $meaning,)* }
            }

            /// What to do about it, in sentences.
            pub const fn advice(self) -> &'static str {
                match self { $(Self::$kind => $advice,)* }
            }
        }
    };
}

findings! {
    /// SQLite says that its file is damaged.
    DatabaseDamaged = "database_damaged":
        "The database file is damaged.",
        "Stop the server, keep a copy of the file, and restore the latest backup (docs/backup.md). Clients that are open refill what the backup lacks.";
    /// Positions of a log that no row holds.
    UpdatesLost = "updates_lost":
        "Updates are missing in the log of the room.",
        "Open the room with every client that may still have them: clients give back what the server lacks. Then run gala doctor --set-aside ROOM.";
    /// A row of a log or of a history is not what was written.
    UpdatesUnreadable = "updates_unreadable":
        "The stored bytes of updates are not what was written.",
        "Check the disk. Open the room with every client that may still have them: clients give back what the server lacks. Then run gala doctor --set-aside ROOM.";
    /// An update is not well-formed.
    UpdateMalformed = "update_malformed":
        "Bytes that are no update stand in the log.",
        "The room works without them. Run gala doctor --set-aside ROOM to have it compacted again.";
    /// An update cannot be applied.
    UpdateBreaks = "update_breaks":
        "An update cannot be applied to the document.",
        "The room works without it. A newer version may be able to apply it; run gala doctor --set-aside ROOM to go on without it until then.";
    /// An update builds on what is not there.
    UpdateWaits = "update_waits":
        "An update builds on another one that is not there, and waits for it.",
        "It takes part by itself once a client gives back what it builds on. Nothing has to be done, unless the other one is lost for good: then run gala doctor --set-aside ROOM.";
    /// The past lacks something that the room has.
    PastLacks = "past_lacks":
        "Updates that a snapshot covers are missing or cannot be read: the room is whole, its past is not.",
        "Check the disk. The history of the room cannot show these moments; a backup may.";
    /// The log of a room goes further than the room.
    LogBeyondHead = "log_beyond_head":
        "The log of the room goes further than the room knows: it cannot be opened or written to.",
        "Restore the latest backup, or ask for help with the output of this command.";
    /// A snapshot is not what was written.
    SnapshotUnreadable = "snapshot_unreadable":
        "A snapshot is not what was written. The room opens from an older one, or from its whole log.",
        "Check the disk. The next snapshots take its place; nothing has to be done for the room.";
    /// Something made from a log is not what was written.
    DerivedUnreadable = "derived_unreadable":
        "Something that was made from the log, for the history of the room, is not what was written.",
        "Check the disk. The room itself is not affected; its history takes longer to show these moments.";
    /// A snapshot says something else than the log.
    SnapshotDiffers = "snapshot_differs":
        "A snapshot does not say what the log says.",
        "This is a bug: keep the database and report it with the output of this command.";
    /// A room points at another snapshot than its newest.
    SnapshotSeqWrong = "snapshot_seq_wrong":
        "The room does not point at its newest snapshot.",
        "The next snapshot corrects it. If it stays, report it with the output of this command.";
    /// A chain of the audit is not what was written.
    AuditChanged = "audit_changed":
        "The audit is not as it was written: somebody has changed it, or it is damaged.",
        "Compare it with what was exported earlier, and with a backup.";
    /// A page's room has no place in the tree.
    RoomWithoutPage = "room_without_page":
        "A page has no place in the tree, so that nobody finds it.",
        "Report it with the output of this command; its content is there.";
    /// A page is under itself or under one that is not there.
    PageUnreachable = "page_unreachable":
        "A page stands under itself or under nothing, so that nobody finds it.",
        "Report it with the output of this command; its content is there.";
    /// Something refers across workspaces.
    CrossesWorkspaces = "crosses_workspaces":
        "Something of one workspace refers to another one.",
        "Report it with the output of this command.";
    /// A member is nobody.
    MemberUnknown = "member_unknown":
        "A member is neither a person with an account nor a service with a key.",
        "Remove the member, unless an import is under way.";
    /// Something is granted to somebody who is no member.
    GrantToStranger = "grant_to_stranger":
        "Something is granted to somebody who is no member: it has no effect.",
        "Nothing has to be done.";
    /// A workspace has no owner.
    WorkspaceWithoutOwner = "workspace_without_owner":
        "A workspace has no owner: nobody can manage it.",
        "Give it one with gala user create and an invitation by an admin, or restore a backup.";
    /// A row refers to one that is not there.
    ReferenceBroken = "reference_broken":
        "A row refers to one that is not there.",
        "Stop the server, keep a copy of the file, and restore the latest backup (docs/backup.md).";
}

/// Something that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What it is.
    pub kind: FindingKind,
    /// The workspace it is in, if it is in one.
    pub workspace_id: Option<WorkspaceId>,
    /// The room it is in, if it is in one.
    pub room_id: Option<RoomId>,
    /// The first and the last position it is about.
    pub seqs: Option<(Seq, Seq)>,
    /// More about it; empty when there is nothing to say.
    pub detail: String,
}

impl Finding {
    /// Something about a room.
    pub const fn of_room(kind: FindingKind, workspace: WorkspaceId, room: RoomId) -> Self {
        let (workspace_id, room_id) = (Some(workspace), Some(room));
        Self { kind, workspace_id, room_id, seqs: None, detail: String::new() }
    }

    /// The same with the positions it is about.
    #[must_use]
    pub const fn at(mut self, first: Seq, last: Seq) -> Self {
        self.seqs = Some((first, last));
        self
    }

    /// The same with more about it.
    #[must_use]
    pub fn saying(mut self, detail: impl ToString) -> Self {
        self.detail = detail.to_string();
        self
    }
}

/// How much there is of a room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RoomSize {
    /// The room.
    pub room_id: RoomId,
    /// Its workspace.
    pub workspace_id: WorkspaceId,
    /// Its title.
    pub title: String,
    /// Characters, elements and values that are there.
    pub live: u64,
    /// Those that were deleted, of which only the place is kept.
    pub deleted: u64,
    /// Bytes of its snapshots.
    pub snapshot_bytes: u64,
    /// Bytes of its log.
    pub log_bytes: u64,
    /// Bytes of its history.
    pub history_bytes: u64,
}

impl RoomSize {
    /// Bytes of all that is stored of it.
    pub const fn bytes(&self) -> u64 {
        self.snapshot_bytes + self.log_bytes + self.history_bytes
    }
}

/// What was looked at, and what was found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Version of the schema.
    pub schema_version: i64,
    /// Rooms that were looked at, those in the trash included.
    pub rooms: u64,
    /// Updates in their logs and histories.
    pub updates: u64,
    /// Updates the operator has set aside.
    pub set_aside: u64,
    /// Events of audits that are as they were written.
    pub audit_events: u64,
    /// What is not as it should be.
    pub findings: Vec<Finding>,
    /// The largest rooms.
    pub largest: Vec<RoomSize>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_is_found_is_explained() {
        for kind in FindingKind::ALL {
            assert!(kind.meaning().ends_with('.') && kind.advice().ends_with('.'), "{kind:?}");
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.name());
        }
    }
}
