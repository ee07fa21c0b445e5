//! A way between two processes that a test can close: a TCP proxy.

use std::{
    net::Ipv4Addr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU16, Ordering},
    },
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::{oneshot, watch},
    task::JoinHandle,
};

use super::conversation::{Conversation, Moment};

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

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    /// From the process that made the connection.
    Asked,
    /// To it.
    Answered,
}

/// Listens on a port of its own, and passes on what comes to whoever it leads to.
pub(crate) struct Proxy {
    pub(crate) port: u16,
    way: Arc<Way>,
    accepting: JoinHandle<()>,
}

struct Way {
    leads_to: AtomicU16,
    link: watch::Sender<Link>,
    /// How often all connections were ended.
    resets: watch::Sender<u32>,
    trap: Mutex<Option<Trap>>,
}

/// Set for the next commit of edits.
struct Trap {
    moment: Moment,
    sprung: oneshot::Sender<()>,
}

impl Proxy {
    pub(crate) async fn to(port: u16) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port is free");
        let way = Arc::new(Way {
            leads_to: AtomicU16::new(port),
            link: watch::Sender::new(Link::Open),
            resets: watch::Sender::new(0),
            trap: Mutex::default(),
        });
        let port = listener.local_addr().expect("it has an address").port();
        let accepting = tokio::spawn(Arc::clone(&way).accept(listener));
        Self { port, way, accepting }
    }

    pub(crate) fn set(&self, link: Link) {
        self.way.link.send_replace(link);
    }

    /// Ends all connections there are, with what they hold.
    pub(crate) fn reset(&self) {
        self.way.resets.send_modify(|resets| *resets += 1);
    }

    /// Leads somewhere else from now on.
    pub(crate) fn lead_to(&self, port: u16) {
        self.way.leads_to.store(port, Ordering::Relaxed);
        self.reset();
    }

    /// Holds the next commit of edits at this moment, and its connection with it until that is
    /// reset. Resolves when it is held. For proxies that lead to Postgres.
    pub(crate) fn hold(&self, moment: Moment) -> impl Future<Output = ()> + use<> {
        let (sprung, wait) = oneshot::channel();
        *self.way.trap.lock().expect("no panic under the lock") = Some(Trap { moment, sprung });
        async { wait.await.expect("there is a commit to be held") }
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort();
        self.reset();
    }
}

impl Way {
    async fn accept(self: Arc<Self>, listener: TcpListener) {
        while let Ok((client, _)) = listener.accept().await {
            tokio::spawn(Arc::clone(&self).carry(client));
        }
    }

    /// Passes on what is said on one connection until it ends.
    async fn carry(self: Arc<Self>, client: TcpStream) {
        let (mut link, mut resets) = (self.link.subscribe(), self.resets.subscribe());
        let both = async {
            let Ok(server) = TcpStream::connect((Ipv4Addr::LOCALHOST, self.leads_to.load(Ordering::Relaxed))).await
            else {
                return;
            };
            drop((client.set_nodelay(true), server.set_nodelay(true)));
            let conversation = Mutex::new(Conversation::default());
            let ((from_client, to_client), (from_server, to_server)) = (client.into_split(), server.into_split());
            tokio::join!(
                self.pass_on(Direction::Asked, from_client, to_server, &conversation),
                self.pass_on(Direction::Answered, from_server, to_client, &conversation),
            );
        };
        tokio::select! {
            () = both => (),
            _ = link.wait_for(|link| *link == Link::Cut) => (),
            _ = resets.changed() => (),
        }
    }

    async fn pass_on(
        &self,
        direction: Direction,
        mut from: OwnedReadHalf,
        mut to: OwnedWriteHalf,
        conversation: &Mutex<Conversation>,
    ) {
        let mut link = self.link.subscribe();
        let mut bytes = vec![0; 64 * 1024];
        loop {
            let read = from.read(&mut bytes).await.unwrap_or(0);
            if link.wait_for(|link| link.passes(direction)).await.is_err() {
                return;
            }
            if read == 0 {
                // The other direction ends by itself; what it still says may matter.
                drop(to.shutdown().await);
                return;
            }
            let held = self.held(direction, &bytes[..read], conversation);
            if to.write_all(&bytes[..held.unwrap_or(read)]).await.is_err() {
                return;
            }
            if held.is_some() {
                return std::future::pending().await;
            }
        }
    }

    /// How many of these bytes may still pass, if a trap holds what comes after them.
    fn held(&self, direction: Direction, bytes: &[u8], conversation: &Mutex<Conversation>) -> Option<usize> {
        let at = conversation.lock().expect("no panic under the lock").hear(direction, bytes);
        let mut trap = self.trap.lock().expect("no panic under the lock");
        let (moment, offset) = at?;
        let sprung = trap.take_if(|trap| trap.moment == moment)?;
        sprung.sprung.send(()).ok();
        Some(offset)
    }
}

impl Link {
    fn passes(self, direction: Direction) -> bool {
        match self {
            Self::Open => true,
            Self::Silent | Self::Cut => false,
            Self::Deaf => direction == Direction::Asked,
            Self::Mute => direction == Direction::Answered,
        }
    }
}
