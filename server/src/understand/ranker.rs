//! What a message means: in which language it is, which parts it has, and which intent each is about.

use sidedoor_dialogue::{Candidate, Part, Ranking, locale};
use sidedoor_matcher::{Matcher, text};

use super::pieces::{Joint, Piece, pieces};
use super::words::{LanguageWords, is_small, words_of};

/// Raised whenever messages rank in another way: tests that passed before are tried again.
pub const VERSION: u32 = 2;

/// Shorter pieces ("hola!", "ok.") carry no question of their own.
const FEWEST_LETTERS: usize = 8;
/// So far above its threshold, a language leaves no doubt, and the others need not be asked.
const SURE: f32 = 0.2;
/// So far above its threshold must each side of a comma or a bare "and" be, to be a question of its own.
const SURE_APART: f32 = 0.05;
/// So much better with the words of denial than without them fits an example that was taught with them.
const TAUGHT: f32 = 0.05;
/// Such a share of the threshold is enough for an intent of the family that was just spoken of.
const POINTED: f32 = 0.6;
/// So many words of a language must be written before it is taken for the message's.
const FEWEST_WORDS: usize = 2;
/// What people say around their question, by the intents' reserved names: not a question of its own beside another.
const PLEASANTRIES: [&str; 4] = ["greeting", "thanks", "goodbye", "compliment"];

/// A language's matcher, by its tag.
pub type Spoken<'a> = (&'a str, &'a Matcher);

/// All that is asked about one message.
pub struct Ranker<'a> {
    /// The site's languages.
    pub languages: &'a [Spoken<'a>],
    /// The one that the visitor is best served in, as far as the browser's setting tells.
    pub own: Option<&'a str>,
    /// A ranking of the whole message in this language that a slower encoder has made.
    pub thorough: &'a dyn Fn(&str) -> Option<sidedoor_matcher::Ranking>,
}

impl Ranker<'_> {
    /// How `typed` is understood.
    ///
    /// The language is taken from the words where enough of them tell it, else it stays open ([`Ranking::locale`] is
    /// `None`) and the visitor's own is asked first. Of several questions each is ranked; what is denied is not.
    pub fn rank(&self, typed: &str) -> Ranking {
        if is_small(typed) {
            return Ranking::default();
        }
        let spoken = self.spoken(typed);
        let whole = self.ranked(typed, spoken, true);
        let Some(words) = spoken.or(self.own).and_then(LanguageWords::of) else { return whole };
        let pieces = pieces(typed, words);
        if let [only] = &pieces[..]
            && !only.denied
        {
            return whole;
        }
        self.composed(typed, whole, &pieces, spoken, words)
    }

    /// The language that the words themselves tell, where they do.
    pub fn spoken(&self, typed: &str) -> Option<&str> {
        let folded = text::fold(typed);
        let mut words: Vec<&str> = text::words(&folded).filter(|word| is_telling(word)).collect();
        words.sort_unstable();
        words.dedup();
        let knows = |(tag, matcher): &Spoken<'_>, word: &str| {
            matcher.known_words(word) > 0 || LanguageWords::of(tag).is_some_and(|words| words.is_common(word))
        };
        let count = |spoken: &Spoken<'_>| words.iter().filter(|word| knows(spoken, word)).count();
        let own = self.languages.iter().find(|(tag, _)| Some(*tag) == self.own);
        let in_own = own.map_or(0, count);
        let (most, tag) = self
            .languages
            .iter()
            .filter(|(tag, _)| Some(*tag) != self.own)
            .map(|spoken| {
                let beyond =
                    words.iter().filter(|word| knows(spoken, word) && !own.is_some_and(|own| knows(own, word)));
                if beyond.count() >= FEWEST_WORDS { (count(spoken), spoken.0) } else { (0, spoken.0) }
            })
            .fold((0, ""), |best, next| if next.0 > best.0 { next } else { best });
        if most > in_own {
            return Some(tag);
        }
        own.filter(|_| in_own >= FEWEST_WORDS).map(|(tag, _)| *tag)
    }

    /// The message with its parts put together.
    fn composed(
        &self,
        typed: &str,
        whole: Ranking,
        pieces: &[Piece<'_>],
        spoken: Option<&str>,
        words: &LanguageWords,
    ) -> Ranking {
        let mut parts: Vec<(Part, bool)> = Vec::new();
        let mut denied: Vec<String> = Vec::new();
        for group in pieces.chunk_by(|_, next| next.joint == Joint::Loose && !next.denied) {
            let text = covered(typed, group);
            if group[0].denied {
                let ranking = self.ranked(text, spoken, false);
                if let Some(intent) = self.denied(text, &ranking, spoken, words) {
                    denied.push(intent);
                    parts.push((Part { text: text.to_owned(), ranking, denied: true }, false));
                    continue;
                }
            }
            for (text, asks) in self.apart(typed, group, spoken) {
                if asks && words_of(text).len() > 1
                    || text.chars().filter(|c| c.is_alphabetic()).count() >= FEWEST_LETTERS
                {
                    let ranking = self.in_context(text, parts.last().map(|(part, _)| part), spoken, words);
                    parts.push((Part { text: text.to_owned(), ranking, denied: false }, asks));
                }
            }
        }
        let is_said = |ranking: &Ranking| ranking.in_scope && !is_pleasantry(ranking);
        let understood = parts.iter().filter(|(part, _)| !part.denied && is_said(&part.ranking)).count();
        let affirmed = parts.iter().filter(|(part, _)| !part.denied).map(|(part, _)| &part.ranking);
        let mut ranking = if !denied.is_empty() {
            // What was denied is not what is meant, however like it the whole message looks.
            let mut ranking =
                affirmed.reduce(surer).cloned().unwrap_or_else(|| Ranking { in_scope: false, ..whole.clone() });
            ranking.candidates.retain(|candidate| !denied.contains(&candidate.intent));
            ranking.in_scope &= ranking.candidates.first().is_some_and(|best| best.score >= ranking.threshold);
            ranking
        } else if is_said(&whole) || understood == 0 && whole.in_scope {
            whole
        } else {
            affirmed.filter(|ranking| ranking.in_scope).reduce(surer).cloned().unwrap_or(whole)
        };
        if ranking.locale.is_none() {
            ranking.locale = spoken.map(str::to_owned);
        }
        // A question that is not understood is a part beside one that is, so that it can be said.
        parts.retain(|(part, asks)| part.denied || is_said(&part.ranking) || *asks && !part.ranking.in_scope);
        let mut parts: Vec<Part> = parts.into_iter().map(|(part, _)| part).collect();
        parts.dedup_by(|next, part| part.denied == next.denied && same_intent(&part.ranking, &next.ranking));
        let several = understood > 0 && parts.len() > 1;
        ranking.parts = if several || parts.iter().any(|part| part.denied) { parts } else { Vec::new() };
        ranking
    }

    /// The intent that a piece denies: the one that it would be about without the words of denial. Where an example was taught
    /// with them ("i don't want it any more"), they are part of what is meant.
    fn denied(&self, typed: &str, with: &Ranking, spoken: Option<&str>, words: &LanguageWords) -> Option<String> {
        let without = without_denial(typed, words);
        let ranking = self.ranked(&without, spoken, false);
        let best = ranking.candidates.first().filter(|_| ranking.in_scope)?;
        // With the denial it is another intent, or more surely this one: then the denial was taught.
        let taught = with
            .candidates
            .first()
            .filter(|_| with.in_scope)
            .is_some_and(|taught| taught.intent != best.intent || taught.score > best.score + TAUGHT);
        (!taught).then(|| best.intent.clone())
    }

    /// A group of pieces between which stand commas and bare "and"s, cut only where each side is surely understood and about
    /// something else.
    fn apart<'t>(&self, typed: &'t str, group: &[Piece<'t>], spoken: Option<&str>) -> Vec<(&'t str, bool)> {
        let mut found = Vec::new();
        let mut rest = group;
        for at in 1..group.len() {
            let from = group.len() - rest.len();
            let (left, right) = (covered(typed, &group[from..at]), covered(typed, &group[at..]));
            if words_of(left).len() < 2 || words_of(right).len() < 2 {
                continue;
            }
            let (a, b) = (self.ranked(left, spoken, false), self.ranked(right, spoken, false));
            let is_sure = |ranking: &Ranking| !is_pleasantry(ranking) && margin(ranking) >= SURE_APART;
            if is_sure(&a) && is_sure(&b) && !same_intent(&a, &b) {
                found.push((left, group[from].asks));
                rest = &group[at..];
            }
        }
        found.push((covered(typed, rest), rest.iter().any(|piece| piece.asks)));
        found
    }

    /// A part's ranking. One that points back ("how much is it") is read together with the part before: where both come nearest to
    /// another intent of that one's family, `shipping.cost` after `shipping.area`, that is meant.
    fn in_context(&self, typed: &str, before: Option<&Part>, spoken: Option<&str>, words: &LanguageWords) -> Ranking {
        let alone = self.ranked(typed, spoken, false);
        let Some(before) = before.filter(|part| !part.denied && part.ranking.in_scope) else { return alone };
        let said = words_of(typed);
        if said.len() > FEWEST_WORDS && !words.points_back(&said) {
            return alone;
        }
        let Some(topic) = before.ranking.candidates.first().map(|best| best.intent.as_str()) else { return alone };
        let mut together = self.ranked(&format!("{} {typed}", before.text), spoken, false);
        together.candidates.retain(|candidate| candidate.intent != topic);
        let is_near = |candidate: &Candidate| {
            family(&candidate.intent) == family(topic) && candidate.score >= together.threshold * POINTED
        };
        together.in_scope = together.candidates.first().is_some_and(is_near);
        if together.in_scope { together } else { alone }
    }

    /// How a stretch of text ranks; `whole` where a slower encoder may have been asked.
    fn ranked(&self, typed: &str, spoken: Option<&str>, whole: bool) -> Ranking {
        let first = spoken.or(self.own);
        let of = |(tag, matcher): &Spoken<'_>| {
            let ranked = if whole { (self.thorough)(tag) } else { None };
            ranking(ranked.unwrap_or_else(|| matcher.rank(typed)), spoken)
        };
        let in_first = self.languages.iter().find(|(tag, _)| Some(*tag) == first).map(of);
        if in_first.as_ref().is_some_and(|ranking| ranking.in_scope && (spoken.is_some() || margin(ranking) >= SURE)) {
            return in_first.unwrap_or_default();
        }
        if !typed.chars().any(char::is_alphabetic) {
            return in_first.unwrap_or_default();
        }
        // The words tell no language, or not enough: a language that knows each of them is asked as well.
        let all = text::words(&text::fold(typed)).count();
        let others = self.languages.iter().filter(|(tag, matcher)| {
            let is_asked = match spoken {
                Some(_) => Some(*tag) == self.own,
                None => matcher.known_words(typed) == all,
            };
            is_asked && Some(*tag) != first
        });
        others.map(of).filter(|ranking| ranking.in_scope).chain(in_first).reduce(surer_of_two).unwrap_or_default()
    }
}

/// The surer of two; of equals, the first.
fn surer<'r>(best: &'r Ranking, next: &'r Ranking) -> &'r Ranking {
    if sureness(next) > sureness(best) { next } else { best }
}

fn surer_of_two(best: Ranking, next: Ranking) -> Ranking {
    if sureness(&next) > sureness(&best) { next } else { best }
}

/// Understood before not understood, a question before a pleasantry, then the distance from the threshold.
fn sureness(ranking: &Ranking) -> (bool, bool, f32) {
    (ranking.in_scope, !is_pleasantry(ranking), margin(ranking))
}

fn margin(ranking: &Ranking) -> f32 {
    ranking.candidates.first().map_or(f32::MIN, |best| best.score - ranking.threshold)
}

fn same_intent(a: &Ranking, b: &Ranking) -> bool {
    let best = |ranking: &Ranking| ranking.candidates.first().map(|best| best.intent.clone());
    a.in_scope && b.in_scope && best(a) == best(b)
}

fn is_pleasantry(ranking: &Ranking) -> bool {
    let best = ranking.candidates.first().filter(|_| ranking.in_scope);
    best.is_some_and(|best| PLEASANTRIES.contains(&best.intent.as_str()))
}

/// `shipping` of `shipping.cost`.
fn family(intent: &str) -> &str {
    intent.split('.').next().unwrap_or(intent)
}

/// Names, places and products are in no language: a word must have two letters at least.
fn is_telling(word: &str) -> bool {
    word.chars().all(char::is_alphabetic) && word.chars().nth(1).is_some()
}

/// The stretch of the message from the first of these pieces to the last.
fn covered<'t>(typed: &'t str, pieces: &[Piece<'t>]) -> &'t str {
    let place = |part: &str| part.as_ptr() as usize - typed.as_ptr() as usize;
    match pieces {
        [] => "",
        [first, .., last] => &typed[place(first.text)..place(last.text) + last.text.len()],
        [only] => only.text,
    }
}

fn without_denial(typed: &str, language: &LanguageWords) -> String {
    let words = words_of(typed);
    let mut kept = String::with_capacity(typed.len());
    let mut at = 0;
    while at < words.len() {
        let denial = language.denial(&words[at..], at == 0);
        if denial > 0 {
            at += denial;
            continue;
        }
        if !kept.is_empty() {
            kept.push(' ');
        }
        kept.push_str(&typed[words[at].place.clone()]);
        at += 1;
    }
    kept
}

fn ranking(ranking: sidedoor_matcher::Ranking, spoken: Option<&str>) -> Ranking {
    let candidate = |candidate: &sidedoor_matcher::Candidate| Candidate {
        intent: candidate.intent.to_string(),
        score: candidate.score,
    };
    Ranking {
        candidates: ranking.candidates.iter().map(candidate).collect(),
        threshold: ranking.threshold,
        in_scope: ranking.in_scope,
        locale: spoken.map(str::to_owned),
        parts: Vec::new(),
    }
}

/// The language of the site's that a visitor of this locale is best served in.
pub fn best_served<'a>(languages: &[Spoken<'a>], visitor: &str, site: &str) -> Option<&'a str> {
    locale::chain(visitor, site)
        .find_map(|tag| languages.iter().find(|(known, _)| locale::same(known, tag)).map(|(known, _)| *known))
}

#[cfg(test)]
mod tests;
