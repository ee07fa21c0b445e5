//! The past of a room: what it said then, who wrote what, versions, and going back.

use std::str::FromStr;

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{content::Node, ids::PrincipalId, principal::Principal, rooms::Seq, time::Timestamp};

/// Characters of the name of a version at most.
pub const MAX_VERSION_NAME_CHARS: usize = 100;
/// Versions of a room with a name, and those made by restoring, together at most.
pub const MAX_VERSIONS: usize = 1000;
/// Versions of a room that the server made by itself at most; the oldest go first.
pub const MAX_AUTOMATIC_VERSIONS: usize = 1000;
/// Updates in one run of edits at most.
pub const MAX_RUN_UPDATES: u64 = 10_000;
/// Bytes of the difference between two points at most, as JSON.
pub const MAX_DIFF_BYTES: usize = 32 * 1024 * 1024;
/// Ranges of a room's attribution that are answered at most.
pub const MAX_ATTRIBUTED_RANGES: usize = 200_000;
/// Seconds without an edit after which another run begins.
pub const RUN_PAUSE_S: i64 = 5 * 60;

/// A point in the past of a room: the position of an update, or a time.
///
/// A time means the last update committed by then.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(untagged, expecting = "a position or an RFC 3339 time is expected")]
pub enum Point {
    /// Up to and including this update; 0 is before all of them.
    Seq(u64),
    /// At this time.
    Time(Timestamp),
}

/// The text names no point in the past.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the position of an update and not an RFC 3339 time")]
pub struct InvalidPoint;

impl FromStr for Point {
    type Err = InvalidPoint;

    fn from_str(text: &str) -> Result<Self, InvalidPoint> {
        if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
            return text.parse().map(Self::Seq).map_err(|_too_large| InvalidPoint);
        }
        text.parse().map(Self::Time).map_err(|_invalid| InvalidPoint)
    }
}

/// Which point of the past is wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct At {
    /// The position of an update, or a time (RFC 3339); now when left out.
    pub at: Option<String>,
}

/// Between which points the difference is wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Between {
    /// The position of an update, or a time (RFC 3339); before everything, as 0, when left out.
    pub from: Option<String>,
    /// The position of an update, or a time (RFC 3339); now when left out.
    pub to: Option<String>,
}

/// What a room said at one point.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Moment {
    /// The position of the last update in it.
    #[schema(value_type = u64)]
    pub seq: Seq,
    /// When that was committed.
    pub at: Timestamp,
    /// The title.
    pub title: String,
    /// The content: a node of type `doc`.
    pub content: Node,
}

/// Updates of one author without a long pause between them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EditRun {
    /// The position of its first update.
    #[schema(value_type = u64)]
    pub from_seq: Seq,
    /// The position of its last update.
    #[schema(value_type = u64)]
    pub to_seq: Seq,
    /// When its first update was committed.
    pub from_at: Timestamp,
    /// When its last update was committed.
    pub to_at: Timestamp,
    /// Whose updates they are.
    pub author: Principal,
    /// How many they are.
    pub updates: u64,
}

/// What sort of version it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum VersionKind {
    /// Somebody gave the point a name.
    Named,
    /// The server kept it by itself, once in an hour in which something was written.
    Automatic,
    /// It was made by going back to an earlier point.
    Restore,
}

impl VersionKind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Named, Self::Automatic, Self::Restore];

    /// The kind as it is stored and written.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Named => "named",
            Self::Automatic => "automatic",
            Self::Restore => "restore",
        }
    }
}

/// A point of the past that somebody may look for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct VersionView {
    /// The position of the last update in it.
    #[schema(value_type = u64)]
    pub seq: Seq,
    /// When that was committed.
    pub at: Timestamp,
    /// Its name, if somebody gave it one.
    pub name: Option<String>,
    /// What sort of version it is.
    pub kind: VersionKind,
    /// Who named it or went back; of an automatic version, who wrote last.
    pub author: Principal,
}

/// Names a point of the past.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateVersion {
    /// 1 to 100 characters on one line.
    #[schema(min_length = 1, max_length = 100)]
    pub name: String,
    /// The point; now when left out.
    #[serde(default)]
    pub at: Option<Point>,
}

/// Names a version anew. An automatic one becomes a named one, which stays.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RenameVersion {
    /// 1 to 100 characters on one line.
    #[schema(min_length = 1, max_length = 100)]
    pub name: String,
}

/// Asks a room to say again what it said then.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RestoreRoom {
    /// The point to go back to.
    pub at: Point,
}

/// A room says again what it said then.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Restored {
    /// The version the restore made: its `seq` is that of the edit. Restoring the one before it takes
    /// the restore back.
    pub version: VersionView,
}

/// Asks for everything a room says and has said to be deleted for good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EraseRoom {}

/// Everything a room said is deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Erased {
    /// The room's generation from now on; local copies of an earlier one are void.
    pub generation: u64,
}

/// What was done to a piece of content between two points.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    /// It was not there before.
    Inserted,
    /// It is not there after.
    Deleted,
}

/// Who changed a piece of content between two points, and when: the attributes of the mark `change`,
/// and the attribute `change` of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ContentChange {
    /// What was done.
    pub kind: ChangeKind,
    /// Who did it; null where that is not known.
    pub author: Option<PrincipalId>,
    /// When it was committed; null where that is not known.
    pub at: Option<Timestamp>,
}

/// The titles at both points.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TitleChange {
    /// The title at the first point.
    pub before: String,
    /// The title at the second point.
    pub after: String,
}

/// The difference between two points of a room's past.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct HistoryDiff {
    /// The position of the first point.
    #[schema(value_type = u64)]
    pub from: Seq,
    /// The position of the second point.
    #[schema(value_type = u64)]
    pub to: Seq,
    /// Everybody whose id stands in the content.
    pub authors: Vec<Principal>,
    /// The titles.
    pub title: TitleChange,
    /// Both contents in one document. Text that was inserted or deleted has the mark `change`, a block
    /// that was has the attribute `change`, both as [`ContentChange`] says.
    pub content: Node,
}

/// Consecutive ids of one Yjs client, and who wrote what has them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AttributedRange {
    /// The Yjs client.
    pub client: u64,
    /// The first clock.
    pub clock: u32,
    /// How many clocks, from the first on.
    pub length: u32,
    /// Who wrote it: the author the server authenticated, whatever the client said.
    pub author: PrincipalId,
    /// The position of the update that brought the first of them.
    #[schema(value_type = u64)]
    pub seq: Seq,
    /// When that was committed; the others followed within a minute.
    pub at: Timestamp,
}

/// Who wrote what is in a room, by Yjs id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Attribution {
    /// Every id there is, by client and clock.
    pub ranges: Vec<AttributedRange>,
    /// Everybody whose id stands in the ranges.
    pub authors: Vec<Principal>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_point_is_a_position_or_a_time() {
        let time = Timestamp::from_micros(1_763_632_735_000_000);

        assert_eq!("17".parse(), Ok(Point::Seq(17)));
        assert_eq!("2025-11-20T10:58:55+01:00".parse(), Ok(Point::Time(time)));
        for wrong in ["", "-1", "1.5", "yesterday", "2025-11-20", "99999999999999999999"] {
            assert_eq!(wrong.parse::<Point>(), Err(InvalidPoint), "{wrong}");
        }
        assert_eq!(serde_json::from_str::<Point>("17").unwrap(), Point::Seq(17));
        assert_eq!(serde_json::from_str::<Point>("\"2025-11-20T09:58:55Z\"").unwrap(), Point::Time(time));
        assert!(serde_json::from_str::<Point>("-1").is_err());
    }

    #[test]
    fn a_kind_is_written_by_its_name() {
        for kind in VersionKind::ALL {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.name());
        }
    }
}
