//! The questions that visitors asked and the bot did not understand, alike ones together: what is worth adding to the intents first.

use std::collections::BTreeMap;

use sidedoor::clock::Millis;
use sidedoor::model::{Author, Body, Phase};
use sidedoor::store::said::Said;
use sidedoor::understand::{SiteIntents, without_details};
use sidedoor_dialogue::{Action, Context, Input, Page, Reason, State, step};
use sidedoor_matcher::StaticEncoder;

/// Two questions that are so much alike ask for the same.
const ALIKE: f32 = 0.72;
/// Examples in a line to paste: enough to learn from, and still read before they are pasted.
const MOST_EXAMPLES: usize = 6;
/// The longest text that is worth learning from, in characters: longer ones say many things at once.
const MAX_EXAMPLE: usize = 160;

/// A question that the bot did not understand when it was asked, and would not today.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Missed {
    pub text: String,
    pub locale: String,
    pub at: Millis,
}

/// Questions that ask for the same.
#[derive(Debug)]
pub(super) struct Group {
    /// Different wordings, the commonest first.
    pub wordings: Vec<String>,
    /// How often it was asked.
    pub count: usize,
    /// When it was asked last.
    pub last: Millis,
    /// The language they are understood in.
    pub locale: String,
    /// The intent that comes nearest, if it is any of them.
    pub nearest: Option<String>,
}

impl Group {
    /// A line for the `examples` of an intent, quoted as TOML wants it.
    pub fn examples(&self) -> String {
        let quoted: Vec<String> = self
            .wordings
            .iter()
            .take(MOST_EXAMPLES)
            .map(|text| serde_json::Value::from(text.as_str()).to_string())
            .collect();
        format!("{},", quoted.join(", "))
    }
}

/// What visitors typed and the bot answered with a guess, a question, or by passing it on, and would again.
pub(super) fn missed(said: &[Said], site_intents: &SiteIntents) -> Vec<Missed> {
    let mut missed = Vec::new();
    for (at, asked) in said.iter().enumerate() {
        let (Author::Visitor, Body::Text { text, option: None, fields: None, .. }) =
            (asked.event.from, &asked.event.body)
        else {
            continue;
        };
        let answers = said[at + 1..]
            .iter()
            .take_while(|next| next.conversation == asked.conversation && next.event.from != Author::Visitor);
        let mut bodies = answers.map(|answer| &answer.event.body);
        // A form's next question, thanks, or silence while staff answer say nothing about understanding.
        if !bodies.any(|body| matches!(body, Body::Choices { .. } | Body::State { state: Phase::Waiting, .. })) {
            continue;
        }
        let text = without_details(text).split_whitespace().collect::<Vec<_>>().join(" ");
        let text: String = text.chars().filter(|c| !c.is_control()).collect();
        let locale = asked.event.locale.as_ref().unwrap_or(&asked.locale);
        if text.chars().count() <= MAX_EXAMPLE && is_missed(&text, locale, asked.event.at, site_intents) {
            missed.push(Missed { text, locale: locale.clone(), at: asked.event.at });
        }
    }
    missed
}

/// Whether the text, said first in a conversation, would not be understood; asking for a person in one's own words is.
fn is_missed(text: &str, locale: &str, at: Millis, site_intents: &SiteIntents) -> bool {
    let ranking = site_intents.rank(text, locale);
    if ranking.in_scope {
        return false;
    }
    let page = Page::default();
    let context = Context { profile: &site_intents.profile, now_ms: at, page: &page, locale, seed: 0 };
    let input = Input::Message { text, ranking: &ranking };
    let Ok(turn) = step(&site_intents.intents, &context, State::default(), input) else { return false };
    let asks_for_a_person =
        turn.actions.iter().any(|action| matches!(action, Action::Escalate(it) if it.reason == Reason::Asked));
    turn.intent.is_none() && turn.learnt.is_empty() && !asks_for_a_person
}

/// Alike questions together, the commonest first; of equally common ones, the newest.
pub(super) fn grouped(missed: &[Missed], site_intents: &SiteIntents) -> Vec<Group> {
    let Ok(encoder) = StaticEncoder::built_in() else { return Vec::new() };
    // What was asked word for word is one wording, however often.
    let mut wordings: BTreeMap<(&str, String), (usize, Millis, &str)> = BTreeMap::new();
    for one in missed {
        let entry = wordings.entry((language(&one.locale), one.text.to_lowercase())).or_insert((0, 0, &one.text));
        *entry = (entry.0 + 1, entry.1.max(one.at), entry.2);
    }
    let mut wordings: Vec<_> = wordings.into_iter().collect();
    wordings.sort_by_key(|(_, (count, last, _))| std::cmp::Reverse((*count, *last)));
    let mut groups: Vec<(Vec<f32>, Group)> = Vec::new();
    for ((locale, folded), (count, last, text)) in wordings {
        let vector = encoder.encode_one(&folded);
        let home = groups
            .iter_mut()
            .filter(|(_, group)| group.locale == locale)
            .map(|(first, group)| (likeness(first, &vector), group))
            .max_by(|(a, _), (b, _)| a.total_cmp(b))
            .filter(|(likeness, _)| *likeness >= ALIKE);
        match home {
            Some((_, group)) => {
                group.wordings.push(text.to_owned());
                group.count += count;
                group.last = group.last.max(last);
            }
            None => {
                let ranking = site_intents.rank(text, locale);
                let nearest = ranking.candidates.first().map(|best| best.intent.clone());
                let wordings = vec![text.to_owned()];
                groups.push((vector, Group { wordings, count, last, locale: locale.to_owned(), nearest }));
            }
        }
    }
    let mut groups: Vec<Group> = groups.into_iter().map(|(_, group)| group).collect();
    groups.sort_by_key(|group| std::cmp::Reverse((group.count, group.last)));
    groups
}

fn language(locale: &str) -> &str {
    locale.split(['-', '_']).next().unwrap_or(locale)
}

/// The cosine of two sentence vectors, which have length 1.
fn likeness(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_to_paste_is_toml_whatever_was_typed() {
        let group = Group {
            wordings: vec!["do you \"gift\" wrap \\ it?".into(), "¿envuelven?".into()],
            count: 2,
            last: 0,
            locale: "en".into(),
            nearest: None,
        };

        assert_eq!(group.examples(), r#""do you \"gift\" wrap \\ it?", "¿envuelven?","#);
    }
}
