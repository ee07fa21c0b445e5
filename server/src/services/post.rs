//! Mails on their way: handed in here, sent elsewhere, so that nobody who asks for one waits for a mail
//! server, or learns from the time it takes whether one is sent.

use protocol::accounts::EmailAddress;
use tokio::sync::mpsc;

use super::mails::Mail;

/// Mails that may wait for the mail server; what comes on top is not sent.
const WAITING_MAILS: usize = 1000;

/// A mail and where it goes.
pub struct Letter {
    /// To whom.
    pub to: EmailAddress,
    /// What it says.
    pub mail: Mail,
}

/// Takes mails. Cheap to clone.
#[derive(Clone)]
pub struct Post(mpsc::Sender<Letter>);

impl Post {
    /// Takes mails, which come out of the other end in order.
    pub fn new() -> (Self, mpsc::Receiver<Letter>) {
        let (sender, receiver) = mpsc::channel(WAITING_MAILS);
        (Self(sender), receiver)
    }

    /// Hands a mail in. It may get lost; whoever misses it asks for another one.
    pub fn send(&self, to: EmailAddress, mail: Mail) {
        if self.0.try_send(Letter { to, mail }).is_err() {
            tracing::warn!("a mail is not sent: too many are waiting for the mail server");
        }
    }
}
