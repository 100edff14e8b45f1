//! From a step of the dialogue to the rows of a turn: pure, so that a lost race only means doing it again.

use std::collections::BTreeMap;

use sidedoor_dialogue::{self as dialogue, Action, Rejected, State};
use uuid::Uuid;

use crate::clock::Millis;
use crate::config::Site;
use crate::id::{LeadId, TaskId};
use crate::model::{
    Author, Body, Conversation, Event, Field, Form, FormLead, Lead, NewTask, Payload, Phase, Reason, Terms,
};
use crate::store;
use crate::wire;

/// What a turn is computed from.
pub(super) struct Basis<'a> {
    pub site: &'a Site,
    /// The domain that Message-IDs end in.
    pub mail_domain: &'a str,
    pub intents: &'a dialogue::Intents,
    pub profile: &'a dialogue::Profile,
    /// The row as it is; `version` 0 where there is none yet.
    pub conversation: &'a Conversation,
    pub state: &'a State,
    pub now: Millis,
}

/// Something said, not yet in its place.
pub(super) struct Said {
    pub from: Author,
    pub name: Option<String>,
    pub client_id: Option<crate::id::ClientId>,
    pub body: Body,
}

/// A turn that is ready to be committed, and what it comes to.
pub(super) struct Draft {
    pub turn: store::Turn,
    pub state: State,
    pub outcome: Outcome,
    /// Whether the turn saves the conversation's lead for the first time.
    pub first_lead: bool,
}

/// How a turn ended, for the counters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Answered,
    Unsure,
    HandedOver,
    Silent,
}

impl Outcome {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Answered => "answered",
            Self::Unsure => "unsure",
            Self::HandedOver => "handed_over",
            Self::Silent => "silent",
        }
    }
}

impl Basis<'_> {
    /// Takes a step and writes down what follows from it: events, lead, tasks, and the conversation's row.
    ///
    /// # Errors
    ///
    /// [`Rejected`] where the dialogue cannot take the input; nothing is to be stored then.
    pub(super) fn draft(&self, said: Option<Said>, input: dialogue::Input<'_>) -> Result<Draft, Rejected> {
        // A clock that was set back must not make an answer older than its question.
        let now = self.now.max(self.conversation.updated_at);
        let by_visitor = said.as_ref().is_some_and(|said| said.from == Author::Visitor);
        let rated = matches!(input, dialogue::Input::Rate { .. });
        let context = dialogue::Context {
            profile: self.profile,
            now_ms: now,
            page: &self.conversation.page,
            locale: &self.conversation.locale,
            seed: seed(self.conversation),
        };
        let step = dialogue::step(self.intents, &context, self.state.clone(), input)?;
        let outcome = outcome(&step);

        let mut conversation = Conversation {
            phase: step.state.phase,
            dialogue: serde_json::to_string(&step.state).expect("a state has string keys and no failing serializer"),
            updated_at: now,
            ..self.conversation.clone()
        };
        let mut events = Vec::with_capacity(3);
        let mut reasons = Vec::new();
        let (mut lead, mut asks) = (None, false);
        let mut put = |conversation: &mut Conversation, said: Said| {
            conversation.last_seq += 1;
            let Said { from, name, client_id, body } = said;
            // The visitor's language is their own affair; what we say in it is told, so that labels around it can follow.
            let locale = if from == Author::Bot { step.state.locale.clone() } else { None };
            events.push(Event { seq: conversation.last_seq, at: now, from, name, client_id, locale, body });
        };
        if let Some(said) = said {
            put(&mut conversation, said);
        }
        for action in step.actions {
            match action {
                Action::SaveLead(saved) => lead = Some(self.lead(saved, now)),
                Action::Escalate(escalation) => reasons.push(escalation.reason),
                said => {
                    asks |= matches!(said, Action::Ask { .. });
                    if let Some((from, body)) = aloud(said) {
                        put(&mut conversation, Said { from, name: None, client_id: None, body });
                    }
                }
            }
        }
        // Staff were written to when the visitor was passed on. They hear once more, when the bot has asked what it has to ask:
        // then the mail holds how to reach the visitor, or that they would not say.
        let waits = self.conversation.phase == Phase::Waiting && conversation.phase == Phase::Waiting;
        if waits && by_visitor && !rated && !asks && reasons.is_empty() {
            reasons.push(Reason::Waiting);
        }
        let tasks = reasons.into_iter().flat_map(|reason| self.mails(&conversation, reason)).collect();
        let first_lead = lead.is_some() && !self.state.has_lead();
        Ok(Draft { first_lead, turn: store::Turn { conversation, events, lead, tasks }, state: step.state, outcome })
    }

    fn lead(&self, saved: dialogue::Lead, now: Millis) -> Lead {
        let dialogue::Lead { details, score, reasons, consent, quantity, occasion, intents, .. } = saved;
        let mut fields = BTreeMap::new();
        fields.extend(details.order.map(|order| ("order".to_owned(), order)));
        fields.extend(details.date.map(|date| ("date".to_owned(), date)));
        fields.extend(quantity.map(|quantity| ("quantity".to_owned(), quantity)));
        fields.extend(occasion.map(|occasion| ("occasion".to_owned(), occasion)));
        let page = self.conversation.first_page.clone();
        Lead {
            id: lead_id(self.conversation),
            site: self.site.id.clone(),
            conversation: Some(self.conversation.id),
            email_normal: details.email.as_ref().map(|email| email.normalised().to_owned()),
            email: details.email.map(|email| email.as_str().to_owned()),
            phone: details.phone,
            name: details.name,
            company: details.company,
            budget: details.budget.map(|budget| budget.to_string()),
            fields,
            message: None,
            intents,
            score: i32::from(score),
            reasons,
            consent,
            utm: page.utm(),
            page,
            created_at: now,
            updated_at: now,
        }
    }

    /// One mail to each of the site's staff; once for ever for each reason.
    fn mails(&self, conversation: &Conversation, reason: Reason) -> impl Iterator<Item = NewTask> {
        let (id, seq, site) = (conversation.id, conversation.last_seq, &self.site.id);
        self.site.mailboxes().map(move |staff| {
            let recipient = staff.address.to_string();
            let task = TaskId::new();
            NewTask {
                id: task,
                dedup_key: format!("{id}:{}:{}", recipient.to_lowercase(), reason.as_str()),
                payload: Payload::Escalation {
                    site: site.clone(),
                    conversation: Some(id),
                    // Named even if it is saved by a later turn: the mail is written when it is delivered.
                    lead: Some(lead_id(conversation)),
                    recipient,
                    reason,
                    seq,
                },
                message_id: message_id(id.uuid(), seq, task, self.mail_domain),
                // The worker's own time: an event may be dated later, after the clock was set back.
                not_before: self.now,
                terms: Terms::default(),
            }
        })
    }
}

/// How often staff hear of plain forms that are not of high value.
const FORMS_PACE_MS: Millis = 10 * 60 * 1000;

/// A mail to each of the site's staff about the lead of a plain HTML form: at once when it is of high value, with what waits
/// by then; else together with the others at the end of these ten minutes.
pub(super) fn form_mails(site: &Site, form: &FormLead, mail_domain: &str) -> impl Iterator<Item = NewTask> {
    let FormLead { lead, key, .. } = form;
    let now = lead.updated_at;
    let not_before =
        if lead.score >= site.high_value { now } else { now + FORMS_PACE_MS - now.rem_euclid(FORMS_PACE_MS) };
    site.mailboxes().map(move |staff| {
        let recipient = staff.address.to_string();
        let task = TaskId::new();
        NewTask {
            id: task,
            dedup_key: format!("{key}:{}:{}", recipient.to_lowercase(), Reason::Form.as_str()),
            payload: Payload::Escalation {
                site: site.id.clone(),
                conversation: None,
                lead: Some(lead.id),
                recipient: recipient.clone(),
                reason: Reason::Form,
                seq: 0,
            },
            message_id: message_id(lead.id.uuid(), 0, task, mail_domain),
            not_before,
            terms: Terms {
                batch_key: Some(format!("forms:{}:{}", site.id, recipient.to_lowercase())),
                ..Terms::default()
            },
        }
    })
}

/// What an action says in the conversation, and in whose name; `None` for what is done silently.
#[must_use]
pub fn aloud(action: Action) -> Option<(Author, Body)> {
    Some(match action {
        Action::Say { text } => (Author::Bot, Body::text(text)),
        Action::Offer { text, options } => (Author::Bot, Body::Choices { text, options }),
        Action::Ask { text, form } => (Author::Bot, Body::Form { text, form }),
        Action::Enter { phase, text } => (Author::System, Body::State { state: phase, text: text.unwrap_or_default() }),
        Action::SaveLead(_) | Action::Escalate(_) => return None,
    })
}

/// A form as it was filled in, also in words: `Email: ana@acme.example`, a line for each field that the form asked for.
pub(super) fn filled_form(filled: &wire::Form, asked: &Form) -> Body {
    let known = |field: &Field| {
        let value = filled.fields.get(&field.name).map(|value| value.trim()).filter(|value| !value.is_empty())?;
        Some((field.name.clone(), field.label.clone(), value.to_owned()))
    };
    let answers: Vec<_> = asked.fields.iter().filter_map(known).collect();
    let lines: Vec<String> = answers.iter().map(|(_, label, value)| format!("{label}: {value}")).collect();
    Body::Text {
        text: if lines.is_empty() { "–".to_owned() } else { lines.join("\n") },
        answers: Some(filled.seq),
        option: None,
        fields: Some(answers.into_iter().map(|(name, _, value)| (name, value)).collect()),
    }
}

/// A conversation has at most one lead, so the lead's id is the conversation's: no need to look it up.
fn lead_id(conversation: &Conversation) -> LeadId {
    LeadId::from(conversation.id.uuid())
}

/// `<c.CONVERSATION.SEQ.RANDOM@DOMAIN>`: replies are found by it, and nothing in it is a secret.
fn message_id(about: Uuid, seq: i64, task: TaskId, domain: &str) -> String {
    // The end of a UUIDv7 is random.
    let [.., a, b, c, d] = *task.uuid().as_bytes();
    format!("<c.{}.{seq}.{:08x}@{domain}>", about.as_simple(), u32::from_be_bytes([a, b, c, d]))
}

/// The part of a sender's address after the `@`, whatever stands around it.
pub(super) fn mail_domain(from: &str) -> &str {
    let domain =
        from.rsplit('@').next().unwrap_or_default().trim_end_matches(|char: char| char == '>' || char.is_whitespace());
    if domain.is_empty() || domain.contains(char::is_whitespace) { "localhost.localdomain" } else { domain }
}

fn seed(conversation: &Conversation) -> u64 {
    // A UUIDv7's low half is random.
    conversation.id.uuid().as_u64_pair().1
}

fn outcome(step: &dialogue::Turn) -> Outcome {
    let handed_over = |action: &Action| matches!(action, Action::Escalate(it) if it.reason != Reason::HighValue);
    if step.actions.iter().any(handed_over) {
        Outcome::HandedOver
    } else if step.intent.is_some() {
        Outcome::Answered
    } else if step.actions.is_empty() {
        Outcome::Silent
    } else {
        Outcome::Unsure
    }
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
