//! What each part of a turn costs, through the library's own functions, without sockets: the same conversations, taken apart.

use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use sidedoor::clock::Clock;
use sidedoor::desk::aloud;
use sidedoor::id::{ClientId, ConversationId};
use sidedoor::model::{Author, Body, Conversation, Event, Lead, Page, Phase};
use sidedoor::store::{Store, Turn};
use sidedoor::understand::{SiteIntents, Understand};
use sidedoor::wire::{self, Ack, Frame};
use sidedoor_dialogue::{self as dialogue, Action, Context, Input, Ranking, State};

use crate::load::CLIENTS;
use crate::process::{self, Fault, own_cpu};
use crate::script::{self, SCRIPTS, Script};

/// A turn of a conversation, with what goes in and out of each part.
struct Taken {
    text: String,
    locale: &'static str,
    frame: String,
    ranking: Ranking,
    before: State,
    turn: Turn,
}

/// Prints the table; `server_cpu_us` is what a whole turn costs the server.
pub async fn print(time: Duration, folder: &Path, server_cpu_us: f64) -> Result<(), Fault> {
    let config = process::configuration(folder, "parts")?;
    let understand = Understand::load(Arc::new(config), None)?;
    let site_intents = &*understand.site_intents("shop").ok_or("the shop has no intents")?;
    let conversations = SCRIPTS.iter().map(|script| take(site_intents, script)).collect::<Result<Vec<_>, _>>()?;
    let turns: Vec<&Taken> = conversations.iter().flatten().collect();
    let events: usize = turns.iter().map(|taken| taken.turn.events.len()).sum();
    let events_each = events as f64 / turns.len() as f64;

    let frames = cpu_us(time, &turns, |taken| {
        black_box(Frame::parse(&taken.frame).is_ok());
        black_box(wire::ack(&Ack { id: ClientId::default(), seq: 1, at: taken.turn.conversation.updated_at }));
        for event in &taken.turn.events {
            black_box(wire::event(event));
        }
    })?;
    let ids = cpu_us(time / 4, &turns, |_| {
        black_box(ClientId::default());
    })?;
    let ranking = cpu_us(time, &turns, |taken| {
        black_box(site_intents.rank(&taken.text, taken.locale));
    })?;
    let step = cpu_us(time, &turns, |taken| {
        let input = Input::Message { text: &taken.text, ranking: &taken.ranking };
        let step = dialogue::step(&site_intents.intents, &context(site_intents, taken), taken.before.clone(), input);
        black_box(step.map(|step| serde_json::to_string(&step.state)).is_ok());
    })?;
    // A file system in memory has nothing to sync: what is left are the rows.
    let memory = tempfile::tempdir_in("/dev/shm");
    let rows = match &memory {
        Ok(memory) => Some(commits(time, memory.path(), &conversations).await?),
        Err(_) => None,
    };
    let disk = commits(time, folder, &conversations).await?;

    let frames = frames - ids;
    println!("\nwhat the parts of a turn cost ({events_each:.1} events each), one after the other, without sockets");
    let line = |part: &str, us: f64, note: &str| println!("  {part:<34} {us:>7.1} µs{note}");
    line("frames: parsed, written", frames, "");
    line("ranking", ranking, "");
    line("dialogue: step, state as JSON", step, "");
    let known = frames + ranking + step;
    match rows {
        Some(rows) => {
            line("rows, without fsync (CPU)", rows.cpu_us, "");
            line(
                "sockets, tasks and the rest (CPU)",
                server_cpu_us - known - rows.cpu_us,
                " (what is left of the server's)",
            );
            line("rows, without fsync (elapsed)", rows.elapsed_us, " (one writer, 200 at once)");
            line("fsync, shared (elapsed)", disk.elapsed_us - rows.elapsed_us, " (with fsync, less the line above)");
        }
        None => line("rows and fsync (elapsed)", disk.elapsed_us, " (no /dev/shm here to tell them apart)"),
    }
    Ok(())
}

/// One conversation through ranking and dialogue, as the desk would take it.
fn take(site_intents: &SiteIntents, script: &Script) -> Result<Vec<Taken>, Fault> {
    let number = script::number();
    let mut state = State::default();
    let page = Page { url: script.page.to_owned(), title: "Shop".to_owned(), ..Page::default() };
    let mut conversation = Conversation {
        id: ConversationId::new(),
        site: "shop".to_owned(),
        locale: script.locale.to_owned(),
        phase: Phase::Bot,
        version: 0,
        last_seq: 0,
        dialogue: String::new(),
        first_page: page.clone(),
        page,
        created_at: Clock::system().now(),
        updated_at: Clock::system().now(),
    };
    let mut taken = Vec::with_capacity(script.says.len());
    for template in script.says {
        let text = script::line(template, number);
        let id = ClientId::new();
        let ranking = site_intents.rank(&text, script.locale);
        let mut this = Taken {
            frame: format!(r#"{{"type":"message","id":"{id}","text":{}}}"#, serde_json::to_string(&text)?),
            locale: script.locale,
            turn: Turn {
                conversation: conversation.clone(),
                events: Vec::new(),
                lead: None,
                tasks: Vec::new(),
                tally: Default::default(),
            },
            before: state.clone(),
            ranking,
            text,
        };
        let input = Input::Message { text: &this.text, ranking: &this.ranking };
        let step = dialogue::step(&site_intents.intents, &context(site_intents, &this), state, input)?;
        state = step.state;
        conversation.dialogue = serde_json::to_string(&state)?;
        let mut events = vec![(Author::Visitor, Some(id), Body::text(&*this.text))];
        for action in step.actions {
            match action {
                Action::SaveLead(lead) => this.turn.lead = Some(lead_of(&conversation, lead)),
                said => events.extend(aloud(said).map(|(from, body)| (from, None, body))),
            }
        }
        for (from, client_id, body) in events {
            conversation.last_seq += 1;
            let event = Event {
                seq: conversation.last_seq,
                at: conversation.updated_at,
                from,
                name: None,
                client_id,
                locale: None,
                body,
            };
            this.turn.events.push(event);
        }
        this.turn.conversation = conversation.clone();
        taken.push(this);
    }
    Ok(taken)
}

fn context<'a>(site_intents: &'a SiteIntents, taken: &'a Taken) -> Context<'a> {
    static PAGE: dialogue::Page = dialogue::Page { url: String::new(), title: String::new(), referrer: String::new() };
    let now_ms = taken.turn.conversation.updated_at;
    Context { profile: &site_intents.profile, now_ms, page: &PAGE, locale: taken.locale, seed: 7 }
}

fn lead_of(conversation: &Conversation, lead: dialogue::Lead) -> Lead {
    let details = lead.details;
    Lead {
        id: conversation.id.uuid().into(),
        site: conversation.site.clone(),
        conversation: Some(conversation.id),
        email_normal: details.email.as_ref().map(|email| email.normalised().to_owned()),
        email: details.email.map(|email| email.as_str().to_owned()),
        phone: details.phone,
        name: details.name,
        company: details.company,
        budget: details.budget.map(|budget| budget.to_string()),
        fields: Default::default(),
        message: None,
        intents: lead.intents,
        score: i32::from(lead.score),
        reasons: Vec::new(),
        consent: None,
        page: conversation.first_page.clone(),
        utm: Default::default(),
        created_at: conversation.created_at,
        updated_at: conversation.updated_at,
    }
}

/// CPU time of one call, over all turns again and again for as long as `time`.
fn cpu_us(time: Duration, turns: &[&Taken], mut call: impl FnMut(&Taken)) -> Result<f64, Fault> {
    let (begun, mut calls) = (Instant::now(), 0_u64);
    let cpu = thread_cpu()?;
    while begun.elapsed() < time {
        for taken in turns {
            call(taken);
        }
        calls += turns.len() as u64;
    }
    Ok((thread_cpu()? - cpu).as_secs_f64() * 1e6 / calls as f64)
}

/// This thread's time on a CPU: others who use the machine are not in it.
fn thread_cpu() -> Result<Duration, Fault> {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat")?;
    Ok(Duration::from_nanos(stat.split(' ').next().ok_or("no time in schedstat")?.parse()?))
}

/// What it costs to store a turn.
struct Stored {
    cpu_us: f64,
    elapsed_us: f64,
}

/// The conversations again and again, by as many at once as there are clients, into a new database in this folder.
async fn commits(time: Duration, folder: &Path, conversations: &[Vec<Taken>]) -> Result<Stored, Fault> {
    let url = format!("sqlite://{}", folder.join("parts.db").display());
    let store = Store::open(&url, Clock::system()).await?;
    let begun = Instant::now();
    let cpu = own_cpu()?;
    let mut submitters = tokio::task::JoinSet::new();
    for submitter in 0..CLIENTS {
        let script: Vec<Turn> =
            conversations[submitter % conversations.len()].iter().map(|taken| taken.turn.clone()).collect();
        submitters.spawn(submit(store.clone(), script, begun + time));
    }
    let mut stored = 0_u64;
    while let Some(turns) = submitters.join_next().await {
        stored += turns??;
    }
    let result = Stored {
        cpu_us: (own_cpu()? - cpu).as_secs_f64() * 1e6 / stored as f64,
        elapsed_us: begun.elapsed().as_secs_f64() * 1e6 / stored as f64,
    };
    store.close().await;
    Ok(result)
}

async fn submit(store: Store, script: Vec<Turn>, until: Instant) -> Result<u64, Fault> {
    let mut stored = 0;
    while Instant::now() < until {
        let id = ConversationId::new();
        let mut version = 0;
        for turn in &script {
            let mut turn = turn.clone();
            turn.conversation.id = id;
            turn.conversation.version = version;
            if let Some(lead) = &mut turn.lead {
                lead.id = id.uuid().into();
                lead.conversation = Some(id);
            }
            version = store.commit(turn).await?.version;
            stored += 1;
        }
    }
    Ok(stored)
}
