//! What is a frame and what is not.

use proptest::prelude::*;
use serde_json::json;

use super::*;

const ID: &str = "0192d5a0-1111-7222-8333-444455556666";

fn refused(text: &str) -> Refusal {
    Frame::parse(text).expect_err("the frame should be refused")
}

fn message(text: &str) -> Result<String, Code> {
    match Frame::parse(&json!({"type": "message", "id": ID, "text": text}).to_string()) {
        Ok(Frame::Post(Post { say: Say::Message(text), .. })) => Ok(text),
        Ok(other) => panic!("not a message: {other:?}"),
        Err(refusal) => Err(refusal.code),
    }
}

#[test]
fn a_message_keeps_its_words_and_loses_its_control_characters() {
    assert_eq!(message("hi\r\nthere\t\u{0}\u{1b}[31m!\u{8}").unwrap(), "hi\nthere\t[31m!");
}

#[test]
fn a_message_has_one_to_four_thousand_characters() {
    assert_eq!(message(""), Err(Code::Empty));
    assert_eq!(message(" \n\t\u{a0}\u{200b}\u{0}"), Err(Code::Empty));
    assert_eq!(
        message("\u{202e}\u{2066} \u{2069}\u{61c}\u{3164}\u{fe0f}\u{2800}"),
        Err(Code::Empty),
        "marks are no words"
    );
    assert!(message("\u{2067}שלום\u{2069}").is_ok());
    assert_eq!(message(&"é".repeat(4_000)).unwrap().chars().count(), 4_000);
    assert_eq!(message(&"é".repeat(4_001)), Err(Code::TooLong));
}

#[test]
fn four_thousand_emoji_fit_into_a_frame() {
    assert!(message(&"🙂".repeat(4_000)).is_ok());
}

#[test]
fn broken_frames_are_named_as_such() {
    let deep = format!(r#"{{"type":"ping","n":1,"x":{}1{}}}"#, "[".repeat(200), "]".repeat(200));
    for text in [
        "",
        "{",
        "[]",
        "null",
        "\"hello\"",
        "{}",
        r#"{"type":7}"#,
        r#"{"type":"message","id":"7","text":"hi"}"#,
        r#"{"type":"message","text":"hi"}"#,
        r#"{"type":"message","id":"0192d5a0-1111-7222-8333-444455556666","text":"\ud800"}"#,
        r#"{"type":"ping","n":1,"x":"\ud800"}"#,
        r#"{"type":"ping","n":1e400}"#,
        r#"{"type":"ping","n":"1"}"#,
        r#"{"type":"read","seq":1.5}"#,
        r#"{"type":"hello","visitor":7}"#,
        deep.as_str(),
    ] {
        assert_eq!(refused(text).code, Code::BadFrame, "{text}");
    }
}

#[test]
fn an_id_is_a_hyphenated_uuid_and_answered_as_it_was_spelled() {
    let id = |id: &str| Frame::parse(&json!({"type": "message", "id": id, "text": "hi"}).to_string());
    let upper = ID.to_uppercase();

    assert_eq!(id(&upper).unwrap().id().unwrap().to_string(), upper);
    for other in [ID.replace('-', ""), format!("{{{ID}}}"), format!("urn:uuid:{ID}"), format!(" {ID}"), "é".repeat(18)]
    {
        assert_eq!(id(&other).expect_err("another spelling").code, Code::BadFrame, "{other}");
    }
}

#[test]
fn a_depth_of_128_is_taken_and_one_more_is_not() {
    let ping = |depth: usize| {
        let inner = depth - 1;
        Frame::parse(&format!(r#"{{"type":"ping","n":1,"x":{}"[{{\"["{}}}"#, "[".repeat(inner), "]".repeat(inner)))
    };

    assert!(ping(128).is_ok());
    assert_eq!(ping(129).expect_err("too deep").code, Code::BadFrame);
    assert!(Frame::parse(&format!(r#"{{"type":"typing","x":"{}"}}"#, "[".repeat(500))).is_ok(), "brackets in a string");
    assert_eq!(refused(r#"{"type":"typing"} {}"#).code, Code::BadFrame);
}

#[test]
fn a_text_that_only_turns_the_direction_is_empty() {
    for text in ["\u{202e}", "\u{2066}\u{2069}", "\u{61c} \u{200f}", "\u{fe0f}"] {
        assert_eq!(message(text), Err(Code::Empty), "{text:?}");
    }
    assert!(message("\u{202e}hi").is_ok());
}

#[test]
fn a_frame_over_16_kib_is_too_large() {
    let text = format!(r#"{{"type":"ping","n":1,"x":"{}"}}"#, "x".repeat(MAX_FRAME_BYTES));

    assert_eq!(refused(&text).code, Code::TooLarge);
}

#[test]
fn an_unknown_type_is_named_and_an_unknown_field_is_ignored() {
    assert_eq!(refused(r#"{"type":"dance"}"#).code, Code::UnknownType);
    assert_eq!(Frame::parse(r#"{"type":"typing","mood":"good","site":"other"}"#), Ok(Frame::Typing));
}

#[test]
fn a_refusal_names_the_frame_it_is_about() {
    let text = json!({"type": "message", "id": ID, "text": " "}).to_string();

    assert_eq!(refused(&text).id, Some(ID.parse().unwrap()));
}

#[test]
fn hello_needs_nothing_but_its_type() {
    assert_eq!(Frame::parse(r#"{"type":"hello"}"#), Ok(Frame::Hello(Box::default())));
    assert_eq!(
        Frame::parse(r#"{"type":"hello","visitor":null,"after":null,"locale":null,"page":null}"#),
        Ok(Frame::Hello(Box::default()))
    );
}

#[test]
fn what_a_page_says_of_its_visitor_is_bounded_and_never_refused() {
    let hello = |fields: serde_json::Value| {
        let mut frame = json!({"type": "hello"});
        frame.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        match Frame::parse(&frame.to_string()) {
            Ok(Frame::Hello(hello)) => hello,
            other => panic!("not a hello: {other:?}"),
        }
    };

    let told = hello(json!({"identity": {"id": 42, "name": " Ada\n", "email": "", "token": "a.b.c"},
        "attributes": {"plan": "pro", "cart": 99.5, "vip": true, "nested": {"x": 1}, "none": null}}));
    assert_eq!(
        told.introduction.hinted,
        Person { id: Some("42".into()), name: Some("Ada".into()), ..Person::default() }
    );
    assert_eq!(told.introduction.attributes.len(), 3);
    assert_eq!(told.introduction.attributes["cart"], "99.5");
    assert_eq!(told.identity_token.as_deref(), Some("a.b.c"));
    assert!(hello(json!({"identity": [7], "attributes": "pro"})).introduction.is_empty());
    let many: BTreeMap<String, u32> = (0..80).map(|n| (format!("k{n}"), n)).collect();
    assert_eq!(hello(json!({"attributes": many})).introduction.attributes.len(), MAX_ATTRIBUTES);
    assert_eq!(hello(json!({"identity": {"token": "x".repeat(4_001)}})).identity_token, None);
}

#[test]
fn a_locale_that_is_none_is_left_out() {
    let locale = |tag: &str| match Frame::parse(&json!({"type": "hello", "locale": tag}).to_string()) {
        Ok(Frame::Hello(hello)) => hello.locale,
        other => panic!("not a hello: {other:?}"),
    };

    assert_eq!(locale("es-MX"), Some("es-MX".to_owned()));
    assert_eq!(locale("zh-Hant-TW"), Some("zh-Hant-TW".to_owned()));
    assert_eq!(locale("../../etc/passwd"), None);
    assert_eq!(locale(""), None);
    assert_eq!(locale("{{7*7}}"), None);
}

#[test]
fn a_page_is_an_http_address_and_a_title_on_one_line() {
    let page = |value| match Frame::parse(&json!({"type": "page", "url": value, "title": "A\nB\u{0}C"}).to_string()) {
        Ok(Frame::Page(page)) => page,
        other => panic!("not a page: {other:?}"),
    };

    assert_eq!(page("https://shop.example/a").url, "https://shop.example/a");
    assert_eq!(page("https://shop.example/a").title, "ABC");
    assert_eq!(page("javascript:alert(1)").url, "");
    assert_eq!(page("java\nscript://x").url, "");
    assert_eq!(page(&format!("https://{}", "x".repeat(9_000))).url.len(), MAX_URL_CHARS);
}

#[test]
fn a_score_is_one_to_five() {
    let rate =
        |score: i64| Frame::parse(&json!({"type": "rate", "id": ID, "score": score, "comment": " "}).to_string());

    assert!(matches!(rate(5), Ok(Frame::Post(Post { say: Say::Rate { score: 5, comment: None }, .. }))));
    for score in [0, 6, -1, 261] {
        let refusal = rate(score).expect_err("no score");
        assert_eq!(refusal.code, Code::InvalidField);
        assert!(refusal.fields.contains_key("score"));
    }
}

#[test]
fn history_gives_at_most_two_hundred_events() {
    let limit = |text: &str| match Frame::parse(text) {
        Ok(Frame::History { limit, .. }) => limit,
        other => panic!("not a history: {other:?}"),
    };

    assert_eq!(limit(r#"{"type":"history","before":9}"#), 200);
    assert_eq!(limit(r#"{"type":"history","before":9,"limit":0}"#), 1);
    assert_eq!(limit(r#"{"type":"history","before":9,"limit":50}"#), 50);
    assert_eq!(limit(r#"{"type":"history","before":9,"limit":100000}"#), 200);
}

#[test]
fn a_form_is_bounded() {
    let many: BTreeMap<String, String> = (0..33).map(|n| (format!("f{n}"), String::new())).collect();
    let form = |fields: serde_json::Value| {
        Frame::parse(&json!({"type": "form", "id": ID, "seq": 1, "fields": fields}).to_string())
    };

    assert_eq!(form(json!(many)).expect_err("too many").code, Code::BadFrame);
    assert_eq!(form(json!({"email": "x".repeat(1_001)})).expect_err("too long").code, Code::TooLong);
    assert_eq!(form(json!({"email": 7})).expect_err("no string").code, Code::BadFrame);
    assert!(form(json!({"email": "ana@acme.example\u{0}"})).is_ok());
}

proptest! {
    #[test]
    fn no_text_at_all_makes_the_parser_panic(text in ".{0,400}") {
        let _ = Frame::parse(&text);
    }

    #[test]
    fn whatever_is_accepted_is_clean_visible_and_within_the_limit(text in "\\PC{0,40}|[\\x00-\\x7f]{0,40}|\\s{0,5}") {
        if let Ok(text) = message(&text) {
            prop_assert!(text.chars().count() <= MAX_TEXT_CHARS);
            prop_assert!(has_visible(&text));
            prop_assert!(text.chars().all(|char| char >= ' ' || char == '\n' || char == '\t'));
        }
    }

    #[test]
    fn any_object_with_a_known_type_is_a_frame_or_a_refusal_with_its_id(
        kind in prop::sample::select(vec!["hello", "message", "choose", "form", "rate", "history", "typing", "read", "page", "ping"]),
        seq in any::<i64>(), score in any::<i64>(), words in ".{0,60}", consent in any::<bool>(),
    ) {
        let text = json!({"type": kind, "id": ID, "seq": seq, "score": score, "before": seq, "limit": score, "after": seq, "n": seq,
            "text": words, "option": words, "url": words, "title": words, "consent": consent, "fields": {"email": words}}).to_string();

        if let Err(refusal) = Frame::parse(&text) {
            prop_assert_eq!(refusal.id, Some(ID.parse().unwrap()));
        }
    }
}
