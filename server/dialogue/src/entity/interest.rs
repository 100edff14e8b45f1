//! What an inquiry is worth: the quantity, the occasion, and whether it comes again.

use super::grammar;
use super::quantity;
use super::tokens::{Token, tokens};
use crate::types::value::{Interest, OccasionRule};

/// Reads what a text tells of it. `own` are the site's own occasions.
pub fn read(text: &str, language: &str, own: &[OccasionRule]) -> Interest {
    let tokens = tokens(text);
    let mut interest = Interest { quantity: quantity::find(text, language), ..Interest::default() };
    for grammar in grammar::own_first(language) {
        let mut at = 0;
        let is_known = !interest.occasions.is_empty();
        while at < tokens.len() {
            let is_denied = grammar.not.before(&tokens, at).is_some()
                || at > 0
                    && grammar.small.at(&tokens, at - 1).is_some()
                    && grammar.not.before(&tokens, at - 1).is_some()
                || at > 1
                    && (at - 2..at).all(|at| grammar.small.at(&tokens, at).is_some())
                    && grammar.not.before(&tokens, at - 2).is_some();
            if !is_denied {
                interest.repeat |= grammar.value.repeat.at(&tokens, at).is_some();
            }
            match grammar.value.occasions.at(&tokens, at) {
                Some((name, len)) if !is_known && !is_denied => {
                    note(&mut interest.occasions, name);
                    at += len;
                }
                _ => at += 1,
            }
        }
    }
    for rule in own.iter().filter(|rule| rule.words.iter().any(|words| holds(&tokens, words))) {
        note(&mut interest.occasions, &rule.name);
    }
    interest
}

/// What staff who read a language call a known occasion.
pub fn label<'a>(occasion: &'a str, language: &str) -> &'a str {
    let known = grammar::own_first(language).next();
    known.and_then(|grammar| grammar.value.labels.get(occasion)).map_or(occasion, String::as_str)
}

fn note(occasions: &mut Vec<String>, name: &str) {
    if !occasions.iter().any(|known| known == name) {
        occasions.push(name.to_owned());
    }
}

fn holds(text: &[Token], words: &str) -> bool {
    let words = tokens(words);
    !words.is_empty()
        && text.windows(words.len()).any(|here| here.iter().zip(&words).all(|(token, word)| token.text == word.text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn occasions_and_regular_orders_are_heard_in_each_language() {
        let rows = [
            ("I want 300 candles for a wedding", "en", "wedding"),
            ("gifts for our clients this christmas", "en", "corporate_gifts christmas"),
            ("we run a small hotel", "en", "hotel"),
            ("I'd like to sell in my shop", "en", "resale"),
            ("it is not for a wedding", "en", ""),
            ("we order every month", "en", "again"),
            ("I ordered before", "en", "again"),
            ("can you come in a week", "en", ""),
            ("don't send it again", "en", ""),
            ("es para una boda", "es", "wedding"),
            ("regalos de empresa, todos los meses", "es", "corporate_gifts again"),
            ("para un bautizo", "es", "baptism"),
            ("für unsere Hochzeit", "de", "wedding"),
            ("Kundengeschenke, jeden Monat", "de", "corporate_gifts again"),
            ("zum Wiederverkauf", "de", "resale"),
            ("pour un mariage", "fr", "wedding"),
            ("cadeaux d'entreprise tous les mois", "fr", "corporate_gifts again"),
            ("per un matrimonio", "it", "wedding"),
            ("regali aziendali, ogni mese", "it", "corporate_gifts again"),
            ("para um casamento", "pt", "wedding"),
            ("brindes corporativos todo mês", "pt", "corporate_gifts again"),
            ("para una boda", "en", "wedding"),
            ("for my yoga retreat", "en", "yoga studio"),
        ];
        let own = [OccasionRule { name: "yoga studio".into(), points: 10, words: vec!["yoga retreat".into()] }];
        let read = |text: &str, tag: &str| {
            let interest = read(text, tag, &own);
            let again = interest.repeat.then(|| "again".to_owned());
            interest.occasions.into_iter().chain(again).collect::<Vec<_>>().join(" ")
        };
        let wrong: Vec<String> = rows
            .iter()
            .filter(|(text, tag, expected)| read(text, tag) != *expected)
            .map(|(text, tag, expected)| format!("{text} in {tag} is {expected:?}, not {:?}", read(text, tag)))
            .collect();

        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}
