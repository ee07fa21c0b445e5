//! What clients of both dialects meet with at a running server.

use tokio_tungstenite::{
    connect_async,
    tungstenite::{Error, client::IntoClientRequest},
};

use crate::{
    process::{Gala, free_port},
    yjs_client::{Dialect, Heard, YjsClient, new_doc, text},
};

struct Room {
    gala: Gala,
    id: String,
    directory: tempfile::TempDir,
}

impl Room {
    async fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let gala = Gala::start(free_port(), directory.path(), None).await;
        let id = gala.create_page("A room").await;
        Self { gala, id, directory }
    }

    async fn join(&self, dialect: Dialect, token: Option<&str>) -> YjsClient {
        let mut client = YjsClient::connect(&self.gala.owner, &self.id, token, dialect, new_doc()).await.unwrap();
        client.hear_until_synced().await;
        client
    }

    async fn token(&self, access: &str) -> String {
        self.gala.owner.room_token(&self.id, access).await
    }
}

const BOTH: [Dialect; 2] = [Dialect::YWebsocket, Dialect::Hocuspocus];

#[tokio::test]
async fn clients_of_both_dialects_write_into_one_room() {
    let room = Room::new().await;
    let mut ada = room.join(Dialect::YWebsocket, None).await;
    let mut bob = room.join(Dialect::Hocuspocus, None).await;

    ada.append("from ada").await.unwrap();
    bob.hear_until_length(8).await;
    bob.append(", from bob").await.unwrap();
    bob.hear_until_saved().await;
    ada.hear_until_length(18).await;

    assert_eq!((ada.text(), bob.text()), ("from ada, from bob".to_owned(), "from ada, from bob".to_owned()));
}

#[tokio::test]
async fn presence_is_seen_both_ways_under_the_name_the_server_gives() {
    let room = Room::new().await;
    for (one, other) in [(Dialect::YWebsocket, Dialect::Hocuspocus), (Dialect::Hocuspocus, Dialect::YWebsocket)] {
        let mut ada = room.join(one, None).await;
        let mut bob = room.join(other, None).await;

        ada.announce(7, 1, r#"{"user":{"name":"Root","kind":"user"},"cursor":"here"}"#).await.unwrap();
        let Heard::Presence(seen) = bob.hear_until(|heard| matches!(heard, Heard::Presence(_))).await else { return };

        let seen = String::from_utf8_lossy(&seen).into_owned();
        assert!(seen.contains(r#""cursor":"here""#) && seen.contains(r#""kind":"user""#), "{seen}");
        assert!(!seen.contains("Root"), "{seen}");
    }
}

#[tokio::test]
async fn a_read_token_reads_and_does_not_write_in_either_dialect() {
    let room = Room::new().await;
    let token = room.token("read").await;
    let mut writer = room.join(Dialect::Hocuspocus, None).await;

    for dialect in BOTH {
        let mut reader = room.join(dialect, Some(&token)).await;
        reader.append("not mine to write").await.unwrap();
        match dialect {
            Dialect::YWebsocket => drop(reader.hear_until(|heard| matches!(heard, Heard::Denied(_))).await),
            Dialect::Hocuspocus => drop(reader.hear_until(|heard| *heard == Heard::Saved(false)).await),
        }
        writer.append("x").await.unwrap();
        reader.hear_until(|heard| *heard == Heard::Update).await;
    }
    writer.hear_until_saved().await;

    assert_eq!(writer.text(), "xx");
}

#[tokio::test]
async fn hocuspocus_clients_are_told_what_they_may_do() {
    let room = Room::new().await;
    for (access, scope) in [("read", "readonly"), ("comment", "readonly"), ("write", "read-write")] {
        let token = room.token(access).await;
        let client = YjsClient::connect(&room.gala.owner, &room.id, Some(&token), Dialect::Hocuspocus, new_doc()).await;
        let heard = client.unwrap().hear_until(|heard| matches!(heard, Heard::Authenticated(_))).await;
        assert_eq!(heard, Heard::Authenticated(scope.to_owned()));
    }
}

#[tokio::test]
async fn hocuspocus_clients_are_told_which_life_of_the_room_they_have_entered() {
    let room = Room::new().await;
    let client = YjsClient::connect(&room.gala.owner, &room.id, None, Dialect::Hocuspocus, new_doc()).await;

    let heard = client.unwrap().hear_until(|heard| matches!(heard, Heard::Generation(_) | Heard::Step2)).await;

    assert_eq!(heard, Heard::Generation(r#"{"generation":1}"#.to_owned()));
}

#[tokio::test]
async fn a_token_that_is_not_good_opens_nothing() {
    let room = Room::new().await;
    let elsewhere = Room::new().await.token("write").await;

    for token in ["nonsense", &elsewhere] {
        for dialect in BOTH {
            let mut client =
                YjsClient::connect(&room.gala.owner, &room.id, Some(token), dialect, new_doc()).await.unwrap();
            let heard = client.hear_until(|heard| matches!(heard, Heard::Closed(_) | Heard::Denied(_))).await;
            match dialect {
                Dialect::YWebsocket => assert_eq!(heard, Heard::Closed(4401)),
                Dialect::Hocuspocus => assert!(matches!(heard, Heard::Denied(_))),
            }
        }
    }
}

#[tokio::test]
async fn a_socket_that_enters_no_room_is_closed_and_one_that_has_left_its_only_room_is_not() {
    let room = Room::new().await;
    let mut left = room.join(Dialect::Hocuspocus, None).await;
    left.send(&LEAVE).await.unwrap();
    let mut idle = YjsClient::open(&room.gala.owner, &room.id, None, Dialect::Hocuspocus, new_doc()).await.unwrap();

    // It came later, so that the other one was looked at before it.
    assert_eq!(idle.hear_until_closed().await, Some(4408));

    renew(&mut left, "").await;
    left.hear_until(|heard| matches!(heard, Heard::Authenticated(_))).await;
}

#[tokio::test]
async fn a_damaged_room_is_refused_and_the_socket_goes_on_for_the_others() {
    let room = Room::new().await;
    let sound = room.gala.create_page("Sound").await;
    let database = rusqlite::Connection::open(room.directory.path().join("gala.db")).unwrap();
    // A snapshot that is as it was written, and yet nothing: the room cannot do without it.
    let (id, checksum) = (room.id.replace('-', ""), crc32fast::hash(b"no update"));
    let snapshot = format!(
        "INSERT INTO room_snapshot (room_id, generation, seq, encoding, verified_at, checksum, payload) \
         VALUES (x'{id}', 1, 1, 'yjs-v1', 0, {checksum}, CAST('no update' AS BLOB))"
    );
    database.execute(&snapshot, []).unwrap();
    let mut ada = YjsClient::open(&room.gala.owner, &room.id, None, Dialect::Hocuspocus, new_doc()).await.unwrap();

    renew(&mut ada, "").await;
    ada.hear_until(|heard| matches!(heard, Heard::Denied(_))).await;
    ada.enter_as_well(&sound).await;

    ada.hear_until(|heard| matches!(heard, Heard::Authenticated(_))).await;
}

/// The wish to leave the room.
const LEAVE: [u8; 1] = [7];

/// Shows a token on a socket, whether it is in its room already or not.
async fn renew(client: &mut YjsClient, token: &str) {
    client.send(&[&[2, 0][..], &text(token), &text("4.8.0")].concat()).await.unwrap();
}

#[tokio::test]
async fn a_renewed_token_with_another_access_takes_effect() {
    let room = Room::new().await;
    let (read, write) = (room.token("read").await, room.token("write").await);
    let mut ada = room.join(Dialect::Hocuspocus, Some(&read)).await;
    let mut bob = room.join(Dialect::Hocuspocus, None).await;

    renew(&mut ada, &write).await;
    let heard = ada.hear_until(|heard| matches!(heard, Heard::Authenticated(_))).await;
    assert_eq!(heard, Heard::Authenticated("read-write".to_owned()));
    ada.append("now mine").await.unwrap();
    ada.hear_until(|heard| *heard == Heard::Saved(true)).await;
    bob.hear_until_length(8).await;
    bob.append(", and ours").await.unwrap();
    ada.hear_until_length(18).await;

    renew(&mut ada, &read).await;
    let heard = ada.hear_until(|heard| matches!(heard, Heard::Authenticated(_))).await;
    assert_eq!(heard, Heard::Authenticated("readonly".to_owned()));
    ada.append(", and no more").await.unwrap();
    ada.hear_until(|heard| *heard == Heard::Saved(false)).await;
}

#[tokio::test]
async fn a_renewed_token_with_the_same_access_is_not_answered() {
    let room = Room::new().await;
    let mut ada = room.join(Dialect::Hocuspocus, None).await;

    renew(&mut ada, &room.token("write").await).await;
    ada.append("x").await.unwrap();

    let heard = ada.hear_until(|heard| matches!(heard, Heard::Authenticated(_) | Heard::Saved(_))).await;
    assert_eq!(heard, Heard::Saved(true));
}

#[tokio::test]
async fn a_renewed_token_that_is_not_good_ends_the_stay_in_the_room() {
    let room = Room::new().await;
    let mut ada = room.join(Dialect::Hocuspocus, None).await;

    renew(&mut ada, "nonsense").await;
    ada.hear_until(|heard| matches!(heard, Heard::Denied(_))).await;
    ada.hear_until(|heard| *heard == Heard::Left).await;

    // Whoever is in would not be answered.
    renew(&mut ada, "").await;
    ada.hear_until(|heard| matches!(heard, Heard::Authenticated(_))).await;
}

#[tokio::test]
async fn a_token_may_come_as_subprotocol() {
    let room = Room::new().await;
    let protocol = format!("gala.token.{}", room.token("read").await);
    let url = format!("{}/collab/{}", room.gala.url.replacen("http", "ws", 1), room.id);
    let mut request = url.into_client_request().unwrap();
    request.headers_mut().insert("sec-websocket-protocol", protocol.parse().unwrap());

    let (_socket, response) = connect_async(request).await.unwrap();

    assert_eq!(response.headers()["sec-websocket-protocol"], protocol.as_str());
}

#[tokio::test]
async fn a_room_that_does_not_exist_is_refused_in_both_dialects() {
    let room = Room::new().await;
    for unknown in ["0199f000-0000-7000-8000-000000000000", "not-an-id"] {
        for dialect in BOTH {
            let mut client = YjsClient::connect(&room.gala.owner, unknown, None, dialect, new_doc()).await.unwrap();
            let heard = client.hear_until(|heard| matches!(heard, Heard::Closed(_) | Heard::Denied(_))).await;
            match dialect {
                Dialect::YWebsocket => assert_eq!(heard, Heard::Closed(4404)),
                Dialect::Hocuspocus => assert!(matches!(heard, Heard::Denied(_))),
            }
        }
    }
}

#[tokio::test]
async fn putting_a_page_into_the_trash_ends_its_sockets() {
    let room = Room::new().await;
    let mut ada = room.join(Dialect::YWebsocket, None).await;
    let mut bob = room.join(Dialect::Hocuspocus, None).await;

    let url = format!("{}/api/v1/pages/{}", room.gala.url, room.id);
    let answer = room.gala.owner.http.delete(url).send().await.unwrap();

    assert_eq!(answer.status(), 204);
    assert_eq!(ada.hear_until_closed().await, Some(4404));
    bob.hear_until(|heard| *heard == Heard::Left).await;
}

#[tokio::test]
async fn content_written_by_rest_is_seen_on_open_sockets() {
    let room = Room::new().await;
    let mut ada = room.join(Dialect::YWebsocket, None).await;
    let mut bob = room.join(Dialect::Hocuspocus, None).await;

    let url = format!("{}/api/v1/pages/{}/content", room.gala.url, room.id);
    let put = room.gala.owner.http.put(url).header("content-type", "text/markdown").body("# Hello\n");
    assert!(put.send().await.unwrap().status().is_success());

    for client in [&mut ada, &mut bob] {
        client.hear_until(|heard| *heard == Heard::Update).await;
    }
}

#[tokio::test]
async fn a_page_of_another_site_opens_no_socket() {
    let room = Room::new().await;
    let url = format!("{}/collab/{}", room.gala.url.replacen("http", "ws", 1), room.id);
    let mut request = url.into_client_request().unwrap();
    request.headers_mut().insert("origin", "https://evil.example".parse().unwrap());

    let Err(Error::Http(response)) = connect_async(request).await else { panic!("it was let in") };

    assert_eq!(response.status(), 403);
}

#[tokio::test]
async fn what_was_not_acknowledged_is_taken_when_the_client_comes_back() {
    let directory = tempfile::tempdir().unwrap();
    let port = free_port();
    let gala = Gala::start(port, directory.path(), None).await;
    let room = gala.create_page("A room").await;
    let mut ada = YjsClient::connect(&gala.owner, &room, None, Dialect::Hocuspocus, new_doc()).await.unwrap();
    ada.hear_until_synced().await;
    gala.kill();
    drop(ada.append("typed while it was away").await);

    let gala = Gala::start(port, directory.path(), None).await;
    let mut again = YjsClient::connect(&gala.owner, &room, None, Dialect::Hocuspocus, ada.doc.clone()).await.unwrap();
    again.hear_until_synced().await;
    again.hear_until_saved().await;

    let mut bob = YjsClient::connect(&gala.owner, &room, None, Dialect::YWebsocket, new_doc()).await.unwrap();
    bob.hear_until_length(23).await;
    assert_eq!(bob.text(), "typed while it was away");
}

#[tokio::test]
async fn a_server_that_stops_sends_its_clients_elsewhere() {
    let room = Room::new().await;
    let mut ada = room.join(Dialect::YWebsocket, None).await;
    let mut bob = room.join(Dialect::Hocuspocus, None).await;

    room.gala.terminate();

    for client in [&mut ada, &mut bob] {
        assert_eq!(client.hear_until_closed().await, Some(4503));
    }
    assert!(room.gala.wait().await.success());
}
