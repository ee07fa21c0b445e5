//! Reads the records of a file, and says which is the first that cannot be right.

use std::io::{self, Read};

use bytes::Bytes;
use protocol::ids::WorkspaceId;
use sha2::{Digest, Sha256};

use super::{
    Kind, MAGIC, MAX_RECORD_BYTES, VERSION,
    cells::{Cells, Unreadable},
    tables::{self, Table},
};
use crate::store::sql::Value;

/// Why a file is not read.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// It is something else.
    #[error("this is no export of a workspace")]
    Foreign,
    /// A newer version has written it.
    #[error("the file has version {found}, this program reads {VERSION} at most: use the newer version")]
    Newer {
        /// The version of the file.
        found: u32,
    },
    /// A record is not what was written, or is not there.
    #[error("record {number} ({kind}, at byte {offset}) {why}")]
    Damaged {
        /// Which one, counted from 1.
        number: u64,
        /// What it is, or would be.
        kind: String,
        /// Where it begins.
        offset: u64,
        /// What is wrong with it.
        why: &'static str,
    },
    /// The file cannot be read.
    #[error("the file cannot be read")]
    Io(#[from] io::Error),
}

/// What is in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// Whose file it is.
    pub workspace: WorkspaceId,
    /// Its records, head and end included.
    pub records: u64,
    /// Its tables, in their order.
    pub sections: Vec<Section>,
}

impl Summary {
    /// How many rows a table has.
    pub fn rows(&self, table: &str) -> u64 {
        self.sections.iter().filter(|section| section.table == table).map(|section| section.rows).sum()
    }
}

/// The rows of one table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// The name of the table.
    pub table: &'static str,
    /// How many they are.
    pub rows: u64,
    hash: [u8; 32],
}

impl Section {
    pub(super) const fn new(table: &'static str) -> Self {
        Self { table, rows: 0, hash: [0; 32] }
    }

    /// Takes note of a row: what is hashed is the hash so far and the row.
    pub(super) fn add(&mut self, row: &[u8]) {
        self.rows += 1;
        self.hash = Sha256::new().chain_update(self.hash).chain_update(row).finalize().into();
    }
}

/// Reads a file from its first byte to its last.
///
/// # Errors
///
/// [`FileError`], naming the first record that cannot be right.
pub fn verify(file: impl Read) -> Result<Summary, FileError> {
    let mut reader = Reader::begin(file)?;
    while reader.next_row()?.is_some() {}
    reader.finish()
}

/// Whose file it is; no more of it is read.
///
/// # Errors
///
/// [`FileError`].
pub fn workspace_of(file: impl Read) -> Result<WorkspaceId, FileError> {
    Ok(Reader::begin(file)?.workspace())
}

/// A row of a file.
pub(super) struct FileRow {
    pub(super) table: &'static Table,
    pub(super) values: Vec<Value>,
}

/// A file that is being read.
pub(super) struct Reader<R> {
    file: R,
    hash: Sha256,
    offset: u64,
    records: u64,
    /// Where the present record begins, and what it is.
    record: (u64, Option<Kind>),
    summary: Summary,
    /// Tables that have not begun.
    due: std::slice::Iter<'static, Table>,
    table: Option<&'static Table>,
}

impl<R: Read> Reader<R> {
    /// Reads whose file it is.
    pub(super) fn begin(file: R) -> Result<Self, FileError> {
        let workspace = WorkspaceId::nil();
        let mut reader = Self {
            file,
            hash: Sha256::new(),
            offset: 0,
            records: 0,
            record: (0, None),
            summary: Summary { workspace, records: 0, sections: Vec::new() },
            due: tables::TABLES.iter(),
            table: None,
        };
        let front = reader.read(MAGIC.len() as u64 + 4)?;
        let (magic, version) = front.split_at_checked(MAGIC.len()).ok_or(FileError::Foreign)?;
        let version: [u8; 4] = version.try_into().map_err(|_length| FileError::Foreign)?;
        match u32::from_be_bytes(version) {
            _ if magic != MAGIC => return Err(FileError::Foreign),
            0 => return Err(FileError::Foreign),
            found if found > VERSION => return Err(FileError::Newer { found }),
            _ => (),
        }
        let mut head = reader.record_of(Kind::Head)?;
        reader.summary.workspace = reader.readable(head.uuid())?.into();
        reader.ends(&head)?;
        Ok(reader)
    }

    /// Whose file it is.
    pub(super) const fn workspace(&self) -> WorkspaceId {
        self.summary.workspace
    }

    /// How many records were read.
    pub(super) const fn number(&self) -> u64 {
        self.records
    }

    /// The next row; `None` behind the last.
    pub(super) fn next_row(&mut self) -> Result<Option<FileRow>, FileError> {
        loop {
            let before = self.hash.clone();
            let (kind, payload) = self.next()?;
            match kind {
                Kind::Head => return Err(self.damaged("stands in the wrong place")),
                Kind::Table => self.begin_table(Cells::new(payload))?,
                Kind::Row => return self.row(payload).map(Some),
                Kind::End => return self.end(Cells::new(payload), &before).map(|()| None),
            }
        }
    }

    /// What was in the file, after its last row.
    pub(super) fn finish(mut self) -> Result<Summary, FileError> {
        self.record = (self.offset, None);
        if !self.read(1)?.is_empty() {
            return Err(self.damaged("follows the end"));
        }
        self.summary.records = self.records;
        Ok(self.summary)
    }

    /// The present record cannot be right.
    pub(super) fn damaged(&self, why: &'static str) -> FileError {
        let kind = match (self.record.1, self.table) {
            (Some(Kind::Head), _) => "head".to_owned(),
            (Some(Kind::Table), _) => "beginning of a table".to_owned(),
            (Some(Kind::Row), Some(table)) => format!("row of {}", table.name),
            (Some(Kind::End), _) => "end".to_owned(),
            (Some(Kind::Row), None) | (None, _) => "unknown".to_owned(),
        };
        FileError::Damaged { number: self.records, kind, offset: self.record.0, why }
    }

    fn begin_table(&mut self, mut cells: Cells) -> Result<(), FileError> {
        self.table = None;
        let name = self.readable(cells.text())?;
        let table = self.due.next().filter(|table| table.name == name);
        let table = table.ok_or_else(|| self.damaged("begins a table that is not expected here"))?;
        let columns = self.readable(cells.byte())?;
        let mut names = Vec::new();
        for _ in 0..columns {
            names.push(self.readable(cells.text())?);
        }
        self.ends(&cells)?;
        if !table.columns.iter().map(|column| column.name).eq(names.iter()) {
            return Err(self.damaged("has other columns than this version knows"));
        }
        self.table = Some(table);
        self.summary.sections.push(Section::new(table.name));
        Ok(())
    }

    fn row(&mut self, payload: Bytes) -> Result<FileRow, FileError> {
        let table = self.table.ok_or_else(|| self.damaged("belongs to no table"))?;
        if let Some(section) = self.summary.sections.last_mut() {
            section.add(&payload);
        }
        let mut cells = Cells::new(payload);
        let mut values = Vec::with_capacity(table.columns.len());
        for column in table.columns {
            let value = self.readable(cells.value())?;
            if !column.kind.takes(&value) {
                return Err(self.damaged("has a value of another type than its column"));
            }
            values.push(value);
        }
        self.ends(&cells)?;
        Ok(FileRow { table, values })
    }

    fn end(&mut self, mut cells: Cells, before: &Sha256) -> Result<(), FileError> {
        if self.due.next().is_some() {
            return Err(self.damaged("comes before every table was there"));
        }
        let records = self.readable(cells.u64())?;
        let hash = self.readable(cells.take(32))?;
        self.ends(&cells)?;
        if records + 1 != self.records || *hash != *before.clone().finalize() {
            return Err(self.damaged("says that other records stood before it"));
        }
        Ok(())
    }

    fn record_of(&mut self, expected: Kind) -> Result<Cells, FileError> {
        let (kind, payload) = self.next()?;
        if kind == expected { Ok(Cells::new(payload)) } else { Err(self.damaged("stands in the wrong place")) }
    }

    fn next(&mut self) -> Result<(Kind, Bytes), FileError> {
        self.record = (self.offset, None);
        self.records += 1;
        let front: [u8; 5] = self.exactly(5)?.as_slice().try_into().map_err(|_length| self.damaged("is cut off"))?;
        let [kind, length @ ..] = front;
        let length = u32::from_be_bytes(length);
        self.record.1 = Kind::of(kind);
        let kind = self.record.1.ok_or_else(|| self.damaged("is of no known kind"))?;
        if length > MAX_RECORD_BYTES {
            return Err(self.damaged("is longer than any record"));
        }
        let payload = self.exactly(length.into())?;
        let checksum = self.exactly(4)?;
        let mut computed = crc32fast::Hasher::new();
        computed.update(&front);
        computed.update(&payload);
        if checksum != computed.finalize().to_be_bytes() {
            return Err(self.damaged("has a wrong checksum"));
        }
        Ok((kind, payload.into()))
    }

    fn exactly(&mut self, len: u64) -> Result<Vec<u8>, FileError> {
        let bytes = self.read(len)?;
        if bytes.len() as u64 == len { Ok(bytes) } else { Err(self.damaged("is cut off")) }
    }

    /// Up to `len` bytes; fewer at the end of the file. Takes no more memory than there are bytes.
    fn read(&mut self, len: u64) -> Result<Vec<u8>, FileError> {
        let mut bytes = Vec::new();
        self.file.by_ref().take(len).read_to_end(&mut bytes)?;
        self.hash.update(&bytes);
        self.offset += bytes.len() as u64;
        Ok(bytes)
    }

    fn readable<T>(&self, read: Result<T, Unreadable>) -> Result<T, FileError> {
        read.map_err(|Unreadable| self.damaged("cannot be read"))
    }

    fn ends(&self, cells: &Cells) -> Result<(), FileError> {
        if cells.is_empty() { Ok(()) } else { Err(self.damaged("is longer than what is in it")) }
    }
}
