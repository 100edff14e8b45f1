//! How people talk in a chat: the small words of each language, and what they tell of a message.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::LazyLock;

use regex::Regex;
use serde::Deserialize;

use super::cues::{Heard, fold, fold_whole};

const FILES: [(&str, &str); 6] = [
    ("en", include_str!("talk/en.toml")),
    ("es", include_str!("talk/es.toml")),
    ("pt", include_str!("talk/pt.toml")),
    ("fr", include_str!("talk/fr.toml")),
    ("de", include_str!("talk/de.toml")),
    ("it", include_str!("talk/it.toml")),
];

/// Fewer words may be a name, a place or a loan: they are no evidence of a language.
const MIN_WORDS: usize = 3;
const MIN_COMMON: usize = 2;

/// The shortest number that is meant to be called.
const MIN_PHONE_DIGITS: usize = 5;

/// Names of people and of most businesses are shorter than this.
const SENTENCE_WORDS: usize = 7;

/// A word list of a language, as its file has it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    common: Vec<String>,
    deny: Vec<String>,
    affirm: Vec<String>,
    follow: Vec<String>,
    there: Vec<String>,
    received: Vec<String>,
    insult: Vec<String>,
    opens: Vec<String>,
    contact: Vec<String>,
    tell: Vec<String>,
    /// What languages are called in this one, by tag.
    languages: HashMap<String, String>,
}

/// The words of all languages at once: people mix them.
struct Talk {
    /// A word, and a bit for each language that it is common in.
    common: HashMap<String, u8>,
    deny: Regex,
    affirm: Regex,
    follow: Regex,
    there: HashSet<String>,
    received: HashSet<String>,
    insult: Regex,
    opens: HashSet<String>,
    contact: HashSet<String>,
    tell: Regex,
    /// By the tag of the language that is spoken.
    names: HashMap<&'static str, HashMap<String, String>>,
}

static TALK: LazyLock<Talk> = LazyLock::new(|| {
    let files: Vec<File> = FILES
        .iter()
        .map(|(_, text)| toml::from_str(text).expect("a word file is part of the program and read by its tests"))
        .collect();
    let all =
        |pick: fn(&File) -> &Vec<String>| files.iter().flat_map(pick).map(|word| fold(word)).collect::<BTreeSet<_>>();
    let set = |pick: fn(&File) -> &Vec<String>| all(pick).iter().map(|word| fold_whole(word)).collect();
    let within = |pick| pattern(r"(?:^|[^a-z0-9'])(", &all(pick), r")(?:$|[^a-z0-9])");
    let mut common: HashMap<String, u8> = HashMap::new();
    for (at, file) in files.iter().enumerate() {
        for word in &file.common {
            *common.entry(fold(word)).or_default() |= 1 << at;
        }
    }
    Talk {
        common,
        deny: within(|file| &file.deny),
        affirm: within(|file| &file.affirm),
        follow: pattern(r"^[^a-z0-9]*(", &all(|file| &file.follow), r")(?:$|[^a-z0-9'])"),
        there: set(|file| &file.there),
        received: set(|file| &file.received),
        insult: within(|file| &file.insult),
        opens: set(|file| &file.opens),
        contact: set(|file| &file.contact),
        tell: within(|file| &file.tell),
        names: FILES.iter().zip(&files).map(|((tag, _), file)| (*tag, file.languages.clone())).collect(),
    }
});

/// The words as alternatives, the longest first; a `*` at the end stands for any more letters.
fn pattern(before: &str, words: &BTreeSet<String>, after: &str) -> Regex {
    let mut words: Vec<&String> = words.iter().collect();
    words.sort_by_key(|word| std::cmp::Reverse(word.len()));
    let words: Vec<String> = words.iter().map(|word| regex::escape(word).replace(r"\*", "[a-z]*")).collect();
    Regex::new(&format!("{before}{}{after}", words.join("|"))).expect("built from word lists that the tests read")
}

/// Compiles the patterns that the first message would otherwise wait for.
pub fn prepare() {
    LazyLock::force(&TALK);
}

/// Whether a word says nothing of what a message is about.
pub fn is_common(word: &str) -> bool {
    TALK.common.contains_key(word)
}

/// What a reply says that asks the visitor to tell something: `tell us`.
pub fn asks_to_tell(reply: &str) -> Option<String> {
    let folded = fold(reply);
    TALK.tell.captures(&folded).map(|hit| hit[1].to_owned())
}

/// What a language is called in another: `Englisch`.
pub fn name_of(language: &str, spoken: &str) -> Option<&'static str> {
    TALK.names.get(spoken)?.get(language).map(String::as_str)
}

/// Splits a folded text so that each clause is denied or wished as a whole; `None` where nothing is denied.
pub fn denial(folded: &str) -> Option<Denial> {
    let mut denial = Denial::default();
    let mut rest = folded;
    while let Some(hit) = TALK.deny.captures(rest).and_then(|hit| hit.get(1)) {
        let is_end = |c: char| matches!(c, ',' | '.' | ';' | '!' | '?' | '\n' | ':' | '(' | ')');
        let start = rest[..hit.start()].rfind(is_end).map_or(0, |at| at + 1);
        let tail = &rest[hit.end()..];
        let stop = tail.find(is_end).unwrap_or(tail.len());
        let turn = TALK.affirm.captures(&tail[..stop]).and_then(|hit| hit.get(1)).map_or(stop, |hit| hit.start());
        let end = hit.end() + turn;
        denial.affirmed.push_str(&rest[..start]);
        denial.denied.push_str(&rest[start..end]);
        denial.denied.push(' ');
        rest = &rest[end..];
    }
    denial.affirmed.push_str(rest);
    (!denial.denied.is_empty()).then_some(denial)
}

/// A message in two halves.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Denial {
    /// What the visitor does not want.
    pub denied: String,
    /// What is left.
    pub affirmed: String,
}

/// The words of a folded text that say what it is about.
pub fn content(folded: &str) -> impl Iterator<Item = &str> {
    words(folded).filter(|word| word.chars().count() >= 3 && !is_common(word))
}

fn words(folded: &str) -> impl Iterator<Item = &str> {
    folded
        .split(|c: char| !(c.is_alphanumeric() || matches!(c, '\'' | '-')))
        .map(|word| word.trim_matches(['\'', '-']))
        .filter(|word| !word.is_empty())
}

impl Heard {
    /// The language that the message is surely written in: enough words, more of them common in it than in any other.
    pub fn language(&self) -> Option<&'static str> {
        let counts = self.common_words();
        let (best, most) = counts.iter().enumerate().max_by_key(|(at, count)| (**count, std::cmp::Reverse(*at)))?;
        let is_alone = counts.iter().enumerate().all(|(at, count)| at == best || count < most);
        (*most >= MIN_COMMON && is_alone && words(self.folded()).count() >= MIN_WORDS).then(|| FILES[best].0)
    }

    /// Whether a word of the message is common in this language, or the program knows too little of it to say.
    pub fn may_be_in(&self, language: &str) -> bool {
        let at = FILES.iter().position(|(tag, _)| *tag == language);
        at.is_none_or(|at| self.common_words()[at] > 0)
    }

    fn common_words(&self) -> [usize; FILES.len()] {
        let mut counts = [0; FILES.len()];
        for word in words(self.folded()) {
            let languages = TALK.common.get(word).copied().unwrap_or_default();
            for (at, count) in counts.iter_mut().enumerate() {
                *count += usize::from(languages >> at & 1);
            }
        }
        counts
    }

    /// Nothing that an intent could be found in: no letters, or one, or a yes, a no, a stop by itself.
    pub fn is_small(&self) -> bool {
        let letters = self.whole().chars().filter(|c| c.is_alphabetic()).count();
        let is_bare = letters == 0 || (letters == 1 && self.whole().is_ascii());
        is_bare || self.is_plain_answer()
    }

    /// A yes, a no, "rather not", "stop".
    pub fn is_plain_answer(&self) -> bool {
        self.is_yes() || self.is_no() || self.is_refusal() || self.is_cancel() || self.repeats_yes_or_no()
    }

    /// "?", by itself: nobody has answered, or the answer was no use.
    pub fn is_question_mark(&self) -> bool {
        self.is_mark() && self.folded().contains('?')
    }

    /// Digits enough for a phone number, and no letters.
    pub fn is_number(&self) -> bool {
        let digits = self.folded().chars().filter(|c| c.is_numeric()).count();
        digits >= MIN_PHONE_DIGITS && !self.folded().contains(char::is_alphabetic)
    }

    /// Too few words to hold more than a mood.
    pub fn is_short(&self) -> bool {
        self.word_count() <= 4
    }

    /// How many words it has.
    pub fn word_count(&self) -> usize {
        words(self.folded()).count()
    }

    /// No letters and no digits at all.
    pub fn is_mark(&self) -> bool {
        !self.whole().chars().any(char::is_alphanumeric)
    }

    /// "and to Spain?"
    pub fn follows_up(&self) -> bool {
        TALK.follow.is_match(self.folded()) && words(self.folded()).count() <= SENTENCE_WORDS
    }

    /// "u there?"
    pub fn asks_who_is_there(&self) -> bool {
        TALK.there.contains(self.whole())
    }

    /// "did you get it?"
    pub fn asks_whether_received(&self) -> bool {
        TALK.received.contains(self.whole())
    }

    /// Anger at us, in words or in a face.
    pub fn is_insult(&self) -> bool {
        self.folded().contains(['😡', '🤬', '😠', '🖕', '👎']) || TALK.insult.is_match(self.folded())
    }

    /// Whether it begins or runs on as sentences do, and so is no name of a person or a business.
    pub fn is_sentence(&self) -> bool {
        let mut words = words(self.folded());
        let opens = words.next().is_some_and(|first| TALK.opens.contains(first));
        let more = words.count();
        (opens && more > 0) || more + 1 >= SENTENCE_WORDS || self.is_question()
    }

    /// How many words there are that neither introduce a detail nor are one of these values.
    pub fn words_beyond(&self, values: &[String]) -> usize {
        let known: Vec<String> = values.iter().map(|value| fold(value)).collect();
        let is_known = |word: &str| known.iter().any(|value| words(value).any(|part| part == word));
        let has_number = values.iter().any(|value| value.bytes().any(|byte| byte.is_ascii_digit()));
        let is_content = |word: &&str| {
            let letters = word.chars().filter(|c| c.is_alphabetic()).count();
            let digits = word.chars().filter(char::is_ascii_digit).count();
            let says = if digits > 0 { !has_number && digits <= 5 } else { letters >= 2 };
            says && !is_common(word) && !TALK.contact.contains(*word) && !is_known(word)
        };
        let typed = self.folded().split(' ').filter(|word| !word.contains('@'));
        typed.flat_map(words).filter(is_content).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn halves(text: &str) -> Option<(String, String)> {
        let denial = denial(&fold(text))?;
        Some((denial.denied.trim().to_owned(), denial.affirmed.trim().to_owned()))
    }

    #[test]
    fn what_is_denied_is_told_from_what_is_wished() {
        let both = |denied: &str, affirmed: &str| Some((denied.to_owned(), affirmed.to_owned()));
        assert_eq!(halves("please don't cancel my order"), both("please don't cancel my order", ""));
        assert_eq!(halves("i dont want a refund i want a new one"), both("i dont want a refund", "i want a new one"));
        assert_eq!(halves("not a complaint, just a question"), both("not a complaint", ", just a question"));
        assert_eq!(
            halves("no quiero cancelar el pedido, solo cambiar la dirección"),
            both("no quiero cancelar el pedido", ", solo cambiar la direccion")
        );
        assert_eq!(halves("no estoy interesado en mayoristas"), both("no estoy interesado en mayoristas", ""));
        assert_eq!(
            halves("ich möchte meine Bestellung nicht stornieren"),
            both("ich mochte meine bestellung nicht stornieren", "")
        );
        assert_eq!(halves("je ne veux pas annuler"), both("je ne veux pas annuler", ""));
        assert_eq!(
            halves("non voglio un rimborso, voglio un cambio"),
            both("non voglio un rimborso", ", voglio un cambio")
        );
        assert_eq!(halves("não quero cancelar"), both("nao quero cancelar", ""));
        for fact in
            ["i never got a refund", "my gift card doesnt work", "no me llega el codigo", "refund still not here"]
        {
            assert_eq!(halves(fact), None, "{fact}");
        }
    }

    #[test]
    fn a_language_is_told_by_enough_of_its_words() {
        let language = |text: &str| Heard::new(text).language();
        assert_eq!(language("Hallo, wie lange dauert der Versand nach Berlin?"), Some("de"));
        assert_eq!(language("hola! do you have this in blue?"), Some("en"));
        assert_eq!(language("hay delivery a mi casa"), Some("es"));
        assert_eq!(language("je voudrais savoir quand vous êtes ouverts"), Some("fr"));
        assert_eq!(language("quanto costa la spedizione in Italia"), Some("it"));
        assert_eq!(language("quanto custa o envio para o Brasil"), Some("pt"));
        for word in ["no", "a", "Juan Carlos", "Regalos Pérez", "bizum?", "500", "stop", "madrid"] {
            assert_eq!(language(word), None, "{word}");
        }
    }

    #[test]
    fn small_words_hold_no_intent() {
        for text in ["?", "👍", "no", "No.", "no no", "ok", "a", "si", "500", "stop", "😡😡😡"] {
            assert!(Heard::new(text).is_small(), "{text}");
        }
        for text in ["visa", "price??", "madrid", "ok thx bye"] {
            assert!(!Heard::new(text).is_small(), "{text}");
        }
    }

    #[test]
    fn what_is_more_than_the_details_is_counted() {
        let beyond = |text: &str, values: &[&str]| {
            Heard::new(text).words_beyond(&values.iter().map(|value| (*value).to_owned()).collect::<Vec<_>>())
        };
        assert_eq!(beyond("my email is ana@acme.example", &["ana@acme.example"]), 0);
        assert_eq!(beyond("I'm Ana López, ana@acme.example", &["ana@acme.example", "Ana López"]), 0);
        assert!(beyond("I want 300 candles for a wedding, ana@acme.example", &["ana@acme.example"]) >= 2);
        assert!(beyond("hi there, the zip on the purse I bought sticks. ana@example.com", &["ana@example.com"]) >= 2);
    }
}
