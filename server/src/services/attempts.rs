//! How often people may try what is not theirs yet: signing in, making accounts, asking for mails,
//! opening share links.
//!
//! Generous to people, and to many of them behind one address; what is left is too slow for guessing
//! passwords. Each is counted by the address requests come from, and by the account they are about,
//! whether there is such an account or not: a refusal says nothing of it.

use std::{hash::Hash, net::IpAddr, sync::Arc, time::Duration};

use protocol::{accounts::EmailAddress, ids::WorkspaceId};

use crate::rate_limit::{Rate, RateLimit, RateLimited, network};

/// Signing in from one address.
const SIGN_IN_PER_ADDRESS: Rate = Rate::new(100, Duration::from_millis(500));
/// Signing in to one account: 17,000 passwords a day.
const SIGN_IN_PER_ACCOUNT: Rate = Rate::new(20, Duration::from_secs(5));
/// Making accounts from one address.
const REGISTER_PER_ADDRESS: Rate = Rate::new(50, Duration::from_secs(1));
/// Asking for mails, and using what stands in them, from one address.
const MAIL_PER_ADDRESS: Rate = Rate::new(20, Duration::from_secs(10));
/// Mails to one account.
const MAIL_PER_ACCOUNT: Rate = Rate::new(3, Duration::from_secs(5 * 60));
/// Mails that invite into one workspace.
const MAIL_PER_WORKSPACE: Rate = Rate::new(50, Duration::from_secs(60));
/// Becoming a guest from one address: each is a row in the database.
const GUEST_PER_ADDRESS: Rate = Rate::new(20, Duration::from_secs(5));

/// Counts attempts. Cheap to clone.
#[derive(Clone)]
pub struct Attempts(Arc<Limits>);

struct Limits {
    sign_in: [Option<RateLimit>; 2],
    register: Option<RateLimit>,
    mail: [Option<RateLimit>; 2],
    invitation: Option<RateLimit>,
    guest: Option<RateLimit>,
}

impl Default for Attempts {
    fn default() -> Self {
        Self(Arc::new(Limits {
            sign_in: [SIGN_IN_PER_ADDRESS, SIGN_IN_PER_ACCOUNT].map(RateLimit::new),
            register: RateLimit::new(REGISTER_PER_ADDRESS),
            mail: [MAIL_PER_ADDRESS, MAIL_PER_ACCOUNT].map(RateLimit::new),
            invitation: RateLimit::new(MAIL_PER_WORKSPACE),
            guest: RateLimit::new(GUEST_PER_ADDRESS),
        }))
    }
}

impl Attempts {
    /// Somebody tries a password.
    ///
    /// # Errors
    ///
    /// [`RateLimited`].
    pub fn sign_in(&self, address: &str, account: &EmailAddress) -> Result<(), RateLimited> {
        let [by_address, by_account] = &self.0.sign_in;
        check(by_address, place(address))?;
        check(by_account, account)
    }

    /// Somebody comes back from signing in elsewhere.
    ///
    /// # Errors
    ///
    /// [`RateLimited`].
    pub fn external_sign_in(&self, address: &str) -> Result<(), RateLimited> {
        let [by_address, _] = &self.0.sign_in;
        check(by_address, place(address))
    }

    /// Somebody makes an account.
    ///
    /// # Errors
    ///
    /// [`RateLimited`].
    pub fn register(&self, address: &str) -> Result<(), RateLimited> {
        check(&self.0.register, place(address))
    }

    /// Somebody wants a mail to be sent to an account.
    ///
    /// # Errors
    ///
    /// [`RateLimited`].
    pub fn mail(&self, address: &str, account: &EmailAddress) -> Result<(), RateLimited> {
        self.mailed_token(address)?;
        let [_, by_account] = &self.0.mail;
        check(by_account, account)
    }

    /// Somebody wants an account to be invited into a workspace by mail.
    ///
    /// # Errors
    ///
    /// [`RateLimited`].
    pub fn invitation(&self, address: &str, account: &EmailAddress, workspace: WorkspaceId) -> Result<(), RateLimited> {
        self.mail(address, account)?;
        check(&self.0.invitation, workspace)
    }

    /// Somebody becomes a guest.
    ///
    /// # Errors
    ///
    /// [`RateLimited`].
    pub fn guest(&self, address: &str) -> Result<(), RateLimited> {
        check(&self.0.guest, place(address))
    }

    /// Somebody shows what may have stood in a mail.
    ///
    /// # Errors
    ///
    /// [`RateLimited`].
    pub fn mailed_token(&self, address: &str) -> Result<(), RateLimited> {
        let [by_address, _] = &self.0.mail;
        check(by_address, place(address))
    }
}

fn check(limit: &Option<RateLimit>, who: impl Hash) -> Result<(), RateLimited> {
    limit.as_ref().map_or(Ok(()), |limit| limit.check(who))
}

/// What requests from an address are counted for; the same for all that came over no network.
fn place(address: &str) -> Option<IpAddr> {
    address.parse().ok().map(network)
}
