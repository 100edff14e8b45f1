//! What must leave the building because of what was said: the only place that invents tasks.

use uuid::Uuid;

use super::leads;
use super::step::{Stage, Step};
use crate::clock::Millis;
use crate::config::Site;
use crate::id::{ConversationId, LeadId, TaskId};
use crate::model::{FormLead, Mailbox, NewTask, Payload, Reason, Terms};

/// What staff are told of.
struct About {
    conversation: Option<ConversationId>,
    lead: LeadId,
    /// What a mail is sent once for.
    once: String,
    /// What its Message-ID names.
    thread: Uuid,
    /// The newest event.
    seq: i64,
    /// When a mail may first be tried.
    not_before: Millis,
}

/// How often staff hear of plain forms that are not of high value.
const FORMS_PACE_MS: Millis = 10 * 60 * 1000;

/// What follows from a turn: one mail to each of the site's staff for each reason, once for ever. `sender` is the address that
/// mail comes from.
pub(super) fn of_turn(stage: &Stage<'_>, step: &Step, sender: &str) -> Vec<NewTask> {
    let about = About {
        conversation: Some(step.conversation.id),
        // Named even if it is saved by a later turn: the mail is written when it is delivered.
        lead: leads::id_of(&step.conversation),
        once: step.conversation.id.to_string(),
        thread: step.conversation.id.uuid(),
        seq: step.conversation.last_seq,
        // The worker's own time: an event may be dated later, after the clock was set back.
        not_before: stage.now,
    };
    step.reasons.iter().flat_map(|reason| mails(stage.site, &about, *reason, sender)).collect()
}

/// What follows from a plain HTML form: a mail to each of the site's staff, at once when it is of high value, with what waits by
/// then; else together with the others at the end of these ten minutes. Nothing where it is kept aside.
pub(super) fn of_form(site: &Site, form: &FormLead, sender: &str) -> Vec<NewTask> {
    if form.is_held {
        return Vec::new();
    }
    let lead = &form.lead;
    let now = lead.updated_at;
    let not_before =
        if lead.score >= site.high_value { now } else { now + FORMS_PACE_MS - now.rem_euclid(FORMS_PACE_MS) };
    let about =
        About { conversation: None, lead: lead.id, once: form.key.clone(), thread: lead.id.uuid(), seq: 0, not_before };
    let together = |task: NewTask| {
        let batch_key = Some(format!("forms:{}:{}", site.id, task.payload.summary().recipient.to_lowercase()));
        NewTask { terms: Terms { batch_key, ..Terms::default() }, ..task }
    };
    mails(site, &about, Reason::Form, sender).map(together).collect()
}

fn mails(site: &Site, about: &About, reason: Reason, sender: &str) -> impl Iterator<Item = NewTask> {
    let domain = mail_domain(sender);
    site.mailboxes().map(move |staff| {
        let recipient = staff.address.to_string();
        let id = TaskId::new();
        NewTask {
            id,
            dedup_key: format!("{}:{}:{}", about.once, recipient.to_lowercase(), reason.as_str()),
            payload: Payload::Escalation {
                site: site.id.clone(),
                conversation: about.conversation,
                lead: Some(about.lead),
                recipient,
                reason,
                seq: about.seq,
            },
            message_id: message_id(about.thread, about.seq, id, &domain),
            not_before: about.not_before,
            terms: Terms::default(),
        }
    })
}

/// `<c.CONVERSATION.SEQ.RANDOM@DOMAIN>`: replies are found by it, and nothing in it is a secret.
fn message_id(about: Uuid, seq: i64, task: TaskId, domain: &str) -> String {
    // The end of a UUIDv7 is random.
    let [.., a, b, c, d] = *task.uuid().as_bytes();
    format!("<c.{}.{seq}.{:08x}@{domain}>", about.as_simple(), u32::from_be_bytes([a, b, c, d]))
}

/// The domain of the sender's address, as far as there is one.
fn mail_domain(sender: &str) -> String {
    Mailbox::parse(sender)
        .map_or_else(|_| "localhost.localdomain".to_owned(), |mailbox| mailbox.address.domain().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mail_domain_is_found_in_any_form_of_sender() {
        assert_eq!(mail_domain("Acme chat <chat@acme.example>"), "acme.example");
        assert_eq!(mail_domain("chat@acme.example"), "acme.example");
        assert_eq!(mail_domain(""), "localhost.localdomain");
    }
}
