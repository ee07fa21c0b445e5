//! The cells of the table that a socket knows, in both dialects.

use protocol::access::{Access, Action, Role, allows};
use serde_json::json;
use yrs::{GetString, Transact, Update, updates::decoder::Decode};

use super::{Person, Verdict, nobody, scopes};
use crate::{
    app::TestApp,
    engines::on_both,
    signed_in::SignedIn,
    yjs_client::{Dialect, Heard, YjsClient, new_doc},
};

const BOTH: [Dialect; 2] = [Dialect::YWebsocket, Dialect::Hocuspocus];

/// A room with somebody in it who may do everything, and what others should have written there.
struct Room<'a> {
    app: &'a TestApp,
    id: String,
    witness: YjsClient,
    expected: String,
}

/// How somebody comes to a room: as who they are, or with a token.
#[derive(Clone, Copy)]
struct Entrance<'a> {
    name: &'a str,
    who: &'a SignedIn,
    token: Option<&'a str>,
}

/// Whether an action can be tried on a socket; the others have no word there.
fn has_word(action: Action) -> bool {
    match action {
        Action::ReadRoom | Action::EditRoom => true,
        Action::ArrangePage
        | Action::ReadHistory
        | Action::EraseRoom
        | Action::ShareRoom
        | Action::ReadWorkspace
        | Action::CreatePage
        | Action::InviteMember
        | Action::ManageMember
        | Action::ManageKey
        | Action::ReadAudit
        | Action::RenameWorkspace
        | Action::DeleteWorkspace => false,
    }
}

impl<'a> Room<'a> {
    async fn new(app: &'a TestApp) -> Self {
        let id = app.create_page("Room", "").await;
        let mut witness = YjsClient::connect(&app.owner, &id, None, Dialect::Hocuspocus, new_doc()).await.unwrap();
        witness.hear_until_synced().await;
        Self { app, id, witness, expected: String::new() }
    }

    /// Has somebody try what sockets have words for, in both dialects.
    async fn check(&mut self, entrance: Entrance<'_>, verdict: impl Fn(Action) -> Verdict) {
        for dialect in BOTH {
            for action in Action::ALL.into_iter().filter(|action| has_word(*action)) {
                println!("{}: {action:?} in {dialect:?}", entrance.name);
                match (action, verdict(Action::ReadRoom)) {
                    (Action::ReadRoom, read) => self.reads(entrance, dialect, read).await,
                    (_, Verdict::Done) => self.edits(entrance, dialect, verdict(action)).await,
                    // Who is not let in cannot even try.
                    (_, Verdict::Refused(_)) => (),
                }
            }
        }
    }

    async fn connect(&self, entrance: Entrance<'_>, dialect: Dialect) -> YjsClient {
        YjsClient::connect(entrance.who, &self.id, entrance.token, dialect, new_doc()).await.unwrap()
    }

    async fn reads(&self, entrance: Entrance<'_>, dialect: Dialect, verdict: Verdict) {
        let mut client = self.connect(entrance, dialect).await;
        let is_answer = |heard: &Heard| matches!(heard, Heard::Step2 | Heard::Denied(_) | Heard::Closed(_));
        match (client.hear_until(is_answer).await, verdict) {
            (Heard::Step2, Verdict::Done) | (Heard::Denied(_), Verdict::Refused(_)) => (),
            (Heard::Closed(code), Verdict::Refused(status)) => assert_eq!(code, 4000 + status, "{}", entrance.name),
            (heard, verdict) => panic!("{}: {heard:?}, not {verdict:?}", entrance.name),
        }
    }

    async fn edits(&mut self, entrance: Entrance<'_>, dialect: Dialect, verdict: Verdict) {
        let mut client = self.connect(entrance, dialect).await;
        client.hear_until_synced().await;
        let mark = format!("<{} {dialect:?}>", entrance.name);
        client.append(&mark).await.unwrap();
        match (verdict, dialect) {
            (Verdict::Done, _) => {
                self.expected += &mark;
                self.witness.hear_until_length(self.expected.len()).await;
            }
            (Verdict::Refused(_), Dialect::YWebsocket) => {
                client.hear_until(|heard| matches!(heard, Heard::Denied(_))).await;
            }
            (Verdict::Refused(_), Dialect::Hocuspocus) => {
                client.hear_until(|heard| *heard == Heard::Saved(false)).await;
            }
        }
    }

    /// Looks at what is stored: everything that was allowed and nothing else.
    async fn end(self) {
        let stored = self.app.content(&self.id, "application/octet-stream").await.expect(200).body;
        let doc = new_doc();
        doc.transact_mut().apply_update(Update::decode_v1(&stored).unwrap()).unwrap();
        assert_eq!(doc.get_or_insert_text("t").get_string(&doc.transact()), self.expected);
    }
}

impl<'a> Entrance<'a> {
    /// As who they are.
    fn of(person: &'a Person) -> Self {
        Self { name: &person.name, who: &person.client, token: person.token.as_deref() }
    }
}

on_both! {
    async fn members_do_on_sockets_what_their_role_allows(database) {
        let app = TestApp::on(database).await;
        let mut room = Room::new(&app).await;

        for role in Role::ALL {
            let member = Person::member(&app, role).await;
            room.check(Entrance::of(&member), &member.verdict).await;
        }

        room.end().await;
    }
}

#[tokio::test]
async fn a_room_token_allows_what_it_says_at_most_what_its_maker_may() {
    let app = TestApp::new().await;
    let mut room = Room::new(&app).await;
    let nobody = nobody(&app);

    for role in Role::ALL {
        let member = Person::member(&app, role).await;
        for access in Access::ALL {
            let path = format!("/api/v1/rooms/{}/tokens", room.id);
            let answer = member.client.post(&path, json!({ "access": access })).await;
            if access > role.access() {
                assert_eq!(answer.expect(403).refusal(), "forbidden", "{role:?} {access:?}");
                continue;
            }
            let token = answer.expect(201).json()["token"].as_str().unwrap().to_owned();
            let name = format!("{} of {}", access.name(), role.name());
            let entrance = Entrance { name: &name, who: &nobody, token: Some(&token) };
            room.check(entrance, |action| Verdict::of(allows(access.into(), action))).await;
        }
    }

    room.end().await;
}

#[tokio::test]
async fn a_key_opens_a_room_for_what_its_scopes_allow() {
    let app = TestApp::new().await;
    let mut room = Room::new(&app).await;

    for scopes in scopes() {
        let key = Person::key(&app, &scopes).await;
        let robot = Person::service(&app, Role::Editor, &scopes).await;
        for person in [&key, &robot] {
            room.check(Entrance::of(person), &person.verdict).await;
        }
    }

    room.end().await;
}

#[tokio::test]
async fn guests_do_on_sockets_what_their_link_allows() {
    let app = TestApp::new().await;
    let mut room = Room::new(&app).await;

    for access in Access::ALL {
        let guest = Person::guest(&app, &room.id, access).await;
        room.check(Entrance::of(&guest), &guest.verdict).await;
    }

    room.end().await;
}

#[tokio::test]
async fn strangers_and_nobody_enter_no_room() {
    let app = TestApp::new().await;
    let mut room = Room::new(&app).await;
    let (stranger, nobody) = (app.stranger("Eve").await, nobody(&app));

    let stranger = Entrance { name: "stranger", who: &stranger, token: None };
    room.check(stranger, |_| Verdict::Refused(404)).await;
    let nobody = Entrance { name: "nobody", who: &nobody, token: None };
    room.check(nobody, |_| Verdict::Refused(401)).await;

    room.end().await;
}
