//! Signing in without a password: a code and a link by mail, ten minutes, the same answer whoever asks.

use uuid::Uuid;

use super::doors::{Claim, Entered, Refused};
use super::links::{code_hash, code_typed};
use super::office::Staff;
use super::secret;
use super::session::StaffSession;
use crate::clock::Millis;
use crate::id::TaskId;
use crate::model::{Member, NewTask, Payload, Terms};
use crate::store::StoreError;
use crate::store::staff::sign_ins;
use crate::token::SignIn;

/// How long a code and its link are good.
pub const SIGN_IN_MS: Millis = 10 * 60 * 1_000;

impl Staff {
    /// Has a code mailed to the address, where it is a member's. Nobody learns whether it is.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    pub async fn mail_code(&self, address: &str, network: &str) -> Result<(), StoreError> {
        let names = [format!("mail to {}", address.trim().to_lowercase()), format!("mails for {network}")];
        if !self.tries.take(&names, self.clock.now()) {
            return Ok(());
        }
        match self.member_at(address.trim()).await? {
            Some(member) => self.mail_code_to(&member).await,
            None => Ok(()),
        }
    }

    async fn mail_code_to(&self, member: &Member) -> Result<(), StoreError> {
        let Some((site, _)) = member.roles.first() else { return Ok(()) };
        let now = self.clock.now();
        let id = TaskId::new();
        let sign_in = SignIn { member: member.number, nonce: id.uuid() };
        let expires_at = now + SIGN_IN_MS;
        let (code, token) = self.hashes(&sign_in);
        sign_ins::begin(&self.store, member.number, &code, &token, expires_at).await?;
        let payload = Payload::SignIn {
            site: site.clone(),
            recipient: member.address.clone(),
            member: member.number,
            nonce: Some(sign_in.nonce),
        };
        let terms = Terms { expires_at: Some(expires_at), ..Terms::default() };
        self.queue(id, payload, terms).await
    }

    /// Queues the mail with a new member's first link.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    pub async fn mail_first_door(&self, member: &Member) -> Result<(), StoreError> {
        let Some((site, _)) = member.roles.first() else { return Ok(()) };
        let payload = Payload::SignIn {
            site: site.clone(),
            recipient: member.address.clone(),
            member: member.number,
            nonce: None,
        };
        self.queue(TaskId::new(), payload, Terms::default()).await
    }

    async fn queue(&self, id: TaskId, payload: Payload, terms: Terms) -> Result<(), StoreError> {
        let domain = self.config.smtp.from.rsplit('@').next().unwrap_or_default().trim_end_matches(['>', ' ']);
        let domain = if domain.is_empty() { "localhost.localdomain" } else { domain };
        let task = NewTask {
            id,
            dedup_key: format!("staff:{id}"),
            payload,
            message_id: format!("<s.{}@{domain}>", id.uuid().as_simple()),
            not_before: self.clock.now(),
            terms,
        };
        sign_ins::queue(&self.store, &task).await.map_err(|error| StoreError::Unavailable(error.to_string()))
    }

    /// What the mail says: the code, as `XGG5-JFCW`, and the link.
    #[must_use]
    pub fn sign_in_words(&self, member: u32, nonce: Uuid) -> (String, String) {
        let sign_in = SignIn { member, nonce };
        let code = sign_in.code(&self.key);
        let link = self.url(&format!("/staff/sign-in#{}", sign_in.token(&self.key)));
        (format!("{}-{}", &code[..4], &code[4..]), link)
    }

    /// Signs in whoever shows what was mailed.
    ///
    /// # Errors
    ///
    /// [`Refused`]; the same for wrong, expired, used and unknown.
    pub async fn sign_in(
        &self,
        claim: Claim<'_>,
        network: &str,
        before: Option<&StaffSession>,
    ) -> Result<Entered, Refused> {
        let now = self.clock.now();
        let member = match claim {
            Claim::Token(token) => {
                let token: String = token.trim().chars().take(64).collect();
                let number = sign_ins::take_token(&self.store, &secret::hash("sign-in", &token), now).await?;
                self.member(number.unwrap_or(0)).await?
            }
            Claim::Code { code, address } => {
                let names = self.names_of_try(address, network);
                if !self.tries.take(&names, now) {
                    return Err(Refused::Refused);
                }
                let member = self.member_at(address).await?;
                let number = member.as_ref().map_or(0, |member| member.number);
                let hash = code_hash(number, &code_typed(code));
                let is_right = sign_ins::take_code(&self.store, number, &hash, now).await?;
                if is_right {
                    self.tries.forgive(&names);
                }
                member.filter(|_| is_right)
            }
        };
        let member = member.filter(|member| !member.roles.is_empty()).ok_or(Refused::Refused)?;
        let before = before.filter(|session| session.member.number == member.number);
        self.begin_account(member, before, network, "sign in").await
    }

    fn hashes(&self, sign_in: &SignIn) -> (String, String) {
        let code = code_hash(sign_in.member, &sign_in.code(&self.key));
        (code, secret::hash("sign-in", &sign_in.token(&self.key)))
    }
}
