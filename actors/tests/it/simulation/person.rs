//! Somebody with a document of his own, who types with or without a connection, as Yjs providers let
//! people do.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
    time::Duration,
};

use actix::spawn;
use bytes::Bytes;
use protocol::{
    access::Access,
    ids::{PrincipalId, RoomId},
    principal::{Principal, PrincipalKind},
    wire::{
        Inbound,
        presence::{self, PresenceEntry},
    },
};
use tokio::time::{Instant, sleep};
use yrs::{Doc, ReadTxn, StateVector, Transact, updates::decoder::Decode, updates::encoder::Encode};

use super::{
    document::{apply, document, insert, remove, text},
    link::Link,
    scene::Scene,
    speech::Speech,
};

/// When a client says again that it is here after it heard that it is not (y-protocols/awareness.js,
/// half of `outdatedTimeout`).
const RENEWS_AFTER: Duration = Duration::from_secs(15);

/// A clone is the same one.
#[derive(Clone)]
pub(super) struct Person {
    pub(super) number: u64,
    pub(super) room: RoomId,
    pub(super) state: Rc<RefCell<State>>,
    pub(super) scene: Rc<Scene>,
}

/// What changes of a person.
pub(super) struct State {
    pub(super) principal: Principal,
    pub(super) doc: Doc,
    pub(super) access: Access,
    pub(super) link: Option<Link>,
    /// Counts connections, so that what comes of an old one is not taken for the new one.
    pub(super) links: u64,
    pub(super) is_connecting: bool,
    /// Reads nothing until then.
    pub(super) stalls_until: Instant,
    /// Tokens typed and deleted that are not known to be saved.
    unsaved: BTreeSet<char>,
    undeleted: BTreeSet<char>,
    /// What he shows of himself, and with which clock.
    clock: u32,
    shows: Option<Bytes>,
    pub(super) others: BTreeMap<u64, PresenceEntry>,
    documents: u64,
}

impl Person {
    pub(super) fn new(number: u64, room: RoomId, scene: &Rc<Scene>) -> Self {
        let principal = Principal {
            id: PrincipalId::new(),
            kind: PrincipalKind::Guest,
            name: format!("person {number}"),
            color: "#336699".to_owned(),
        };
        let state = State {
            principal,
            doc: document(1 + number),
            access: Access::Write,
            link: None,
            links: 0,
            is_connecting: false,
            stalls_until: Instant::now(),
            unsaved: BTreeSet::new(),
            undeleted: BTreeSet::new(),
            clock: 0,
            shows: None,
            others: BTreeMap::new(),
            documents: 0,
        };
        Self { number, room, state: Rc::new(RefCell::new(state)), scene: Rc::clone(scene) }
    }

    pub(super) fn is_connected(&self) -> bool {
        self.state.borrow().link.is_some()
    }

    /// The Yjs client id he types and is present under.
    pub(super) fn client(&self) -> u64 {
        self.state.borrow().doc.client_id().get()
    }

    /// Whether he is to be seen by the others.
    pub(super) fn is_present(&self) -> bool {
        let state = self.state.borrow();
        state.link.is_some() && state.shows.is_some()
    }

    pub(super) fn type_token(&self) {
        let token = self.scene.ledger.mint(self.room);
        let mut state = self.state.borrow_mut();
        self.scene.fate.note(|| format!("person {} types {token}", self.number));
        let update = insert(&state.doc, self.scene.fate.below(1 << 20) as u32, token);
        state.unsaved.insert(token);
        state.send_update(update);
    }

    pub(super) fn delete_token(&self) {
        let mut state = self.state.borrow_mut();
        if let Some((token, update)) = remove(&state.doc, self.scene.fate.below(1 << 20) as u32) {
            self.scene.fate.note(|| format!("person {} deletes {token}", self.number));
            self.scene.ledger.deleted(token);
            state.undeleted.insert(token);
            state.send_update(update);
        }
    }

    /// Shows something of himself, or nothing any more.
    pub(super) fn announce(&self) {
        let mut state = self.state.borrow_mut();
        state.clock += 1;
        let shows = format!("{{\"at\":{}}}", state.clock);
        state.shows = (self.scene.fate.below(4) > 0).then(|| shows.into());
        self.scene.fate.note(|| format!("person {} shows {:?}", self.number, state.shows));
        state.send_presence();
    }

    /// Loses the connection. What was said before may have arrived or not.
    pub(super) fn hang_up(&self) {
        let mut state = self.state.borrow_mut();
        if let Some(link) = state.link.take() {
            self.scene.fate.note(|| format!("person {} is cut off from node {}", self.number, link.node.number));
            state.others.clear();
        }
    }

    /// Loses the document, too, and begins with an empty one.
    pub(super) fn forget(&self) {
        self.hang_up();
        let mut state = self.state.borrow_mut();
        self.scene.fate.note(|| format!("person {} forgets everything", self.number));
        let (typed, deleted) = (std::mem::take(&mut state.unsaved), std::mem::take(&mut state.undeleted));
        self.scene.ledger.forgotten(&Vec::from_iter(typed), &Vec::from_iter(deleted));
        state.documents += 1;
        state.doc = document(1 + self.number + 100 * state.documents);
        state.shows = None;
        state.clock = 0;
    }

    /// He may do this from now on, whether he is connected or not.
    pub(super) fn set_access(&self, access: Access) {
        let mut state = self.state.borrow_mut();
        state.access = access;
        let Some(link) = &state.link else { return };
        let (handle, session, life) = (link.handle.clone(), link.session, link.node.life.clone());
        self.scene.fate.note(|| format!("person {} may now {access:?}", self.number));
        spawn(async move {
            life.passage().await;
            handle.set_access(session, access).await;
        });
    }

    /// What a provider says when it has connected.
    pub(super) fn greet(&self) {
        let mut state = self.state.borrow_mut();
        let state_vector = state.doc.transact().state_vector().encode_v1();
        state.say(Inbound::Step1(state_vector.into()));
        if state.shows.is_some() {
            state.send_presence();
        }
    }

    pub(super) fn hear(&self, frame: &Bytes) {
        match Speech::read(frame) {
            Speech::Step1(peer) => self.answer(&peer),
            Speech::Content(update) => {
                let is_whole = apply(&self.state.borrow().doc, &update);
                self.scene
                    .fate
                    .wrong_unless(is_whole, || format!("person {} is told something too early", self.number));
            }
            Speech::Presence(entries) => self.hear_presence(entries),
            Speech::Saved(is_saved) => self.hear_saved(is_saved),
            Speech::Access | Speech::Generation => (),
            Speech::Left => self.hang_up(),
        }
    }

    fn hear_presence(&self, entries: Vec<PresenceEntry>) {
        let client = self.client();
        let mut state = self.state.borrow_mut();
        if let Some(own) = entries.iter().find(|entry| entry.client == client && entry.clock > state.clock) {
            // As y-protocols/awareness.js does: the clock is adopted, and the next renewal says otherwise.
            state.clock = own.clock;
            if own.state.is_none() && state.shows.is_some() {
                spawn(self.clone().renew());
            }
        }
        state.others.extend(entries.into_iter().map(|entry| (entry.client, entry)));
    }

    async fn renew(self) {
        sleep(RENEWS_AFTER).await;
        let mut state = self.state.borrow_mut();
        if state.shows.is_some() {
            state.clock += 1;
            state.send_presence();
        }
    }

    fn answer(&self, peer: &[u8]) {
        let mut state = self.state.borrow_mut();
        let peer = StateVector::decode_v1(peer).unwrap();
        let answer = state.doc.transact().encode_state_as_update_v1(&peer);
        let Some(link) = &mut state.link else { return };
        link.owed += 1;
        link.is_in_doubt = false;
        state.say(Inbound::Step2(answer.into()));
    }

    fn hear_saved(&self, is_saved: bool) {
        let mut state = self.state.borrow_mut();
        let Some(link) = &mut state.link else { return };
        self.scene.fate.wrong_unless(link.owed > 0, || format!("person {} is told more than he asked", self.number));
        link.owed = link.owed.saturating_sub(1);
        link.is_in_doubt |= !is_saved;
        if link.owed > 0 || link.is_in_doubt {
            return;
        }
        // Everything he has said is saved, and he has said everything he has.
        let (typed, deleted) = (std::mem::take(&mut state.unsaved), std::mem::take(&mut state.undeleted));
        if typed.is_empty() && deleted.is_empty() {
            return;
        }
        let client = state.doc.client_id();
        let clocks = StateVector::from_iter([(client, state.doc.transact().state_vector().get(&client))]);
        let is_held = self.scene.database.holds(self.room, &clocks);
        self.scene.fate.wrong_unless(is_held, || format!("person {} was told that {typed:?} is saved", self.number));
        let kept: Vec<char> = self.scene.database.with(self.room, |table| {
            let kept = text(table.doc());
            if table.was_rewound { Vec::new() } else { kept.chars().filter(|token| deleted.contains(token)).collect() }
        });
        self.scene
            .fate
            .wrong_unless(kept.is_empty(), || format!("person {} was told {kept:?} is deleted", self.number));
    }
}

impl State {
    fn send_update(&mut self, update: Vec<u8>) {
        if let Some(link) = &mut self.link {
            link.owed += 1;
            self.say(Inbound::Update(update.into()));
        }
    }

    fn send_presence(&mut self) {
        let entry = PresenceEntry { client: self.doc.client_id().get(), clock: self.clock, state: self.shows.clone() };
        self.say(Inbound::Presence(presence::encode([entry].iter())));
    }

    fn say(&mut self, message: Inbound) {
        if let Some(link) = &self.link {
            link.say(message);
        }
    }
}
