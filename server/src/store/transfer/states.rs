//! What comes out of a room when it is put together.

use actors::room::examine;
use bytes::Bytes;
use protocol::ids::RoomId;
use sha2::{Digest, Sha256};

use crate::store::{
    database::Transaction,
    error::StoreError,
    rooms,
    sql::{Row, Value, sql},
};

/// The columns of `room_state` for a row of the room: id, kind, generation, head_seq.
pub(super) async fn state(tx: &mut Transaction, room: RoomId) -> Result<Vec<Value>, StoreError> {
    let one = sql("SELECT kind, generation, head_seq, erased FROM room WHERE id = $1").bind(room);
    let row: Row = tx.query_opt(one).await?.ok_or_else(|| StoreError::Internal("the room was there".into()))?;
    let stored = rooms::load_from(tx, room, &row).await?;
    let (generation, head) = (stored.generation, stored.head);
    let examined = tokio::task::spawn_blocking(move || examine(stored)).await;
    let examined = examined.map_err(|panicked| StoreError::Corrupt(panicked.into()))?;
    let (left_out, state_vector, content) = match examined {
        Ok(examined) => {
            let left_out: u64 = examined.left_out.iter().map(|left_out| left_out.count()).sum();
            let content = Sha256::new().chain_update(&examined.deleted).chain_update(&examined.content).finalize();
            (left_out, examined.state_vector, Bytes::copy_from_slice(&content))
        }
        // Its snapshot cannot be read: it is moved as it is.
        Err(_damaged) => (head, Bytes::new(), Bytes::new()),
    };
    Ok(vec![room.into(), generation.into(), head.into(), left_out.into(), state_vector.into(), content.into()])
}
