//! Each mistake in a file of intents is named by file, line and key, with its remedy, and all of them at once.

use sidedoor_dialogue::{Intents, Slot, SourceFile, parse};

fn faults(text: &str) -> Vec<String> {
    match parse(&[SourceFile { path: "intents/shop.toml".into(), text: text.into() }]) {
        Ok(_) => Vec::new(),
        Err(faults) => faults.iter().map(ToString::to_string).collect(),
    }
}

fn one_fault(text: &str) -> String {
    let faults = faults(text);
    assert_eq!(faults.len(), 1, "{faults:#?}");
    faults[0].clone()
}

fn intents(text: &str) -> Intents {
    parse(&[SourceFile { path: "intents/shop.toml".into(), text: text.into() }])
        .unwrap_or_else(|faults| panic!("{faults:#?}"))
}

const GOOD: &str = r#"
[[intent]]
name = "price"
examples = ["how much"]
reply = ["Ten."]
"#;

#[test]
fn broken_toml_is_named_with_its_line() {
    let fault = one_fault("[[intent]]\nname = \"a\"\nreply = [\"x\"\n");

    assert!(fault.starts_with("intents/shop.toml:"), "{fault}");
    assert!(fault.contains("is not valid TOML"), "{fault}");
}

#[test]
fn a_file_that_is_no_toml_is_not_buried_under_what_it_would_have_defined() {
    let pointing = "[[intent]]\nname = \"b\"\nexamples = [\"b\"]\nreply = [\"b\"]\nchoices = [{ label = \"A\", intent = \"a\" }]\n";
    let file = |path: &str, text: &str| SourceFile { path: path.into(), text: text.into() };

    let broken = parse(&[file("intents/a.toml", "[[intent]]\nname = [\n"), file("intents/b.toml", pointing)]);
    let missing = parse(&[file("intents/b.toml", pointing)]);

    let faults = broken.map(|_| ()).unwrap_err();
    assert_eq!(faults.len(), 1, "{faults:#?}");
    assert_eq!(faults[0].file, "intents/a.toml");
    assert_eq!(missing.map(|_| ()).unwrap_err().len(), 1);
}

#[test]
fn an_unknown_key_names_the_nearest_known_one() {
    assert_eq!(
        one_fault(
            "[[intent]]\nname = \"price\"\nexampels = [\"how much\"]\nexamples = [\"how much\"]\nreply = [\"Ten.\"]\n"
        ),
        "intents/shop.toml:3: \"exampels\" is not a key of an intent, did you mean \"examples\"?"
    );
    assert_eq!(
        one_fault(&format!("{GOOD}[[tests]]\nsay = \"x\"\nintent = \"price\"\n")),
        "intents/shop.toml:6: \"tests\" is not a key of a file of intents, did you mean \"test\"?"
    );
    assert_eq!(
        one_fault(&format!("{GOOD}[intent.es]\nrepley = [\"Diez.\"]\n")),
        "intents/shop.toml:7: \"repley\" is not a key of a translation, did you mean \"reply\"?"
    );
}

#[test]
fn an_intent_without_examples_or_reply_is_named() {
    assert_eq!(
        one_fault("[[intent]]\nname = \"price\"\nreply = [\"Ten.\"]\n"),
        "intents/shop.toml:2: \"examples\" has none; add at least one way in which visitors put it"
    );
    assert_eq!(
        one_fault("[[intent]]\nname = \"price\"\nexamples = []\nreply = [\"Ten.\"]\n"),
        "intents/shop.toml:3: \"examples\" is empty; add at least one way in which visitors put it"
    );
    assert_eq!(
        one_fault("[[intent]]\nname = \"price\"\nexamples = [\"how much\"]\nreply = []\n"),
        "intents/shop.toml:4: \"reply\" is empty; add at least one"
    );
    assert_eq!(
        one_fault("[[intent]]\nname = \"price\"\nexamples = [\"how much\"]\n"),
        "intents/shop.toml:2: \"reply\" is missing; add at least one"
    );
    assert_eq!(
        one_fault("[[intent]]\nexamples = [\"how much\"]\nreply = [\"Ten.\"]\n"),
        "intents/shop.toml:1: \"name\" is missing; give the intent one, such as \"shipping.time\""
    );
}

#[test]
fn a_duplicate_name_points_to_the_first() {
    assert_eq!(
        one_fault(&format!("{GOOD}{GOOD}")),
        "intents/shop.toml:8: \"name\" \"price\" is already defined at intents/shop.toml:2; rename one or put them together"
    );
}

#[test]
fn a_duplicate_across_files_names_both() {
    let file = |path: &str| SourceFile { path: path.into(), text: GOOD.into() };

    let faults = parse(&[file("intents/a.toml"), file("intents/b.toml")]).unwrap_err();

    assert_eq!(faults[0].file, "intents/b.toml");
    assert!(faults[0].message.contains("intents/a.toml:2"), "{}", faults[0]);
}

#[test]
fn a_choice_that_points_nowhere_is_named() {
    assert_eq!(
        one_fault(&format!("{GOOD}choices = [{{ label = \"Buy\", intent = \"prize\" }}]\n")),
        "intents/shop.toml:6: \"choices\" points to \"prize\", which is no intent, did you mean \"price\"?"
    );
    assert_eq!(
        one_fault(&format!("{GOOD}choices = [{{ label = \"Buy\" }}]\n")),
        "intents/shop.toml:6: \"choices\" needs both \"label\" and \"intent\" in each"
    );
}

#[test]
fn a_slot_that_cannot_be_asked_for_lists_those_that_can() {
    assert_eq!(
        one_fault(&format!("{GOOD}ask = [\"emial\"]\n")),
        "intents/shop.toml:6: \"ask\" has \"emial\", which cannot be asked for, did you mean \"email\"?; known are email, phone, name, company, budget, order, date, place, item, size, quantity, note"
    );
}

#[test]
fn a_placeholder_that_nothing_fills_is_named() {
    let fault = one_fault(
        "[[intent]]\nname = \"price\"\nexamples = [\"how much\"]\nreply = [\n  \"Fine.\",\n  \"Hi {nmae}\",\n]\n",
    );

    assert!(
        fault.starts_with("intents/shop.toml:6: \"reply\" has unknown placeholder {nmae}, did you mean \"name\"?"),
        "{fault}"
    );
}

#[test]
fn values_out_of_range_are_named() {
    assert_eq!(
        one_fault(&format!("{GOOD}value = 600\n")),
        "intents/shop.toml:6: \"value\" must be a whole number from -100 to 100"
    );
    assert_eq!(
        one_fault(&format!("{GOOD}caution = 2\n")),
        "intents/shop.toml:6: \"caution\" must be a number from 0 to 1"
    );
    assert_eq!(
        one_fault(&format!("{GOOD}escalate = \"yes\"\n")),
        "intents/shop.toml:6: \"escalate\" must be true or false"
    );
    assert_eq!(
        one_fault(&format!("{GOOD}label = 5\n")),
        "intents/shop.toml:6: \"label\" must be a text in quotes, not integer"
    );
}

#[test]
fn a_test_must_name_an_intent_or_none() {
    assert_eq!(
        one_fault(&format!("{GOOD}[[test]]\nsay = \"how mcuh\"\nintent = \"prices\"\n")),
        "intents/shop.toml:8: \"intent\" points to \"prices\", which is no intent, did you mean \"price\"?"
    );
    assert_eq!(
        one_fault(&format!("{GOOD}[[test]]\nintent = \"price\"\n")),
        "intents/shop.toml:6: \"say\" is missing in a test; each has \"say\" and \"intent\""
    );
    assert_eq!(faults(&format!("{GOOD}[[test]]\nsay = \"weather?\"\nintent = \"none\"\n")), [""; 0]);
}

#[test]
fn reserved_and_malformed_names_are_refused() {
    for name in ["none", "something_else", "Price", "price list", "price.", ""] {
        let faults = faults(&GOOD.replace("\"price\"", &format!("{name:?}")));

        assert!(faults.iter().any(|fault| fault.contains("\"name\"")), "{name:?}: {faults:?}");
    }
}

#[test]
fn the_interfaces_sentences_are_known_by_name() {
    assert_eq!(
        one_fault(&format!("{GOOD}[[intent]]\nname = \"say.handovr\"\nreply = [\"Wait.\"]\n")),
        "intents/shop.toml:7: \"name\" \"say.handovr\" is not one of the interface's sentences, did you mean \"handover\"?"
    );
    assert_eq!(
        one_fault(&format!("{GOOD}[[intent]]\nname = \"say.handover\"\n")),
        "intents/shop.toml:7: \"reply\" is missing; add at least one"
    );
    assert_eq!(
        faults(&format!("{GOOD}[[intent]]\nname = \"say.handover_closed\"\nreply = [\"We open {{opening}}.\"]\n")),
        [""; 0]
    );
}

#[test]
fn all_faults_are_named_at_once_in_the_order_of_the_lines() {
    let faults = faults(
        "[[intent]]\nname = \"a\"\nvalue = 1000\nexamples = [\"x\"]\nreply = [\"{y}\"]\n\n[[intent]]\nname = \"b\"\nask = [\"age\"]\nreply = [\"z\"]\n",
    );

    let lines: Vec<&str> = faults.iter().map(|fault| fault.split(':').nth(1).unwrap()).collect();
    assert_eq!(lines, ["3", "5", "8", "9"], "{faults:#?}");
}

#[test]
fn a_whole_file_is_read_as_it_was_meant() {
    let intents = intents(
        r#"
locale = "es"

[[intent]]
name = "wholesale.quote"
label = "Al por mayor"
examples = ["vendéis al por mayor", "precio para 500"]
reply = ["Encantados, {name}."]
value = 60
ask = ["email", "budget"]
escalate = false
caution = 0.2
choices = [{ label = "Otra vez", intent = "wholesale.quote" }]

[intent.en]
examples = ["do you sell wholesale"]
reply = "Happy to help."

[[test]]
say = "al por myor"
intent = "wholesale.quote"

[[test]]
say = "bulk price"
intent = "wholesale.quote"
locale = "en"
"#,
    );

    let intent = intents.get("wholesale.quote").unwrap();
    assert_eq!(
        (intent.value, intent.caution, intent.ask.as_slice()),
        (60, Some(0.2), &[Slot::Email, Slot::Budget][..])
    );
    assert_eq!(intents.locales(), ["en", "es"]);
    assert_eq!(intents.examples("en").collect::<Vec<_>>(), [("do you sell wholesale", "wholesale.quote")]);
    assert_eq!(intents.examples("es").count(), 2);
    let tests: Vec<_> = intents.tests().iter().map(|test| (test.locale.as_str(), test.line)).collect();
    assert_eq!(tests, [("es", 19), ("en", 23)]);
    assert_eq!(intents.warnings().len(), 2, "{:?}", intents.warnings());
    assert_eq!(intent.label("en", "en"), "Do you sell wholesale");
}

#[test]
fn the_documentations_examples_are_valid() {
    let documentation = include_str!("../../../docs/intents.md");
    let blocks: Vec<&str> =
        documentation.split("```toml\n").skip(1).map(|rest| rest.split("```").next().unwrap()).collect();

    let intents = intents(&blocks.concat());

    assert_eq!(intents.names().collect::<Vec<_>>(), ["shipping.time", "wholesale.quote"]);
    assert_eq!(intents.tests().len(), 3);
}

#[test]
fn the_documentation_names_the_interfaces_sentences() {
    let documentation = include_str!("../../../docs/intents.md");
    let english: toml::Table = include_str!("../src/words/phrases/en.toml").parse().unwrap();
    // Families are named by their first and last member.
    let families = ["ask_", "invalid_", "label_", "reason_"];

    for key in
        english["say"].as_table().unwrap().keys().filter(|key| !families.iter().any(|family| key.starts_with(family)))
    {
        assert!(documentation.contains(&format!("`say.{key}`")), "say.{key}");
    }
}
