//! Updates that the operator has set aside for good: they stay where they are stored, and are left out
//! when the room is put together.

use actors::room::{
    LeftOut,
    log::{Append, Entry, RoomLog},
};
use protocol::{ids::RoomId, rooms::Seq};

use super::{
    NewEvent, Store,
    audit::{self, SERVER},
    database::{Scope, Transaction},
    error::{Damage, StoreError},
    pieces::Piece,
    rooms,
    sql::{Answer, Statement, sql},
};

impl Store {
    /// Sets updates of a room aside, which is compacted again once nothing else is left out of it. Those
    /// that are set aside already stay so.
    ///
    /// # Errors
    ///
    /// As [`StoreError`] says.
    pub async fn set_aside(&self, room: RoomId, left_out: &[LeftOut], event: &NewEvent) -> Result<(), StoreError> {
        let mut tx = self.database.write(Scope::Server).await?;
        let mut statements = Vec::new();
        for LeftOut { first, last, why } in left_out {
            let insert = sql("INSERT INTO room_set_aside (room_id, first_seq, last_seq, reason, at) \
                              VALUES ($1, $2, $3, $4, $5) ON CONFLICT (room_id, first_seq) \
                              DO UPDATE SET last_seq = excluded.last_seq");
            statements.push(insert.bind(room).bind(*first).bind(*last).bind(why.name()).bind(event.at));
        }
        statements.extend(audit::append(&mut tx, SERVER, event).await?);
        tx.commit_after(statements).await.map(drop)
    }

    /// Lets everything back into a room that was set aside; answers with how many updates can be read.
    /// They are appended once more, since snapshots may have been made without them.
    ///
    /// # Errors
    ///
    /// As [`StoreError`] says; [`StoreError::Corrupt`] when there is no such room.
    pub async fn let_back(&self, room: RoomId, event: &NewEvent) -> Result<u64, StoreError> {
        let mut tx = self.database.read(Scope::Server).await?;
        let one = sql("SELECT generation, head_seq FROM room WHERE id = $1 AND deleted_at IS NULL").bind(room);
        let row = tx.query_opt(one).await?.ok_or(Damage::Missing { what: "such room" })?;
        let (generation, known) = (row.get(0)?, row.get(1)?);
        let entries = entries(&mut tx, room).await?;
        drop(tx);
        let count = entries.len() as u64;
        if count > 0 {
            let append = self.append(Append { room, generation, known, entries, title: None }).await;
            append.map_err(|error| StoreError::Unavailable(error.into()))?;
        }
        let mut tx = self.database.write(Scope::Server).await?;
        let mut statements = vec![sql("DELETE FROM room_set_aside WHERE room_id = $1").bind(room)];
        statements.extend(audit::append(&mut tx, SERVER, event).await?);
        tx.commit_after(statements).await?;
        Ok(count)
    }
}

/// The positions of a room that are set aside, from the first to the last of each decision.
pub(super) async fn of_room(tx: &mut Transaction, room: RoomId) -> Result<Vec<(Seq, Seq)>, StoreError> {
    let answers = tx.run(vec![listed(room)]).await?;
    Ok(answers.first().map(read).transpose()?.unwrap_or_default())
}

/// Asks for the positions of a room that are set aside.
pub(super) fn listed(room: RoomId) -> Statement {
    sql("SELECT first_seq, last_seq FROM room_set_aside WHERE room_id = $1 ORDER BY first_seq").bind(room)
}

/// The answer to [`listed`].
pub(super) fn read(answer: &Answer) -> Result<Vec<(Seq, Seq)>, StoreError> {
    answer.rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
}

/// What can be read of that which is set aside in a room.
pub(super) async fn entries(tx: &mut Transaction, room: RoomId) -> Result<Vec<Entry>, StoreError> {
    let aside = of_room(tx, room).await?;
    if aside.is_empty() {
        return Ok(Vec::new());
    }
    Ok(entries_at(rooms::pieces_after(tx, room, 0).await?, &aside))
}

fn entries_at(pieces: Vec<Piece>, positions: &[(Seq, Seq)]) -> Vec<Entry> {
    let entries = pieces.into_iter().flat_map(|piece| (piece.first..).zip(piece.entries.unwrap_or_default()));
    let wanted = entries.filter(|(seq, _)| positions.iter().any(|(first, last)| (first..=last).contains(&seq)));
    wanted.map(|(_, entry)| entry).collect()
}
