//! `sidedoor ask`: what the bot would understand and answer, and why.

use std::path::Path;

use serde_json::{Value, json};
use sidedoor::clock::Clock;
use sidedoor::understand::{self, SiteIntents, Trainer};
use sidedoor_dialogue::{Action, Context, Input, Page, State, Turn, step};
use sidedoor_matcher::Explanation;

use super::output::say;
use super::{Outcome, load_config, site_named};

/// How many intents the explanation ranks.
const TOP: usize = 3;

pub(super) fn ask(
    config: Option<&Path>,
    site: Option<&str>,
    locale: Option<&str>,
    as_json: bool,
    text: &str,
) -> Outcome {
    let config = load_config(config)?.config;
    let site = site_named(&config, site)?;
    let site_intents = SiteIntents::build(site, &understand::files_of(&config, site)?, &Trainer::new(&config))?;
    let locale = locale.unwrap_or(&site.locale);
    let ranking = site_intents.rank(text, locale);
    let context = Context {
        profile: &site_intents.profile,
        now_ms: Clock::system().now(),
        page: &Page::default(),
        locale,
        seed: 0,
    };
    let turn = step(&site_intents.intents, &context, State::default(), Input::Message { text, ranking: &ranking })?;
    let explanation = site_intents.explain(text, ranking.locale.as_deref().unwrap_or(locale));
    if as_json {
        say!("{}", serde_json::to_string_pretty(&as_object(text, &ranking, &turn, explanation.as_ref()))?);
    } else {
        print(&ranking, &turn, explanation.as_ref());
    }
    Ok(())
}

fn print(ranking: &sidedoor_dialogue::Ranking, turn: &Turn, explanation: Option<&Explanation>) {
    let language = ranking.locale.as_deref().unwrap_or("no language");
    match ranking.candidates.first() {
        Some(best) if ranking.in_scope => {
            say!(
                "understood as  {} ({language}; score {:.2}, answered from {:.2})",
                best.intent,
                best.score,
                ranking.threshold
            );
        }
        Some(best) => say!(
            "not understood (nearest: {} in {language}; score {:.2}, answered from {:.2})",
            best.intent,
            best.score,
            ranking.threshold
        ),
        None => say!("not understood: there are no intents"),
    }
    for candidate in ranking.candidates.iter().take(TOP) {
        say!("               {:>5.2}  {}", candidate.score, candidate.intent);
    }
    if let Some(explanation) = explanation {
        if let Some(corrected) = &explanation.ranking.corrected {
            say!("read as        {corrected}");
        }
        for example in explanation.nearest.iter().take(TOP) {
            say!("resembles      {:>5.2}  \"{}\" ({})", example.similarity, example.text, example.intent);
        }
        say!("because        {}", explanation.reason());
    }
    for (slot, value) in &turn.learnt {
        say!("found          {slot}: {value}");
    }
    for action in &turn.actions {
        say!("{}", words(action));
    }
}

/// An action as a line for people.
fn words(action: &Action) -> String {
    match action {
        Action::Say { text } => format!("answers        {text}"),
        Action::Offer { text, options } => {
            let labels: Vec<&str> = options.iter().map(|option| option.label.as_str()).collect();
            format!("answers        {text}\n               [{}]", labels.join("] ["))
        }
        Action::Ask { text, .. } => format!("asks           {text}"),
        Action::Enter { phase, text } => {
            format!("hands over     {} {}", phase.as_str(), text.as_deref().unwrap_or_default())
        }
        Action::SaveLead(lead) => format!("saves a lead   score {}", lead.score),
        Action::Escalate(escalation) => format!("writes staff   {}", escalation.reason.as_str()),
    }
}

fn as_object(
    text: &str,
    ranking: &sidedoor_dialogue::Ranking,
    turn: &Turn,
    explanation: Option<&Explanation>,
) -> Value {
    let entities: Vec<Value> =
        turn.learnt.iter().map(|(slot, value)| json!({"slot": slot.as_str(), "value": value})).collect();
    let answer: Vec<Value> = turn.actions.iter().filter_map(spoken).collect();
    json!({
        "text": text,
        "intent": ranking.candidates.first().map(|best| best.intent.as_str()),
        "confidence": ranking.candidates.first().map_or(0.0, |best| best.score),
        "threshold": ranking.threshold,
        "in_scope": ranking.in_scope,
        "locale": ranking.locale,
        "ranking": ranking.candidates.iter().take(TOP).map(|one| json!({"intent": one.intent, "score": one.score})).collect::<Vec<_>>(),
        "corrected": explanation.and_then(|explanation| explanation.ranking.corrected.as_deref()),
        "nearest": explanation.map(|explanation| explanation.nearest.iter().take(TOP).map(|example| {
            json!({"text": example.text, "intent": example.intent.to_string(), "similarity": example.similarity})
        }).collect::<Vec<_>>()),
        "reason": explanation.map(|explanation| explanation.reason()),
        "entities": entities,
        "answer": answer,
    })
}

/// What of an action a visitor reads.
fn spoken(action: &Action) -> Option<Value> {
    match action {
        Action::Say { text } => Some(json!({"kind": "text", "text": text})),
        Action::Offer { text, options } => Some(json!({"kind": "choices", "text": text, "options": options})),
        Action::Ask { text, form } => Some(json!({"kind": "form", "text": text, "form": form})),
        Action::Enter { phase, text: Some(text) } => {
            Some(json!({"kind": "state", "state": phase.as_str(), "text": text}))
        }
        Action::Enter { .. } | Action::SaveLead(_) | Action::Escalate(_) => None,
    }
}
