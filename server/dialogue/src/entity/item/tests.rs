//! Items named in every way that visitors name them, and words that name none.

use std::collections::BTreeMap;

use super::{find, index, without};
use crate::types::item::{Item, ItemNames, Sheet};

fn item(name: &str, aliases: &[&str], es: &[&str]) -> Item {
    let own = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
    let english =
        Sheet { name: Some(name.into()), aliases: own(aliases), kind: vec!["candle".into()], ..Sheet::default() };
    let spanish = Sheet { aliases: own(es), kind: vec!["vela".into()], ..Sheet::default() };
    Item {
        name: name.into(),
        sheets: BTreeMap::from([("en".to_owned(), english), ("es".to_owned(), spanish)]),
        base: "en".into(),
    }
}

fn shop() -> (Vec<Item>, ItemNames) {
    let items = vec![
        item("Cedar & Salt", &[], &["cedro y sal"]),
        item("Fig Leaf", &["fig"], &["higo", "hoja de higo"]),
        item("Bitter Orange", &[], &["naranja amarga"]),
        item("Rose & Tar", &[], &["rosa y brea"]),
        item("Luna", &[], &[]),
    ];
    let names =
        index(&items, ["is it on sale", "how much is the orange dress", "do you have any in salt white"].into_iter());
    (items, names)
}

fn read(text: &str) -> String {
    let (items, names) = shop();
    let sure = find(&names, text).into_iter().filter(|mention| mention.is_sure);
    sure.flat_map(|mention| mention.items).map(|at| items[at].name.clone()).collect::<Vec<_>>().join(", ")
}

#[test]
fn an_item_is_recognised_whole_misspelt_and_by_half_its_name() {
    let rows = [
        ("how much is the fig leaf candle", "Fig Leaf"),
        ("is the cedar & salt in stock?", "Cedar & Salt"),
        ("cedar and salt?", "Cedar & Salt"),
        ("figleaf price", "Fig Leaf"),
        ("fig-leaf pls", "Fig Leaf"),
        ("figg leaf", "Fig Leaf"),
        ("ceder and salt", "Cedar & Salt"),
        ("do you have biter orange", "Bitter Orange"),
        ("the bitter ornage one", "Bitter Orange"),
        ("salt and cedar", "Cedar & Salt"),
        ("the cedar candle", "Cedar & Salt"),
        ("and the cedar one?", "Cedar & Salt"),
        ("y la de higo?", "Fig Leaf"),
        ("¿cuánto cuesta la vela Cedar & Salt?", "Cedar & Salt"),
        ("la vela de higo", "Fig Leaf"),
        ("fig leaf and cedar & salt", "Fig Leaf, Cedar & Salt"),
        ("FIG LEAF, ROSE AND TAR", "Fig Leaf, Rose & Tar"),
        ("how much is luna", "Luna"),
        ("I love the orange line on my map", ""),
        ("I live in salt lake city", ""),
        ("do you ship to orange county", ""),
        ("please pass the salt", ""),
        ("is it on sale", ""),
        ("how much is the candle", ""),
        ("the leaf fell off my table", ""),
        ("we met under the moon, luna said", ""),
        ("", ""),
    ];
    let wrong: Vec<String> = rows
        .iter()
        .filter(|(text, expected)| read(text) != *expected)
        .map(|(text, expected)| format!("{text:?} names {expected:?}, not {:?}", read(text)))
        .collect();

    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_is_asked_stands_without_the_name() {
    let (_, names) = shop();
    let neutral = |text: &str| without(&names, text);

    assert_eq!(neutral("how much is the fig leaf candle").as_deref(), Some("how much is it"));
    assert_eq!(neutral("Is the Cedar & Salt candle in stock?").as_deref(), Some("Is it in stock?"));
    assert_eq!(neutral("¿cuánto cuesta la vela Cedar & Salt?").as_deref(), Some("¿cuánto cuesta ?"));
    assert_eq!(neutral("y la de higo?").as_deref(), Some("y ?"));
    assert_eq!(
        neutral("Do you ship the Bitter Orange candle to Portugal?").as_deref(),
        Some("Do you ship it to Portugal?")
    );
    assert_eq!(neutral("Fig Leaf").as_deref(), Some(""));
    assert_eq!(neutral("how much is shipping"), None);
}

#[test]
fn a_long_text_is_read_in_one_pass() {
    let items: Vec<Item> = (0..2_000).map(|at| item(&format!("Candle {at} Fig"), &[], &[])).collect();
    let names = index(&items, std::iter::empty());

    let found = find(&names, &"fig ".repeat(10_000));

    assert!(found.len() <= 3_000, "{}", found.len());
}
