//! Where something is sealed for.

use bytes::{BufMut, BytesMut};
use protocol::{ids::WorkspaceId, wire::varint::put_bytes};

/// The row something is sealed for. It cannot be opened as if it stood in another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place<'a> {
    /// The table.
    pub table: &'static str,
    /// The workspace it belongs to; nil for the server's own.
    pub workspace: WorkspaceId,
    /// What distinguishes it from others of the workspace; empty when there is only one.
    pub name: &'a str,
}

impl Place<'_> {
    /// The place as associated data. No two places have the same: texts stand behind their lengths.
    pub(super) fn associated_data(&self) -> BytesMut {
        let mut out = BytesMut::with_capacity(self.table.len() + self.name.len() + 20);
        put_bytes(&mut out, self.table.as_bytes());
        out.put_slice(self.workspace.as_uuid().as_bytes());
        put_bytes(&mut out, self.name.as_bytes());
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_places_are_written_the_same() {
        let workspace = WorkspaceId::new();
        let places = [
            Place { table: "ab", workspace, name: "c" },
            Place { table: "a", workspace, name: "bc" },
            Place { table: "ab", workspace, name: "" },
            Place { table: "ab", workspace: WorkspaceId::new(), name: "c" },
        ];

        for (index, place) in places.iter().enumerate() {
            let same = places.iter().filter(|other| other.associated_data() == place.associated_data()).count();
            assert_eq!(same, 1, "{index}");
        }
    }
}
