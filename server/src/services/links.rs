//! Links that let people in. Nothing secret is stored for them: what stands in a link is the id of an
//! invitation or a share link, and what nobody can make who has not the server's key.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use protocol::ids::{InvitationId, ShareLinkId};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::config::PublicUrl;

/// Bytes of an id.
const ID_BYTES: usize = 16;
/// Bytes of the HMAC that are kept: half of it, as few as one may (RFC 2104 §5).
const TAG_BYTES: usize = 16;
/// Bytes in a block of SHA-256: an HMAC takes its key in this size (RFC 2104 §2).
const BLOCK_BYTES: usize = 64;

/// Makes links, and tells ours from others. Cheap to clone.
#[derive(Clone)]
pub struct Links {
    key: Hmac<Sha256>,
    origin: PublicUrl,
}

/// What a link is for: the token of one is no good as the other.
#[derive(Clone, Copy)]
enum Purpose {
    Invitation,
    ShareLink,
}

impl Purpose {
    const fn name(self) -> &'static [u8] {
        match self {
            Self::Invitation => b"invitation",
            Self::ShareLink => b"share link",
        }
    }
}

impl Links {
    /// Links below this origin, signed with this key, however long it is.
    pub fn new(key: &[u8], origin: PublicUrl) -> Self {
        let digest = Sha256::digest(key);
        let mut block = [0; BLOCK_BYTES];
        block[..digest.len()].copy_from_slice(&digest);
        Self { key: Hmac::new(&block.into()), origin }
    }

    /// Where an invitation is accepted, in a browser.
    pub fn invitation_url(&self, id: InvitationId) -> String {
        format!("{}/invite/{}", self.origin, self.token(Purpose::Invitation, id.as_uuid()))
    }

    /// The invitation a token is for; `None` for tokens that are not ours.
    pub fn invitation(&self, token: &str) -> Option<InvitationId> {
        self.verify(Purpose::Invitation, token).map(InvitationId::from)
    }

    /// Where a share link is opened, in a browser.
    pub fn share_link_url(&self, id: ShareLinkId) -> String {
        format!("{}/s/{}", self.origin, self.token(Purpose::ShareLink, id.as_uuid()))
    }

    /// The share link a token is for; `None` for tokens that are not ours.
    pub fn share_link(&self, token: &str) -> Option<ShareLinkId> {
        self.verify(Purpose::ShareLink, token).map(ShareLinkId::from)
    }

    /// Where somebody chooses a new password, in a browser, with a token they were mailed.
    pub fn reset_password_url(&self, token: &str) -> String {
        format!("{}/reset-password/{token}", self.origin)
    }

    /// Where somebody shows that an address is theirs, in a browser, with a token they were mailed.
    pub fn verify_email_url(&self, token: &str) -> String {
        format!("{}/verify-email/{token}", self.origin)
    }

    fn token(&self, purpose: Purpose, id: Uuid) -> String {
        let tag = self.mac(purpose, id).finalize().into_bytes();
        BASE64_URL_SAFE_NO_PAD.encode([id.as_bytes(), &tag[..TAG_BYTES]].concat())
    }

    fn verify(&self, purpose: Purpose, token: &str) -> Option<Uuid> {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(token).ok()?;
        let (id, tag) = bytes.split_at_checked(ID_BYTES)?;
        let id = Uuid::from_slice(id).ok()?;
        // A shorter tag would be easier to guess.
        let is_ours = tag.len() == TAG_BYTES && self.mac(purpose, id).verify_truncated_left(tag).is_ok();
        is_ours.then_some(id)
    }

    fn mac(&self, purpose: Purpose, id: Uuid) -> Hmac<Sha256> {
        // The id is last and of one length: no two pairs read the same.
        self.key.clone().chain_update(purpose.name()).chain_update(id.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn links(key: &[u8]) -> Links {
        Links::new(key, "https://gala.example".parse().unwrap())
    }

    fn token(url: &str) -> &str {
        url.rsplit('/').next().unwrap()
    }

    #[test]
    fn a_link_leads_to_what_it_was_made_for_and_nothing_else() {
        let links = links(b"key");
        let (invitation, link) = (InvitationId::new(), ShareLinkId::new());

        let (invite, open) = (links.invitation_url(invitation), links.share_link_url(link));

        assert_eq!(token(&invite).len(), 43);
        assert!(invite.starts_with("https://gala.example/invite/") && open.starts_with("https://gala.example/s/"));
        assert_eq!(links.invitation(token(&invite)), Some(invitation));
        assert_eq!(links.share_link(token(&open)), Some(link));
        assert_eq!(links.invitation(token(&open)), None);
        assert_eq!(links.share_link(token(&invite)), None);
    }

    #[test]
    fn a_token_that_was_changed_shortened_or_made_elsewhere_is_not_ours() {
        let (links, others) = (links(b"key"), links(b"other"));
        let url = links.share_link_url(ShareLinkId::new());
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(token(&url)).unwrap();

        for place in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[place] ^= 1;
            assert_eq!(links.share_link(&BASE64_URL_SAFE_NO_PAD.encode(changed)), None, "{place}");
        }
        for length in 0..bytes.len() {
            assert_eq!(links.share_link(&BASE64_URL_SAFE_NO_PAD.encode(&bytes[..length])), None, "{length}");
        }
        assert_eq!(others.share_link(token(&url)), None);
        assert_eq!(links.share_link("no base64!"), None);
    }
}
