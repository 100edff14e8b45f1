//! What holds whatever visitors type, in whatever order.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::sync::LazyLock;

use proptest::prelude::*;
use sidedoor_dialogue::{
    Action, Candidate, Context, Hours, Input, Intents, Page, Phase, Profile, Ranking, SourceFile, State, Turn, parse,
    step,
};

static INTENTS: LazyLock<Intents> = LazyLock::new(|| {
    let text = include_str!("transcripts/shop.toml").to_owned();
    parse(&[SourceFile { path: "shop.toml".into(), text }]).unwrap()
});

static PROFILE: LazyLock<Profile> = LazyLock::new(|| {
    let mut profile = Profile::new("Acme", "en");
    let table =
        [("tz", "Europe/Madrid"), ("mon-fri", "09:00-18:00")].map(|(key, value)| (key.to_string(), value.to_string()));
    profile.hours = Some(Hours::parse(&BTreeMap::from(table)).unwrap());
    profile.region = Some("ES".into());
    profile.high_value = Some(50);
    profile
});

#[derive(Debug, Clone)]
enum Move {
    Say(String, Vec<(usize, f32)>, Option<&'static str>),
    Press(String),
    Send(String, BTreeMap<String, String>, bool),
    Staff(u8),
}

fn words() -> impl Strategy<Value = String> {
    let known = prop::sample::select(vec![
        "ana@acme.example",
        "ana@gmial.com",
        "I'm Ana",
        "about $5k",
        "600 111 222",
        "no",
        "yes",
        "I'd rather not",
        "start over",
        "stop",
        "I want a person",
        "no, it's",
        "#10234",
        "next friday",
        "12/05",
        "{site}",
        "{{name}}",
        "?",
        "1",
        "Acme Ltd",
        "5.000 €",
        "ana@localhost",
    ]);
    let text = prop_oneof![3 => known.prop_map(str::to_owned), 1 => ".{0,40}", 1 => "\\PC{0,20}"];
    prop::collection::vec(text, 1..4).prop_map(|words| words.join(" "))
}

fn moves() -> impl Strategy<Value = Move> {
    let names: Vec<String> = INTENTS.names().map(str::to_owned).collect();
    let count = names.len();
    let options: Vec<String> = names
        .iter()
        .cloned()
        .chain(["something_else", "email_suggested", "email_kept", "human", "nothing"].map(String::from))
        .collect();
    let forms: Vec<String> = names.into_iter().chain(["contact".into(), "nothing".into()]).collect();
    let fields = prop::sample::select(vec!["email", "phone", "name", "company", "budget", "order", "date", "site"])
        .prop_map(str::to_owned);
    prop_oneof![
        6 => (words(), prop::collection::vec((0..count, prop::num::f32::ANY), 0..4), prop::option::of(prop::sample::select(vec!["en", "es", "xx"])))
            .prop_map(|(text, ranked, locale)| Move::Say(text, ranked, locale)),
        4 => (words(), prop::collection::vec((0..count, 0.4f32..1.0), 1..4), Just(None)).prop_map(|(text, ranked, locale)| Move::Say(text, ranked, locale)),
        2 => prop::sample::select(options).prop_map(Move::Press),
        2 => (prop::sample::select(forms), prop::collection::btree_map(fields, words(), 0..5), any::<bool>())
            .prop_map(|(form, fields, consent)| Move::Send(form, fields, consent)),
        1 => (0u8..4).prop_map(Move::Staff),
    ]
}

fn take(
    intents: &Intents,
    profile: &Profile,
    state: State,
    chosen: &Move,
    now_ms: i64,
) -> Result<Turn, sidedoor_dialogue::Rejected> {
    let page = Page { url: "https://shop.example/pricing?utm_source=x".into(), ..Page::default() };
    let context = Context { profile, now_ms, page: &page, locale: "en-US", seed: 7 };
    match chosen {
        Move::Say(text, ranked, locale) => {
            let names: Vec<&str> = intents.names().collect();
            let candidates: Vec<Candidate> =
                ranked.iter().map(|(at, score)| Candidate { intent: names[*at].to_owned(), score: *score }).collect();
            let in_scope = candidates.first().is_some_and(|best| best.score >= 0.5);
            let ranking =
                Ranking { candidates, threshold: 0.5, in_scope, locale: locale.map(str::to_owned), parts: Vec::new() };
            step(intents, &context, state, Input::Message { text, ranking: &ranking })
        }
        Move::Press(option) => step(intents, &context, state, Input::Choose { option }),
        Move::Send(form, fields, consent) => {
            step(intents, &context, state, Input::Form { form, fields, consent: *consent })
        }
        Move::Staff(0) => step(intents, &context, state, Input::StaffReplied),
        Move::Staff(1) => step(intents, &context, state, Input::StaffReleased),
        Move::Staff(2) => step(intents, &context, state, Input::StaffClosed),
        Move::Staff(_) => step(intents, &context, state, Input::Rate { score: 9 }),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn any_inputs_in_any_order_are_taken(moves in prop::collection::vec(moves(), 1..12), now_ms in any::<i64>()) {
        let (intents, profile) = (&*INTENTS, &*PROFILE);
        let mut state = State::default();
        for chosen in &moves {
            let before = state.phase;
            let json = serde_json::to_string(&state).unwrap();
            prop_assert_eq!(&serde_json::from_str::<State>(&json).unwrap(), &state);

            let Ok(turn) = take(intents, profile, state.clone(), chosen, now_ms) else { continue };

            let again = take(intents, profile, state.clone(), chosen, now_ms).unwrap();
            prop_assert_eq!(&again, &turn, "the same input gives the same turn");
            let questions = turn.actions.iter().filter(|action| matches!(action, Action::Ask { .. } | Action::Offer { .. })).count();
            prop_assert!(questions <= 1, "{} questions at once", questions);
            prop_assert!(turn.actions.iter().filter(|action| matches!(action, Action::SaveLead(_))).count() <= 1);
            let speaks = turn.actions.iter().any(|action| matches!(action, Action::Say { .. } | Action::Offer { .. } | Action::Ask { .. }));
            prop_assert!(!(before == Phase::Staff && turn.state.phase == Phase::Staff && speaks), "the bot talks over staff");
            for action in &turn.actions {
                if let Action::SaveLead(lead) = action {
                    prop_assert!(lead.score <= 100);
                    prop_assert!(lead.details.has_contact() || matches!(chosen, Move::Send(..)));
                }
                if let Action::Ask { form, .. } = action {
                    prop_assert!(!form.fields.is_empty());
                }
                if let Action::Say { text } | Action::Offer { text, .. } | Action::Ask { text, .. } = action {
                    prop_assert!(!text.is_empty());
                }
            }
            state = turn.state;
        }
    }

    #[test]
    fn a_name_with_braces_comes_out_as_it_was_typed(inner in "[a-z]{1,8}", braces in 1usize..3) {
        let (intents, profile, page) = (&*INTENTS, &*PROFILE, Page::default());
        let typed = format!("{}{inner}{}", "{".repeat(braces), "}".repeat(braces));
        let context = Context { profile, now_ms: 0, page: &page, locale: "en", seed: 0 };
        let fields = BTreeMap::from([("email".to_owned(), "ana@acme.example".to_owned()), ("company".to_owned(), format!("{typed} Goods"))]);
        let form = Input::Form { form: "wholesale.quote", fields: &fields, consent: false };

        let turn = step(intents, &context, State::default(), form).unwrap();

        let lead = turn.actions.iter().find_map(|action| match action {
            Action::SaveLead(lead) => Some(lead),
            _ => None,
        });
        prop_assert_eq!(lead.unwrap().details.company.clone().unwrap(), format!("{typed} Goods"));
        let reasons: Vec<&str> = lead.unwrap().reasons.iter().map(|reason| reason.why.as_str()).collect();
        prop_assert!(reasons.iter().any(|reason| reason.contains(&typed)), "{:?}", reasons);
    }

    #[test]
    fn any_phone_number_is_read_or_refused(number in "[+0-9(). ;=/a-z-]{0,45}", region in "[A-Z]{2}") {
        let mut profile = PROFILE.clone();
        profile.region = Some(region);
        let page = Page::default();
        let context = Context { profile: &profile, now_ms: 0, page: &page, locale: "en", seed: 0 };
        let fields = BTreeMap::from([("phone".to_owned(), number)]);
        let form = Input::Form { form: "contact", fields: &fields, consent: false };

        if let Ok(turn) = step(&INTENTS, &context, State::default(), form) {
            let phone = turn.state.details.phone.unwrap();
            prop_assert!(phone.starts_with('+') && phone[1..].bytes().all(|byte| byte.is_ascii_digit()), "{}", phone);
        }
    }

    #[test]
    fn any_file_is_read_or_refused(text in ".{0,200}") {
        let _ = parse(&[SourceFile { path: "x.toml".into(), text }]);
    }

    #[test]
    fn any_lines_of_a_file_are_read_or_refused(lines in prop::collection::vec(prop::sample::select(vec![
        "[[intent]]", "name = \"a\"", "name = \"b.c\"", "examples = [\"x\"]", "examples = []", "examples = 5", "reply = [\"{name}\"]", "reply = [\"{x\"]",
        "reply = \"x\"", "[intent.es]", "[intent.zz-ZZ]", "[[test]]", "say = \"x\"", "intent = \"a\"", "choices = [{ label = \"x\", intent = \"b.c\" }]",
        "choices = [1]", "ask = [\"email\", \"email\"]", "value = 1e9", "caution = nan", "locale = \"es\"", "name = \"say.ok\"", "escalate = true",
    ]), 0..14)) {
        let file = SourceFile { path: "x.toml".into(), text: lines.join("\n") };
        if let Err(faults) = parse(&[file]) {
            prop_assert!(!faults.is_empty());
            prop_assert!(faults.iter().all(|fault| fault.line >= 1 && fault.line <= lines.len().max(1) + 1));
        }
    }
}

#[test]
fn a_state_of_a_newer_program_is_read_as_far_as_it_is_known() {
    let state: State = serde_json::from_str(
        r#"{"version":7,"phase":"waiting","mood":"good","details":{"email":"ana@acme.example","shoe":42}}"#,
    )
    .unwrap();

    assert_eq!(state.phase, Phase::Waiting);
    assert_eq!(state.details.email.unwrap().normalised(), "ana@acme.example");
}

#[test]
fn a_new_conversation_is_stored_in_a_few_bytes() {
    assert_eq!(serde_json::to_string(&State::default()).unwrap(), r#"{"version":1}"#);
}
