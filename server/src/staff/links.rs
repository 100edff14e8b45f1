//! Links that go into mails, each with the code that stands beside it.

use uuid::Uuid;

use super::office::Staff;
use super::secret;
use crate::clock::Millis;
use crate::config::LinkMode;
use crate::id::ConversationId;
use crate::model::{Door, Member, Right};
use crate::store::StoreError;
use crate::store::staff::members;
use crate::token::{LINK_LIFE_SECONDS, StaffLink};

impl Staff {
    /// The way for a member to a conversation, in a mail that was queued at `at`: the same on each try. None for whom is no
    /// member (any more) or may not look.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    pub async fn door(
        &self,
        address: &str,
        site: &str,
        conversation: ConversationId,
        at: Millis,
    ) -> Result<Option<Door>, StoreError> {
        let Some(member) = self.member_at(address).await?.filter(|member| member.may(Right::Look, site)) else {
            return Ok(None);
        };
        if self.link_mode() == LinkMode::Off {
            let page = self.url(&format!("/staff/c/{conversation}"));
            return Ok(Some(Door { url: page.clone(), page, code: None }));
        }
        let not_before = members::links_not_before(&self.store, member.number, conversation).await?;
        let issued = (at / 1_000).max(member.not_before.max(not_before.unwrap_or(0)) + 1);
        self.make(&member, Some(conversation), issued).await.map(Some)
    }

    /// A link that signs a new member in, made at `at`, for as long as a link in a mail lasts.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    pub async fn first_door(&self, member: &Member, at: Millis) -> Result<Door, StoreError> {
        let issued = (at / 1_000).max(member.not_before + 1);
        self.make(member, None, issued).await
    }

    async fn make(
        &self,
        member: &Member,
        conversation: Option<ConversationId>,
        issued: i64,
    ) -> Result<Door, StoreError> {
        let link = StaffLink {
            conversation: conversation.unwrap_or_else(anywhere),
            member: member.number,
            expires: u64::try_from(issued).unwrap_or_default() + LINK_LIFE_SECONDS,
        };
        let code = link.code(&self.key);
        let hash = code_hash(member.number, &code);
        members::remember_link(&self.store, member.number, &hash, conversation, link.expires).await?;
        Ok(Door {
            url: self.url(&format!("/r#{}", link.seal(&self.key))),
            page: self.url("/r"),
            code: Some(format!("{}-{}", &code[..4], &code[4..])),
        })
    }
}

/// What a link names that signs in, rather than opens one conversation.
pub(super) fn anywhere() -> ConversationId {
    Uuid::nil().into()
}

/// What is stored of a code.
pub(super) fn code_hash(member: u32, code: &str) -> String {
    secret::hash(&format!("staff-code:{member}"), code)
}

/// A code as it was made, however it was typed: small letters, spaces and dashes are nobody's fault.
pub(super) fn code_typed(text: &str) -> String {
    text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).take(32).collect()
}
