//! A turn: what somebody says, taken to its end. Whoever loses a race for the conversation computes again from what won.

use std::time::Instant;

use sidedoor_dialogue::{Rejected, State};

use super::cache::Cached;
use super::input::{Input, NotTaken, Speaker, Taken};
use super::step::{Said, Stage, Step};
use super::{Desk, UNAVAILABLE_RETRY_MS, followups, identity, suggestions};
use crate::clock::Millis;
use crate::config::Site;
use crate::id::{ClientId, ConversationId};
use crate::model::{Author, Body, ChoiceOption, Conversation, Event, Form, Phase};
use crate::store::{self, CommitError};
use crate::wire::{Ack, Code, Post, Refusal};

use super::visitor::Visitor;

/// How often a turn is taken again because somebody else's was committed first. Each loss means that another turn of the
/// same conversation was won, so even two are rare.
const MAX_RACES: usize = 8;
/// What was said meanwhile, as whoever answers too late is shown it.
const MAX_CONFLICT_EVENTS: usize = 50;

impl Desk {
    /// Takes a visitor's frame. When this returns an [`Ack`], everything that the turn caused is on disk.
    ///
    /// # Errors
    ///
    /// Why nothing was stored, in the words of the protocol.
    pub async fn submit(&self, visitor: &Visitor, post: &Post) -> Result<Ack, Refusal> {
        let arrived = Instant::now();
        match self.take(Speaker::Visitor(visitor), post.id, Input::from(&post.say)).await {
            Ok(Taken { seq, at }) => {
                self.metrics.turn_seconds.observe(arrived.elapsed().as_secs_f64());
                Ok(Ack { id: post.id, seq, at })
            }
            Err(why) => Err(refusal(visitor.conversation, why).of(post.id)),
        }
    }

    /// Takes what somebody says. What was said under the same key before, by the same speaker in the same conversation, is
    /// answered as it was then, and stored once.
    ///
    /// # Errors
    ///
    /// Why nothing was stored.
    pub async fn take(&self, speaker: Speaker<'_>, key: ClientId, input: Input<'_>) -> Result<Taken, NotTaken> {
        let key = speaker.stored_key(key);
        let taken = match self.understood(&speaker, input).await {
            Ok(said) => self.turn(&speaker, key, &said).await,
            Err(why) => Err(why),
        };
        match taken {
            // Whatever is refused today may be the second sending of what was taken before.
            Err(why @ (NotTaken::Refused(_) | NotTaken::Conflict(_))) => {
                let earlier = store::conversations::ack_of(&self.store, speaker.conversation(), key).await;
                let earlier = earlier.ok().flatten().map(|(seq, at)| Taken { seq, at });
                earlier.ok_or(why)
            }
            taken => taken,
        }
    }

    /// What is said, with all that is needed to take it: ranked, or with what it answers. Before anything is locked: an encoder
    /// may be slow, a turn must not be.
    async fn understood<'a>(&self, speaker: &Speaker<'_>, input: Input<'a>) -> Result<Said<'a>, NotTaken> {
        let at = speaker.conversation();
        Ok(match (input, speaker) {
            (Input::Message(text), Speaker::Visitor(visitor)) => {
                let (site, intents) = self.site(&visitor.site)?;
                let locale = visitor.locale.as_deref().unwrap_or(&site.locale);
                Said::Message { text, ranking: self.understand.rank(&intents, text, locale).await }
            }
            (Input::Message(text), Speaker::Staff { .. }) => Said::Reply { text: crate::wire::clean(text), seen: None },
            (Input::Reply { text, seen }, Speaker::Staff { .. }) => {
                Said::Reply { text: crate::wire::clean(text), seen: Some(seen) }
            }
            (Input::TakeOver, Speaker::Staff { .. }) => Said::TakingOver,
            // What the welcome suggested stands nowhere in the conversation.
            (Input::Choose { seq: 0, option }, Speaker::Visitor(visitor)) => {
                Said::Choice { seq: None, option: self.pressed_suggestion(visitor, option)? }
            }
            (Input::Choose { seq, option }, Speaker::Visitor(_)) => {
                Said::Choice { seq: Some(seq), option: self.offered(at, seq, option).await? }
            }
            (Input::Form(filled), Speaker::Visitor(_)) => {
                Said::Form { filled, asked: self.asked(at, filled.seq).await? }
            }
            (Input::Rate { score, comment }, Speaker::Visitor(_)) => Said::Rating { score, comment },
            (Input::Close, Speaker::Staff { .. } | Speaker::System { .. }) => Said::Closing,
            (Input::Release, Speaker::Staff { .. } | Speaker::System { .. }) => Said::Releasing,
            _ => return Err(NotTaken::unknown_event("this is not for this speaker to say")),
        })
    }

    async fn turn(&self, speaker: &Speaker<'_>, key: ClientId, said: &Said<'_>) -> Result<Taken, NotTaken> {
        let id = speaker.conversation();
        let mut cached = self.cache.lock(id).await;
        for race in 0..MAX_RACES {
            let Cached { conversation, mut state } = match (cached.take(), speaker) {
                (Some(cached), _) => cached,
                // Most likely there is nothing to read. If there is, the race is lost and the next one reads it.
                (None, Speaker::Visitor(visitor)) if visitor.is_new && race == 0 => self.begin(visitor)?,
                (None, _) => self.load(speaker).await?,
            };
            // What is cached may be old; then the commit is refused, and the next round sees what is new.
            let missed = self.missed(&conversation, said).await?;
            if !missed.is_empty() {
                *cached = Some(Cached { conversation, state });
                return Err(NotTaken::Conflict(missed));
            }
            let (site, intents) = self.site(&conversation.site)?;
            let conversation = as_told(conversation, speaker);
            if let Speaker::Visitor(Visitor { introduction: Some(introduction), .. }) = speaker
                && state.introduction != **introduction
            {
                state.introduce(introduction, &identity::details(introduction, intents.profile.region.as_deref()));
            }
            let stage =
                Stage { site, intents: &intents, conversation: &conversation, state: &state, now: self.clock.now() };
            let step = match stage.step(speaker, key, said) {
                Ok(step) => step,
                Err(rejected) => {
                    *cached = Some(Cached { conversation, state });
                    return Err(NotTaken::Refused(refused(rejected)));
                }
            };
            let tasks = followups::of_turn(&stage, &step, &self.config.smtp.from);
            let Step { mut conversation, events, lead, state, tally, .. } = step;
            let first = events.first();
            let taken = Taken {
                seq: first.map_or(conversation.last_seq, |event| event.seq),
                at: first.map_or(conversation.updated_at, |event| event.at),
            };
            let turn = store::Turn { conversation: conversation.clone(), events, lead, tasks, tally };
            match self.store.commit(turn).await {
                Ok(committed) => {
                    conversation.version = committed.version;
                    *cached = Some(Cached { conversation, state });
                    return Ok(taken);
                }
                Err(CommitError::Conflict) => {}
                Err(CommitError::Duplicate { seq, at }) => return Ok(Taken { seq, at }),
                Err(CommitError::Unavailable(why) | CommitError::Refused(why)) => {
                    return Err(NotTaken::Unavailable(why));
                }
            }
        }
        Err(NotTaken::Unavailable(format!("the conversation changed {MAX_RACES} times meanwhile")))
    }

    /// What was said since the author of a reply last looked, if one of staff is among those who said it.
    async fn missed(&self, conversation: &Conversation, said: &Said<'_>) -> Result<Vec<Event>, NotTaken> {
        let Said::Reply { seen: Some(seen), .. } = said else { return Ok(Vec::new()) };
        if conversation.last_seq <= *seen {
            return Ok(Vec::new());
        }
        let (id, most) = (conversation.id, MAX_CONFLICT_EVENTS);
        let (since, _) = store::conversations::events_after(&self.store, id, *seen, most).await?;
        let by_staff = |event: &Event| event.from == Author::Staff;
        Ok(if since.iter().any(by_staff) { since } else { Vec::new() })
    }

    async fn load(&self, speaker: &Speaker<'_>) -> Result<Cached, NotTaken> {
        let id = speaker.conversation();
        match (store::conversations::load(&self.store, id).await?, speaker) {
            (Some(conversation), _) => {
                let state = serde_json::from_str(&conversation.dialogue).map_err(|error| {
                    NotTaken::Unavailable(format!(
                        "conversation {id}: the dialogue's state cannot be read ({error}); mend the row"
                    ))
                })?;
                Ok(Cached { conversation, state })
            }
            (None, _) if store::conversations::is_erased(&self.store, id).await? => Err(NotTaken::Erased),
            (None, Speaker::Visitor(visitor)) => self.begin(visitor),
            (None, _) => Err(NotTaken::Unknown),
        }
    }

    fn begin(&self, visitor: &Visitor) -> Result<Cached, NotTaken> {
        let conversation = begun_by(visitor, self.site(&visitor.site)?.0, self.clock.now());
        Ok(Cached { conversation, state: State::default() })
    }

    fn pressed_suggestion(&self, visitor: &Visitor, value: &str) -> Result<ChoiceOption, NotTaken> {
        let (site, _) = self.site(&visitor.site)?;
        let suggested = self.suggested(site, &self.locale_for(site, visitor)).into_iter();
        suggested
            .filter_map(suggestions::option)
            .find(|option| option.value == value)
            .ok_or_else(|| NotTaken::unknown_event("no such option was suggested"))
    }

    /// The option that the event at `seq` offered.
    async fn offered(&self, id: ConversationId, seq: i64, value: &str) -> Result<ChoiceOption, NotTaken> {
        match self.event(id, seq).await? {
            Some(Event { body: Body::Choices { options, .. }, .. }) => options
                .into_iter()
                .find(|option| option.value == value)
                .ok_or_else(|| NotTaken::unknown_event("that event offered no such option")),
            _ => Err(NotTaken::unknown_event("no event of that seq offered options")),
        }
    }

    /// The form that the event at `seq` asked to fill in.
    async fn asked(&self, id: ConversationId, seq: i64) -> Result<Form, NotTaken> {
        match self.event(id, seq).await? {
            Some(Event { body: Body::Form { form, .. }, .. }) => Ok(form),
            _ => Err(NotTaken::unknown_event("no event of that seq asked with a form")),
        }
    }

    async fn event(&self, id: ConversationId, seq: i64) -> Result<Option<Event>, NotTaken> {
        let (events, _) = store::conversations::events_before(&self.store, id, seq.saturating_add(1), 1).await?;
        Ok(events.into_iter().find(|event| event.seq == seq))
    }
}

/// The row of a conversation that has not been stored yet.
fn begun_by(visitor: &Visitor, site: &Site, now: Millis) -> Conversation {
    let landing = visitor.landing.as_deref().cloned().unwrap_or_default();
    Conversation {
        id: visitor.conversation,
        site: site.id.clone(),
        locale: visitor.locale.as_deref().unwrap_or(&site.locale).to_owned(),
        phase: Phase::Bot,
        version: 0,
        last_seq: 0,
        dialogue: String::new(),
        page: landing.clone(),
        first_page: landing,
        created_at: now,
        updated_at: now,
    }
}

/// The conversation with what the speaker's client says of itself today.
fn as_told(mut conversation: Conversation, speaker: &Speaker<'_>) -> Conversation {
    if let Speaker::Visitor(visitor) = speaker {
        if let Some(page) = visitor.page() {
            conversation.page.clone_from(page);
        }
        if let Some(locale) = &visitor.locale {
            conversation.locale = (**locale).to_owned();
        }
    }
    conversation
}

fn refused(rejected: Rejected) -> Refusal {
    match rejected {
        Rejected::InvalidFields(fields) => Refusal::invalid_fields(fields),
        Rejected::UnknownOption(_) => Refusal::new(Code::UnknownEvent, "that option is no longer on offer"),
        Rejected::UnknownForm(_) => Refusal::new(Code::UnknownEvent, "that form is no longer asked for"),
    }
}

fn refusal(id: ConversationId, why: NotTaken) -> Refusal {
    match why {
        NotTaken::Refused(refusal) => refusal,
        NotTaken::Erased => Refusal::new(Code::NotReady, "this conversation was erased; say hello for a new one"),
        // A visitor has no conflicts.
        NotTaken::Unknown | NotTaken::Conflict(_) => Refusal::unavailable(UNAVAILABLE_RETRY_MS),
        NotTaken::Unavailable(why) => {
            tracing::error!(conversation.id = %id, error = why, "a turn was not stored");
            Refusal::unavailable(UNAVAILABLE_RETRY_MS)
        }
    }
}
