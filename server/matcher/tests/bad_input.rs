//! Whatever is typed or taught, ranking gives an answer with scores from 0 to 1.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should fail")]

use std::sync::{Arc, LazyLock};

use proptest::prelude::*;
use sidedoor_matcher::{Example, Matcher, Options, StaticEncoder, train};

static ENCODER: LazyLock<Arc<StaticEncoder>> = LazyLock::new(|| Arc::new(StaticEncoder::built_in().unwrap()));
static MATCHER: LazyLock<Matcher> = LazyLock::new(|| {
    let taught = [
        ("a.greeting", "hello"),
        ("a.greeting", "good morning"),
        ("b.price", "what does it cost"),
        ("b.price", "多少钱"),
    ];
    let taught: Vec<Example> =
        taught.iter().map(|&(intent, text)| Example { text: text.to_owned(), intent: intent.to_owned() }).collect();
    train(&taught, Some(ENCODER.clone()), &Options::default(), &mut |_| ()).unwrap()
});

fn assert_sane(text: &str) {
    let ranking = MATCHER.rank(text);
    assert_eq!(ranking.candidates.len(), 2);
    assert!(ranking.candidates.iter().all(|candidate| (0.0..=1.0).contains(&candidate.score)), "{ranking:?}");
    assert!(ranking.candidates.is_sorted_by(|a, b| a.score >= b.score));
    assert_eq!(ranking, MATCHER.rank(text));
    MATCHER.explain(text);
}

#[test]
fn odd_messages_are_ranked_and_passed_on() {
    let languages: String = (0x20..0x3000).step_by(7).filter_map(char::from_u32).collect();
    for text in ["", " ", "👍", "\0\u{1}\u{7f}\u{feff}", "????", &"x".repeat(4_000)] {
        assert_sane(text);
        assert!(!MATCHER.rank(text).in_scope, "{text:?}");
    }
    assert_sane(&languages);
    assert_sane("\u{202e}olleh");
    assert_sane(&"ab ".repeat(2_000));
    assert_sane("e\u{301}\u{301}\u{301}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn any_text_is_ranked(text in "\\PC{0,60}|[a-z' ]{0,200}|.{0,40}") {
        assert_sane(&text);
    }

    #[test]
    fn any_texts_can_be_taught(texts in proptest::collection::vec(("\\PC{0,20}", "[a-c]"), 1..12)) {
        let taught: Vec<Example> = texts.iter().map(|(text, intent)| Example { text: text.clone(), intent: intent.clone() }).collect();
        let Ok(matcher) = train(&taught, Some(ENCODER.clone()), &Options::default(), &mut |_| ()) else {
            prop_assert!(taught.iter().all(|example| example.text.trim().is_empty()));
            return Ok(());
        };
        for example in &taught {
            let ranking = matcher.rank(&example.text);
            prop_assert!(ranking.candidates.iter().all(|candidate| candidate.score.is_finite()));
        }
        matcher.report();
    }

    #[test]
    fn any_bytes_are_refused_as_a_cache(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(Matcher::from_bytes(&bytes, None, &Options::default()).is_err());
    }
}

#[test]
fn more_than_training_can_bear_is_refused_with_the_remedy() {
    let examples: Vec<Example> = (0..40_000)
        .map(|number| Example { text: format!("question {number}"), intent: format!("intent.{}", number % 2_000) })
        .collect();

    let Err(refused) = train(&examples, None, &Options::default(), &mut |_| ()) else {
        panic!("40,000 examples were taken")
    };

    let words = refused.to_string();
    assert!(words.contains("40000 examples in 2000 intents") && words.contains("at most"), "{words}");
}
