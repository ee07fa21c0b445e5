//! The texts of the mails the server sends. Plain text: a link is seen for what it is.
//!
//! Names that people choose stand in them, on one line: they can add neither a header nor a paragraph.

/// A mail without its address.
#[derive(Clone, PartialEq, Eq)]
pub struct Mail {
    /// What it is about, on one line.
    pub subject: String,
    /// What it says; lines end with `\n`.
    pub body: String,
}

/// Lets somebody choose a new password.
pub fn password_reset(link: &str, expires_in_s: u32) -> Mail {
    let body = format!(
        "Somebody, probably you, asked for a new password for your Gala account.\n\
         \n\
         Choose it here within {}:\n\
         \n\
         {link}\n\
         \n\
         If it was not you, do nothing: your password stays as it is.\n",
        in_words(expires_in_s)
    );
    Mail { subject: "Choose a new password".to_owned(), body }
}

/// Lets somebody show that an address is theirs.
pub fn email_verification(link: &str, expires_in_s: u32) -> Mail {
    let body = format!(
        "Somebody, probably you, uses this address for a Gala account.\n\
         \n\
         Show within {} that it is yours:\n\
         \n\
         {link}\n\
         \n\
         If it was not you, do nothing.\n",
        in_words(expires_in_s)
    );
    Mail { subject: "Confirm your e-mail address".to_owned(), body }
}

/// Invites somebody into a workspace.
pub fn invitation(inviter: &str, workspace: &str, link: &str, expires_in_s: u32) -> Mail {
    let (inviter, workspace) = (one_line(inviter), one_line(workspace));
    let body = format!(
        "{inviter} invites you to work together in the workspace “{workspace}” on Gala.\n\
         \n\
         Accept the invitation here within {}:\n\
         \n\
         {link}\n\
         \n\
         If you do not know {inviter}, do nothing.\n",
        in_words(expires_in_s)
    );
    Mail { subject: format!("{inviter} invites you to “{workspace}”"), body }
}

/// A name without what breaks a line or turns the direction of reading.
fn one_line(name: &str) -> String {
    let is_visible =
        |c: &char| !matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let breaks = |c: char| c.is_whitespace() || c.is_control();
    let words: String = name.chars().filter(is_visible).map(|c| if breaks(c) { ' ' } else { c }).collect();
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A span in the largest unit of which it has a whole number.
fn in_words(seconds: u32) -> String {
    let (number, unit) = match seconds {
        s if s >= 86_400 && s % 86_400 == 0 => (s / 86_400, "day"),
        s if s >= 3_600 && s % 3_600 == 0 => (s / 3_600, "hour"),
        s => (s.div_ceil(60), "minute"),
    };
    if number == 1 { format!("1 {unit}") } else { format!("{number} {unit}s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINK: &str = "https://gala.example.org/reset-password/abc";

    #[test]
    fn a_mail_says_what_to_do_until_when_and_what_if_it_was_somebody_else() {
        let mail = password_reset(LINK, 3600);

        insta::assert_snapshot!(mail.body, @"
        Somebody, probably you, asked for a new password for your Gala account.

        Choose it here within 1 hour:

        https://gala.example.org/reset-password/abc

        If it was not you, do nothing: your password stays as it is.
        ");
    }

    #[test]
    fn the_link_stands_alone_on_its_line() {
        for mail in [password_reset(LINK, 60), email_verification(LINK, 60), invitation("Ada", "Team", LINK, 60)] {
            assert!(mail.body.lines().any(|line| line == LINK), "{}", mail.body);
        }
    }

    #[test]
    fn a_name_adds_neither_a_header_nor_a_line() {
        let (honest, forged) = ("Ada", "Ada\r\nBcc: eve@example.org\r\n\r\nSee\u{2028}http://evil\u{202e}\0");

        let mail = invitation(forged, forged, LINK, 60);

        assert_eq!(one_line(forged), "Ada Bcc: eve@example.org See http://evil");
        assert!(!mail.subject.contains(char::is_control), "{}", mail.subject);
        assert_eq!(mail.body.lines().count(), invitation(honest, honest, LINK, 60).body.lines().count());
    }

    #[test]
    fn a_span_is_told_in_its_largest_unit() {
        let told: Vec<String> = [59, 60, 900, 3600, 5400, 86_400, 604_800].map(in_words).into();

        assert_eq!(told, ["1 minute", "1 minute", "15 minutes", "1 hour", "90 minutes", "1 day", "7 days"]);
    }
}
