//! How a message is taken: what is understood, what is denied, and what a follow-up is about.

use super::taking::Taking;
use crate::types::intent::{Intent, Wording};
use crate::types::locale;
use crate::types::ranking::{Candidate, Ranking};
use crate::words::cues::{Heard, fold};
use crate::words::talk;

/// An intent this near to the best one, as a share of its score, might as well be what was meant.
const CLOSE: f32 = 0.9;

/// A topic is worth offering from this share of the threshold on.
const LIKELY: f32 = 0.4;

/// Where the denied half of a message drew the score to itself, the other half's intent counts from this share of the threshold on.
const LEFT_OVER: f32 = 0.6;

/// More buttons are a menu to study.
pub const MAX_TOPICS: usize = 3;

/// More questions at once are a letter.
const MAX_QUESTIONS: usize = 3;

/// A follow-up that names nothing but another thing has no more words: "and for the fig one".
const SAME_AGAIN_WORDS: usize = 5;

/// How a message is taken.
pub(crate) enum Decision<'a> {
    Answer(&'a Intent),
    AskWhich(Vec<&'a Intent>),
    /// Several questions, in order.
    Each(Vec<Question<'a>>),
    /// All that it says is what the visitor does not want.
    Denied,
    Unsure,
}

/// One of several questions in a message.
pub(crate) struct Question<'a> {
    pub text: String,
    pub intent: Option<&'a Intent>,
}

impl<'a> Taking<'a> {
    pub(crate) fn decide(&self, heard: &Heard, ranking: &Ranking) -> Decision<'a> {
        if let Some(questions) = self.questions(ranking) {
            return match questions.as_slice() {
                [Question { intent: Some(only), .. }] => Decision::Answer(only),
                _ => Decision::Each(questions),
            };
        }
        self.decide_one(heard, ranking)
    }

    fn decide_one(&self, heard: &Heard, ranking: &Ranking) -> Decision<'a> {
        let affirmed = self.denial.as_ref().map(|denial| talk::content(&denial.affirmed).count());
        if affirmed == Some(0) {
            return Decision::Denied;
        }
        let wished = self.wished(ranking);
        let bar = |intent: &Intent| self.bar(intent, ranking);
        let understood = wished.first().filter(|(intent, score)| ranking.in_scope && *score >= bar(intent));
        let Some(&(best, score)) = understood else {
            return Decision::Unsure;
        };
        if heard.is_small() {
            // "Cancel" by itself may be a wish; a no, a number or a smile is none.
            let is_wish = heard.is_cancel() && self.resemblance(best, heard.folded()) > 0;
            return if is_wish { Decision::AskWhich(vec![best]) } else { Decision::Unsure };
        }
        if best.hands_over() && self.is_foreign(ranking) && heard.language().is_none() {
            return Decision::Unsure;
        }
        // Who wants a person, or complains, is not to be asked whether they mean it.
        if best.is_reserved() {
            return Decision::Answer(best);
        }
        let close: Vec<&Intent> = wished
            .iter()
            .filter(|(_, other)| *other >= ranking.threshold && *other >= score * CLOSE)
            .take(MAX_TOPICS)
            .map(|(intent, _)| *intent)
            .collect();
        if close.len() > 1 { Decision::AskWhich(close) } else { Decision::Answer(best) }
    }

    /// The intents that a message resembles, best first, without those that it denies.
    fn wished(&self, ranking: &Ranking) -> Vec<(&'a Intent, f32)> {
        let known = |candidate: &Candidate| Some((self.intents.get(&candidate.intent)?, candidate.score));
        let ranked = ranking.candidates.iter().filter_map(known).filter(|(_, score)| !score.is_nan());
        match &self.denial {
            None => ranked.collect(),
            Some(_) => ranked.filter(|(intent, _)| !self.is_denied(intent)).collect(),
        }
    }

    fn bar(&self, intent: &Intent, ranking: &Ranking) -> f32 {
        match &self.denial {
            Some(denial) if self.resemblance(intent, &denial.affirmed) > 0 => ranking.threshold * LEFT_OVER,
            _ => ranking.threshold,
        }
    }

    /// Whether an intent is what the visitor says they do not want: its words stand in that half of the message rather than in the other.
    fn is_denied(&self, intent: &Intent) -> bool {
        let Some(denial) = &self.denial else { return false };
        let denied = self.resemblance(intent, &denial.denied);
        let affirmed = self.resemblance(intent, &denial.affirmed);
        // Whoever denies anything is passed on only for what they surely wish.
        (denied > 0 && denied >= affirmed) || (intent.hands_over() && affirmed == 0)
    }

    /// How many of a text's words an intent's name, label and examples have, whatever their endings.
    fn resemblance(&self, intent: &Intent, folded: &str) -> usize {
        let stem = |word: &str| word.chars().take(STEM_CHARS).collect::<String>();
        let pick = |wording: &'a Wording| (!wording.examples.is_empty()).then_some(wording);
        let wording = self
            .intents
            .get(&intent.name)
            .and_then(|intent| intent.find(self.tag(), &self.context.profile.locale, pick));
        let own = wording.map(|wording| {
            let label = wording.label.iter().chain(&wording.examples).map(|text| fold(text));
            label.collect::<Vec<_>>().join(" ")
        });
        let own = format!("{} {}", intent.name.replace(['.', '_'], " "), own.unwrap_or_default());
        let own: Vec<String> = talk::content(&own).map(stem).collect();
        talk::content(folded).filter(|word| own.contains(&stem(word))).count()
    }

    /// Whether the matcher understood it by another language's examples than the visitor speaks.
    fn is_foreign(&self, ranking: &Ranking) -> bool {
        ranking.locale.as_deref().is_some_and(|tag| locale::language(tag) != locale::language(self.tag()))
    }

    /// The questions of a message that holds several, at most three; `None` where they come to nothing more than the whole does.
    fn questions(&self, ranking: &Ranking) -> Option<Vec<Question<'a>>> {
        let mut questions: Vec<Question> = Vec::new();
        for part in &ranking.parts {
            let heard = Heard::new(&part.text);
            if part.denied
                || talk::denial(heard.folded()).is_some_and(|denial| talk::content(&denial.affirmed).next().is_none())
            {
                continue;
            }
            let intent = match self.decide_one(&heard, &part.ranking) {
                Decision::Answer(intent) => Some(intent),
                Decision::AskWhich(intents) => intents.first().copied(),
                _ => None,
            };
            let is_new =
                intent.is_none_or(|it| questions.iter().all(|other| other.intent.is_none_or(|o| o.name != it.name)));
            let says_something = intent.is_some() || talk::content(heard.folded()).next().is_some();
            if is_new && says_something {
                questions.push(Question { text: part.text.trim().to_owned(), intent });
            }
        }
        // "Thanks! Also …": what stands beside a question is not answered for itself.
        if questions.iter().any(|question| question.intent.is_none_or(|intent| !intent.is_small_talk())) {
            questions.retain(|question| question.intent.is_none_or(|intent| !intent.is_small_talk()));
        }
        questions.truncate(MAX_QUESTIONS);
        questions.iter().any(|question| question.intent.is_some()).then_some(questions)
    }

    /// The intent that a message is understood as, for an interruption: two close ones count as the better.
    pub(crate) fn understood(&self, heard: &Heard, ranking: &Ranking) -> Option<&'a Intent> {
        match self.decide(heard, ranking) {
            Decision::Answer(intent) => Some(intent),
            Decision::AskWhich(intents) => intents.first().copied(),
            Decision::Each(questions) => questions.iter().find_map(|question| question.intent),
            Decision::Denied | Decision::Unsure => None,
        }
    }

    /// What a follow-up is about, by what stands: another intent of the same family ("and how long?" after the cost of shipping), or one
    /// that was offered below it, else the same again, for another thing ("and the fig one?").
    pub(crate) fn follow_up(&self, heard: &Heard, ranking: &Ranking) -> Option<&'a Intent> {
        let topic = self.intents.get(self.state.topic.as_deref()?)?;
        if heard.is_small() || topic.is_small_talk() || !heard.follows_up() {
            return None;
        }
        let family = |name: &str| name.split('.').next().map(str::to_owned);
        let next = self.choices(topic);
        let is_near = |intent: &&Intent| {
            family(&intent.name) == family(&topic.name) || next.iter().any(|option| option.value == intent.name)
        };
        let other =
            self.likely(ranking).find(|intent| intent.name != topic.name && is_near(intent) && !intent.hands_over());
        let is_same = heard.word_count() <= SAME_AGAIN_WORDS
            && !topic.hands_over()
            && self.likely(ranking).next().is_none_or(|best| is_near(&best));
        other.or(is_same.then_some(topic))
    }

    /// The intents that a message may have meant, best first.
    pub(crate) fn likely(&self, ranking: &Ranking) -> impl Iterator<Item = &'a Intent> {
        let bar = ranking.threshold * LIKELY;
        let likely = self.wished(ranking).into_iter().filter(move |(_, score)| *score >= bar && *score > 0.0);
        likely.map(|(intent, _)| intent).filter(|intent| !intent.is_reserved())
    }
}

/// Enough of a word to know it by, whatever its ending.
const STEM_CHARS: usize = 5;
