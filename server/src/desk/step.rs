//! From what was said to what is to be stored: pure, so that a lost race only means doing it again.

use std::borrow::Cow;

use sidedoor_dialogue::{self as dialogue, Action, Ranking, Rejected, State};

use super::body::{aloud, filled_form};
use super::input::Speaker;
use super::leads;
use crate::clock::Millis;
use crate::config::Site;
use crate::id::ClientId;
use crate::model::{Author, Body, ChoiceOption, Conversation, Event, Form, Lead, Phase, Reason, Tally};
use crate::understand::SiteIntents;
use crate::wire;

/// What a turn is computed from.
pub(super) struct Stage<'a> {
    pub site: &'a Site,
    pub intents: &'a SiteIntents,
    /// The row as it is; `version` 0 where there is none yet.
    pub conversation: &'a Conversation,
    pub state: &'a State,
    pub now: Millis,
}

/// What was said, with all that is needed to take it.
pub(super) enum Said<'a> {
    Message {
        text: &'a str,
        ranking: Ranking,
    },
    Choice {
        seq: Option<i64>,
        option: ChoiceOption,
    },
    Form {
        filled: &'a wire::Form,
        asked: Form,
    },
    Rating {
        score: u8,
        comment: Option<&'a str>,
    },
    /// With the newest event that its author had seen, where they say so.
    Reply {
        text: Cow<'a, str>,
        seen: Option<i64>,
    },
    TakingOver,
    Closing,
    Releasing,
}

/// What a turn comes to.
pub(super) struct Step {
    /// The row as it shall be, but for its version.
    pub conversation: Conversation,
    pub events: Vec<Event>,
    pub lead: Option<Lead>,
    pub state: State,
    /// Why staff are to be told.
    pub reasons: Vec<Reason>,
    pub tally: Tally,
}

impl Stage<'_> {
    /// Takes a step of the dialogue and writes down what is said aloud.
    ///
    /// # Errors
    ///
    /// [`Rejected`] where the dialogue cannot take the input; nothing is to be stored then.
    pub fn step(&self, speaker: &Speaker<'_>, key: ClientId, said: &Said<'_>) -> Result<Step, Rejected> {
        // A clock that was set back must not make an answer older than its question.
        let now = self.now.max(self.conversation.updated_at);
        let context = dialogue::Context {
            profile: &self.intents.profile,
            now_ms: now,
            page: &self.conversation.page,
            locale: &self.conversation.locale,
            // A UUIDv7's low half is random.
            seed: self.conversation.id.uuid().as_u64_pair().1,
        };
        let turn = dialogue::step(&self.intents.intents, &context, self.state.clone(), said.input())?;
        let understood = matches!(said, Said::Message { .. }).then(|| understood(&turn));

        let mut conversation = Conversation {
            phase: turn.state.phase,
            dialogue: serde_json::to_string(&turn.state).expect("a state has string keys and no failing serializer"),
            updated_at: now,
            ..self.conversation.clone()
        };
        let mut events = Vec::with_capacity(3);
        let mut put = |from: Author, name: Option<String>, body: Body| {
            conversation.last_seq += 1;
            // The visitor's language is their own affair; what we say in it is told, so that labels around it can follow.
            let locale = if from == Author::Bot { turn.state.locale.clone() } else { None };
            events.push(Event { seq: conversation.last_seq, at: now, from, name, client_id: None, locale, body });
        };
        if let Some(body) = said.body() {
            put(speaker.author(), speaker.name(), body);
        }
        let (mut lead, mut reasons, mut asks) = (None, Vec::new(), false);
        for action in turn.actions {
            match action {
                Action::SaveLead(found) => lead = Some(leads::of_turn(self.conversation, found, now)),
                Action::Escalate(escalation) => reasons.push(escalation.reason),
                action => {
                    asks |= matches!(action, Action::Ask { .. });
                    if let Some((from, body)) = aloud(action) {
                        put(from, None, body);
                    }
                }
            }
        }
        // Whatever stands first carries the key: the same thing said again is found by it.
        if let Some(first) = events.first_mut() {
            first.client_id = Some(key);
        }
        // Staff were written to when the visitor was passed on. They hear once more, when the bot has asked what it has to ask:
        // then the mail holds how to reach the visitor, or that they would not say.
        let waits = self.conversation.phase == Phase::Waiting && conversation.phase == Phase::Waiting;
        if waits && said.is_word_of_visitor() && !asks && reasons.is_empty() {
            reasons.push(Reason::Waiting);
        }
        let tally = Tally { understood, new_lead: lead.is_some() && !self.state.has_lead() };
        Ok(Step { conversation, events, lead, state: turn.state, reasons, tally })
    }
}

impl Said<'_> {
    /// What it says aloud; none for what is only done.
    fn body(&self) -> Option<Body> {
        Some(match self {
            Self::Message { text, .. } => Body::text(*text),
            Self::Reply { text, .. } => Body::text(&**text),
            Self::Choice { seq, option } => Body::Text {
                text: option.label.clone(),
                answers: *seq,
                option: Some(option.value.clone()),
                fields: None,
            },
            Self::Form { filled, asked } => filled_form(filled, asked),
            Self::Rating { score, comment } => Body::Rating { score: *score, comment: comment.map(str::to_owned) },
            Self::TakingOver | Self::Closing | Self::Releasing => return None,
        })
    }

    fn input(&self) -> dialogue::Input<'_> {
        match self {
            Self::Message { text, ranking } => dialogue::Input::Message { text, ranking },
            Self::Choice { option, .. } => dialogue::Input::Choose { option: &option.value },
            Self::Form { filled, asked } => {
                dialogue::Input::Form { form: &asked.name, fields: &filled.fields, consent: filled.consent }
            }
            Self::Rating { score, .. } => dialogue::Input::Rate { score: *score },
            Self::Reply { .. } | Self::TakingOver => dialogue::Input::StaffReplied,
            Self::Closing => dialogue::Input::StaffClosed,
            Self::Releasing => dialogue::Input::StaffReleased,
        }
    }

    /// Whether the visitor has said something that staff may have to answer; a rating is none.
    fn is_word_of_visitor(&self) -> bool {
        matches!(self, Self::Message { .. } | Self::Choice { .. } | Self::Form { .. })
    }
}

/// How a message was understood, for the counters.
fn understood(turn: &dialogue::Turn) -> &'static str {
    let handed_over = |action: &Action| matches!(action, Action::Escalate(it) if it.reason != Reason::HighValue);
    if turn.actions.iter().any(handed_over) {
        "handed_over"
    } else if turn.intent.is_some() {
        "answered"
    } else if turn.actions.is_empty() {
        "silent"
    } else {
        "unsure"
    }
}
