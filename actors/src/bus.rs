//! How a room speaks to the same room on other nodes: the port.
//!
//! A bus is a bell. It may lose what it is told, bring it late, twice or in another order; rooms
//! find out by themselves, because the log is the truth.

use protocol::{
    ids::{NodeId, RoomId},
    nodes::News,
};

/// Tells other nodes.
pub trait Bus: Send + Sync {
    /// Tells whoever has the room open. Never waits; what cannot be told now is not told.
    fn tell(&self, room: RoomId, news: News);

    /// This node wants to hear of the room from now on. Counts: as many [`Bus::leave`] end it.
    fn enter(&self, room: RoomId);

    /// This node has closed the room.
    fn leave(&self, room: RoomId);

    /// Whether other nodes are heard at present, as far as one can know.
    fn is_heard(&self) -> bool;
}

/// Something heard from another node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    /// News of a room.
    News {
        /// Who tells it.
        node: NodeId,
        /// Of which room.
        room: RoomId,
        /// What there is to tell.
        news: News,
    },
    /// The node has not been heard of for so long that nobody is present through it any more.
    Gone(NodeId),
}

/// The bus of a node that is alone.
#[derive(Clone, Copy, Debug, Default)]
pub struct Alone;

impl Bus for Alone {
    fn tell(&self, _: RoomId, _: News) {}

    fn enter(&self, _: RoomId) {}

    fn leave(&self, _: RoomId) {}

    fn is_heard(&self) -> bool {
        false
    }
}
