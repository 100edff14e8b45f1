//! The desk: where a turn is taken. Load, rank, step, commit, acknowledge, publish: in this order, whoever speaks.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Instant;

use bytes::Bytes;
use sidedoor_dialogue::{Input, Introduction, Ranking, Rejected, State};
use tokio::sync::Notify;

use super::draft::{self, Basis, Draft, Outcome, Said};
use super::hub::{Hub, Line, News};
use super::identity::{self, Unverified, Verified};
use super::seats::{Remembered, Seats};
use super::suggestions;
use super::token::{Token, TokenKey};
use super::visitor::Visitor;
use crate::clock::{Clock, Millis};
use crate::config::{Config, Site};
use crate::id::{ClientId, ConversationId};
use crate::metrics::Metrics;
use crate::model::{Author, Body, ChoiceOption, Conversation, Event, Form, FormLead, NewTask, Phase};
use crate::store::{self, CommitError, Store, StoreError};
use crate::understand::{SiteIntents, Understand};
use crate::wire::{self, Ack, Code, Face, Hello, History, MAX_EVENTS, Notice, Post, Refusal, Say, Suggestion, Welcome};

pub use super::draft::aloud;

/// How often a turn is taken again because somebody else's was committed first. Each loss means that another turn of the
/// same conversation was won, so even two are rare.
const MAX_RACES: usize = 8;
/// What a client is told to wait when the database is out of reach.
const UNAVAILABLE_RETRY_MS: u64 = 2_000;
/// The most bytes of events in one frame: two hundred long messages would keep a slow phone busy for a minute.
const MAX_PAGE_BYTES: usize = 256 * 1024;
const DAY_MS: Millis = 24 * 60 * 60 * 1000;

/// Where turns are taken.
pub struct Desk {
    store: Store,
    hub: Arc<Hub>,
    understand: Arc<Understand>,
    config: Arc<Config>,
    clock: Clock,
    key: TokenKey,
    metrics: Metrics,
    outbox: Arc<Notify>,
    seats: Seats,
    outages: RwLock<HashMap<String, Millis>>,
}

/// Why something that staff did was not stored.
#[derive(Debug, thiserror::Error)]
pub enum DeskError {
    /// No such conversation, or its site is no longer configured.
    #[error("there is no such conversation")]
    Unknown,
    /// Nothing was stored; try again.
    #[error("not stored: {0}")]
    Unavailable(String),
}

/// What is said in a turn.
enum Spoken<'a> {
    Message { text: &'a str, ranking: Ranking },
    Choice { seq: i64, option: ChoiceOption },
    Form { filled: &'a wire::Form, asked: Form },
    Rating { score: u8, comment: Option<&'a str> },
    Staff { name: &'a str, text: &'a str },
    Closing,
}

/// Who says it.
enum Speaker<'a> {
    Visitor(&'a Visitor, ClientId),
    Staff,
}

/// Why a turn was not stored, this time.
enum Stop {
    Refused(Refusal),
    /// It was stored by an earlier sending.
    Duplicate {
        seq: i64,
        at: Millis,
    },
    /// Staff spoke in a conversation that is not there.
    Unknown,
    Unavailable(String),
}

impl Desk {
    /// A desk for the configured sites. `outbox` is rung whenever a task was queued.
    #[expect(clippy::too_many_arguments, reason = "built once, by the app, which owns all of these")]
    #[must_use]
    pub fn new(
        store: Store,
        hub: Arc<Hub>,
        understand: Arc<Understand>,
        config: Arc<Config>,
        clock: Clock,
        token_key: [u8; 32],
        metrics: Metrics,
        outbox: Arc<Notify>,
    ) -> Self {
        let key = TokenKey::new(&token_key);
        let (seats, outages) = (Seats::new(), RwLock::default());
        Self { store, hub, understand, config, clock, key, metrics, outbox, seats, outages }
    }

    /// What understands messages here.
    #[must_use]
    pub fn understand(&self) -> &Understand {
        &self.understand
    }

    /// Lets a visitor in: into their conversation if the token opens one of this site, else into a new one.
    ///
    /// A new conversation has no row until its visitor says something.
    ///
    /// # Errors
    ///
    /// `unavailable` when the database is.
    pub async fn hello(&self, site: &Site, hello: &Hello) -> Result<(Visitor, Line, Welcome), Refusal> {
        let (introduction, person, identity) = self.introduced(site, hello);
        let opened = hello.visitor.as_deref().and_then(|text| Some((text.to_owned(), self.opened_by(text)?)));
        let mut known = opened.filter(|(_, (_, of))| of.id == site.id).map(|(text, (visitor, _))| (text, visitor));
        let mut after = hello.after;
        if let Some(person) = &person {
            let current = known.as_ref().map(|(_, visitor)| visitor.conversation);
            let theirs = self.conversation_of(site, person, current).await?;
            if current != Some(theirs) {
                // What the client has seen was of another conversation.
                (known, after) = (Some((self.seal(site, theirs), Visitor::new(theirs, site.id.as_str().into()))), 0);
            }
        }
        let telling =
            |visitor: Visitor| visitor.telling(hello.locale.as_deref(), &hello.page).introduced(&introduction);
        if let Some((token, visitor)) = known {
            let visitor = telling(visitor);
            // Listen first, read then: what is said in between comes twice rather than never.
            let line = self.hub.open(visitor.conversation, Arc::clone(&visitor.site));
            let stored = store::conversations::resume(&self.store, visitor.conversation, after, MAX_EVENTS).await;
            let stored = stored.map_err(out_of_reach)?;
            // A client that has seen something of a conversation that is gone must forget it: by a new token.
            if stored.is_some() || after == 0 {
                let welcome = self.welcome(site, &visitor, token, stored);
                return Ok((visitor, line, Welcome { identity, ..welcome }));
            }
            if person.is_some() {
                store::identities::forget(&self.store, visitor.conversation).await.map_err(out_of_reach)?;
            }
        }
        let id = match &person {
            Some(person) => self.conversation_of(site, person, None).await?,
            None => ConversationId::new(),
        };
        let visitor = telling(Visitor::new(id, site.id.as_str().into()).new_here());
        let line = self.hub.open(visitor.conversation, Arc::clone(&visitor.site));
        let welcome = self.welcome(site, &visitor, self.seal(site, id), None);
        Ok((visitor, line, Welcome { identity, ..welcome }))
    }

    /// How the page introduces its visitor, and for whom the brand's server vouches.
    fn introduced(&self, site: &Site, hello: &Hello) -> (Introduction, Option<Verified>, Option<wire::IdentityStatus>) {
        let mut introduction = hello.introduction.clone();
        let Some(token) = &hello.identity_token else { return (introduction, None, None) };
        match identity::verify(token, &site.id, &site.identity_secrets, self.clock.now()) {
            Ok(verified) => {
                introduction.vouched = Some(verified.person.clone());
                (introduction, Some(verified), Some(wire::IdentityStatus::Verified))
            }
            Err(Unverified::Expired) => (introduction, None, Some(wire::IdentityStatus::Expired)),
            Err(Unverified::Refused) => (introduction, None, Some(wire::IdentityStatus::Refused)),
        }
    }

    /// The person's one conversation, on whichever device: theirs, else the one that they are in where it is nobody's, else a new one.
    async fn conversation_of(
        &self,
        site: &Site,
        person: &Verified,
        current: Option<ConversationId>,
    ) -> Result<ConversationId, Refusal> {
        let offered = current.unwrap_or_default();
        store::identities::conversation_of(&self.store, &site.id, &person.subject, offered, self.clock.now())
            .await
            .map_err(out_of_reach)
    }

    fn seal(&self, site: &Site, conversation: ConversationId) -> String {
        self.key.seal(&Token { conversation, site: site.id.clone(), issued_at: self.clock.now() })
    }

    /// The visitor whose token this is; `None` when it is forged, has expired, or its site is no longer configured.
    #[must_use]
    pub fn visitor(&self, token: &str) -> Option<Visitor> {
        self.opened_by(token).map(|(visitor, _)| visitor)
    }

    fn opened_by(&self, token: &str) -> Option<(Visitor, &Site)> {
        let token = self.key.open(token)?;
        let site = self.config.site(&token.site)?;
        let age = self.clock.now().saturating_sub(token.issued_at);
        let fresh = age <= Millis::from(site.retention_days) * DAY_MS;
        fresh.then(|| (Visitor::new(token.conversation, site.id.as_str().into()), site))
    }

    fn welcome(
        &self,
        site: &Site,
        visitor: &Visitor,
        token: String,
        stored: Option<(Conversation, Vec<Event>, bool)>,
    ) -> Welcome {
        let (seq, state, events, more) = match stored {
            Some((conversation, events, more)) => {
                let (events, more) = page_of(events, more);
                (conversation.last_seq, conversation.phase, events, more)
            }
            None => (0, Phase::Bot, Vec::new(), false),
        };
        let locale = self.locale_for(site, visitor);
        let site = Face::of(site, &locale, self.suggested(site, &locale), self.outage_since(&site.id));
        Welcome { visitor: token, conversation: visitor.conversation, seq, state, site, events, more, identity: None }
    }

    /// Takes a visitor's turn. When this returns an [`Ack`], everything that the turn caused is on disk.
    ///
    /// # Errors
    ///
    /// Why nothing was stored.
    pub async fn take(&self, visitor: &Visitor, post: &Post) -> Result<Ack, Refusal> {
        let arrived = Instant::now();
        let taken = match self.visitor_turn(visitor, post).await {
            Ok(first) => Ok(Ack { id: post.id, seq: first.seq, at: first.at }),
            Err(Stop::Duplicate { seq, at }) => Ok(Ack { id: post.id, seq, at }),
            Err(Stop::Refused(refusal)) => self.ack_of(visitor, post.id).await.ok_or(refusal),
            Err(Stop::Unavailable(why)) => {
                tracing::error!(conversation.id = %visitor.conversation, error = why, "a turn was not stored");
                Err(Refusal::unavailable(UNAVAILABLE_RETRY_MS))
            }
            Err(Stop::Unknown) => Err(Refusal::unavailable(UNAVAILABLE_RETRY_MS)),
        };
        if taken.is_ok() {
            self.metrics.turn_seconds.observe(arrived.elapsed().as_secs_f64());
        }
        taken.map_err(|refusal| refusal.of(post.id))
    }

    async fn visitor_turn(&self, visitor: &Visitor, post: &Post) -> Result<Place, Stop> {
        let (site, site_intents) = self.site(&visitor.site)?;
        let spoken = match &post.say {
            Say::Message(text) => {
                // Ranked before anything is locked: an encoder may be slow, a turn must not be.
                let ranking =
                    self.understand.rank(&site_intents, text, visitor.locale.as_deref().unwrap_or(&site.locale)).await;
                Spoken::Message { text, ranking }
            }
            Say::Choose { seq, option } => {
                Spoken::Choice { seq: *seq, option: self.offered(visitor, *seq, option).await? }
            }
            Say::Form(filled) => Spoken::Form { filled, asked: self.asked(visitor, filled.seq).await? },
            Say::Rate { score, comment } => Spoken::Rating { score: *score, comment: comment.as_deref() },
        };
        self.turn(visitor.conversation, Speaker::Visitor(visitor, post.id), &spoken).await
    }

    /// The turn itself. Whoever loses a race for the conversation's version computes again from what won.
    async fn turn(&self, id: ConversationId, speaker: Speaker<'_>, spoken: &Spoken<'_>) -> Result<Place, Stop> {
        let mut seat = self.seats.take(id).await;
        for race in 0..MAX_RACES {
            let Remembered { conversation, mut state } = match (seat.take(), &speaker) {
                (Some(remembered), _) => remembered,
                // Most likely there is nothing to read. If there is, the race is lost and the next one reads it.
                (None, Speaker::Visitor(visitor, _)) if visitor.is_new && race == 0 => self.begin(visitor)?,
                (None, _) => self.load(id, &speaker).await?,
            };
            let (site, site_intents) = self.site(&conversation.site)?;
            let conversation = as_told(conversation, &speaker);
            if let Speaker::Visitor(Visitor { introduction: Some(introduction), .. }, _) = &speaker
                && state.introduction != **introduction
            {
                state.introduce(introduction, &identity::details(introduction, site_intents.profile.region.as_deref()));
            }
            let basis = Basis {
                site,
                mail_domain: draft::mail_domain(&self.config.smtp.from),
                intents: &site_intents.intents,
                profile: &site_intents.profile,
                conversation: &conversation,
                state: &state,
                now: self.clock.now(),
            };
            let Draft { turn, state, outcome, first_lead } = match basis.draft(spoken.said(&speaker), spoken.input()) {
                Ok(draft) => draft,
                Err(rejected) => {
                    *seat = Some(Remembered { conversation, state });
                    return Err(Stop::Refused(refused(rejected)));
                }
            };
            let mut conversation = turn.conversation.clone();
            let place = turn
                .events
                .first()
                .map_or(Place { seq: conversation.last_seq, at: conversation.updated_at }, Place::of);
            // Whoever begins to listen during the commit reads the store before it ends: whether anybody does is asked afterwards.
            let news = news(&turn.events);
            match self.store.commit(turn).await {
                Ok(committed) => {
                    conversation.version = committed.version;
                    *seat = Some(Remembered { conversation, state });
                    // Published before the seat is free: the lines hear of turns in their order.
                    self.hub.publish(id, &news);
                    if !committed.queued.is_empty() {
                        self.outbox.notify_one();
                    }
                    self.count(spoken, outcome, first_lead);
                    return Ok(place);
                }
                Err(CommitError::Conflict) => {}
                Err(CommitError::Duplicate { seq, at }) => return Err(Stop::Duplicate { seq, at }),
                Err(CommitError::Unavailable(why) | CommitError::Refused(why)) => return Err(Stop::Unavailable(why)),
            }
        }
        Err(Stop::Unavailable(format!("the conversation changed {MAX_RACES} times meanwhile")))
    }

    async fn load(&self, id: ConversationId, speaker: &Speaker<'_>) -> Result<Remembered, Stop> {
        let loaded =
            store::conversations::load(&self.store, id).await.map_err(|error| Stop::Unavailable(error.to_string()))?;
        match (loaded, speaker) {
            (Some(conversation), _) => {
                let state = serde_json::from_str(&conversation.dialogue).map_err(|error| {
                    Stop::Unavailable(format!(
                        "conversation {id}: the dialogue's state cannot be read ({error}); mend the row"
                    ))
                })?;
                Ok(Remembered { conversation, state })
            }
            (None, Speaker::Visitor(visitor, _)) => self.begin(visitor),
            (None, Speaker::Staff) => Err(Stop::Unknown),
        }
    }

    fn begin(&self, visitor: &Visitor) -> Result<Remembered, Stop> {
        let conversation = begun_by(visitor, self.site(&visitor.site)?.0, self.clock.now());
        Ok(Remembered { conversation, state: State::default() })
    }

    /// What a visitor may begin with; nothing until there are intents.
    fn suggested(&self, site: &Site, locale: &str) -> Vec<Suggestion> {
        self.understand
            .site_intents(&site.id)
            .map(|site_intents| suggestions::of(site, &site_intents.intents, locale))
            .unwrap_or_default()
    }

    /// The option that the event at `seq` offered; what the welcome suggested is at 0.
    async fn offered(&self, visitor: &Visitor, seq: i64, value: &str) -> Result<ChoiceOption, Stop> {
        if seq == 0 {
            let (site, _) = self.site(&visitor.site)?;
            let suggested = self.suggested(site, &self.locale_for(site, visitor)).into_iter();
            return suggested
                .filter_map(suggestions::option)
                .find(|option| option.value == value)
                .ok_or_else(|| unknown_event("no such option was suggested"));
        }
        match self.event(visitor.conversation, seq).await? {
            Some(Event { body: Body::Choices { options, .. }, .. }) => options
                .into_iter()
                .find(|option| option.value == value)
                .ok_or_else(|| unknown_event("that event offered no such option")),
            _ => Err(unknown_event("no event of that seq offered options")),
        }
    }

    /// The form that the event at `seq` asked to fill in.
    async fn asked(&self, visitor: &Visitor, seq: i64) -> Result<Form, Stop> {
        match self.event(visitor.conversation, seq).await? {
            Some(Event { body: Body::Form { form, .. }, .. }) => Ok(form),
            _ => Err(unknown_event("no event of that seq asked with a form")),
        }
    }

    async fn event(&self, id: ConversationId, seq: i64) -> Result<Option<Event>, Stop> {
        let found = store::conversations::events_before(&self.store, id, seq.saturating_add(1), 1).await;
        let (events, _) = found.map_err(|error| Stop::Unavailable(error.to_string()))?;
        Ok(events.into_iter().find(|event| event.seq == seq))
    }

    /// What was acknowledged when this id was sent before, if it was.
    async fn ack_of(&self, visitor: &Visitor, id: ClientId) -> Option<Ack> {
        let found = store::conversations::ack_of(&self.store, visitor.conversation, id).await;
        found.ok().flatten().map(|(seq, at)| Ack { id, seq, at })
    }

    fn site(&self, id: &str) -> Result<(&Site, Arc<SiteIntents>), Stop> {
        let site = self.config.site(id).ok_or(Stop::Unknown)?;
        let site_intents = self
            .understand
            .site_intents(id)
            .ok_or_else(|| Stop::Unavailable(format!("site \"{id}\" has no intents yet")))?;
        Ok((site, site_intents))
    }

    fn count(&self, spoken: &Spoken<'_>, outcome: Outcome, first_lead: bool) {
        self.metrics.turns.inc();
        if matches!(spoken, Spoken::Message { .. }) {
            self.metrics.understood(outcome.as_str());
        }
        if first_lead {
            self.metrics.leads.inc();
        }
    }

    /// The older events that a client asks for.
    ///
    /// # Errors
    ///
    /// `unavailable` when the database is.
    pub async fn history(&self, visitor: &Visitor, before: i64, limit: usize) -> Result<History, Refusal> {
        let found = store::conversations::events_before(&self.store, visitor.conversation, before, limit).await;
        let (events, more) = found.map_err(out_of_reach)?;
        let (events, more) = page_of(events, more);
        Ok(History { events, more })
    }

    /// The next events after `after`, oldest first, at most [`MAX_EVENTS`]; none when that was the newest.
    ///
    /// # Errors
    ///
    /// When the database is out of reach.
    pub async fn events_from(&self, visitor: &Visitor, after: i64) -> Result<Vec<Event>, StoreError> {
        // `seq` has no gaps, so the newest ones below this are the next ones.
        let below = after.saturating_add(1 + i64::try_from(MAX_EVENTS).unwrap_or(i64::MAX - 1));
        let (mut events, _) =
            store::conversations::events_before(&self.store, visitor.conversation, below, MAX_EVENTS).await?;
        events.retain(|event| event.seq > after);
        Ok(events)
    }

    /// Listens to what is said in the visitor's conversation from now on.
    #[must_use]
    pub fn listen(&self, visitor: &Visitor) -> Line {
        self.hub.open(visitor.conversation, Arc::clone(&visitor.site))
    }

    /// Tells the conversation's other lines that the visitor is typing on this one.
    /// `line` is 0 where the client's own line is not known.
    pub fn types(&self, visitor: &Visitor, line: u64) {
        if self.hub.hears(visitor.conversation) {
            let frame = Bytes::from(wire::typing(Author::Visitor, None));
            self.hub.publish(visitor.conversation, &[News::Typing { frame, line }]);
        }
    }

    /// Tells the visitor that a person is typing.
    pub fn staff_types(&self, id: ConversationId, name: &str) {
        let frame = Bytes::from(wire::typing(Author::Staff, Some(name)));
        self.hub.publish(id, &[News::Typing { frame, line: 0 }]);
    }

    /// Stores what a person of the brand says. From then on the bot is silent: whichever answer of the bot's is being
    /// computed meanwhile is computed again, and comes to nothing.
    ///
    /// # Errors
    ///
    /// [`DeskError`]; nothing was stored.
    pub async fn reply_as_staff(&self, id: ConversationId, name: &str, text: &str) -> Result<i64, DeskError> {
        let text = wire::clean(text);
        Ok(self.turn(id, Speaker::Staff, &Spoken::Staff { name, text: &text }).await?.seq)
    }

    /// Closes a conversation; it opens again when its visitor writes.
    ///
    /// # Errors
    ///
    /// [`DeskError`]; nothing was stored.
    pub async fn close(&self, id: ConversationId) -> Result<(), DeskError> {
        self.turn(id, Speaker::Staff, &Spoken::Closing).await?;
        Ok(())
    }

    /// The country whose phone numbers need no prefix on a site.
    #[must_use]
    pub fn region(&self, site: &Site) -> Option<String> {
        self.understand.site_intents(&site.id).and_then(|site_intents| site_intents.profile.region.clone())
    }

    /// Stores the lead of a plain HTML form, with a mail to each of the site's staff; without, where it is kept aside.
    ///
    /// # Errors
    ///
    /// [`DeskError::Unavailable`]; nothing was stored.
    pub async fn save_form_lead(&self, site: &Site, form: FormLead) -> Result<(), DeskError> {
        let mail_domain = draft::mail_domain(&self.config.smtp.from);
        let tasks: Vec<NewTask> =
            if form.is_held { Vec::new() } else { draft::form_mails(site, &form, mail_domain).collect() };
        let saved = store::leads::save(&self.store, &form, &tasks).await;
        let committed = saved.map_err(|error| DeskError::Unavailable(error.to_string()))?;
        if form.is_held {
            self.metrics.leads_held.inc();
            tracing::info!(
                site.id = %site.id,
                "a form whose hidden field was filled in is kept aside; see `sidedoor leads export --held`"
            );
        }
        // The same form sent twice is one lead, and its mails are queued once.
        if !committed.queued.is_empty() {
            self.metrics.leads.inc();
            self.outbox.notify_one();
        }
        Ok(())
    }

    /// Counts a frame of a visitor's.
    pub fn count_frame(&self) {
        self.metrics.frames.inc();
    }

    /// Counts a refusal that was sent to a visitor.
    pub fn count_refusal(&self, refusal: &Refusal) {
        self.metrics.error(refusal.code.as_str());
    }

    /// Another platform is down (since when), or works again: every visitor of the site is told.
    pub fn announce(&self, site: &str, outage_since: Option<Millis>) {
        let mut outages = self.outages.write().unwrap_or_else(PoisonError::into_inner);
        match outage_since {
            Some(since) => outages.insert(site.to_owned(), since),
            None => outages.remove(site),
        };
        drop(outages);
        self.hub.publish_to_site(site, &News::Notice(outage_since));
    }

    /// The words of a notice for this visitor.
    #[must_use]
    pub fn notice(&self, visitor: &Visitor, outage_since: Option<Millis>) -> Option<Notice> {
        let site = self.config.site(&visitor.site)?;
        outage_since.map(|since| Notice::of(site, &self.locale_for(site, visitor), since))
    }

    fn outage_since(&self, site: &str) -> Option<Millis> {
        self.outages.read().unwrap_or_else(PoisonError::into_inner).get(site).copied()
    }

    /// The visitor's language where the site's intents speak it, else the site's own.
    fn locale_for(&self, site: &Site, visitor: &Visitor) -> String {
        let (Some(asked), Some(site_intents)) = (visitor.locale.as_deref(), self.understand.site_intents(&site.id))
        else {
            return site.locale.clone();
        };
        let language = |tag: &str| tag.split('-').next().unwrap_or_default().to_ascii_lowercase();
        let spoken = site_intents.intents.locales();
        let exact = spoken.iter().find(|tag| tag.eq_ignore_ascii_case(asked));
        let close = || spoken.iter().find(|tag| language(tag) == language(asked));
        exact.or_else(close).map_or_else(|| site.locale.clone(), |tag| (*tag).to_owned())
    }
}

/// Where the first event of a turn stands.
struct Place {
    seq: i64,
    at: Millis,
}

impl Place {
    fn of(event: &Event) -> Self {
        Self { seq: event.seq, at: event.at }
    }
}

impl Spoken<'_> {
    /// The event that it becomes, for those that are said aloud.
    fn said(&self, speaker: &Speaker<'_>) -> Option<Said> {
        let body = match self {
            Self::Message { text, .. } | Self::Staff { text, .. } => Body::text(*text),
            Self::Choice { seq, option } => Body::Text {
                text: option.label.clone(),
                answers: (*seq > 0).then_some(*seq),
                option: Some(option.value.clone()),
                fields: None,
            },
            Self::Form { filled, asked } => draft::filled_form(filled, asked),
            Self::Rating { score, comment } => Body::Rating { score: *score, comment: comment.map(str::to_owned) },
            Self::Closing => return None,
        };
        let name = if let Self::Staff { name, .. } = self { Some((*name).to_owned()) } else { None };
        let (from, client_id) = match speaker {
            Speaker::Visitor(_, id) => (Author::Visitor, Some(*id)),
            Speaker::Staff => (Author::Staff, None),
        };
        Some(Said { from, name, client_id, body })
    }

    fn input(&self) -> Input<'_> {
        match self {
            Self::Message { text, ranking } => Input::Message { text, ranking },
            Self::Choice { option, .. } => Input::Choose { option: &option.value },
            Self::Form { filled, asked } => {
                Input::Form { form: &asked.name, fields: &filled.fields, consent: filled.consent }
            }
            Self::Rating { score, .. } => Input::Rate { score: *score },
            Self::Staff { .. } => Input::StaffReplied,
            Self::Closing => Input::StaffClosed,
        }
    }
}

impl From<Stop> for DeskError {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::Unavailable(why) => Self::Unavailable(why),
            Stop::Refused(_) | Stop::Duplicate { .. } | Stop::Unknown => Self::Unknown,
        }
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
    if let Speaker::Visitor(visitor, _) = speaker {
        if let Some(page) = visitor.page() {
            conversation.page.clone_from(page);
        }
        if let Some(locale) = &visitor.locale {
            conversation.locale = (**locale).to_owned();
        }
    }
    conversation
}

/// The newest of these events that fit into one frame, and whether older ones remain. At least one always fits.
fn page_of(mut events: Vec<Event>, more: bool) -> (Vec<Event>, bool) {
    let mut bytes = 0;
    let newest = events.iter().rev().take_while(|event| {
        bytes += wire::event(event).len();
        bytes <= MAX_PAGE_BYTES
    });
    let left_out = events.len() - newest.count();
    events.drain(..left_out);
    (events, more || left_out > 0)
}

fn news(events: &[Event]) -> Vec<News> {
    events.iter().map(|event| News::Event { seq: event.seq, frame: Bytes::from(wire::event(event)) }).collect()
}

fn refused(rejected: Rejected) -> Refusal {
    match rejected {
        Rejected::InvalidFields(fields) => Refusal::invalid_fields(fields),
        Rejected::UnknownOption(_) => Refusal::new(Code::UnknownEvent, "that option is no longer on offer"),
        Rejected::UnknownForm(_) => Refusal::new(Code::UnknownEvent, "that form is no longer asked for"),
    }
}

fn unknown_event(message: &'static str) -> Stop {
    Stop::Refused(Refusal::new(Code::UnknownEvent, message))
}

#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn out_of_reach(error: StoreError) -> Refusal {
    tracing::error!(error = %error, "a conversation could not be read");
    Refusal::unavailable(UNAVAILABLE_RETRY_MS)
}
