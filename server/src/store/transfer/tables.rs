//! What belongs to a workspace, and what is left behind.
//!
//! A table with rows of workspaces is in [`TABLES`] or in [`LEFT_BEHIND`], with all its columns; a test
//! reads the schema and fails when one is missing. To add one: its entry here, behind everything its
//! rows refer to.

use crate::store::sql::Value;

/// A table that goes into the file.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) name: &'static str,
    /// The first ones, [`Table::key`] of them, are its key: the order of the rows. None of them is a
    /// text, which the engines order differently.
    pub(super) columns: &'static [Column],
    pub(super) key: usize,
    /// Which rows are those of the workspace `$1`.
    pub(super) of: &'static str,
    /// Rows read at once: few where they may be large.
    pub(super) rows_at_once: i64,
    pub(super) source: Source,
}

/// Where the rows come from, and go to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    /// The table of this name.
    Rows,
    /// The accounts of members: they are matched by their addresses.
    People,
    /// What comes out of the rooms: it is compared, not written.
    Rooms,
}

#[derive(Debug)]
pub(super) struct Column {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
}

/// What a column holds. An id that names something outside of the workspace is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// The workspace itself.
    Workspace,
    /// A room that begins here.
    NewRoom,
    /// A room of the workspace.
    Room,
    /// The same, written once every row of the table is there: it may stand behind this one.
    LaterRoom,
    /// A person that begins here.
    NewPerson,
    /// A service that begins here.
    NewService,
    /// A person or service of the workspace.
    Member,
    /// Whoever did something, be they known or not.
    Principal,
    /// No account goes along: always null.
    Nobody,
    /// The id of the row itself.
    Id,
    Integer,
    Text,
    Bytes,
    Time,
}

impl Kind {
    /// Whether it can hold this value. Whether it may be null, the database knows.
    pub(super) const fn takes(self, value: &Value) -> bool {
        match value {
            Value::Null => true,
            Value::Integer(_) => matches!(self, Self::Integer),
            Value::Text(_) => matches!(self, Self::Text),
            Value::Bytes(_) => matches!(self, Self::Bytes),
            Value::Time(_) => matches!(self, Self::Time),
            Value::Uuid(_) => !matches!(self, Self::Nobody | Self::Integer | Self::Text | Self::Bytes | Self::Time),
        }
    }
}

const OF_WORKSPACE: &str = "workspace_id = $1";
const OF_ROOM: &str = "room_id IN (SELECT id FROM room WHERE workspace_id = $1)";
/// Rows of a few hundred bytes.
const SMALL: i64 = 500;
/// Rows of a megabyte, at worst a few.
const LARGE: i64 = 8;
/// Rows of many megabytes.
const HUGE: i64 = 1;

/// Declares tables: name, source, which rows, how many at once, columns of the key, other columns.
macro_rules! tables {
    ($($name:ident $source:ident $of:expr, $rows:ident, ($($key:ident: $key_kind:ident),*) {
        $($column:ident: $kind:ident),* $(,)?
    })*) => {
        &[$(Table {
            name: stringify!($name),
            columns: &[
                $(Column { name: stringify!($key), kind: Kind::$key_kind },)*
                $(Column { name: stringify!($column), kind: Kind::$kind },)*
            ],
            key: [$(stringify!($key)),*].len(),
            of: $of,
            rows_at_once: $rows,
            source: Source::$source,
        }),*]
    };
}

/// Everything that goes into the file, in its order.
pub(super) static TABLES: &[Table] = tables! {
    // How they sign in stays behind: an account that is new here has no password.
    account People "id IN (SELECT principal_id FROM member WHERE workspace_id = $1)", SMALL, (id: NewPerson) {
        email: Text, name: Text
    }
    workspace Rows "id = $1", SMALL, (id: Workspace) { name: Text, created_at: Time, deleted_at: Time }
    // The keys of services, by their hashes: they go on working. Keys of persons belong to the account.
    api_key Rows "workspace_id = $1 AND account_id IS NULL", SMALL, (id: Id) {
        hash: Bytes, prefix: Text, principal_id: NewService, account_id: Nobody, workspace_id: Workspace, name: Text,
        scopes: Text, created_at: Time, expires_at: Time, last_used_at: Time
    }
    member Rows OF_WORKSPACE, SMALL, (principal_id: Member) { workspace_id: Workspace, role: Text, joined_at: Time }
    // The links of invitations and share links are signed with the server's secret: with another one
    // they open nothing, and can still be revoked.
    invitation Rows OF_WORKSPACE, SMALL, (id: Id) {
        workspace_id: Workspace, role: Text, email: Text, invited_by: Principal, created_at: Time, expires_at: Time
    }
    room Rows OF_WORKSPACE, SMALL, (id: NewRoom) {
        workspace_id: Workspace, kind: Text, title: Text, generation: Integer, head_seq: Integer,
        snapshot_seq: Integer, created_at: Time, updated_at: Time, deleted_at: Time, erased: Bytes
    }
    page Rows OF_WORKSPACE, SMALL, (id: Room) {
        workspace_id: Workspace, parent_id: LaterRoom, position: Integer, trashed_at: Time, member_level: Text
    }
    page_grant Rows OF_WORKSPACE, SMALL, (page_id: Room, principal_id: Member) { workspace_id: Workspace, level: Text }
    share_link Rows OF_WORKSPACE, SMALL, (id: Id) {
        workspace_id: Workspace, page_id: Room, access: Text, created_by: Principal, created_at: Time, expires_at: Time
    }
    // Segments byte for byte, damaged ones too. Whoever wrote them keeps the id they had.
    room_log Rows OF_ROOM, LARGE, (room_id: Room, first_seq: Integer) {
        id: Id, count: Integer, created_at: Time, checksum: Integer, payload: Bytes
    }
    room_history Rows OF_ROOM, HUGE, (room_id: Room, from_seq: Integer) {
        to_seq: Integer, bytes: Integer, from_at: Time, to_at: Time, checksum: Integer, payload: Bytes
    }
    // They could be made anew, but for the one an erasure leaves, and rooms open at once with them.
    room_snapshot Rows OF_ROOM, HUGE, (room_id: Room, generation: Integer, seq: Integer) {
        encoding: Text, verified_at: Time, checksum: Integer, payload: Bytes
    }
    room_keyframe Rows OF_ROOM, HUGE, (room_id: Room, seq: Integer) { at: Time, checksum: Integer, payload: Bytes }
    room_version Rows OF_ROOM, SMALL, (room_id: Room, seq: Integer) {
        at: Time, kind: Text, name: Text, author_id: Principal
    }
    room_attribution Rows OF_ROOM, HUGE, (room_id: Room) { seq: Integer, checksum: Integer, payload: Bytes }
    room_set_aside Rows OF_ROOM, SMALL, (room_id: Room, first_seq: Integer) {
        last_seq: Integer, reason: Text, at: Time
    }
    // The chain as it is: whoever acts in it keeps the id they had.
    audit_head Rows OF_WORKSPACE, SMALL, (workspace_id: Workspace) { seq: Integer, hash: Bytes }
    audit_event Rows OF_WORKSPACE, SMALL, (workspace_id: Workspace, seq: Integer) {
        at: Time, actor_id: Id, action: Text, object: Text, detail: Text, address: Text, hash: Bytes
    }
    room_state Rooms OF_WORKSPACE, HUGE, (room_id: Room) {
        generation: Integer, head_seq: Integer, left_out: Integer, state_vector: Bytes, content: Bytes
    }
};

/// Tables that do not go into the file, each with its reason.
#[cfg(test)]
const LEFT_BEHIND: &[(&str, &str)] = &[
    ("migration", "of the database"),
    ("account_alias", "who the people of imported workspaces are here"),
    ("identity", "how accounts sign in elsewhere, at providers of this server"),
    ("device", "who is signed in here"),
    ("refresh_token", "who is signed in here"),
    ("mail_token", "links this server has mailed"),
    ("signing_key", "of this server"),
    ("vault_key", "locked with the secret of this server"),
    ("vault_secret", "locked with the secret of this server"),
    ("lease", "who works on what right now"),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use protocol::time::Timestamp;

    use super::*;
    use crate::store::{database::Database, migrate, sqlite::Sqlite};

    /// Columns of accounts that stay behind: how somebody signs in.
    const OF_ACCOUNTS: [&str; 3] = ["password_hash", "email_verified_at", "created_at"];

    #[tokio::test]
    async fn every_table_and_column_goes_along_or_has_a_reason_to_stay() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("gala.db");
        let database = Database::Sqlite(Sqlite::open(&file).unwrap());
        migrate::migrate(&database, Timestamp::from_seconds(0)).await.unwrap();
        let schema = rusqlite::Connection::open(&file).unwrap();
        let list = |sql: &str| -> BTreeSet<String> {
            let mut statement = schema.prepare(sql).unwrap();
            statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
        };

        let there = list("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'");
        let known = TABLES.iter().filter(|table| table.source != Source::Rooms).map(|table| table.name);
        let known = known.chain(LEFT_BEHIND.iter().map(|(name, _)| *name)).map(str::to_owned).collect();
        assert_eq!(there, known, "a table is in TABLES or in LEFT_BEHIND");

        for table in TABLES.iter().filter(|table| table.source != Source::Rooms) {
            let there = list(&format!("SELECT name FROM pragma_table_info('{}')", table.name));
            let stay = if table.source == Source::People { &OF_ACCOUNTS[..] } else { &[] };
            let known = table.columns.iter().map(|column| column.name).chain(stay.iter().copied());
            assert_eq!(there, known.map(str::to_owned).collect(), "the columns of {}", table.name);
        }
    }

    #[test]
    fn what_rows_refer_to_stands_before_them() {
        let position = |name: &str| TABLES.iter().position(|table| table.name == name).unwrap();
        let mentions = |table: &Table, kinds: &[Kind]| table.columns.iter().any(|column| kinds.contains(&column.kind));

        for (index, table) in TABLES.iter().enumerate() {
            assert!(!mentions(table, &[Kind::Room, Kind::LaterRoom]) || index > position("room"), "{}", table.name);
            assert!(!mentions(table, &[Kind::Member]) || index > position("api_key"), "{}", table.name);
            assert!(table.key > 0 && table.key <= table.columns.len(), "{}", table.name);
        }
    }
}
