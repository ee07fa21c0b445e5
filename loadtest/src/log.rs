//! Rooms rebuilt from their rows in the database alone, without the server's decoder.

use protocol::wire::{WireError, varint::Reader};
use tokio_postgres::Client;

use crate::failure::Failure;

/// Bytes of an id.
const ID: u64 = 16;
/// Bytes of a time.
const TIME: u64 = 8;

/// Every update of a room in the order of the log, or what is wrong with its rows.
pub(crate) type Log = Result<Vec<Vec<u8>>, String>;

/// Reads the log of a room: what is archived, and what follows it.
///
/// # Errors
///
/// [`Failure`] when the database does not answer.
pub(crate) async fn read(database: &Client, room: &str) -> Result<Log, Failure> {
    let of = |columns: &str, table: &str, order: &str| {
        format!("SELECT {columns} FROM {table} WHERE room_id = '{room}' ORDER BY {order}")
    };
    let history = database.query(&of("from_seq, payload", "room_history", "from_seq"), &[]).await?;
    let tail = database.query(&of("first_seq, payload", "room_log", "first_seq"), &[]).await?;
    let head = database.query_one(&format!("SELECT head_seq FROM room WHERE id = '{room}'"), &[]).await?;
    let mut updates = Vec::new();
    for (rows, read) in [(history, archived as Decode), (tail, segment as Decode)] {
        for row in rows {
            let (first, payload): (i64, Vec<u8>) = (row.get(0), row.get(1));
            if first != updates.len() as i64 + 1 {
                return Ok(Err(format!("{room}: a row begins at {first}, after {} updates", updates.len())));
            }
            if let Err(error) = read(&payload, &mut updates) {
                return Ok(Err(format!("{room}: the row at {first} cannot be read: {error}")));
            }
        }
    }
    let head: i64 = head.get(0);
    if head != updates.len() as i64 {
        return Ok(Err(format!("{room}: the log has {} updates, its room says {head}", updates.len())));
    }
    Ok(Ok(updates))
}

type Decode = fn(&[u8], &mut Vec<Vec<u8>>) -> Result<(), WireError>;

/// The updates of one commit: a byte for the layout; an author and an update, repeatedly.
fn segment(payload: &[u8], updates: &mut Vec<Vec<u8>>) -> Result<(), WireError> {
    let mut reader = layout(payload, 1)?;
    while reader.remaining() > 0 {
        reader.take(ID)?;
        updates.push(reader.bytes()?.to_vec());
    }
    Ok(())
}

/// Segments one after the other: id, position, count, time, payload.
fn archived(payload: &[u8], updates: &mut Vec<Vec<u8>>) -> Result<(), WireError> {
    let mut reader = layout(payload, 1)?;
    while reader.remaining() > 0 {
        reader.take(ID)?;
        let (_position, _count) = (reader.uint()?, reader.uint()?);
        reader.take(TIME)?;
        segment(reader.bytes()?, updates)?;
    }
    Ok(())
}

fn layout(payload: &[u8], known: u8) -> Result<Reader<'_>, WireError> {
    let mut reader = Reader::new(payload);
    let layout = reader.byte()?;
    if layout == known { Ok(reader) } else { Err(WireError::Unknown { what: "layout", value: layout.into() }) }
}
