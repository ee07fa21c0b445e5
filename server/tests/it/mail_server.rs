//! A mail server for tests: takes every mail, and hands it out.

use server::config::Config;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    sync::{
        Mutex,
        mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
    },
    time::timeout,
};

use crate::yjs_client::PATIENCE;

/// A mail server; it stops when the test ends.
pub(crate) struct MailServer {
    place: String,
    mails: Mutex<UnboundedReceiver<Vec<String>>>,
}

impl MailServer {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let place = listener.local_addr().unwrap().to_string();
        let (sender, mails) = unbounded_channel();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(converse(stream, sender.clone()));
            }
        });
        Self { place, mails: mails.into() }
    }

    /// Makes a server send its mails here.
    pub(crate) fn serve(&self, config: &mut Config) {
        config.mail.smtp_url = format!("smtp://{}", self.place).parse().ok();
        config.mail.mail_from = Some("gala@example.org".to_owned());
    }

    /// The token in the link of the next mail, which is to somebody and leads to a page of this name.
    pub(crate) async fn token(&self, to: &str, page: &str) -> String {
        let mail = timeout(PATIENCE, self.mails.lock().await.recv()).await.expect("a mail").unwrap();
        assert!(mail.contains(&format!("To: {to}")), "{mail:#?}");
        // Long lines are folded with `=` at their ends (RFC 2045 §6.7).
        let text = mail.join("\n").replace("=\n", "");
        let link = text.lines().find(|line| line.contains(&format!("/{page}/")));
        link.unwrap_or_else(|| panic!("{mail:#?}")).rsplit('/').next().unwrap().to_owned()
    }

    /// Whether a mail has come that nobody has asked for yet.
    pub(crate) async fn has_more(&self) -> bool {
        self.mails.lock().await.try_recv().is_ok()
    }
}

/// Speaks as much of RFC 5321 as is needed.
async fn converse(stream: TcpStream, mails: UnboundedSender<Vec<String>>) {
    let mut stream = BufReader::new(stream);
    let mut mail: Option<Vec<String>> = None;
    stream.write_all(b"220 mail.example.org\r\n").await.unwrap();
    let mut line = String::new();
    while stream.read_line(&mut line).await.is_ok_and(|read| read > 0) {
        let text = line.trim_end().to_owned();
        line.clear();
        let answer = match (&mut mail, text.as_str()) {
            (Some(_), ".") => {
                // The test may have heard enough.
                drop(mails.send(mail.take().unwrap()));
                "250 taken\r\n"
            }
            (Some(mail), _) => {
                mail.push(text);
                ""
            }
            (None, "DATA") => {
                mail = Some(Vec::new());
                "354 go on\r\n"
            }
            (None, _) => "250 ok\r\n",
        };
        if stream.write_all(answer.as_bytes()).await.is_err() {
            return;
        }
    }
}
