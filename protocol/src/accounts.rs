//! Accounts: how people sign in, and what they see of themselves.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    ids::{DeviceId, PrincipalId, RoomId},
    principal::PrincipalKind,
    time::Timestamp,
};

/// Characters in a password at least (NIST SP 800-63B-4 §3.1.1.2 asks for 8 beside a second factor, 15 alone;
/// 10 with rate limits is our middle).
pub const MIN_PASSWORD_CHARS: usize = 10;
/// Bytes in a password at most: hashing takes time with every byte.
pub const MAX_PASSWORD_BYTES: usize = 1024;
/// Characters in a person's name at most.
pub const MAX_NAME_CHARS: usize = 100;
/// Bytes in an e-mail address at most (RFC 5321 §4.5.3.1.3).
pub const MAX_EMAIL_BYTES: usize = 254;
/// Seconds an access token is good.
pub const ACCESS_TOKEN_S: u32 = 900;

/// An e-mail address that can be one: a part before the `@`, a domain behind it. In lower case, so
/// that one mailbox has one spelling.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, ToSchema)]
#[serde(transparent)]
#[schema(value_type = String, format = Email, max_length = 254)]
pub struct EmailAddress(String);

/// The text is not an e-mail address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is not an e-mail address")]
pub struct InvalidEmail;

impl EmailAddress {
    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::str::FromStr for EmailAddress {
    type Err = InvalidEmail;

    /// Accepts what RFC 5321 §4.1.2 calls a mailbox with an unquoted local part, and a domain of at
    /// least one label. Letters beyond ASCII are in lower case.
    fn from_str(text: &str) -> Result<Self, InvalidEmail> {
        let text = text.trim().to_ascii_lowercase();
        // Folding other letters could turn one mailbox into another: the Kelvin sign is not a k.
        if !text.chars().all(|c| c.to_lowercase().eq([c])) {
            return Err(InvalidEmail);
        }
        let (local, domain) = text.rsplit_once('@').ok_or(InvalidEmail)?;
        let atom = |part: &str| !part.is_empty() && part.chars().all(is_atom);
        let label = |part: &str| {
            !part.is_empty()
                && part.chars().all(|c| c.is_alphanumeric() || c == '-')
                && !part.starts_with('-')
                && !part.ends_with('-')
        };
        let valid = text.len() <= MAX_EMAIL_BYTES
            && local.len() <= 64
            && local.split('.').all(atom)
            && domain.split('.').all(label);
        if valid { Ok(Self(text)) } else { Err(InvalidEmail) }
    }
}

impl<'de> Deserialize<'de> for EmailAddress {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

impl std::fmt::Display for EmailAddress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// `atext` of RFC 5322 §3.2.3, and letters of other scripts (RFC 6532 §3.2).
fn is_atom(c: char) -> bool {
    c.is_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c)
}

/// A password on its way in. Never shown, never written.
#[derive(Clone, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(transparent)]
#[schema(value_type = String, format = Password, max_length = 1024)]
pub struct Password(String);

impl Password {
    /// The password.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl From<String> for Password {
    fn from(password: String) -> Self {
        Self(password)
    }
}

/// How the caller keeps its sign-in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SignInMode {
    /// With tokens: an access token for `Authorization: Bearer`, and a refresh token.
    #[default]
    Token,
    /// With cookies: for browsers. State-changing calls then need the `x-csrf-token` header.
    Cookie,
}

/// Makes an account.
#[derive(Clone, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Register {
    /// The address to sign in with.
    pub email: EmailAddress,
    /// At least 10 characters, at most 1,024 bytes.
    #[schema(min_length = 10)]
    pub password: Password,
    /// The name others see; 1 to 100 characters.
    #[schema(min_length = 1, max_length = 100)]
    pub name: String,
    /// The token of an invitation, where the server asks for one.
    #[serde(default)]
    pub invitation: Option<String>,
    /// How to keep the sign-in.
    #[serde(default)]
    pub mode: SignInMode,
}

/// Signs in with a password.
#[derive(Clone, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignIn {
    /// The address of the account.
    pub email: EmailAddress,
    /// Its password.
    pub password: Password,
    /// How to keep the sign-in.
    #[serde(default)]
    pub mode: SignInMode,
}

/// Somebody has signed in.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SignedIn {
    /// Whose account it is.
    pub user: UserView,
    /// For `Authorization: Bearer`: a JWT (RS256) that `/.well-known/jwks.json` verifies. Absent with cookies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access_token: Option<String>,
    /// Good once, for new tokens. Absent with cookies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<String>,
    /// `Bearer`. Absent with cookies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_type: Option<TokenType>,
    /// Seconds until the access token expires. Absent with cookies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_in_s: Option<u32>,
    /// For the `x-csrf-token` header, also in the cookie `gala_csrf`. Absent with tokens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub csrf_token: Option<String>,
}

/// How an access token is presented.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub enum TokenType {
    /// `Authorization: Bearer …` (RFC 6750).
    Bearer,
}

/// New tokens for an old sign-in.
#[derive(Clone, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Refresh {
    /// The refresh token. It is used up; using it again ends the sign-in.
    pub refresh_token: String,
}

/// An account as its owner sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct UserView {
    /// The principal.
    pub id: PrincipalId,
    /// The address to sign in with.
    #[schema(value_type = String, format = Email)]
    pub email: EmailAddress,
    /// The name others see.
    pub name: String,
    /// The colour of the caret: `#rrggbb`.
    pub color: String,
    /// Whether mail to the address has arrived.
    pub email_verified: bool,
}

/// Who the caller is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Me {
    /// The principal.
    pub id: PrincipalId,
    /// What sort of principal it is.
    pub kind: PrincipalKind,
    /// The name others see.
    pub name: String,
    /// The colour of the caret: `#rrggbb`.
    pub color: String,
    /// The address of the account; absent for services and guests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Email)]
    pub email: Option<EmailAddress>,
    /// Whether mail to the address has arrived; absent for services and guests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email_verified: Option<bool>,
    /// Whether the account has a password; absent for services and guests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub has_password: Option<bool>,
    /// The page a guest's share link opens; absent for others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guest_of: Option<RoomId>,
}

/// What to change about the caller; what is left out stays.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateMe {
    /// The new name; 1 to 100 characters.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 100)]
    pub name: Option<String>,
}

/// Changes the caller's password. Every other device is signed out.
#[derive(Clone, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangePassword {
    /// The password until now; left out by accounts that have none.
    #[serde(default)]
    pub current_password: Option<Password>,
    /// At least 10 characters, at most 1,024 bytes.
    #[schema(min_length = 10)]
    pub new_password: Password,
}

/// Asks for a mail with which a new password can be chosen.
#[derive(Clone, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RequestPasswordReset {
    /// The address of the account.
    pub email: EmailAddress,
}

/// Chooses a new password. Every device is signed out, and personal API keys end.
#[derive(Clone, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ResetPassword {
    /// The token from the mail; good once.
    pub token: String,
    /// At least 10 characters, at most 1,024 bytes.
    #[schema(min_length = 10)]
    pub password: Password,
}

/// Shows that a mail to the caller has arrived.
#[derive(Clone, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct VerifyEmail {
    /// The token from the mail; good once.
    pub token: String,
}

/// A place where the caller is signed in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DeviceView {
    /// The device.
    pub id: DeviceId,
    /// What it called itself: the `User-Agent` of the sign-in, shortened.
    pub name: String,
    /// The address it was last used from.
    pub address: String,
    /// When it signed in.
    pub created_at: Timestamp,
    /// When it was last used, to the minute or so.
    pub last_used_at: Timestamp,
    /// Whether it is the one that asks.
    pub is_current: bool,
}

/// Who may make an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Registration {
    /// Everybody.
    Open,
    /// Whoever has an invitation.
    Invite,
    /// Nobody; operators make accounts with `gala user create`.
    Closed,
}

/// How one can sign in here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SignInOptions {
    /// Whether nobody has an account yet: the first one to register becomes owner.
    pub is_first_run: bool,
    /// Who may make an account.
    pub registration: Registration,
    /// Where else one can sign in.
    pub providers: Vec<ProviderView>,
}

/// Somewhere else to sign in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ProviderView {
    /// Names it in `auth/oauth/{provider}/start`.
    pub id: String,
    /// Its name for people.
    pub name: String,
}

/// Somebody, as a place to sign in knows them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExternalIdentity {
    /// Who says so: the URL of the issuer. Not the provider's id, which an operator may give to another
    /// issuer, whose subjects are other people.
    pub provider: String,
    /// What they are called there for ever.
    pub subject: String,
    /// Their address.
    pub email: Option<EmailAddress>,
    /// Whether the place has seen that they read mail to it. Only then may it lead to an account.
    pub email_verified: bool,
    /// What they call themselves.
    pub name: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_mailbox_has_one_spelling() {
        assert_eq!(" Ada@Example.ORG".parse::<EmailAddress>().unwrap().as_str(), "ada@example.org");
        for valid in ["a@b", "first.last+tag@sub.example.org", "ünï@exämple.org"] {
            assert!(valid.parse::<EmailAddress>().is_ok(), "{valid}");
        }
    }

    #[test]
    fn a_letter_that_only_folds_into_another_one_is_refused() {
        for wrong in ["\u{212a}ate@example.org", "kate@\u{212a}.org", "Ünï@example.org", "\u{130}@example.org"] {
            assert!(wrong.parse::<EmailAddress>().is_err(), "{wrong}");
        }
        assert_eq!("KATE@example.org".parse::<EmailAddress>().unwrap().as_str(), "kate@example.org");
    }

    #[test]
    fn what_cannot_be_an_address_is_refused() {
        let long = format!("{}@example.org", "a".repeat(65));
        for wrong in
            ["", "ada", "@b", "a@", "a b@c", "a@b c", "a@-b", "a@b..c", ".a@b", "a@b\r\nBcc: c@d", "<a@b>", &long]
        {
            assert!(wrong.parse::<EmailAddress>().is_err(), "{wrong:?}");
        }
    }
}
