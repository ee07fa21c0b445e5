//! Writes the records of a file.

use std::io::{self, Write};

use bytes::{BufMut, BytesMut};
use protocol::ids::WorkspaceId;
use sha2::{Digest, Sha256};

use super::{
    Kind, MAGIC, MAX_RECORD_BYTES, VERSION, cells,
    reader::{Section, Summary},
};
use crate::store::sql::Value;

/// A file that is being written.
pub(super) struct Writer<W> {
    out: W,
    hash: Sha256,
    records: u64,
    summary: Summary,
}

impl<W: Write> Writer<W> {
    /// Begins a file.
    pub(super) fn begin(out: W, workspace: WorkspaceId) -> io::Result<Self> {
        let summary = Summary { workspace, records: 0, sections: Vec::new() };
        let mut writer = Self { out, hash: Sha256::new(), records: 0, summary };
        writer.write(MAGIC)?;
        writer.write(&VERSION.to_be_bytes())?;
        writer.record(Kind::Head, workspace.as_uuid().as_bytes())?;
        Ok(writer)
    }

    /// Begins a table.
    pub(super) fn table(&mut self, name: &'static str, columns: &[&str]) -> io::Result<()> {
        let mut payload = BytesMut::new();
        cells::put_bytes(&mut payload, name.as_bytes());
        payload.put_u8(u8::try_from(columns.len()).map_err(io::Error::other)?);
        for column in columns {
            cells::put_bytes(&mut payload, column.as_bytes());
        }
        self.summary.sections.push(Section::new(name));
        self.record(Kind::Table, &payload)
    }

    /// Writes a row of the table begun last.
    pub(super) fn row(&mut self, values: &[Value]) -> io::Result<()> {
        let mut payload = BytesMut::new();
        for value in values {
            cells::put(&mut payload, value);
        }
        if let Some(section) = self.summary.sections.last_mut() {
            section.add(&payload);
        }
        self.record(Kind::Row, &payload)
    }

    /// Ends the file, and says what is in it.
    pub(super) fn end(mut self) -> io::Result<(W, Summary)> {
        let mut payload = BytesMut::from(&self.records.to_be_bytes()[..]);
        payload.extend_from_slice(&self.hash.clone().finalize());
        self.record(Kind::End, &payload)?;
        self.out.flush()?;
        self.summary.records = self.records;
        Ok((self.out, self.summary))
    }

    fn record(&mut self, kind: Kind, payload: &[u8]) -> io::Result<()> {
        let length = u32::try_from(payload.len()).ok().filter(|length| *length <= MAX_RECORD_BYTES);
        let length = length.ok_or_else(|| io::Error::other("a row is too long for a record"))?;
        let mut front = [kind as u8, 0, 0, 0, 0];
        front[1..].copy_from_slice(&length.to_be_bytes());
        let mut checksum = crc32fast::Hasher::new();
        checksum.update(&front);
        checksum.update(payload);
        self.write(&front)?;
        self.write(payload)?;
        self.write(&checksum.finalize().to_be_bytes())?;
        self.records += 1;
        Ok(())
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.hash.update(bytes);
        self.out.write_all(bytes)
    }
}
