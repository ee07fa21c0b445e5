//! Who wrote what in a room: kept beside the log, so that nobody has to read all of it again.
//!
//! A row holds everything up to a position; what came after is read from the log. A row that is missing
//! or damaged is made anew from the whole log, part by part. It is stored as one byte for the layout, and,
//! packed: the position, the authors' ids (16 bytes each), what was inserted and what was deleted. Those
//! are, for each client, its id, and its spans as the distance from the end of the last one, the length,
//! the index of the author, the position and the time (microseconds since 1970). Numbers are lib0
//! `varUint`.

use std::collections::HashMap;

use actors::room::{Attribution, Span, Spans, Stamp};
use bytes::{BufMut, Bytes, BytesMut};
use protocol::{
    ids::{PrincipalId, RoomId},
    rooms::Seq,
    time::Timestamp,
    wire::{
        WireError,
        varint::{Reader, put_uint},
    },
};

use super::{
    Tenant,
    database::Transaction,
    error::{Damage, StoreError},
    packed,
    pages::FIRST_GENERATION,
    past::{PastError, Place, Recorded, blocking},
    segment,
    sql::sql,
};

/// The layout described above.
const LAYOUT: u8 = 1;

impl Tenant {
    /// Who wrote what in a room, at least up to a place.
    ///
    /// # Errors
    ///
    /// [`PastError`].
    pub async fn attribution(&self, room: RoomId, upto: Place) -> Result<Attribution, PastError> {
        let mut attribution = self.kept_attribution(room, upto).await?;
        while attribution.seq < upto.seq {
            let part = self.part(room, upto, attribution.seq).await?;
            attribution = blocking(move || record(attribution, &part)).await?;
        }
        Ok(attribution)
    }

    /// Keeps who wrote what up to a place, unless more is kept or the room was erased.
    pub(super) async fn keep_attribution(&self, room: RoomId, upto: Place) -> Result<(), PastError> {
        let attribution = self.attribution(room, upto).await?;
        let seq = attribution.seq;
        let payload = blocking(move || encode(&attribution)).await?;
        let mut tx = self.write().await?;
        if self.hold(&mut tx, room, upto.generation).await? {
            let keep = sql("INSERT INTO room_attribution (room_id, seq, checksum, payload) VALUES ($1, $2, $3, $4) \
                            ON CONFLICT (room_id) DO UPDATE SET seq = excluded.seq, checksum = excluded.checksum, \
                            payload = excluded.payload WHERE room_attribution.seq <= excluded.seq");
            let keep = keep.bind(room).bind(seq).bind(segment::checksum(&payload)).bind(payload);
            tx.commit_after(vec![keep]).await?;
        }
        Ok(())
    }

    /// What is kept; where nothing is, or it is damaged, what there is to begin with.
    async fn kept_attribution(&self, room: RoomId, upto: Place) -> Result<Attribution, StoreError> {
        let mut tx = self.read().await?;
        let one = sql("SELECT seq, checksum, payload FROM room_attribution WHERE room_id = $1");
        if let Some(row) = tx.query_opt(one.bind(room)).await? {
            let (seq, checksum, payload): (Seq, i64, Bytes) = (row.get(0)?, row.get(1)?, row.get(2)?);
            match blocking(move || checked(&payload, checksum, seq)).await {
                Ok(attribution) => return Ok(attribution),
                Err(error) => {
                    let error = &error as &dyn std::error::Error;
                    tracing::error!(room.id = %room, seq, error, "who wrote what is read from the log");
                }
            }
        }
        Ok(Attribution::beginning_after(beginning(&mut tx, room, upto.generation).await?))
    }
}

/// The position before the first update that is kept.
async fn beginning(tx: &mut Transaction, room: RoomId, generation: u64) -> Result<Seq, StoreError> {
    if generation == FIRST_GENERATION {
        return Ok(0);
    }
    let first = sql("SELECT min(seq) FROM room_keyframe WHERE room_id = $1").bind(room);
    Ok(tx.query_opt(first).await?.map_or(Ok(None), |row| row.get(0))?.unwrap_or(0))
}

fn record(mut attribution: Attribution, part: &[Recorded]) -> Result<Attribution, Damage> {
    for Recorded { seq, at, entry } in part {
        let stamp = Stamp { author: entry.author, seq: *seq, at: *at };
        let recorded = attribution.record(&entry.update, stamp);
        recorded.map_err(|_bytes| Damage::Encoding { what: "update", seq: *seq })?;
    }
    Ok(attribution)
}

fn checked(payload: &[u8], checksum: i64, seq: Seq) -> Result<Attribution, Damage> {
    let what = "attribution";
    if segment::checksum(payload) != checksum {
        return Err(Damage::Checksum { what, seq });
    }
    decode(payload).filter(|attribution| attribution.seq == seq).ok_or(Damage::Encoding { what, seq })
}

fn encode(attribution: &Attribution) -> std::io::Result<Bytes> {
    let mut authors: Vec<PrincipalId> = Vec::new();
    let mut indexes = HashMap::new();
    let mut spans = BytesMut::new();
    for kind in [&attribution.inserted, &attribution.deleted] {
        put_spans(&mut spans, kind, |author| {
            *indexes.entry(author).or_insert_with(|| {
                authors.push(author);
                authors.len() as u64 - 1
            })
        });
    }
    let mut out = BytesMut::new();
    put_uint(&mut out, attribution.seq);
    put_uint(&mut out, authors.len() as u64);
    for author in &authors {
        out.put_slice(author.as_uuid().as_bytes());
    }
    out.put_slice(&spans);
    let mut payload = BytesMut::new();
    payload.put_u8(LAYOUT);
    payload.put_slice(&packed::pack(&out)?);
    Ok(payload.freeze())
}

fn put_spans(out: &mut BytesMut, spans: &Spans, mut index_of: impl FnMut(PrincipalId) -> u64) {
    let all: Vec<(u64, Span)> = spans.iter().collect();
    let writers = all.chunk_by(|(one, _), (next, _)| one == next);
    put_uint(out, writers.clone().count() as u64);
    for writer in writers {
        put_uint(out, writer[0].0);
        put_uint(out, writer.len() as u64);
        let mut end = 0;
        for (_, Span { clock, length, stamp: Stamp { author, seq, at } }) in writer {
            put_uint(out, u64::from(clock - end));
            put_uint(out, u64::from(*length));
            put_uint(out, index_of(*author));
            put_uint(out, *seq);
            put_uint(out, at.as_micros().max(0).unsigned_abs());
            end = clock + length;
        }
    }
}

fn decode(payload: &[u8]) -> Option<Attribution> {
    let (layout, packed) = payload.split_first()?;
    let bytes = packed::unpack(packed).ok().filter(|_| *layout == LAYOUT)?;
    read(&mut Reader::new(&bytes)).ok()
}

fn read(reader: &mut Reader<'_>) -> Result<Attribution, WireError> {
    let seq = reader.uint()?;
    let authors = (0..reader.count(16)?).map(|_| Ok(PrincipalId::from(segment::uuid(reader)?)));
    let authors: Vec<PrincipalId> = authors.collect::<Result<_, WireError>>()?;
    let (inserted, deleted) = (read_spans(reader, &authors)?, read_spans(reader, &authors)?);
    Ok(Attribution { seq, inserted, deleted })
}

fn read_spans(reader: &mut Reader<'_>, authors: &[PrincipalId]) -> Result<Spans, WireError> {
    let mut spans = Spans::default();
    for _ in 0..reader.count(2)? {
        let client = reader.uint()?;
        let mut end: u32 = 0;
        for _ in 0..reader.count(5)? {
            let clock = end.checked_add(short(reader)?).ok_or(WireError::Disordered)?;
            let length = short(reader)?;
            let author = *authors.get(short(reader)? as usize).ok_or(WireError::Disordered)?;
            let (seq, micros) = (reader.uint()?, reader.uint()?);
            let stamp = Stamp { author, seq, at: Timestamp::from_micros(micros.cast_signed()) };
            spans.push(client, Span { clock, length, stamp });
            end = clock.checked_add(length).ok_or(WireError::Disordered)?;
        }
    }
    Ok(spans)
}

fn short(reader: &mut Reader<'_>) -> Result<u32, WireError> {
    reader.uint()?.try_into().map_err(|_too_large| WireError::Disordered)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_comes_out_as_it_was() {
        let authors: Vec<PrincipalId> = (0..3).map(|_| PrincipalId::new()).collect();
        let mut attribution = Attribution { seq: 900, ..Attribution::default() };
        for n in 0..900_u32 {
            let stamp = Stamp {
                author: authors[n as usize % 3],
                seq: n.into(),
                at: Timestamp::from_micros(1_763_632_735_000_000 + i64::from(n) * 1_000_001),
            };
            attribution.inserted.add(u64::from(n % 7) << 40, n * 10, 5, stamp);
            attribution.deleted.add(u64::from(n % 5), 9000 - n * 3, 2, stamp);
        }

        let payload = encode(&attribution).unwrap();

        assert_eq!(decode(&payload), Some(attribution));
        assert_eq!(decode(&payload[..payload.len() / 2]), None);
        assert_eq!(decode(&[]), None);
    }
}
