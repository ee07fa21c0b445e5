//! What must be true in the end: every acknowledged token once in everything that says what a room
//! holds, and all of them the same.

use std::{
    collections::{BTreeSet, HashMap},
    time::Duration,
};

use futures_util::future::join_all;
use tokio::time::Instant;

use crate::{
    client::{Client, Keeps},
    cluster::Cluster,
    desk::Desk,
    failure::Failure,
    log, page,
    token::{self, Token},
};

/// How long everybody may take to be in step once nothing is broken any more.
const SETTLING: Duration = Duration::from_secs(60);
/// How long replicas may take to say the same after that.
const CONVERGENCE: Duration = Duration::from_secs(20);

/// What was looked at, and what was not as it must be.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    pub(crate) rooms: usize,
    pub(crate) replicas: usize,
    /// Acknowledged, and not everywhere.
    pub(crate) lost: usize,
    /// More than once somewhere.
    pub(crate) doubled: usize,
    /// In words.
    pub(crate) wrong: Vec<String>,
}

impl Findings {
    pub(crate) fn add(&mut self, other: Self) {
        self.rooms += other.rooms;
        self.replicas += other.replicas;
        self.lost += other.lost;
        self.doubled += other.doubled;
        self.wrong.extend(other.wrong);
    }

    fn wrong(&mut self, what: String) {
        self.wrong.push(what);
    }
}

/// Waits until everybody is in step, and looks at every room they are in.
///
/// # Errors
///
/// [`Failure`] when one cannot look.
pub(crate) async fn check(cluster: &Cluster, desk: &Desk, clients: &mut [Client]) -> Result<Findings, Failure> {
    let mut findings = Findings::default();
    let stuck = crate::crew::settle(clients, SETTLING).await;
    if stuck > 0 {
        findings.wrong(format!("{stuck} clients are not in step {SETTLING:?} after everything is mended"));
    }
    let acknowledged = desk.ledger.read().await?;
    let mut rooms: HashMap<String, Vec<&mut Client>> = HashMap::new();
    for client in clients {
        rooms.entry(client.room.clone()).or_default().push(client);
    }
    for (room, mut clients) in rooms {
        let expected = acknowledged.get(&room).map_or(&[][..], Vec::as_slice);
        findings.add(check_room(cluster, &room, &mut clients, expected).await?);
    }
    Ok(findings)
}

/// Looks at rooms nobody is in any more.
///
/// # Errors
///
/// [`Failure`] when one cannot look.
pub(crate) async fn check_left(cluster: &Cluster, desk: &Desk, rooms: &[String]) -> Result<Findings, Failure> {
    let (acknowledged, mut findings) = (desk.ledger.read().await?, Findings::default());
    for room in rooms {
        let expected = acknowledged.get(room).map_or(&[][..], Vec::as_slice);
        findings.add(check_room(cluster, room, &mut [], expected).await?);
    }
    Ok(findings)
}

async fn check_room(
    cluster: &Cluster,
    room: &str,
    clients: &mut [&mut Client],
    acknowledged: &[Token],
) -> Result<Findings, Failure> {
    let mut findings = Findings { rooms: 1, ..Findings::default() };
    let until = Instant::now() + CONVERGENCE;
    let (text, texts) = loop {
        join_all(clients.iter_mut().map(|client| client.live_for(Duration::from_millis(20)))).await;
        let texts = texts(cluster, room, clients).await?;
        let text = texts.first().map(|(_, text)| text.clone()).unwrap_or_default();
        if texts.iter().all(|(_, other)| *other == text) || Instant::now() > until {
            break (text, texts);
        }
    };
    findings.replicas = texts.len() + 2;
    for (whose, other) in &texts {
        if *other != text {
            findings.wrong(format!("{room}: {whose} says something else than {}", texts[0].0));
        }
        look_for(acknowledged, other.as_bytes(), &format!("{room}: {whose}"), &mut findings);
    }
    let markdown = cluster.account.content(&cluster.nodes[0].url(), room, "text/markdown").await?;
    look_for(acknowledged, &markdown, &format!("{room}: the Markdown"), &mut findings);
    check_log(cluster, room, &text, acknowledged, &mut findings).await?;
    let everything: BTreeSet<Token> = token::find(text.as_bytes()).collect();
    for client in clients.iter().filter(|client| client.keeps() == Keeps::Tokens) {
        let lacks = |token: &&Token| token.writer != client.number && !client.told.contains(token);
        let lacking = everything.iter().filter(lacks).count();
        if lacking > 0 {
            findings.wrong(format!("{room}: client {} was not told of {lacking} tokens", client.number));
        }
    }
    Ok(findings)
}

/// What the rows of the log make is what everybody has; and what a node says of the past is what they
/// made then.
async fn check_log(
    cluster: &Cluster,
    room: &str,
    text: &str,
    acknowledged: &[Token],
    findings: &mut Findings,
) -> Result<(), Failure> {
    let updates = match log::read(&cluster.postgres.connect().await?, room).await? {
        Ok(updates) => updates,
        Err(wrong) => {
            findings.wrong(wrong);
            return Ok(());
        }
    };
    let rebuilt = |updates: &[Vec<u8>]| page::text_of(updates.iter().map(Vec::as_slice));
    let whole = rebuilt(&updates);
    if whole.as_deref() != Some(text) {
        findings.wrong(format!("{room}: what the log makes is something else"));
    }
    look_for(acknowledged, whole.unwrap_or_default().as_bytes(), &format!("{room}: the log"), findings);
    for seq in [updates.len().div_ceil(2), updates.len()] {
        let then = cluster.account.history(&cluster.nodes[0].url(), room, seq).await?;
        if page::text_of([then.as_slice()]) != rebuilt(&updates[..seq]) {
            findings.wrong(format!("{room}: the history at {seq} is not what the log made then"));
        }
    }
    Ok(())
}

/// What every node answers, and what every client sees that keeps everything.
async fn texts(cluster: &Cluster, room: &str, clients: &[&mut Client]) -> Result<Vec<(String, String)>, Failure> {
    let mut texts = Vec::new();
    for (number, node) in cluster.nodes.iter().enumerate() {
        let state = cluster.account.content(&node.url(), room, "application/octet-stream").await?;
        texts.push((format!("node {number}"), page::text_of([state.as_slice()]).unwrap_or_default()));
    }
    let keeping = clients.iter().filter(|client| client.keeps() == Keeps::Everything);
    texts.extend(keeping.map(|client| (format!("client {}", client.number), page::text(&client.doc))));
    Ok(texts)
}

/// Every token that was acknowledged is there, and none is there twice.
fn look_for(acknowledged: &[Token], text: &[u8], place: &str, findings: &mut Findings) {
    let counts = token::count(text);
    let lost: Vec<String> =
        acknowledged.iter().filter(|token| !counts.contains_key(token)).map(Token::to_string).collect();
    let doubled: Vec<String> =
        counts.iter().filter(|(_, times)| **times > 1).map(|(token, _)| token.to_string()).collect();
    for (what, tokens) in [("lacks", &lost), ("doubles", &doubled)] {
        if !tokens.is_empty() {
            let some: Vec<&str> = tokens.iter().map(String::as_str).take(5).collect();
            findings.wrong(format!("{place} {what} {} tokens, {}", tokens.len(), some.join(" ")));
        }
    }
    findings.lost += lost.len();
    findings.doubled += doubled.len();
}
