//! A mail to one member of staff about a conversation or a lead, as it is when it is delivered: a lead that has since given
//! more is shown whole.

use super::super::tools::{Tools, unread};
use crate::channel::Outcome;
use crate::channel::letter::Letter;
use crate::model::{Payload, Task};
use crate::store;

/// Events of the transcript in a mail: enough to see what it is about, short enough for a phone.
const TRANSCRIPT_EVENTS: usize = 30;

pub(super) async fn deliver(tools: &Tools<'_>, task: &Task) -> Outcome {
    match load(tools, task).await {
        Ok(letter) => tools.channels.email.deliver(&letter).await,
        Err(outcome) => outcome,
    }
}

async fn load(tools: &Tools<'_>, task: &Task) -> Result<Letter, Outcome> {
    let Payload::Escalation { site, conversation, lead, recipient, reason, seq } = &task.payload else {
        return Err(Outcome::reject("this task is no escalation"));
    };
    let (site, store) = (tools.site(site)?, tools.store);
    let (conversation, (events, more)) = match conversation {
        Some(id) => (
            store::conversations::load(store, *id).await.map_err(unread)?,
            store::conversations::events_before(store, *id, seq + 1, TRANSCRIPT_EVENTS).await.map_err(unread)?,
        ),
        None => (None, (Vec::new(), false)),
    };
    let lead = match (lead, &conversation) {
        (Some(id), _) => store::leads::load(store, *id).await.map_err(unread)?,
        (None, Some(conversation)) => store::leads::of_conversation(store, conversation.id).await.map_err(unread)?,
        (None, None) => None,
    };
    if conversation.is_none() && lead.is_none() {
        return Err(Outcome::reject("what it tells of has been deleted"));
    }
    let mut same_email = Vec::new();
    if let Some(lead) = &lead
        && let Some(email) = &lead.email_normal
    {
        same_email = store::leads::with_email(store, &site.id, email).await.map_err(unread)?;
        same_email.retain(|other| other.id != lead.id);
        same_email.reverse();
    }
    let door = match &conversation {
        Some(conversation) => {
            tools.staff.door(recipient, &site.id, conversation.id, task.created_at).await.map_err(unread)?
        }
        None => None,
    };
    Ok(Letter {
        door,
        site: site.clone(),
        recipient: recipient.clone(),
        reason: *reason,
        conversation,
        events,
        more,
        lead: lead.map(|lead| tools.labelled(site, lead)),
        same_email: same_email.into_iter().map(|other| tools.labelled(site, other)).collect(),
        message_id: task.message_id.clone(),
        queued_at: task.created_at,
    })
}
