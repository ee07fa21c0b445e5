//! How far the logs reach that this node has written to lately.

use std::collections::BTreeMap;

use protocol::{ids::RoomId, nodes::Head, wire::nodes::MAX_HEADS};

/// Times a head is told again after its commit.
const TIMES: u8 = 3;

/// The heads that are told again, so that a commit whose message was lost is noticed soon.
#[derive(Default)]
pub(super) struct Recent {
    heads: BTreeMap<RoomId, (Head, u8)>,
}

impl Recent {
    /// A commit of this node. Where too many rooms are written to, the log is asked for the rest.
    pub(super) fn committed(&mut self, room: RoomId, generation: u64, head: u64) {
        if self.heads.len() < MAX_HEADS as usize || self.heads.contains_key(&room) {
            self.heads.insert(room, (Head { room, generation, head }, TIMES));
        }
    }

    /// What is to be told now.
    pub(super) fn take(&mut self) -> Vec<Head> {
        let told = self.heads.values().map(|(head, _)| *head).collect();
        self.heads.retain(|_, (_, times)| {
            *times -= 1;
            *times > 0
        });
        told
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_told_three_times_and_a_newer_one_in_its_place() {
        let (mut recent, room) = (Recent::default(), RoomId::new());
        let head = |head| Head { room, generation: 1, head };
        recent.committed(room, 1, 5);
        assert_eq!(recent.take(), [head(5)]);

        recent.committed(room, 1, 6);

        for _ in 0..TIMES {
            assert_eq!(recent.take(), [head(6)]);
        }
        assert_eq!(recent.take(), []);
    }
}
