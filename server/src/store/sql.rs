//! Statements, what is bound to them and what comes back, the same for both engines.
//!
//! The types that can be bound ([`Value`]) and read ([`Column`]) are a closed list: another one
//! would work on one engine and fail, or mean something else, on the other. To add one: a variant
//! of `Value` with its two encodings, or a line in `columns!`.

use std::borrow::Cow;

use bytes::{Bytes, BytesMut};
use protocol::{
    ids::{ApiKeyId, DeviceId, InvitationId, NodeId, PrincipalId, RoomId, SegmentId, ShareLinkId, WorkspaceId},
    time::Timestamp,
};
use rusqlite::types::{self as sqlite, ToSqlOutput, ValueRef};
use tokio_postgres::types::{self as postgres, IsNull, ToSql, Type};
use uuid::Uuid;

use super::error::StoreError;
use crate::digest::Digest;

type Cause = Box<dyn std::error::Error + Send + Sync>;

/// A statement and what is bound to its `$1`, `$2`, ….
pub(super) struct Statement {
    pub(super) text: Cow<'static, str>,
    pub(super) values: Vec<Value>,
}

/// A statement, as Postgres reads it; `dialect.rs` says which parts of SQL it may use.
pub(super) fn sql(text: impl Into<Cow<'static, str>>) -> Statement {
    Statement { text: text.into(), values: Vec::new() }
}

impl Statement {
    /// Binds the next parameter.
    pub(super) fn bind(mut self, value: impl Into<Value>) -> Self {
        self.values.push(value.into());
        self
    }

    /// Binds the next parameters.
    pub(super) fn bind_all(mut self, values: impl IntoIterator<Item = impl Into<Value>>) -> Self {
        self.values.extend(values.into_iter().map(Into::into));
        self
    }
}

/// `count` parameters from `$first` on: `$1, $2, $3`.
pub(super) fn parameters(first: usize, count: usize) -> String {
    let parameters: Vec<String> = (first..first + count).map(|number| format!("${number}")).collect();
    parameters.join(", ")
}

/// The parameters of `count` rows of `width` columns: `($1, $2), ($3, $4)`.
pub(super) fn rows(count: usize, width: usize) -> String {
    let rows: Vec<String> = (0..count).map(|row| format!("({})", parameters(row * width + 1, width))).collect();
    rows.join(", ")
}

/// What a statement did.
pub(super) struct Answer {
    /// The rows it answered with.
    pub(super) rows: Vec<Row>,
    /// How many rows it wrote.
    pub(super) affected: u64,
}

/// Something that can be bound.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    Null,
    Integer(i64),
    Text(String),
    Bytes(Bytes),
    Uuid(Uuid),
    Time(Timestamp),
}

macro_rules! bind {
    ($($type:ty => |$value:pat_param| $bound:expr;)*) => {$(
        impl From<$type> for Value {
            fn from($value: $type) -> Self {
                $bound
            }
        }
    )*};
}

bind! {
    i64 => |value| Self::Integer(value);
    // Positions and counts: none of them comes near 2^63.
    u64 => |value| Self::Integer(value.cast_signed());
    String => |value| Self::Text(value);
    &str => |value| Self::Text(value.to_owned());
    Bytes => |value| Self::Bytes(value);
    Timestamp => |value| Self::Time(value);
    Digest => |value| Self::Bytes(Bytes::copy_from_slice(&value.0));
    Uuid => |id| Self::Uuid(id);
    RoomId => |id| Self::Uuid(id.as_uuid());
    SegmentId => |id| Self::Uuid(id.as_uuid());
    WorkspaceId => |id| Self::Uuid(id.as_uuid());
    PrincipalId => |id| Self::Uuid(id.as_uuid());
    DeviceId => |id| Self::Uuid(id.as_uuid());
    ApiKeyId => |id| Self::Uuid(id.as_uuid());
    InvitationId => |id| Self::Uuid(id.as_uuid());
    ShareLinkId => |id| Self::Uuid(id.as_uuid());
    NodeId => |id| Self::Uuid(id.as_uuid());
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

impl ToSql for Value {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Cause> {
        match self {
            Self::Null => Ok(IsNull::Yes),
            Self::Integer(value) => value.to_sql_checked(ty, out),
            Self::Text(value) => value.to_sql_checked(ty, out),
            Self::Bytes(value) => value.as_ref().to_sql_checked(ty, out),
            Self::Uuid(value) => value.to_sql_checked(ty, out),
            Self::Time(value) => jiff::Timestamp::from_microsecond(value.as_micros())?.to_sql_checked(ty, out),
        }
    }

    /// Each variant checks for itself.
    fn accepts(_: &Type) -> bool {
        true
    }

    postgres::to_sql_checked!();
}

impl rusqlite::ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Integer(value) => ValueRef::Integer(*value),
            Self::Text(value) => ValueRef::Text(value.as_bytes()),
            Self::Bytes(value) => ValueRef::Blob(value),
            Self::Uuid(value) => ValueRef::Blob(value.as_bytes()),
            Self::Time(value) => ValueRef::Integer(value.as_micros()),
        }))
    }
}

/// One row of an answer.
pub(super) enum Row {
    Postgres(tokio_postgres::Row),
    Sqlite(Box<[sqlite::Value]>),
}

impl Row {
    /// The value of a column, counted from 0.
    ///
    /// # Errors
    ///
    /// [`StoreError::Internal`] if there is no such column or it holds something else.
    pub(super) fn get<T: Column>(&self, index: usize) -> Result<T, StoreError> {
        let stored = match self {
            Self::Postgres(row) => row.try_get(index)?,
            Self::Sqlite(values) => {
                let value = values.get(index).ok_or(rusqlite::Error::InvalidColumnIndex(index))?;
                sqlite::FromSql::column_result(value.into()).map_err(rusqlite::Error::from)?
            }
        };
        T::from_stored(stored).map_err(StoreError::Internal)
    }
}

/// Something that can be read.
pub(super) trait Column: Sized {
    /// What the drivers make of it.
    type Stored: for<'a> postgres::FromSql<'a> + sqlite::FromSql;

    /// Reads it.
    fn from_stored(stored: Self::Stored) -> Result<Self, Cause>;
}

macro_rules! columns {
    ($($type:ty as $stored:ty => |$value:ident| $read:expr;)*) => {$(
        impl Column for $type {
            type Stored = $stored;

            fn from_stored($value: $stored) -> Result<Self, Cause> {
                Ok($read)
            }
        }
    )*};
}

columns! {
    i64 as i64 => |value| value;
    u64 as i64 => |value| value.try_into()?;
    bool as bool => |value| value;
    String as String => |value| value;
    Bytes as Vec<u8> => |value| value.into();
    Timestamp as Micros => |value| Self::from_micros(value.0);
    Uuid as Uuid => |id| id;
    RoomId as Uuid => |id| id.into();
    SegmentId as Uuid => |id| id.into();
    WorkspaceId as Uuid => |id| id.into();
    PrincipalId as Uuid => |id| id.into();
    DeviceId as Uuid => |id| id.into();
    ApiKeyId as Uuid => |id| id.into();
    InvitationId as Uuid => |id| id.into();
    ShareLinkId as Uuid => |id| id.into();
}

impl<T: Column> Column for Option<T> {
    type Stored = Option<T::Stored>;

    fn from_stored(stored: Self::Stored) -> Result<Self, Cause> {
        stored.map(T::from_stored).transpose()
    }
}

/// A point in time as it comes out of either engine. The drivers' own types would do, but
/// rusqlite's are texts, and those do not sort.
pub(super) struct Micros(i64);

impl<'a> postgres::FromSql<'a> for Micros {
    fn from_sql(ty: &Type, raw: &'a [u8]) -> Result<Self, Cause> {
        Ok(Self(jiff::Timestamp::from_sql(ty, raw)?.as_microsecond()))
    }

    fn accepts(ty: &Type) -> bool {
        <jiff::Timestamp as postgres::FromSql>::accepts(ty)
    }
}

impl sqlite::FromSql for Micros {
    fn column_result(value: ValueRef<'_>) -> sqlite::FromSqlResult<Self> {
        value.as_i64().map(Self)
    }
}
