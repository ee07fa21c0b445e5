//! Mail: through an SMTP server, or into the log where none is set.

use std::{net::IpAddr, time::Duration};

use lettre::{
    AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    address::AddressError,
    message::{
        Mailbox,
        header::{ContentType, HeaderName, HeaderValue},
    },
    transport::smtp,
};
use protocol::accounts::EmailAddress;
use tokio::time::timeout;
use url::{Host, Url};

/// How long the server may take for one mail, waiting for a connection included.
const SEND_TIMEOUT: Duration = Duration::from_secs(20);
/// Connections to the server at most.
const MAX_CONNECTIONS: u32 = 4;
/// Mail from a program: nobody's absence is to answer it (RFC 3834 §5).
const AUTO_SUBMITTED: HeaderName = HeaderName::new_from_ascii_str("Auto-Submitted");

/// Sends mails. Cheap to clone.
#[derive(Clone)]
pub struct Mailer(Way);

#[derive(Clone)]
enum Way {
    Smtp { server: AsyncSmtpTransport<Tokio1Executor>, from: Mailbox },
    Log,
}

/// Why no mail can be sent with these settings.
#[derive(Debug, thiserror::Error)]
pub enum MailerError {
    /// The URL does not say where the server is.
    #[error("the SMTP URL cannot be read: smtps://user:password@host is expected")]
    Url(#[source] url::ParseError),
    /// The scheme or the `tls` parameter is of another kind.
    #[error("the SMTP URL cannot be used: smtps://…, smtp://…?tls=required or smtp://… is expected")]
    Scheme(#[source] smtp::Error),
    /// The password would be sent to another machine unencrypted.
    #[error("the SMTP URL has a password that would be sent unencrypted: use smtps:// or ?tls=required")]
    Unencrypted,
    /// The address mails come from is none.
    #[error("the address mails come from cannot be read: Gala <gala@example.org> is expected")]
    From(#[source] AddressError),
}

/// Why a mail was not sent.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// It cannot be delivered to this address; trying again does not help.
    #[error("the mail cannot be delivered to this address")]
    Undeliverable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The mail server cannot be reached, or does not take mail at present.
    #[error("the mail server does not take the mail at present")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl Mailer {
    /// Through the server at `smtps://user:password@host:port` (TLS from the first byte, port 465), or
    /// `smtp://…?tls=required` (STARTTLS, port 587), or `smtp://…` (unencrypted, port 25; a password is
    /// then refused unless the server is on this machine). A `password` is used where the URL has a user
    /// without one. Mails come from `from`, an address with or without a name. Needs a running tokio
    /// runtime; connects when there is something to send.
    ///
    /// # Errors
    ///
    /// [`MailerError`].
    pub fn smtp(url: &str, password: Option<&str>, from: &str) -> Result<Self, MailerError> {
        let mut parsed = Url::parse(url).map_err(MailerError::Url)?;
        if !parsed.username().is_empty() && parsed.password().is_none() {
            parsed.set_password(password).map_err(|()| MailerError::Url(url::ParseError::EmptyHost))?;
        }
        if parsed.password().is_some() && !is_encrypted(&parsed) && !is_here(&parsed) {
            return Err(MailerError::Unencrypted);
        }
        let server = AsyncSmtpTransport::<Tokio1Executor>::from_url(parsed.as_str())
            .map_err(MailerError::Scheme)?
            .timeout(Some(SEND_TIMEOUT))
            .pool_config(smtp::PoolConfig::new().max_size(MAX_CONNECTIONS))
            .build();
        Ok(Self(Way::Smtp { server, from: from.parse().map_err(MailerError::From)? }))
    }

    /// Into the log, links included: for a server nobody has given a mail server to, whose operator can
    /// pass the links on.
    pub const fn log() -> Self {
        Self(Way::Log)
    }

    /// Sends a mail in plain text.
    ///
    /// # Errors
    ///
    /// [`MailError`].
    pub async fn send(&self, to: &EmailAddress, subject: &str, body: &str) -> Result<(), MailError> {
        let Way::Smtp { server, from } = &self.0 else {
            tracing::info!(mail.to = %to, mail.subject = subject, mail.body = body, "no mail server is set: a mail");
            return Ok(());
        };
        let message = compose(from, to, subject, body)?;
        match timeout(SEND_TIMEOUT, server.send(message)).await {
            Ok(Ok(_accepted)) => Ok(()),
            Ok(Err(error)) if error.is_permanent() => Err(MailError::Undeliverable(error.into())),
            Ok(Err(error)) => Err(MailError::Unavailable(error.into())),
            Err(elapsed) => Err(MailError::Unavailable(elapsed.into())),
        }
    }
}

fn compose(from: &Mailbox, to: &EmailAddress, subject: &str, body: &str) -> Result<Message, MailError> {
    let undeliverable = |error: AddressError| MailError::Undeliverable(error.into());
    let to = Mailbox::new(None, to.as_str().parse().map_err(undeliverable)?);
    let message = Message::builder()
        .from(from.clone())
        .to(to)
        .subject(subject)
        .message_id(None)
        .header(ContentType::TEXT_PLAIN)
        .raw_header(HeaderValue::new(AUTO_SUBMITTED, "auto-generated".to_owned()))
        .body(body.to_owned());
    message.map_err(|error| MailError::Undeliverable(error.into()))
}

/// Whether the connection is encrypted or not made.
fn is_encrypted(url: &Url) -> bool {
    url.scheme() == "smtps" || url.query_pairs().any(|(name, value)| name == "tls" && value == "required")
}

/// Whether the server is on this machine. Hosts of schemes other than the web's are not read as addresses.
fn is_here(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.parse().is_ok_and(|ip: IpAddr| ip.is_loopback()),
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use tokio::{
        io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
        net::{TcpListener, TcpStream},
        task::JoinHandle,
    };

    use super::*;

    /// A mail server for one mail: says `rcpt_answer` to the recipient, and tells everything it was told.
    async fn mail_server(rcpt_answer: &'static str) -> (String, JoinHandle<Vec<String>>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let place = format!("127.0.0.1:{}", listener.local_addr().unwrap().port());
        let heard = tokio::spawn(async move { converse(listener.accept().await.unwrap().0, rcpt_answer).await });
        (place, heard)
    }

    async fn converse(stream: TcpStream, rcpt_answer: &str) -> Vec<String> {
        let mut stream = BufReader::new(stream);
        let mut heard: Vec<String> = Vec::new();
        let mut is_text = false;
        stream.write_all(b"220 mail.example.org\r\n").await.unwrap();
        loop {
            let mut line = String::new();
            if stream.read_line(&mut line).await.unwrap() == 0 {
                return heard;
            }
            let line = line.trim_end().to_owned();
            let answer = match line.split(' ').next().unwrap() {
                "." => "250 taken",
                _ if is_text => "",
                "EHLO" => "250-mail.example.org\r\n250 AUTH PLAIN",
                "AUTH" => "235 welcome",
                "RCPT" => rcpt_answer,
                "DATA" => "354 go on",
                "QUIT" => "221 bye",
                _ => "250 ok",
            };
            is_text = (is_text || line == "DATA") && line != ".";
            heard.push(line);
            if !answer.is_empty() {
                stream.write_all(format!("{answer}\r\n").as_bytes()).await.unwrap();
            }
            // One mail is all there will be.
            if answer == "250 taken" || answer.starts_with('5') {
                return heard;
            }
        }
    }

    fn ada() -> EmailAddress {
        "ada@example.org".parse().unwrap()
    }

    #[tokio::test]
    async fn a_mail_arrives_as_it_was_written() {
        let (place, heard) = mail_server("250 ok").await;
        let mailer = Mailer::smtp(&format!("smtp://me:p%40ss@{place}"), None, "Gala <gala@example.org>").unwrap();

        mailer.send(&ada(), "Wähle", "First line\n.\nhttps://gala.example.org/x\n").await.unwrap();

        let heard = heard.await.unwrap();
        let has = |line: &str| heard.iter().any(|heard| heard == line);
        // "\0me\0p@ss" in base64 (RFC 4616 §2).
        for line in ["AUTH PLAIN AG1lAHBAc3M=", "MAIL FROM:<gala@example.org>", "RCPT TO:<ada@example.org>"] {
            assert!(has(line), "{line}: {heard:#?}");
        }
        for line in ["To: ada@example.org", "From: Gala <gala@example.org>", "Auto-Submitted: auto-generated"] {
            assert!(has(line), "{line}: {heard:#?}");
        }
        // A lone dot would end the text (RFC 5321 §4.5.2).
        for line in ["First line", "..", "https://gala.example.org/x", "Content-Type: text/plain; charset=utf-8"] {
            assert!(has(line), "{line}: {heard:#?}");
        }
    }

    #[tokio::test]
    async fn without_a_server_the_link_can_be_found_in_the_log() {
        let log = tempfile::NamedTempFile::new().unwrap();
        let subscriber = tracing_subscriber::fmt().json().with_writer(log.reopen().unwrap()).finish();
        let _logging = tracing::subscriber::set_default(subscriber);

        Mailer::log().send(&ada(), "Hello", "https://gala.example.org/x\n").await.unwrap();

        let logged = std::fs::read_to_string(log.path()).unwrap();
        assert!(logged.contains("https://gala.example.org/x") && logged.contains("ada@example.org"), "{logged}");
    }

    #[tokio::test]
    async fn a_subject_adds_no_header() {
        let (place, heard) = mail_server("250 ok").await;
        let mailer = Mailer::smtp(&format!("smtp://{place}"), None, "gala@example.org").unwrap();

        mailer.send(&ada(), "Hello\r\nBcc: eve@example.org", "Hello\n").await.unwrap();

        assert!(!heard.await.unwrap().iter().any(|line| line.to_lowercase().starts_with("bcc:")));
    }

    #[tokio::test]
    async fn an_address_the_server_refuses_is_undeliverable() {
        let (place, _heard) = mail_server("550 no such person").await;
        let mailer = Mailer::smtp(&format!("smtp://{place}"), None, "gala@example.org").unwrap();

        let sent = mailer.send(&ada(), "Hello", "Hello\n").await;

        assert!(matches!(sent, Err(MailError::Undeliverable(_))), "{sent:?}");
    }

    #[tokio::test]
    async fn a_server_that_is_full_or_not_there_is_unavailable() {
        let (full, _heard) = mail_server("452 later").await;
        let gone = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().to_string();

        for place in [full, gone] {
            let mailer = Mailer::smtp(&format!("smtp://{place}"), None, "gala@example.org").unwrap();
            let sent = mailer.send(&ada(), "Hello", "Hello\n").await;
            assert!(matches!(sent, Err(MailError::Unavailable(_))), "{sent:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_server_that_says_nothing_is_not_waited_for() {
        let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let place = silent.local_addr().unwrap();
        let mailer = Mailer::smtp(&format!("smtp://{place}"), None, "gala@example.org").unwrap();

        let sent = mailer.send(&ada(), "Hello", "Hello\n").await;

        assert!(matches!(sent, Err(MailError::Unavailable(_))), "{sent:?}");
    }

    #[tokio::test]
    async fn a_password_is_not_sent_to_another_machine_unencrypted() {
        for url in ["smtp://me:pass@mail.example.org", "smtp://me:pass@mail.example.org?tls=opportunistic"] {
            assert!(matches!(Mailer::smtp(url, None, "a@b.c"), Err(MailerError::Unencrypted)), "{url}");
        }
        for url in [
            "smtps://me:pass@mail.example.org",
            "smtp://me:pass@mail.example.org?tls=required",
            "smtp://me:pass@[::1]:25",
            "smtp://me:pass@localhost",
            "smtp://mail.example.org",
        ] {
            assert!(Mailer::smtp(url, None, "a@b.c").is_ok(), "{url}");
        }
        assert!(matches!(Mailer::smtp("http://mail.example.org", None, "a@b.c"), Err(MailerError::Scheme(_))));
        assert!(matches!(Mailer::smtp("mail.example.org", None, "a@b.c"), Err(MailerError::Url(_))));
        assert!(matches!(Mailer::smtp("smtp://mail.example.org", None, "nobody"), Err(MailerError::From(_))));
    }
}
