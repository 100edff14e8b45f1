//! Names of people: what introduces or signs one in a text, and the answer to "what is your name?".
//!
//! A false name in a mail to staff is worse than none. So a word is a name where nothing else can follow ("my name is"), where it is a
//! given name, or where the visitor's own address has it.

use super::people::{self, is_particle, people};
use super::prose::{Token, tokens};

/// Longer ones are sentences.
const MAX_NAME_CHARS: usize = 60;
/// Of an answer; what is found in a text has fewer.
const MAX_WORDS: usize = 7;
const MAX_FOUND_WORDS: usize = 4;
/// A form's name fits a line.
const MAX_FIELD_CHARS: usize = 80;

/// A name in a text, and whether it was introduced as nothing but a name is.
#[derive(Debug, PartialEq, Eq)]
pub struct FoundName {
    pub name: String,
    pub sure: bool,
}

/// Finds "my name is ana" (sure), "I'm Ana López", "Best, Ana", "ana@acme.example Ana" (not quite). Gaps of the text stand for what was
/// read of it before; `local` is the visitor's address before the `@`.
pub fn find(text: &str, local: Option<&str>) -> Option<FoundName> {
    let text = straight(text);
    let tokens = tokens(&text);
    let local = local.map(crate::words::cues::fold);
    let finder = Finder { tokens: &tokens, local: local.as_deref() };
    let name = finder.introduced_surely().map(|name| FoundName { name, sure: true });
    name.or_else(|| {
        let name = finder.introduced().or_else(|| finder.signed()).or_else(|| finder.beside_contact())?;
        Some(FoundName { name, sure: false })
    })
}

struct Finder<'f> {
    tokens: &'f [Token<'f>],
    local: Option<&'f str>,
}

impl Finder<'_> {
    fn introduced_surely(&self) -> Option<String> {
        self.behind(true, |at| {
            let found = self.run(at, false);
            (!found.is_empty() && !found.iter().any(|token| people().is_trait(&token.folded) && found.len() == 1))
                .then(|| joined(found))
        })
    }

    fn introduced(&self) -> Option<String> {
        self.behind(false, |at| {
            let run = self.run(at, true);
            if self.is_believable(run) {
                return Some(joined(run));
            }
            // "soy ana, mi correo ana@acme.example"
            let run = self.run(at, false);
            let first = run.first().filter(|first| self.is_in_address(first) && !people().is_trait(&first.folded))?;
            let more = run[1..].iter().take_while(|token| self.is_in_address(token)).count();
            let _ = first;
            Some(joined(&run[..=more]))
        })
    }

    /// What the first phrase of introduction leads to that leads to anything.
    fn behind(&self, sure: bool, read: impl Fn(usize) -> Option<String>) -> Option<String> {
        let phrases = if sure { &people().name_sure } else { &people().name_maybe };
        (0..self.tokens.len()).find_map(|at| {
            let hit = phrases.at(self.tokens, at)?;
            // "company name: Acme", "my dog's name's Rex" name something else.
            let may_be_others = hit.is_label || self.tokens[at].folded == "name's";
            let is_own = !may_be_others || at == 0 || self.tokens[at - 1].ends_clause;
            let negated = self.tokens.get(hit.end).is_none_or(|next| people().negations.contains(&next.folded));
            if !is_own || negated || (self.tokens[hit.end - 1].ends_clause && !self.tokens[hit.end - 1].colon) {
                return None;
            }
            read(hit.end)
        })
    }

    /// "Best regards, Ana López" at a line's end.
    fn signed(&self) -> Option<String> {
        (0..self.tokens.len()).find_map(|at| {
            let begins = at == 0 || self.tokens[at - 1].ends_clause;
            let bare = people().sign_off_bare.at(self.tokens, at);
            let hit = people().sign_off.at(self.tokens, at).or(bare).filter(|_| begins)?;
            let is_closed =
                self.tokens[hit.end - 1].ends_clause || people().sign_off_bare.at(self.tokens, at).is_some();
            let run = self.run(hit.end, true);
            let behind = hit.end + run.len();
            let ends = self.tokens.get(behind - 1)?.ends_line || self.tokens.get(behind).is_none_or(|next| next.is_gap);
            (ends && is_closed && self.is_believable(run)).then(|| joined(run))
        })
    }

    /// "Ana López, ana@acme.example", "ana@acme.example Ana", "Ana here": a name that stands by itself beside where to reach it.
    fn beside_contact(&self) -> Option<String> {
        let has_contact = self.tokens.iter().any(|token| token.is_gap);
        let greeted = people().greeting.at(self.tokens, 0).map_or(0, |hit| hit.end);
        let first = self.tokens.iter().skip(greeted).position(|token| !token.is_gap)? + greeted;
        let run = self.run(first, true);
        let behind = first + run.len();
        let here = people().here.at(self.tokens, behind).is_some();
        // "Hi Ana, do you ship" greets somebody else.
        let ends =
            run.last().is_some_and(|last| last.ends_clause) || self.tokens.get(behind).is_none_or(|next| next.is_gap);
        if (here || (ends && has_contact && greeted == 0)) && self.is_believable(run) {
            return Some(joined(run));
        }
        if !has_contact {
            return None;
        }
        // Behind the contact, to the end.
        let last_gap = self.tokens.iter().rposition(|token| token.is_gap)?;
        let rest = &self.tokens[last_gap + 1..];
        let run = self.run(last_gap + 1, rest.first().is_some_and(Token::is_capital));
        let own = run.first().is_some_and(|first| self.is_in_address(first)) && !run.iter().any(|one| one.is_shouted());
        (run.len() == rest.len() && (own || self.is_believable(run)))
            .then(|| joined(run))
            .filter(|name| !name.is_empty())
    }

    /// The words from here that may be a name together.
    fn run(&self, start: usize, capitals: bool) -> &[Token<'_>] {
        let mut end = start;
        while let Some(token) = self.tokens.get(end).filter(|_| end - start < MAX_FOUND_WORDS) {
            let is_first = end == start;
            let is_said = people().is_small(&token.folded) || people().is_chatter(&token.folded);
            let is_known = token.is_capital() && people().is_given(&token.folded);
            let lower_behind_capital = !is_first && self.tokens[start].is_capital() && !token.is_capital();
            let stops = token.is_gap
                || !token.is_word_of_name()
                || (is_said && !is_known)
                || ((capitals || lower_behind_capital) && !token.is_capital())
                || (!is_first && people().name_after.at(self.tokens, end).is_some());
            if stops {
                break;
            }
            end += 1;
            if token.ends_clause {
                break;
            }
        }
        let run = &self.tokens[start.min(self.tokens.len())..end.min(self.tokens.len())];
        if run.iter().map(|token| token.raw.chars().count() + 1).sum::<usize>() > MAX_NAME_CHARS { &[] } else { run }
    }

    /// Whether words with a capital are a name rather than what somebody is: "I'm Ana", not "I'm British".
    fn is_believable(&self, run: &[Token<'_>]) -> bool {
        let Some(first) = run.first() else { return false };
        if self.is_in_address(first) && !people().is_trait(&first.folded) {
            return true;
        }
        if run.iter().any(|token| token.is_shouted()) {
            return false;
        }
        let others_are_traits = run[1..].iter().any(|token| people().is_trait(&token.folded));
        if people().titles.contains(&first.folded) {
            return run.len() > 1 && !others_are_traits;
        }
        let is_trait = people().is_trait(&first.folded);
        people().is_given(&first.folded) && !(is_trait && run.len() == 1) && !others_are_traits
    }

    /// Whether the visitor's own address has the word: `ana.lopez@…`.
    fn is_in_address(&self, token: &Token<'_>) -> bool {
        let Some(local) = self.local else { return false };
        token.folded.len() >= 2
            && !people().is_chatter(&token.folded)
            && local.split(|c: char| !c.is_alphabetic()).any(|part| {
                part == token.folded || (token.folded.len() >= 4 && part.starts_with(token.folded.as_str()))
            })
    }
}

/// An answer to "what is your name": the whole of it, without what introduces it.
pub fn parse(text: &str) -> Option<String> {
    if text.contains(['?', '¿', '？', '@', '<', '>']) || text.contains("://") {
        return None;
    }
    let text = straight(text);
    let tokens = tokens(&text);
    let finder = Finder { tokens: &tokens, local: None };
    if let Some(name) = finder.introduced_surely() {
        return Some(name);
    }
    let lead = (0..tokens.len().min(4)).find_map(|at| {
        let hit = people().name_maybe.at(&tokens, at)?;
        let is_first = tokens[..at].iter().all(|token| people().is_chatter(&token.folded));
        is_first.then_some(hit.end)
    });
    let greeted = people().greeting.at(&tokens, 0).filter(|hit| tokens[hit.end - 1].ends_clause).map(|hit| hit.end);
    let rest = &tokens[lead.or(greeted).unwrap_or(0)..];
    answer(rest, lead.is_some())
}

fn answer(tokens: &[Token<'_>], introduced: bool) -> Option<String> {
    let tokens = without_courtesies(tokens);
    let clause = tokens.iter().position(|token| token.ends_clause).map_or(tokens.len(), |at| at + 1);
    let (name, rest) = tokens.split_at(clause);
    let last = name.last()?;
    if rest.is_empty() {
        return is_answer(name, introduced).then(|| joined(name));
    }
    let is_name = |words: &[Token<'_>]| is_answer(words, introduced);
    // "Lopez, Ana": as lists have it.
    let one_clause = rest.iter().rev().skip(1).all(|token| !token.ends_clause);
    if last.comma && name.len() <= 2 && rest.len() <= 2 && one_clause && is_name(name) && is_name(rest) {
        let given_first = people().is_given(&name[0].folded) && !people().is_given(&rest[0].folded);
        return match (given_first, name.len()) {
            (true, 1) | (false, _) if given_first => Some(format!("{} {}", joined(name), joined(rest))),
            (false, 1) => Some(format!("{} {}", joined(rest), joined(name))),
            _ => Some(joined(name)),
        };
    }
    // "Ana, I need a bag", "Maria Lopez, Lumen Boutique": what stands first and is surely a name.
    let is_sure = people().is_given(&name[0].folded) || (name.len() > 1 && name.iter().all(Token::is_capital));
    (is_sure && is_name(name)).then(|| joined(name))
}

/// The answer without "sure," before and "thanks" behind it, and without what a name is followed by: "Ana here", "Ana from Madrid".
fn without_courtesies<'t, 'a>(tokens: &'t [Token<'a>]) -> &'t [Token<'a>] {
    let is_name = |token: &Token<'_>| token.is_capital() && people().is_given(&token.folded);
    let said = |token: &Token<'_>| people().is_chatter(&token.folded) && !is_name(token);
    let first = tokens.iter().position(|token| !said(token)).filter(|at| *at == 0 || tokens[at - 1].ends_clause);
    let tokens = &tokens[first.unwrap_or(0)..];
    let to_the_end = |hit: Option<people::Hit>| hit.is_some_and(|hit| hit.end == tokens.len());
    let lexicon = people();
    let closing =
        |at: &usize| to_the_end(lexicon.courtesy.at(tokens, *at)) || to_the_end(lexicon.sign_off.at(tokens, *at));
    let tokens = &tokens[..(1..tokens.len()).find(closing).unwrap_or(tokens.len())];
    let is_given = tokens.first().is_some_and(|first| people().is_given(&first.folded));
    let behind = (1..tokens.len()).find(|at| {
        let here = people().here.at(tokens, *at).is_some_and(|hit| hit.end == tokens.len());
        let after = people().name_after.at(tokens, *at);
        here || after.is_some_and(|hit| hit.end == tokens.len() || (is_given && !is_particle(&tokens[*at].folded)))
    });
    &tokens[..behind.unwrap_or(tokens.len())]
}

/// Whether the words name somebody who was asked for a name: anything but what people say instead.
fn is_answer(words: &[Token<'_>], introduced: bool) -> bool {
    let chars: usize = words.iter().map(|token| token.raw.chars().count() + 1).sum();
    if words.is_empty() || words.len() > MAX_WORDS || chars > MAX_NAME_CHARS || words.iter().any(|token| token.is_gap) {
        return false;
    }
    let first = &words[0];
    let is_given = people().is_given(&first.folded);
    let has_title = people().titles.contains(&first.folded) && words.len() > 1;
    let is_first = |at: usize| at == 0;
    for (at, word) in words.iter().enumerate() {
        let is_known = people().is_given(&word.folded) && word.is_capital();
        let is_within = !is_first(at) && is_particle(&word.folded);
        let is_ordinal = at + 1 == words.len() && at > 1 && words[at - 1].folded == "the";
        let is_the = word.folded == "the" && at + 2 == words.len() && at > 0;
        if is_the || is_ordinal {
            continue;
        }
        if !is_word(word, words) {
            return false;
        }
        let is_said = people().is_chatter(&word.folded) || people().is_small(&word.folded);
        // "An" may be somebody's name; "An order" is none.
        let may_be_name =
            (is_known && words.iter().all(Token::is_capital)) || (is_first(at) && is_given && words.len() > 1);
        if is_said && !is_within && !may_be_name || is_mashed(&word.folded) && !is_known {
            return false;
        }
    }
    if has_title || is_given {
        return !(introduced && words.len() == 1 && people().is_trait(&first.folded));
    }
    let is_lower = !words.iter().any(Token::is_capital);
    let is_shouted = words.iter().any(Token::is_shouted);
    let is_trait = |token: &Token<'_>| people().is_trait(&token.folded);
    if is_trait(first) || (is_lower && words.iter().any(is_trait)) {
        return false;
    }
    if is_shouted && (words.len() > 2 || words.iter().any(|word| people().ends_like_trait(&word.folded))) {
        return false;
    }
    let counted = words.iter().filter(|token| !is_particle(&token.folded)).count();
    // "I'm outside", "it's complicated".
    !(is_lower && (counted > 2 || introduced))
}

/// Letters; `A-12` and `3rd` only beside other words.
fn is_word(word: &Token<'_>, words: &[Token<'_>]) -> bool {
    // "name's" begins a sentence.
    let is_possessive = word.folded.ends_with("'s");
    let is_numbered = word.is_capital()
        && words.len() > 1
        && word.raw.len() <= 5
        && word.raw.chars().all(|c| c.is_alphanumeric() || c == '-')
        && words.iter().all(Token::is_capital);
    (word.is_word_of_name() && !is_possessive) || is_numbered
}

/// Keys pressed at random: "aaa", "hjkl".
fn is_mashed(folded: &str) -> bool {
    let chars: Vec<char> = folded.chars().collect();
    let repeated = chars.windows(3).any(|three| three[0] == three[1] && three[1] == three[2]);
    let latin = chars.iter().all(char::is_ascii_alphabetic);
    repeated || (latin && chars.len() >= 4 && !chars.iter().any(|c| "aeiouy".contains(*c)))
}

/// A form's name: anything with a letter that is no markup and fits a line.
pub fn parse_field(text: &str) -> Option<String> {
    let name = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let valid = name.chars().any(char::is_alphabetic)
        && name.chars().count() <= MAX_FIELD_CHARS
        && !name.chars().any(|c| c.is_control() || matches!(c, '<' | '>' | '@'));
    valid.then_some(name)
}

/// The words as a name: typed in small letters they get capitals, all others stay as they were typed.
fn joined(words: &[Token<'_>]) -> String {
    let is_lower = !words.iter().any(|word| word.raw.chars().any(char::is_uppercase));
    let cased = |(at, word): (usize, &Token<'_>)| match at > 0 && is_particle(&word.folded) {
        false if is_lower => crate::types::intent::capitalised(word.raw),
        _ => word.raw.to_owned(),
    };
    words.iter().enumerate().map(cased).collect::<Vec<_>>().join(" ")
}

fn straight(text: &str) -> String {
    text.replace(['’', '‘', '´', '`'], "'")
}

#[cfg(test)]
mod tests;
