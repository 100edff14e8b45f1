//! The site's things as its files describe them: each mistake is named with its line, and what is written by hand goes before what is imported.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use sidedoor_dialogue::{Fact, SourceFile, parse, without_items};

fn file(path: &str, text: &str) -> SourceFile {
    SourceFile { path: path.into(), text: text.into() }
}

fn faults(text: &str) -> Vec<String> {
    parse(&[file("intents/items.toml", text)])
        .map_or_else(|faults| faults.iter().map(ToString::to_string).collect(), |_| Vec::new())
}

fn warnings(text: &str) -> Vec<String> {
    parse(&[file("intents/items.toml", text)]).unwrap().warnings().iter().map(ToString::to_string).collect()
}

#[test]
fn each_mistake_in_an_item_is_named_by_file_line_and_key() {
    let text = "[[item]]\nprice = \"1\"\n[[item]]\nname = \"Fig\"\nalias = \"f\"\nBurn-time = \"1\"\nlink = \"fig\"\n[item.spanish]\nname = \"x\"\n[[item]]\nname = \"Fig\"\n";

    assert_eq!(
        faults(text),
        [
            "intents/items.toml:1: \"name\" is missing; write what the item is called",
            "intents/items.toml:5: \"alias\" is not a key of an item, did you mean \"aliases\"?",
            "intents/items.toml:6: \"Burn-time\" is no name of a fact; use lower-case letters, digits and \"_\", or one of name, aliases, kind, link",
            "intents/items.toml:7: \"link\" is no address; begin it with https://",
            "intents/items.toml:8: \"spanish\" is no language; write [item.es], and facts as key = \"value\"",
            "intents/items.toml:10: \"name\" \"Fig\" is already an item at intents/items.toml:3; rename one or put them together",
        ]
    );
}

#[test]
fn facts_are_texts_numbers_lists_and_yes_or_no() {
    let intents = parse(&[file(
        "a.toml",
        "[[item]]\nname = \"Fig\"\nprice = 9.50\nstock = 3\nvegan = true\nsizes = [\"S\", \"M\"]\n",
    )])
    .unwrap();
    let fact = |key: &str| intents.items()[0].fact(key, "en", "en").cloned();

    assert_eq!(fact("price"), Some(Fact::Text("9.50".into())));
    assert_eq!(fact("stock"), Some(Fact::Count(3)));
    assert_eq!(fact("vegan"), Some(Fact::Flag(true)));
    assert_eq!(fact("sizes"), Some(Fact::Text("S, M".into())));
    assert_eq!(fact("care"), None);
}

#[test]
fn what_is_written_by_hand_adds_to_what_is_imported_whichever_is_read_first() {
    let imported = "generated = true\n[[item]]\nname = \"Fig\"\nprice = \"€28\"\nstock = 3\n";
    let own = "[[item]]\nname = \"Fig\"\naliases = [\"figgy\"]\nprice = \"€30\"\n[item.es]\nname = \"Higo\"\n";

    for files in [[("a.toml", imported), ("b.toml", own)], [("a.toml", own), ("b.toml", imported)]] {
        let intents = parse(&files.map(|(path, text)| file(path, text))).unwrap();

        let [fig] = intents.items() else { panic!("{:?}", intents.items()) };
        assert_eq!(fig.fact("price", "en", "en"), Some(&Fact::Text("€30".into())));
        assert_eq!(fig.fact("stock", "en", "en"), Some(&Fact::Count(3)));
        assert_eq!(fig.called("es", "en"), "Higo");
        assert_eq!(without_items(&intents, "is the figgy one here").as_deref(), Some("is it here"));
    }
}

#[test]
fn names_that_collide_and_facts_that_nothing_has_are_warned_of() {
    let text = "[[intent]]\nname = \"price\"\nexamples = [\"a\", \"b\", \"c\", \"d\", \"e\"]\nreply = [\"{item}: {item.price}\", \"Ask us: {item.care}\"]\n\
                [[item]]\nname = \"Fig Leaf\"\nprice = \"1\"\n[[item]]\nname = \"Leaf & Fig\"\n";

    assert_eq!(
        warnings(text),
        [
            "intents/items.toml:8: \"name\" \"fig leaf\" names both \"Fig Leaf\" and \"Leaf & Fig\"; whoever writes it is told of both. Give one of them another name",
            "intents/items.toml:1: \"reply\" needs {item.care}, which no item has; add it to an [[item]], or the reply is never given",
        ]
    );
    assert!(warnings(&text[..text.find("[[item]]").unwrap()]).is_empty(), "a site without items has nothing to add");
}

#[test]
fn a_placeholder_of_a_fact_has_the_name_of_one() {
    let reply = |reply: &str| faults(&format!("[[intent]]\nname = \"a\"\nexamples = [\"a\"]\nreply = [\"{reply}\"]\n"));

    assert!(reply("{item.burn_time}").is_empty());
    assert!(reply("{item.Burn time}")[0].contains("unknown placeholder {item.Burn time}"));
}
