//! Who is a member: whoever the configuration names as a site's staff, and whoever was added by the command line.

use super::office::Staff;
use crate::id::ConversationId;
use crate::model::{Mailbox, Member, Right, Role};
use crate::store::staff::log::{self, Entry};
use crate::store::staff::members::{self, ALL_SITES};
use crate::store::{StoreError, conversations};

impl Staff {
    /// The member with this number, with the roles that hold by today's configuration.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    pub async fn member(&self, number: u32) -> Result<Option<Member>, StoreError> {
        Ok(members::by_number(&self.store, number).await?.map(|member| self.as_configured(member)))
    }

    /// The member with this address. Whom the configuration names gets a number when it is first needed.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    pub async fn member_at(&self, address: &str) -> Result<Option<Member>, StoreError> {
        let found = match members::by_address(&self.store, address).await? {
            Some(member) => Some(member),
            None => match self.configured(address) {
                Some(mailbox) => {
                    let address = mailbox.address.to_string();
                    Some(members::ensure(&self.store, &address, &display_name(&mailbox)).await?)
                }
                None => None,
            },
        };
        Ok(found.map(|member| self.as_configured(member)))
    }

    /// Everybody, those of the configuration first made known.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    pub async fn members(&self) -> Result<Vec<Member>, StoreError> {
        for mailbox in self.config.sites.iter().flat_map(|site| site.mailboxes()) {
            let address = mailbox.address.to_string();
            members::ensure(&self.store, &address, &display_name(&mailbox)).await?;
        }
        let all = members::list(&self.store).await?;
        Ok(all.into_iter().map(|member| self.as_configured(member)).collect())
    }

    /// Makes somebody a member, on a site or on all of them.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    pub async fn add(&self, mailbox: &Mailbox, site: Option<&str>, role: Role) -> Result<Member, StoreError> {
        let (address, name) = (mailbox.address.to_string(), display_name(mailbox));
        let member = members::add(&self.store, &address, &name, site.unwrap_or(ALL_SITES), role).await?;
        self.log(None, "add", None, Some(&format!("member {} as {}", member.number, role.as_str()))).await?;
        Ok(self.as_configured(member))
    }

    /// Takes all rights back: links, roles, sessions. Open pages close when they next look, within five seconds.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    pub async fn revoke(&self, member: &Member) -> Result<(), StoreError> {
        members::revoke(&self.store, member.number, self.clock.now()).await?;
        self.log(None, "revoke", None, Some(&format!("member {}", member.number))).await
    }

    /// Takes back what links have opened of one conversation; says whether there is one.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    pub async fn revoke_links(&self, member: &Member, id: ConversationId) -> Result<bool, StoreError> {
        let found = members::revoke_links(&self.store, member.number, id, self.clock.now()).await?;
        if found {
            self.log(None, "revoke", Some(id), Some(&format!("member {}", member.number))).await?;
        }
        Ok(found)
    }

    /// Who may answer on a site, for whoever passes a conversation on.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    pub async fn who_may_answer(&self, site: &str) -> Result<Vec<Member>, StoreError> {
        let mut members = self.members().await?;
        members.retain(|member| member.may(Right::Answer, site));
        Ok(members)
    }

    /// The conversation's site, where there is one and it is configured.
    pub(super) async fn site_of(&self, id: ConversationId) -> Result<Option<String>, StoreError> {
        let conversation = conversations::load(&self.store, id).await?;
        Ok(conversation.map(|conversation| conversation.site).filter(|site| self.config.site(site).is_some()))
    }

    pub(super) async fn log(
        &self,
        member: Option<u32>,
        action: &str,
        conversation: Option<ConversationId>,
        detail: Option<&str>,
    ) -> Result<(), StoreError> {
        let entry = Entry {
            at: self.clock.now(),
            member,
            action: action.to_owned(),
            site: None,
            conversation,
            detail: detail.map(str::to_owned),
        };
        log::write(&self.store, &entry).await
    }

    fn configured(&self, address: &str) -> Option<Mailbox> {
        let is_it = |mailbox: &Mailbox| mailbox.address.to_string().eq_ignore_ascii_case(address);
        self.config.sites.iter().flat_map(|site| site.mailboxes()).find(is_it)
    }

    /// The member's roles as they are today: granted on sites that are configured, and as an agent wherever the configuration
    /// names them, unless they were given another role there.
    fn as_configured(&self, member: Member) -> Member {
        if member.revoked_at.is_some() {
            return Member { roles: Vec::new(), ..member };
        }
        let role_on = |site: &crate::config::Site| {
            let granted = member.role_on(&site.id).or_else(|| member.role_on(ALL_SITES));
            let is_named =
                || site.mailboxes().any(|mailbox| mailbox.address.to_string().eq_ignore_ascii_case(&member.address));
            granted.or_else(|| is_named().then_some(Role::Agent)).map(|role| (site.id.clone(), role))
        };
        let roles = self.config.sites.iter().filter_map(role_on).collect();
        Member { roles, ..member }
    }
}

/// What visitors read: the name, or what stands before the `@`, up to its first dot, as a name.
#[must_use]
pub fn display_name(mailbox: &Mailbox) -> String {
    if !mailbox.name.is_empty() {
        return mailbox.name.chars().filter(|c| !c.is_control()).take(80).collect();
    }
    let local = mailbox.address.local().split(['.', '+', '_', '-']).next().unwrap_or_default();
    let mut letters = local.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_without_a_name_is_called_by_their_address() {
        let name = |text: &str| display_name(&Mailbox::parse(text).unwrap());

        assert_eq!(name("Ana Pérez <ana@acme.example>"), "Ana Pérez");
        assert_eq!(name("ana.perez@acme.example"), "Ana");
        assert_eq!(name("sales@acme.example"), "Sales");
    }
}
