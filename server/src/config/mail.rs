//! How mails go out.

use std::{fmt, str::FromStr};

use clap::Args;

use super::InvalidSetting;

/// How mails go out.
#[derive(Args, Clone, Debug)]
pub struct MailConfig {
    /// Mail server: smtps://user:password@host, or smtp://user:password@host?tls=required for STARTTLS;
    /// better set as a variable. Mails are written to the log when unset
    #[arg(long, env = "GALA_SMTP_URL", hide_env_values = true, value_name = "URL", requires = "mail_from")]
    pub smtp_url: Option<SmtpUrl>,
    /// Address that mails come from: Gala <gala@example.org>
    #[arg(long, env = "GALA_MAIL_FROM", value_name = "ADDRESS")]
    pub mail_from: Option<String>,
}

/// Where the mail server is and how to get in. Displayed without its password.
#[derive(Clone, PartialEq, Eq)]
pub struct SmtpUrl(String);

impl SmtpUrl {
    /// The URL with its password.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl FromStr for SmtpUrl {
    type Err = InvalidSetting;

    fn from_str(text: &str) -> Result<Self, InvalidSetting> {
        if text.starts_with("smtp://") || text.starts_with("smtps://") {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidSetting("a URL that begins with smtp:// or smtps:// is expected"))
        }
    }
}

impl fmt::Debug for SmtpUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (scheme, rest) = self.0.split_once("://").unwrap_or_default();
        // A password may hold `@`.
        let place = rest.rsplit_once('@').map_or(rest, |(_login, place)| place);
        write!(f, "{scheme}://{place}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_server_is_shown_without_its_password() {
        let url: SmtpUrl = "smtp://me:p@ss@mail.example.org:587?tls=required".parse().unwrap();

        assert_eq!(format!("{url:?}"), "smtp://mail.example.org:587?tls=required");
        assert!("mail.example.org".parse::<SmtpUrl>().is_err());
    }
}
