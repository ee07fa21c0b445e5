//! What is said of somebody in a workspace and on the way to a room. What follows from it is decided in
//! `services/standing.rs`.

use protocol::{
    access::Role,
    ids::{PrincipalId, RoomId, WorkspaceId},
    sharing::Level,
    time::Timestamp,
};

use super::{
    Store,
    database::Scope,
    error::{Damage, StoreError},
    sql::{Row, sql},
};

/// What one page says of who may enter it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Said {
    /// What all members may do.
    pub members: Option<Level>,
    /// What one member may do.
    pub own: Option<Level>,
}

/// What is said of one principal about a room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoomStanding {
    /// The workspace of the room.
    pub workspace: WorkspaceId,
    /// Whether it can be entered: the room of a page in the trash cannot.
    pub is_live: bool,
    /// What the principal is in it.
    pub role: Option<Role>,
    /// What is said on the page, and on each page above it, up to the top.
    pub path: Vec<(RoomId, Said)>,
}

impl Store {
    /// What a principal is in a workspace; `None` if they do not belong to it or it is deleted.
    ///
    /// # Errors
    ///
    /// As [`StoreError`] says.
    pub async fn role_in(&self, workspace: WorkspaceId, principal: PrincipalId) -> Result<Option<Role>, StoreError> {
        let one = sql("SELECT member.role FROM member JOIN workspace ON workspace.id = member.workspace_id \
                       WHERE member.workspace_id = $1 AND member.principal_id = $2 AND workspace.deleted_at IS NULL");
        let row = self.database.query_opt(Scope::Server, one.bind(workspace).bind(principal)).await?;
        row.map(|row| role(&row.get::<String>(0)?)).transpose()
    }

    /// What is said of a principal about a room, in the trash or not; `None` if there is no such room
    /// or its workspace is deleted.
    ///
    /// # Errors
    ///
    /// As [`StoreError`] says.
    pub async fn standing(&self, room: RoomId, principal: PrincipalId) -> Result<Option<RoomStanding>, StoreError> {
        let place = sql("SELECT room.workspace_id, member.role, room.deleted_at FROM room \
                         JOIN workspace ON workspace.id = room.workspace_id AND workspace.deleted_at IS NULL \
                         LEFT JOIN member ON member.workspace_id = room.workspace_id AND member.principal_id = $2 \
                         WHERE room.id = $1");
        let path = sql("WITH RECURSIVE above (id, parent_id, member_level, distance) AS ( \
                            SELECT id, parent_id, member_level, CAST(0 AS BIGINT) FROM page WHERE id = $1 \
                            UNION ALL \
                            SELECT page.id, page.parent_id, page.member_level, above.distance + 1 \
                            FROM above JOIN page ON page.id = above.parent_id \
                        ) SELECT above.id, above.member_level, page_grant.level FROM above LEFT JOIN page_grant \
                        ON page_grant.page_id = above.id AND page_grant.principal_id = $2 ORDER BY distance");
        let statements = vec![place.bind(room).bind(principal), path.bind(room).bind(principal)];
        let answers = self.database.read_once(Scope::Server, statements).await?;
        let [place, path] = answers.as_slice() else { return Ok(None) };
        let Some(row) = place.rows.first() else { return Ok(None) };
        let path = path.rows.iter().map(|row| Ok((row.get(0)?, Said::read(row, 1)?)));
        Ok(Some(RoomStanding {
            workspace: row.get(0)?,
            is_live: row.get::<Option<Timestamp>>(2)?.is_none(),
            role: row.get::<Option<String>>(1)?.as_deref().map(role).transpose()?,
            path: path.collect::<Result<_, StoreError>>()?,
        }))
    }
}

impl Said {
    /// Two columns of a row, from `first` on: `page.member_level`, `page_grant.level`.
    pub(super) fn read(row: &Row, first: usize) -> Result<Self, StoreError> {
        let level = |index| row.get::<Option<String>>(index)?.as_deref().map(level).transpose();
        Ok(Self { members: level(first)?, own: level(first + 1)? })
    }
}

/// The role with this name.
pub(super) fn role(name: &str) -> Result<Role, StoreError> {
    let role = Role::ALL.into_iter().find(|role| role.name() == name);
    role.ok_or(Damage::Unknown { what: "role" }.into())
}

/// The level with this name.
pub(super) fn level(name: &str) -> Result<Level, StoreError> {
    let level = Level::ALL.into_iter().find(|level| level.name() == name);
    level.ok_or(Damage::Unknown { what: "level of access" }.into())
}
