//! A session of a member's, as it holds right now.

use super::secret;
use crate::clock::Millis;
use crate::id::ConversationId;
use crate::model::{Member, Right};
use crate::store::staff::sessions::{Grant, Kind, Session};

/// How long a session by link may lie unused.
const LINK_IDLE_MS: Millis = 12 * 60 * 60 * 1_000;
/// How long a session by sign-in may lie unused.
const ACCOUNT_IDLE_MS: Millis = 14 * 24 * 60 * 60 * 1_000;
/// How long a session by sign-in lasts in all.
pub(super) const ACCOUNT_MS: Millis = 90 * 24 * 60 * 60 * 1_000;

/// Who is at the other end, and what they may reach.
#[derive(Clone, Debug)]
pub struct StaffSession {
    /// Whose it is, with the roles that hold now.
    pub member: Member,
    /// What stands in the page and comes back in a header: no other site's page can read it.
    pub csrf: String,
    pub(super) row: Session,
}

impl StaffSession {
    /// The session, unless it has ended or its member has.
    pub(super) fn holding(mut row: Session, member: Member, cookie: &str, now: Millis) -> Option<Self> {
        let idle = match row.kind {
            Kind::Link => LINK_IDLE_MS,
            Kind::Account => ACCOUNT_IDLE_MS,
        };
        row.grants.retain(|grant| grant.expires_at > now && grant.issued > member.not_before);
        let is_over = row.expires_at <= now || row.seen_at + idle <= now;
        let has_nothing = row.kind == Kind::Link && row.grants.is_empty();
        if is_over || has_nothing || member.revoked_at.is_some() || member.roles.is_empty() {
            return None;
        }
        Some(Self { member, csrf: csrf_of(cookie), row })
    }

    /// Whether the member signed in, rather than came by a link.
    #[must_use]
    pub fn is_account(&self) -> bool {
        self.row.kind == Kind::Account
    }

    /// Whether this may be done with a conversation of the site.
    #[must_use]
    pub fn may(&self, right: Right, site: &str, conversation: ConversationId) -> bool {
        let reaches = self.is_account() || self.conversations().any(|open| open == conversation);
        reaches && self.member.may(right, site)
    }

    /// The conversations that links have opened.
    pub fn conversations(&self) -> impl Iterator<Item = ConversationId> {
        self.row.grants.iter().map(|grant| grant.conversation)
    }

    /// What its pages have in common, whoever else is signed in.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.row.id_hash
    }

    /// Whether this is the session's own token.
    #[must_use]
    pub fn knows(&self, csrf: &str) -> bool {
        // Compared as hashes: how far two of them agree says nothing of what was hashed.
        secret::hash("compare", &self.csrf) == secret::hash("compare", csrf)
    }

    /// When it began.
    #[must_use]
    pub fn since(&self) -> Millis {
        self.row.created_at
    }

    pub(super) fn grants(&self) -> &[Grant] {
        &self.row.grants
    }
}

/// The token that goes with a cookie: made from it, so that it need not be kept.
pub(super) fn csrf_of(cookie: &str) -> String {
    secret::hash("staff-csrf", cookie)
}

/// What is stored of a cookie.
pub(super) fn id_of(cookie: &str) -> String {
    secret::hash("staff-session", cookie)
}
