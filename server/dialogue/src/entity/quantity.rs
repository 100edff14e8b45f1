//! How many of what: "300 candles", "for 80 guests", "50 pcs".

use super::currency;
use super::grammar::{self, Grammar};
use super::number;
use super::tokens::{Kind, Token, tokens};
use crate::types::value::Quantity;

/// What nobody counts in the hundreds of thousands is an article number.
const MAX_COUNT: f64 = 1_000_000.0;
/// Fewer of a thing that no grammar names are in every second message.
const MIN_COUNT_OF_ANYTHING: u32 = 10;
/// Adjectives that may stand between a number and its noun.
const MAX_ADJECTIVES: usize = 2;

/// The largest quantity that a text names.
pub fn find(text: &str, language: &str) -> Option<Quantity> {
    let tokens = tokens(text);
    grammar::own_first(language).find_map(|grammar| {
        let counter = Counter { tokens: &tokens, grammar };
        let mut largest: Option<(u32, usize, usize)> = None;
        let mut at = 0;
        while at < tokens.len() {
            let Some((count, end)) = counter.at(at) else {
                at += 1;
                continue;
            };
            if largest.is_none_or(|largest| count > largest.0) {
                largest = Some((count, at, end));
            }
            at = end;
        }
        let (count, start, end) = largest?;
        Some(Quantity { count, text: text[tokens[start].span.start..tokens[end - 1].span.end].to_owned() })
    })
}

struct Counter<'a> {
    tokens: &'a [Token],
    grammar: &'a Grammar,
}

impl Counter<'_> {
    /// The quantity that begins at a token, and where it ends.
    fn at(&self, start: usize) -> Option<(u32, usize)> {
        let before = start.checked_sub(1).map(|at| &self.tokens[at]);
        let is_free = before.is_none_or(|before| {
            before.kind != Kind::Number
                && !matches!(before.text.as_str(), "#" | "№" | "+" | "-" | ":" | "/")
                && currency::of_sign(&before.text).is_none()
                && (!self.tokens[start].glued || before.kind == Kind::Sign)
        });
        if !is_free || self.grammar.not.before(self.tokens, start).is_some() {
            return None;
        }
        let number = number::at(self.tokens, start, self.grammar)?;
        let mut end = start + number.len;
        let mut value = number.value;
        // "200-300 candles": as many as they may want.
        if self.tokens.get(end).is_some_and(|token| token.is("-"))
            && let Some(high) = number::at(self.tokens, end + 1, self.grammar).filter(|high| high.value > value)
        {
            value = high.value;
            end += 1 + high.len;
        }
        if !(2.0..=MAX_COUNT).contains(&value) || value.fract() != 0.0 {
            return None;
        }
        let count = value as u32;
        if self.tokens.get(end).is_some_and(|token| matches!(token.text.as_str(), "x" | "×")) {
            end += 1;
        }
        Some((count, self.noun(end, count, start)?))
    }

    /// Where the noun behind a number ends, if it is one that is wanted.
    fn noun(&self, at: usize, count: u32, start: usize) -> Option<usize> {
        let value = &self.grammar.value;
        if let Some((_, len)) = value.units.at(self.tokens, at) {
            return Some(at + len + self.of_what(at + len));
        }
        if count < MIN_COUNT_OF_ANYTHING || !self.is_wanted(start) {
            return None;
        }
        let adjectives = if value.noun_last { MAX_ADJECTIVES } else { 0 };
        let mut end = None;
        for noun in at..=at + adjectives {
            let Some(token) = self.tokens.get(noun).filter(|token| token.kind == Kind::Word && !token.glued) else {
                break;
            };
            if self.is_no_noun(noun) {
                break;
            }
            if value.units.at(self.tokens, noun).is_some()
                || token.text.len() > 3 && value.plurals.iter().any(|ending| token.text.ends_with(ending.as_str()))
            {
                end = Some(noun + 1);
            }
        }
        end
    }

    /// "(50 boxes) of candles"
    fn of_what(&self, at: usize) -> usize {
        let of = self.tokens.get(at).is_some_and(|token| matches!(token.text.as_str(), "of" | "de" | "d" | "di"));
        let noun = self.tokens.get(at + 1).filter(|token| of && token.kind == Kind::Word && token.text.len() > 3);
        if noun.is_some() && self.grammar.small.at(self.tokens, at + 1).is_none() { 2 } else { 0 }
    }

    fn is_no_noun(&self, at: usize) -> bool {
        let is_other = |grammar: &Grammar| {
            grammar.value.not_units.at(self.tokens, at).is_some()
                || grammar.money.names.at(self.tokens, at).is_some()
                || grammar.dates.months.at(self.tokens, at).is_some()
                || grammar.dates.weekdays.at(self.tokens, at).is_some()
                || grammar.dates.near.at(self.tokens, at).is_some()
        };
        self.grammar.small.at(self.tokens, at).is_some()
            || currency::of_code(&self.tokens[at].text).is_some()
            || grammar::all().iter().any(is_other)
    }

    /// "I need … 300": a word of wanting stands before the number, in the same sentence, or nothing does.
    fn is_wanted(&self, at: usize) -> bool {
        /// Farther back it wants something else.
        const MAX_BACK: usize = 12;
        let sentence = (at.saturating_sub(MAX_BACK)..at).rev().find(|back| {
            let token = &self.tokens[*back];
            token.is(".") || token.is("!") || token.is("?") || token.is(";")
        });
        let start = sentence.map_or(at.saturating_sub(MAX_BACK), |end| end + 1);
        start == at || (start..at).any(|at| self.grammar.value.wants.at(self.tokens, at).is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wanted_is_counted_in_each_language() {
        let rows = [
            ("I want 300 candles for a wedding", "en", "300: 300 candles"),
            ("300 candles", "en", "300: 300 candles"),
            ("wholesale for about 200 candles", "en", "200: 200 candles"),
            ("we need 300 small scented candles", "en", "300: 300 small scented candles"),
            ("for 80 guests", "en", "80: 80 guests"),
            ("50 pcs", "en", "50: 50 pcs"),
            ("50pcs please", "en", "50: 50pcs"),
            ("two dozen boxes", "en", "24: two dozen boxes"),
            ("200-300 candles", "en", "300: 200-300 candles"),
            ("I'd like five hundred candles", "en", "500: five hundred candles"),
            ("50 boxes of soap", "en", "50: 50 boxes of soap"),
            ("1,000 units", "en", "1000: 1,000 units"),
            ("still waiting, its been 20 days", "en", "nothing"),
            ("I have 3 questions", "en", "nothing"),
            ("my order 10234 arrived", "en", "nothing"),
            ("$300 candles", "en", "nothing"),
            ("300 dollars", "en", "nothing"),
            ("come at 10", "en", "nothing"),
            ("on 25 december", "en", "nothing"),
            ("+1 202 555 0143 thanks", "en", "nothing"),
            ("for 20 minutes", "en", "nothing"),
            ("need 20 cm candle", "en", "nothing"),
            ("unas 200 velas", "es", "200: 200 velas"),
            ("necesito 150 velas para una boda", "es", "150: 150 velas"),
            ("para 80 personas", "es", "80: 80 personas"),
            ("50 uds", "es", "50: 50 uds"),
            ("quiero doscientas velas", "es", "200: doscientas velas"),
            ("llevo 15 días esperando", "es", "nothing"),
            ("200 Stück", "de", "200: 200 Stück"),
            ("wir brauchen 200 kleine Kerzen", "de", "200: 200 kleine Kerzen"),
            ("für 80 Gäste", "de", "80: 80 Gäste"),
            ("für 80 Gaeste", "de", "80: 80 Gaeste"),
            ("ich warte seit 20 Tagen", "de", "nothing"),
            ("pour 80 personnes", "fr", "80: 80 personnes"),
            ("je voudrais 200 bougies", "fr", "200: 200 bougies"),
            ("une commande de 50 coffrets", "fr", "50: 50 coffrets"),
            ("per 80 invitati", "it", "80: 80 invitati"),
            ("vorrei 200 candele", "it", "200: 200 candele"),
            ("para 80 convidados", "pt", "80: 80 convidados"),
            ("preciso de 200 velas", "pt", "200: 200 velas"),
            ("quiero 200 velas", "en", "200: 200 velas"),
        ];
        let read = |text: &str, tag: &str| {
            find(text, tag).map_or("nothing".to_owned(), |found| format!("{}: {}", found.count, found.text))
        };
        let wrong: Vec<String> = rows
            .iter()
            .filter(|(text, tag, expected)| read(text, tag) != *expected)
            .map(|(text, tag, expected)| format!("{text} in {tag} is {expected}, not {}", read(text, tag)))
            .collect();

        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}
