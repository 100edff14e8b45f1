//! Coming in: a link's token or its code for a session, the same refusal for whatever does not fit.

use super::links::{anywhere, code_hash, code_typed};
use super::office::Staff;
use super::secret;
use super::session::{ACCOUNT_MS, StaffSession, csrf_of, id_of};
use crate::clock::Millis;
use crate::config::LinkMode;
use crate::id::ConversationId;
use crate::model::{Member, Right};
use crate::store::StoreError;
use crate::store::staff::members;
use crate::store::staff::sessions::{self, Grant, Kind, Session};
use crate::token::{LINK_LIFE_SECONDS, StaffLink};

/// Characters of a link's token; what a mail program adds behind them is cut off.
const TOKEN_CHARS: usize = 56;
/// Conversations that one session by links may hold; the oldest go.
const MAX_GRANTS: usize = 20;
/// A session is marked as used this often at most.
const TOUCH_MS: Millis = 60_000;

/// What somebody shows at the door.
#[derive(Clone, Copy, Debug)]
pub enum Claim<'a> {
    /// What stands behind the `#` of a link.
    Token(&'a str),
    /// The code beside it, and the address that it was mailed to.
    Code {
        /// As typed.
        code: &'a str,
        /// As typed.
        address: &'a str,
    },
}

/// Somebody who came in.
#[derive(Clone, Debug)]
pub struct Entered {
    /// What their cookie holds.
    pub cookie: String,
    /// What their page sends back.
    pub csrf: String,
    /// Who they are.
    pub member: Member,
    /// What the link opens; none for one that signs in.
    pub conversation: Option<ConversationId>,
    /// Seconds until the session ends at the latest.
    pub lasts: i64,
}

/// Why somebody did not come in.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// Wrong, expired, revoked, unknown, tried too often: the same for all.
    #[error("refused")]
    Refused,
    /// The link is good, and its member has to sign in first.
    #[error("sign in first")]
    SignIn(ConversationId),
    /// Try again.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Staff {
    /// Lets in whoever shows a link or its code, from `network`. `before` is the session that their browser has already: the
    /// same member keeps what it opened.
    ///
    /// # Errors
    ///
    /// [`Refused`].
    pub async fn enter(
        &self,
        claim: Claim<'_>,
        network: &str,
        agent: &str,
        before: Option<&StaffSession>,
    ) -> Result<Entered, Refused> {
        let (member, link) = match claim {
            Claim::Token(token) => self.by_token(token).await?,
            Claim::Code { code, address } => self.by_code(code, address, network).await?,
        };
        let now = self.clock.now();
        let before = before.filter(|session| session.member.number == member.number);
        let conversation = Some(link.conversation).filter(|id| *id != anywhere());
        let Some(conversation) = conversation else {
            return self.begin_account(member, before, network, "enter").await;
        };
        let site = self.site_of(conversation).await?.ok_or(Refused::Refused)?;
        let not_before = members::links_not_before(&self.store, member.number, conversation).await?;
        let issued = i64::try_from(link.issued()).unwrap_or(i64::MAX);
        let is_revoked = not_before.is_some_and(|second| issued <= second);
        if is_revoked || !member.may(Right::Look, &site) || self.link_mode() == LinkMode::Off {
            return Err(Refused::Refused);
        }
        let signed_in = before.filter(|session| session.is_account());
        if self.link_mode() == LinkMode::SignIn && signed_in.is_none() {
            return Err(Refused::SignIn(conversation));
        }
        self.log(Some(member.number), "link opened", Some(conversation), Some(&opened_by(network, agent))).await?;
        if let Some(session) = signed_in {
            // They may see it already: nothing rises.
            return self
                .begin(member, Kind::Account, session.row.expires_at, Vec::new(), Some(session), Some(conversation))
                .await;
        }
        let expires_at = i64::try_from(link.expires).unwrap_or(i64::MAX / 1_000) * 1_000;
        let mut grants: Vec<Grant> = before.map(|session| session.grants().to_vec()).unwrap_or_default();
        grants.retain(|grant| grant.conversation != conversation);
        grants.push(Grant { conversation, issued, expires_at });
        let surplus = grants.len().saturating_sub(MAX_GRANTS);
        grants.drain(..surplus);
        let ends = grants.iter().map(|grant| grant.expires_at).max().unwrap_or(now);
        self.begin(member, Kind::Link, ends, grants, before, Some(conversation)).await
    }

    async fn by_token(&self, token: &str) -> Result<(Member, StaffLink), Refused> {
        let token: String = token
            .trim()
            .trim_start_matches('#')
            .chars()
            .take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
            .take(TOKEN_CHARS)
            .collect();
        let link = StaffLink::open(&self.key, &token).ok_or(Refused::Refused)?;
        let member = self.member(link.member).await?.ok_or(Refused::Refused)?;
        self.is_good(&member, &link).then_some((member, link)).ok_or(Refused::Refused)
    }

    async fn by_code(&self, code: &str, address: &str, network: &str) -> Result<(Member, StaffLink), Refused> {
        let names = self.names_of_try(address, network);
        if !self.tries.take(&names, self.clock.now()) {
            return Err(Refused::Refused);
        }
        // The same work for an address that is nobody's.
        let member = self.member_at(address.trim()).await?;
        let number = member.as_ref().map_or(0, |member| member.number);
        let found = members::link_of_code(&self.store, number, &code_hash(number, &code_typed(code))).await?;
        let (Some(member), Some((conversation, expires))) = (member, found) else { return Err(Refused::Refused) };
        let link = StaffLink { conversation: conversation.unwrap_or_else(anywhere), member: member.number, expires };
        if !self.is_good(&member, &link) {
            return Err(Refused::Refused);
        }
        self.tries.forgive(&names);
        Ok((member, link))
    }

    fn is_good(&self, member: &Member, link: &StaffLink) -> bool {
        let now = u64::try_from(self.clock.now() / 1_000).unwrap_or_default();
        let issued = i64::try_from(link.issued()).unwrap_or(i64::MAX);
        member.revoked_at.is_none()
            && !member.roles.is_empty()
            && link.expires > now
            && link.expires <= now + LINK_LIFE_SECONDS + 60
            && issued > member.not_before
    }

    pub(super) fn names_of_try(&self, address: &str, network: &str) -> Vec<String> {
        vec![format!("address {}", address.trim().to_lowercase()), format!("network {network}")]
    }

    pub(super) async fn begin_account(
        &self,
        member: Member,
        before: Option<&StaffSession>,
        network: &str,
        action: &str,
    ) -> Result<Entered, Refused> {
        self.log(Some(member.number), action, None, Some(network)).await?;
        let ends = self.clock.now() + ACCOUNT_MS;
        self.begin(member, Kind::Account, ends, Vec::new(), before, None).await
    }

    async fn begin(
        &self,
        member: Member,
        kind: Kind,
        expires_at: Millis,
        grants: Vec<Grant>,
        before: Option<&StaffSession>,
        conversation: Option<ConversationId>,
    ) -> Result<Entered, Refused> {
        let now = self.clock.now();
        let cookie = secret::fresh()?;
        let row = Session {
            id_hash: id_of(&cookie),
            kind,
            member: member.number,
            created_at: now,
            seen_at: now,
            expires_at,
            grants,
        };
        sessions::begin(&self.store, &row, before.map(StaffSession::key)).await?;
        let csrf = csrf_of(&cookie);
        Ok(Entered { cookie, csrf, member, conversation, lasts: (expires_at - now) / 1_000 })
    }

    /// The session of a cookie, as it holds now.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    pub async fn session(&self, cookie: &str) -> Result<Option<StaffSession>, StoreError> {
        let now = self.clock.now();
        let Some(row) = sessions::load(&self.store, &id_of(cookie)).await? else { return Ok(None) };
        let Some(member) = self.member(row.member).await? else { return Ok(None) };
        let session = StaffSession::holding(row, member, cookie, now);
        if let Some(session) = session.as_ref().filter(|session| session.row.seen_at + TOUCH_MS <= now) {
            sessions::touch(&self.store, session.key(), now).await?;
        }
        Ok(session)
    }

    /// Ends a session.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    pub async fn leave(&self, session: &StaffSession) -> Result<(), StoreError> {
        self.log(Some(session.member.number), "leave", None, None).await?;
        sessions::end(&self.store, session.key()).await
    }

    /// Deletes what has run out.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    pub async fn forget_ended(&self) -> Result<(), StoreError> {
        sessions::expire(&self.store, self.clock.now()).await
    }
}

/// From where a link was opened, and with what, in so few words that no visitor of the log is hurt.
fn opened_by(network: &str, agent: &str) -> String {
    let agent: String = agent.chars().filter(|c| !c.is_control()).take(100).collect();
    format!("{network} {agent}")
}
