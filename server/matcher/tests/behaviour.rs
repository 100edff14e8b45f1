//! What a site owner and the server rely on, seen from outside.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should fail")]

use std::sync::{Arc, LazyLock};

use sidedoor_matcher::{
    ArchiveError, Encoder, Example, Matcher, Options, StaticEncoder, TableError, TrainError, train,
};

fn encoder() -> Arc<dyn Encoder> {
    static ENCODER: LazyLock<Arc<StaticEncoder>> = LazyLock::new(|| Arc::new(StaticEncoder::built_in().unwrap()));
    ENCODER.clone()
}

fn examples(taught: &[(&str, &str)]) -> Vec<Example> {
    taught.iter().map(|&(intent, text)| Example { text: text.to_owned(), intent: intent.to_owned() }).collect()
}

fn shop() -> Vec<Example> {
    examples(&[
        ("order.track", "where is my order"),
        ("order.track", "has my parcel been sent yet"),
        ("order.track", "when will my package arrive"),
        ("order.track", "track my delivery"),
        ("opening", "when are you open"),
        ("opening", "what are your opening hours"),
        ("opening", "are you open on sunday"),
        ("opening", "until when can i come to the shop"),
        ("return", "i want to send this back"),
        ("return", "how do i return an item"),
        ("return", "can i get my money back"),
        ("return", "the shoes do not fit, i would like a refund"),
    ])
}

fn trained(examples: &[Example], options: &Options) -> Matcher {
    train(examples, Some(encoder()), options, &mut |_| ()).unwrap()
}

fn best(matcher: &Matcher, text: &str) -> String {
    matcher.rank(text).candidates[0].intent.to_string()
}

#[test]
fn a_paraphrase_is_understood_and_a_foreign_question_is_not_answered() {
    let matcher = trained(&shop(), &Options::default());

    assert_eq!(best(&matcher, "do you know where my parcel is?"), "order.track");
    assert_eq!(best(&matcher, "is the shop open on saturday"), "opening");
    assert!(matcher.rank("where is my parcel").in_scope);
    assert!(!matcher.rank("who won the world cup in 1998").in_scope);
}

#[test]
fn misspelt_words_are_understood_and_reported() {
    let matcher = trained(&shop(), &Options::default());

    let ranking = matcher.rank("Trackmy delivry");

    assert_eq!(&*ranking.candidates[0].intent, "order.track");
    assert_eq!(ranking.corrected.as_deref(), Some("track my delivery"));
}

#[test]
fn caution_decides_between_answering_and_asking_a_person() {
    let text = "can you tell me about the parcel shop";
    let with = |caution| trained(&shop(), &Options { caution, ..Options::default() }).rank(text);

    assert!(with(0.0).in_scope);
    assert!(!with(1.0).in_scope);
    assert!(with(0.2).threshold <= with(0.8).threshold);
}

#[test]
fn an_intent_can_have_its_own_caution() {
    let intent_caution = [("return".to_owned(), 1.0)].into();

    let matcher = trained(&shop(), &Options { intent_caution, ..Options::default() });

    assert!(!matcher.rank("how do i return an item").in_scope);
    assert!(matcher.rank("where is my order").in_scope);
}

#[test]
fn no_examples_are_an_error_with_a_remedy() {
    for none in [vec![], examples(&[("a", "  ")])] {
        let error = train(&none, None, &Options::default(), &mut |_| ()).err().unwrap();

        assert!(matches!(error, TrainError::NoExamples));
        assert!(error.to_string().contains("add at least one"));
    }
}

#[test]
fn one_intent_and_one_example_suffice() {
    for taught in [vec![("hello", "hi there")], vec![("hello", "hi there"), ("hello", "good morning")]] {
        let matcher = trained(&examples(&taught), &Options::default());

        assert!(matcher.rank("hi there").in_scope);
        assert!(!matcher.rank("the invoice of last year is wrong").in_scope);
    }
}

#[test]
fn the_same_example_under_two_names_is_reported_and_still_ranks() {
    let mut taught = shop();
    taught.push(Example { text: "Where is my order".to_owned(), intent: "return".to_owned() });

    let matcher = trained(&taught, &Options::default());
    let report = matcher.report();

    assert_eq!(matcher.rank("where is my order").candidates.len(), 3);
    assert_eq!(report.near_duplicates.len(), 1);
    assert_eq!(&*report.near_duplicates[0].first.1, "order.track");
    assert_eq!(&*report.near_duplicates[0].second.1, "return");
    assert!(report.near_duplicates[0].similarity > 0.99);
}

#[test]
fn the_report_names_examples_that_look_like_another_intent() {
    let mut taught = shop();
    taught.push(Example { text: "are you open on monday".to_owned(), intent: "return".to_owned() });
    taught.push(Example { text: "cancel it".to_owned(), intent: "cancel".to_owned() });

    let report = trained(&taught, &Options::default()).report();

    let misplaced = report.examples.iter().find(|example| example.text == "are you open on monday").unwrap();
    assert_eq!(&*misplaced.guess, "opening");
    assert!(misplaced.score > misplaced.own_score);
    let few: Vec<&str> = report.intents.iter().filter(|intent| intent.few).map(|intent| &*intent.intent).collect();
    assert!(few.contains(&"cancel"));
    assert_eq!(report.examples.len(), taught.len());
}

#[test]
fn a_matcher_survives_its_cache_unchanged() {
    let matcher = trained(&shop(), &Options::default());

    let read = Matcher::from_bytes(&matcher.to_bytes(), Some(encoder()), &Options::default()).unwrap();

    for text in ["wher is my ordr", "退款", "", "open today?"] {
        assert_eq!(read.rank(text), matcher.rank(text));
    }
    assert_eq!(read.report(), matcher.report());
}

#[test]
fn training_twice_gives_the_same_bytes() {
    assert_eq!(trained(&shop(), &Options::default()).to_bytes(), trained(&shop(), &Options::default()).to_bytes());
}

#[test]
fn a_damaged_cache_is_refused_with_a_remedy() {
    let bytes = trained(&shop(), &Options::default()).to_bytes();
    let read = |bytes: &[u8]| Matcher::from_bytes(bytes, Some(encoder()), &Options::default()).err();

    let mut altered = bytes.clone();
    altered[bytes.len() / 2] ^= 1;

    assert_eq!(read(&bytes[..20]), Some(ArchiveError::CutShort));
    assert_eq!(read(&bytes[..bytes.len() - 1]), Some(ArchiveError::Altered));
    assert_eq!(read(&altered), Some(ArchiveError::Altered));
    assert_eq!(read(&[0; 100]), Some(ArchiveError::Unknown));
    assert!(matches!(
        Matcher::from_bytes(&bytes, None, &Options::default()).err(),
        Some(ArchiveError::OtherEncoder { .. })
    ));
}

#[test]
fn a_damaged_table_is_refused_with_a_remedy() {
    let table: &'static [u8] = include_bytes!("../data/static-encoder.bin");
    let read = |table: Vec<u8>| StaticEncoder::from_table(Box::leak(table.into_boxed_slice())).err();

    let mut altered = table.to_vec();
    *altered.last_mut().unwrap() ^= 1;

    assert_eq!(read(table[..10].to_vec()), Some(TableError::CutShort));
    assert_eq!(read(table[..table.len() - 1].to_vec()), Some(TableError::CutShort));
    assert_eq!(read(altered), Some(TableError::Altered));
    assert_eq!(read(vec![7; 100]), Some(TableError::Unknown));
}

#[test]
fn a_language_that_the_encoder_does_not_know_is_served_by_its_words() {
    let taught = examples(&[
        ("öffnungszeiten", "wann habt ihr offen"),
        ("öffnungszeiten", "wie sind eure öffnungszeiten"),
        ("öffnungszeiten", "habt ihr am sonntag offen"),
        ("versand", "wo ist meine bestellung"),
        ("versand", "wann kommt mein paket an"),
        ("versand", "wurde die bestellung schon verschickt"),
    ]);

    let matcher = trained(&taught, &Options { encoder_knows_language: false, ..Options::default() });

    assert_eq!(best(&matcher, "habt ihr samstags offen?"), "öffnungszeiten");
    assert_eq!(best(&matcher, "wo bleibt meine Bestelung"), "versand");
}

#[test]
fn an_explanation_shows_neighbours_corrections_and_a_reason() {
    let explanation = trained(&shop(), &Options::default()).explain("where is my ordr");

    assert_eq!(explanation.corrections[0].meant, "order");
    assert_eq!(explanation.nearest[0].text, "where is my order");
    assert!(explanation.nearest[0].similarity > 0.95);
    assert!(explanation.reason().starts_with("in scope: order.track"));
}
