//! What visitors write that the dialogue understands by itself: yes, no, "I'd rather not", "a person, please".

use std::collections::HashSet;
use std::sync::LazyLock;

use regex::Regex;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::phrases::{self, Words};

/// Lower case, without accents, one kind of apostrophe and single spaces: how word lists are compared with what is typed.
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    let mut push = |c: char| match c {
        '’' | '‘' | '´' | '`' | 'ʼ' => folded.push('\''),
        c if c.is_whitespace() => {
            if !folded.is_empty() && !folded.ends_with(' ') {
                folded.push(' ');
            }
        }
        c => folded.extend(c.to_lowercase()),
    };
    if text.is_ascii() {
        text.chars().for_each(&mut push);
    } else {
        text.nfkd().filter(|c| !is_combining_mark(*c)).for_each(&mut push);
    }
    if folded.ends_with(' ') {
        folded.pop();
    }
    folded
}

/// A whole message as word lists hold it: folded, without punctuation around it.
pub fn fold_whole(text: &str) -> String {
    let folded = fold(text);
    let bare: String = folded.chars().filter(|c| !matches!(c, ',' | '!' | '.' | '?' | '¡' | '¿' | '"' | ';')).collect();
    bare.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The words as alternatives of a pattern, the longest first so that none hides another.
pub fn alternation(words: &[String]) -> String {
    let mut words: Vec<&String> = words.iter().collect();
    words.sort_by_key(|word| std::cmp::Reverse(word.len()));
    words.iter().map(|word| regex::escape(word)).collect::<Vec<_>>().join("|")
}

/// The words of all languages at once: people switch in mid-sentence.
struct Cues {
    yes: HashSet<String>,
    no: HashSet<String>,
    refuse: HashSet<String>,
    refuse_first: Regex,
    cancel: HashSet<String>,
    restart: HashSet<String>,
    human: HashSet<String>,
    human_within: Regex,
    urgent: Regex,
    correction: Regex,
    question: Regex,
}

static CUES: LazyLock<Cues> = LazyLock::new(|| {
    let of = |pick: fn(&Words) -> &Vec<String>| {
        phrases::languages()
            .iter()
            .flat_map(|language| pick(&language.words))
            .map(|word| fold(word))
            .collect::<Vec<_>>()
    };
    let set = |pick: fn(&Words) -> &Vec<String>| of(pick).iter().map(|word| fold_whole(word)).collect::<HashSet<_>>();
    let words = |words: Vec<String>| {
        Regex::new(&format!(r"(?:^|[^a-z0-9'])(?:{})(?:$|[^a-z0-9])", alternation(&words)))
            .expect("built from word lists that the tests read")
    };
    let beginning = |words: Vec<String>| {
        Regex::new(&format!(r"^[^a-z0-9]*(?:{})(?:$|[^a-z0-9])", alternation(&words)))
            .expect("built from word lists that the tests read")
    };
    Cues {
        yes: set(|words| &words.yes),
        no: set(|words| &words.no),
        refuse: set(|words| &words.refuse),
        refuse_first: beginning(of(|words| &words.refuse).into_iter().filter(|phrase| phrase.contains(' ')).collect()),
        cancel: set(|words| &words.cancel),
        restart: set(|words| &words.restart),
        human: set(|words| &words.human),
        // A single word such as "agent" or "staff" within a sentence is too often about something else.
        human_within: words(
            of(|words| &words.human).into_iter().filter(|phrase| phrase.matches(' ').count() >= 2).collect(),
        ),
        urgent: words(of(|words| &words.urgent)),
        // "no, rather 4.000" corrects as well, where there is something to correct.
        correction: beginning(
            of(|words| &words.correction)
                .into_iter()
                .chain(of(|words| &words.no))
                .map(|phrase| fold_whole(&phrase))
                .collect(),
        ),
        question: beginning(of(|words| &words.question)),
    }
});

/// A message, folded once and asked about in several ways.
#[derive(Debug)]
pub struct Heard {
    folded: String,
    whole: String,
    /// The folded message without what is denied in it, where something is.
    affirmed: Option<String>,
}

impl Heard {
    /// Folds a message.
    pub fn new(text: &str) -> Self {
        Self { folded: fold(text), whole: fold_whole(text), affirmed: None }
    }

    /// The same message, of which only this much is wished.
    pub fn affirming(self, affirmed: String) -> Self {
        Self { affirmed: Some(affirmed), ..self }
    }

    /// The message, folded.
    pub fn folded(&self) -> &str {
        &self.folded
    }

    /// The whole message, without case, accents and punctuation.
    pub fn whole(&self) -> &str {
        &self.whole
    }

    /// "yes"
    pub fn is_yes(&self) -> bool {
        CUES.yes.contains(&self.whole)
    }

    /// "no"
    pub fn is_no(&self) -> bool {
        CUES.no.contains(&self.whole)
    }

    /// "I'd rather not give it to you"; only to be asked about an answer.
    pub fn declines(&self) -> bool {
        self.is_refusal() || CUES.refuse_first.is_match(&self.folded)
    }

    /// "stop asking"
    pub fn is_cancel(&self) -> bool {
        CUES.cancel.contains(&self.whole)
    }

    /// "I'd rather not"
    pub fn is_refusal(&self) -> bool {
        CUES.refuse.contains(&self.whole)
    }

    /// "start over"
    pub fn is_restart(&self) -> bool {
        CUES.restart.contains(&self.whole)
    }

    /// "a person, please"; "can I talk to a person about this"
    pub fn asks_for_human(&self) -> bool {
        match &self.affirmed {
            Some(affirmed) => CUES.human_within.is_match(affirmed),
            None => CUES.human.contains(&self.whole) || CUES.human_within.is_match(&self.folded),
        }
    }

    /// "no no no"
    pub fn repeats_yes_or_no(&self) -> bool {
        self.whole.split(' ').all(|word| CUES.no.contains(word) || CUES.yes.contains(word))
    }

    /// "I need it asap"
    pub fn is_urgent(&self) -> bool {
        CUES.urgent.is_match(&self.folded)
    }

    /// "no, it's …"
    pub fn is_correction(&self) -> bool {
        CUES.correction.is_match(&self.whole)
    }

    /// More words than the answer to a question has.
    pub fn is_long(&self) -> bool {
        self.whole.split(' ').count() >= 7
    }

    /// A question that is more than an answer given with doubt ("ana@acme.example?").
    pub fn is_long_question(&self) -> bool {
        self.is_question() && self.whole.split(' ').count() >= 4
    }

    /// It ends with a question mark, or begins as questions do; "Will Parker" and "May" are names until more follows.
    pub fn is_question(&self) -> bool {
        if self.folded.ends_with(['?', '؟', '？']) {
            return true;
        }
        let first = self.whole.split(' ').next().unwrap_or_default();
        let may_be_name =
            matches!(first, "will" | "may" | "can" | "do" | "is" | "have" | "chi" | "como" | "tem" | "hat");
        CUES.question.is_match(&self.folded) && (!may_be_name || self.whole.split(' ').count() >= 4)
    }
}

/// Compiles the patterns that the first message would otherwise wait for.
pub fn prepare() {
    LazyLock::force(&CUES);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_say_is_recognised_without_accents_and_punctuation() {
        assert!(Heard::new("Quiero HABLAR con una persona!!").asks_for_human());
        assert!(Heard::new("could I please talk to a person about my bag").asks_for_human());
        assert!(!Heard::new("is the agent of change poster in stock").asks_for_human());
        assert!(Heard::new("I’d rather not.").is_refusal());
        assert!(Heard::new("nö").is_no());
        assert!(Heard::new("No, it's ana@x.example").is_correction());
        assert!(Heard::new("¿cuanto cuesta").is_question());
        assert!(Heard::new("can you tell me more").is_question());
        assert!(!Heard::new("Anna").is_question());
        assert!(!Heard::new("Will Parker").is_question());
    }
}
