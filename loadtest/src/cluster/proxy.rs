//! A way between two processes that can be closed: a TCP proxy.

use std::net::Ipv4Addr;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::watch::{Receiver, Sender},
    task::JoinHandle,
};

use crate::failure::Failure;

/// What passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Link {
    /// Everything.
    Open,
    /// Nothing, and nobody is told: connections stay, and new ones come about.
    Silent,
    /// What the client says; nothing that is said to it.
    Deaf,
    /// What is said to the client; nothing it says.
    Mute,
    /// Nothing: connections end, and so does every new one.
    Cut,
}

impl Link {
    /// The ways in which a way can be closed.
    pub(crate) const CLOSED: [Self; 4] = [Self::Silent, Self::Deaf, Self::Mute, Self::Cut];

    fn lets_ask(self) -> bool {
        matches!(self, Self::Open | Self::Deaf)
    }

    fn lets_answer(self) -> bool {
        matches!(self, Self::Open | Self::Mute)
    }
}

/// Listens on a port of its own, and passes on what comes to another.
pub(crate) struct Proxy {
    port: u16,
    link: Sender<Link>,
    resets: Sender<u32>,
    accepting: JoinHandle<()>,
}

impl Proxy {
    pub(super) async fn to(leads_to: u16) -> Result<Self, Failure> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let port = listener.local_addr()?.port();
        let (link, resets) = (Sender::new(Link::Open), Sender::new(0));
        let (watched, counted) = (link.subscribe(), resets.subscribe());
        let accepting = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(carry(client, leads_to, watched.clone(), counted.clone()));
            }
        });
        Ok(Self { port, link, resets, accepting })
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    pub(crate) fn set(&self, link: Link) {
        self.link.send_replace(link);
    }

    /// Ends all connections there are, with what they hold.
    pub(crate) fn reset(&self) {
        self.resets.send_modify(|resets| *resets += 1);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

/// Passes on what is said on one connection until it ends.
async fn carry(client: TcpStream, leads_to: u16, mut link: Receiver<Link>, mut resets: Receiver<u32>) {
    resets.mark_unchanged();
    let (asking, answering) = (link.clone(), link.clone());
    let both = async {
        let Ok(server) = TcpStream::connect((Ipv4Addr::LOCALHOST, leads_to)).await else { return };
        // What is small goes out at once, or stays slower than it would be without a proxy.
        drop((client.set_nodelay(true), server.set_nodelay(true)));
        let ((from_client, to_client), (from_server, to_server)) = (client.into_split(), server.into_split());
        tokio::join!(
            pass_on(from_client, to_server, asking, Link::lets_ask),
            pass_on(from_server, to_client, answering, Link::lets_answer),
        );
    };
    tokio::select! {
        () = both => (),
        _ = link.wait_for(|link| *link == Link::Cut) => (),
        _ = resets.changed() => (),
    }
}

async fn pass_on(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, mut link: Receiver<Link>, lets: fn(Link) -> bool) {
    let mut bytes = vec![0; 64 * 1024];
    loop {
        let read = from.read(&mut bytes).await.unwrap_or(0);
        if link.wait_for(|link| lets(*link)).await.is_err() {
            return;
        }
        if read == 0 {
            // The other direction ends by itself; what it still says may matter.
            drop(to.shutdown().await);
            return;
        }
        if to.write_all(&bytes[..read]).await.is_err() {
            return;
        }
    }
}
