//! What a message means, on a shop of a few intents in two languages.

use std::sync::{Arc, LazyLock};

use sidedoor_matcher::{Encoder, Example, Options, StaticEncoder};

use super::*;

const ENGLISH: [(&str, &[&str]); 6] = [
    (
        "shipping.area",
        &["do you ship to spain", "do you deliver to my country", "where do you ship", "shipping abroad?"],
    ),
    (
        "shipping.time",
        &["how long does shipping take", "when will it arrive", "how long does it take", "delivery time?"],
    ),
    ("product.price", &["how much is the candle", "what does it cost", "price?", "how much is this bag"]),
    ("order.cancel", &["cancel my order", "i want to cancel my order", "please cancel it", "i don't want it any more"]),
    ("order.change", &["change my order", "can i change the colour", "i want another colour", "change the address"]),
    ("thanks", &["thanks", "thank you so much", "thanks a lot for your help", "cheers"]),
];
const SPANISH: [(&str, &[&str]); 4] = [
    ("shipping.area", &["enviáis a canarias", "hacéis envíos a mi país", "a dónde enviáis", "envíos al extranjero"]),
    ("product.price", &["cuánto cuesta la vela", "qué precio tiene", "precio?", "cuánto vale el bolso"]),
    ("payment.methods", &["puedo pagar con bizum", "bizum?", "aceptáis tarjeta", "cómo puedo pagar"]),
    (
        "order.change",
        &["cambiar la dirección", "quiero cambiar mi pedido", "cambiar el color", "puedo cambiar la talla"],
    ),
];

static MATCHERS: LazyLock<[Matcher; 2]> = LazyLock::new(|| [trained(&ENGLISH, true), trained(&SPANISH, false)]);

fn trained(intents: &[(&str, &[&str])], encoder_knows_language: bool) -> Matcher {
    let encoder: Arc<dyn Encoder> = Arc::new(StaticEncoder::built_in().unwrap());
    let of = |&(intent, texts): &(&str, &[&str])| {
        let example = |text: &&str| Example { text: (*text).to_owned(), intent: intent.to_owned() };
        texts.iter().map(example).collect::<Vec<_>>()
    };
    let examples: Vec<Example> = intents.iter().flat_map(of).collect();
    let options = Options { encoder_knows_language, ..Options::default() };
    sidedoor_matcher::train(&examples, Some(encoder), &options, &mut |_| {}).unwrap()
}

fn rank(visitor: &str, typed: &str) -> Ranking {
    let languages = [("en", &MATCHERS[0]), ("es", &MATCHERS[1])];
    let own = best_served(&languages, visitor, "en");
    Ranker { languages: &languages, own, thorough: &|_| None }.rank(typed)
}

fn understood(visitor: &str, typed: &str) -> String {
    let ranking = rank(visitor, typed);
    if ranking.in_scope { ranking.candidates[0].intent.clone() } else { "none".to_owned() }
}

fn parts(visitor: &str, typed: &str) -> Vec<(String, String)> {
    let intent = |ranking: &Ranking| ranking.candidates[0].intent.clone();
    rank(visitor, typed).parts.into_iter().map(|part| (part.text, intent(&part.ranking))).collect()
}

#[test]
fn a_language_is_taken_on_enough_words_of_it() {
    assert_eq!(rank("en-US", "cuánto cuesta la vela").locale.as_deref(), Some("es"));
    assert_eq!(rank("es", "how long does shipping take").locale.as_deref(), Some("en"));
    assert_eq!(rank("en-US", "hola! how much is the candle").locale.as_deref(), Some("en"));
    for few in ["no", "ok", "a", "bizum?", "madrid", "hotel", "visa", "👍", "Ana"] {
        assert_eq!(rank("en-US", few).locale, None, "{few}");
    }
}

#[test]
fn a_word_that_only_another_language_knows_is_understood_without_switching_to_it() {
    assert_eq!(understood("en-US", "bizum?"), "payment.methods");
}

#[test]
fn small_words_alone_are_not_ranked() {
    for small in ["no", "ok", "sí", "500", "a"] {
        assert_eq!(rank("en", small), Ranking::default(), "{small}");
    }
}

#[test]
fn each_question_of_a_message_is_a_part() {
    let both = [
        ("do you ship to mexico".to_owned(), "shipping.area".to_owned()),
        ("how much is the candle".to_owned(), "product.price".to_owned()),
    ];

    assert_eq!(parts("en", "do you ship to mexico and how much is the candle"), both);
    assert_eq!(parts("en", "do you ship to mexico, also how much is the candle"), both);
    assert_eq!(
        parts("es", "¿enviáis a canarias y cuánto cuesta la vela?"),
        [
            ("¿enviáis a canarias".to_owned(), "shipping.area".to_owned()),
            ("cuánto cuesta la vela?".to_owned(), "product.price".to_owned()),
        ]
    );
}

#[test]
fn one_thing_in_two_words_is_one_question() {
    for one in ["how much is the salt and pepper candle", "do you ship to spain, france and italy", "thanks! price?"] {
        assert_eq!(rank("en", one).parts, [], "{one}");
    }
}

#[test]
fn a_question_beside_a_pleasantry_is_the_one_that_counts() {
    assert_eq!(understood("en", "thank you so much! how long does it take"), "shipping.time");
}

#[test]
fn what_is_denied_is_not_meant() {
    assert_eq!(understood("en", "i don't want to cancel my order, just change the colour"), "order.change");
    assert_eq!(understood("en", "please don't cancel my order"), "none");

    let ranking = rank("en", "please don't cancel my order");
    assert!(ranking.parts[0].denied && ranking.candidates.iter().all(|one| one.intent != "order.cancel"));
}

#[test]
fn a_denial_that_was_taught_is_part_of_what_is_meant() {
    assert_eq!(understood("en", "i don't want it any more"), "order.cancel");
}
