//! A message is read whole, however long it is and whatever stands in it.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use sidedoor_dialogue::{Context, Details, Input, Intents, Page, Profile, Ranking, SourceFile, State, parse, step};

/// The longest message that a visitor can send.
const MAX_CHARS: usize = 4_000;

fn intents() -> Intents {
    let text = "[[intent]]\nname = \"a\"\nexamples = [\"a\"]\nreply = [\"Fine.\"]\n".to_owned();
    parse(&[SourceFile { path: "a.toml".into(), text }]).unwrap()
}

fn told(text: &str) -> Details {
    let mut profile = Profile::new("Acme", "en");
    profile.region = Some("ES".into());
    let page = Page::default();
    let context = Context { profile: &profile, now_ms: 1_795_608_000_000, page: &page, locale: "en", seed: 0 };
    let ranking = Ranking::default();
    step(&intents(), &context, State::default(), Input::Message { text, ranking: &ranking }).unwrap().state.details
}

#[test]
fn what_stands_at_the_end_of_a_long_message_is_read_whole() {
    let end = "my name is ana, ana@acme.example, +34 600 111 222";
    for length in [990, 1_000, 1_010, MAX_CHARS] {
        let story: String = "the zip sticks and ö ".chars().cycle().take(length - end.len() - 2).collect();
        let details = told(&format!("{story}. {end}"));

        assert_eq!(
            details.email.map(|email| email.as_str().to_owned()).as_deref(),
            Some("ana@acme.example"),
            "{length}"
        );
        assert_eq!(details.phone.as_deref(), Some("+34600111222"), "{length}");
        assert_eq!(details.name.as_deref(), Some("Ana"), "{length}");
    }
}

#[test]
fn texts_made_to_be_slow_to_read_tell_nothing() {
    for piece in
        ["a@", "@", "a.", "600 ", "+", "1/", "(at) ", "dot ", "my name is ", "I'm ", "from ", "order ", "\u{301}", "٣"]
    {
        let text: String = piece.chars().cycle().take(MAX_CHARS).collect();
        let details = told(&text);

        assert_eq!((details.email, details.phone, details.name), (None, None, None), "{piece:?}");
    }
}
