//! What everybody in one world shares.

use std::{cell::RefCell, collections::BTreeMap};

use actors::room::Version;
use protocol::ids::RoomId;
use yrs::{Doc, ReadTxn, StateVector, Transact};

use super::{
    database::Database,
    document::{apply, document, text, title},
    fate::Fate,
    ledger::Ledger,
    network::Network,
    plan::Plan,
};

pub(super) struct Scene {
    pub(super) fate: Fate,
    pub(super) plan: Plan,
    pub(super) database: Database,
    pub(super) network: Network,
    pub(super) ledger: Ledger,
    pub(super) rooms: Vec<RoomId>,
    /// What rooms said at each version that somebody has read.
    versions: RefCell<BTreeMap<(RoomId, String), String>>,
}

impl Scene {
    pub(super) fn new(seed: u64, diary: bool) -> Self {
        let (fate, plan) = (Fate::new(seed, diary), Plan::of(seed));
        let rooms: Vec<RoomId> = (0..plan.rooms).map(|_| RoomId::new()).collect();
        let (database, network) = (Database::new(&rooms, &fate), Network::new(&fate, &plan.bus));
        Self { fate, plan, database, network, ledger: Ledger::default(), rooms, versions: RefCell::default() }
    }

    /// Somebody has read this state of a room: whoever reads the same version reads the same, and a
    /// version of the log is what the log says.
    pub(super) fn has_read(&self, room: RoomId, version: Version, doc: &Doc) {
        if self.database.was_rewound() {
            // The numbers of what was lost are given again.
            return;
        }
        let says = says(doc);
        let before =
            self.versions.borrow_mut().entry((room, version.to_string())).or_insert_with(|| says.clone()).clone();
        self.fate.wrong_unless(before == says, || format!("version {version} was {before} and is {says}"));
        let log = document(0);
        self.database.with(room, |table| table.updates(version.seq).all(|update| apply(&log, update)));
        if version.ahead.is_none() {
            let logged = self::says(&log);
            self.fate.wrong_unless(logged == says, || format!("version {version} is {says}, the log says {logged}"));
        } else {
            let (clocks, logged) = (doc.transact().state_vector(), log.transact().state_vector());
            let has_all = is_within(&logged, &clocks);
            self.fate.wrong_unless(has_all, || format!("version {version} lacks something of the log"));
        }
    }
}

/// All a document says.
pub(super) fn says(doc: &Doc) -> String {
    format!("{:?} {}", title(doc), text(doc))
}

fn is_within(some: &StateVector, all: &StateVector) -> bool {
    some.iter().all(|(client, clock)| all.get(client) >= *clock)
}
