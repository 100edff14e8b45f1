//! Addresses as people write them, and what only looks like one.

use super::*;

fn found(text: &str) -> Option<String> {
    find(&mut text.to_owned(), false).email.map(String::from)
}

#[test]
fn an_address_is_found_in_a_sentence() {
    assert_eq!(found("I'm Ana, ana@acme.example, about $5k").as_deref(), Some("ana@acme.example"));
    assert_eq!(found("not ana@a.example but ana@b.example").as_deref(), Some("ana@b.example"));
    assert_eq!(found("ana@a.example (not ana@b.example)").as_deref(), Some("ana@a.example"));
    assert_eq!(found("follow @acme or meet me at acme.example"), None);
}

#[test]
fn what_is_glued_to_an_address_is_no_part_of_it() {
    for text in [
        "write to <ana@acme.example>.",
        "e-mail=ana@acme.example",
        "mailto:ana@acme.example?subject=hi",
        "📧ana@acme.example",
        "ana@acme.example🙂",
        "«ana@acme.example»",
        "“ana@acme.example”",
        "‘ana@acme.example’",
        "ana@acme.example-",
        "ana@acme.example/bob",
        "ana@acme.example|bob",
        "**ana@acme.example**",
        "mail...ana@acme.example...",
        "_ana@acme.example_",
        "邮箱ana@acme.example谢谢",
        "ana@acme.example.My number is",
        "ana\u{200b}@acme.example",
        "ana＠acme.example",
        "ana@acme．example",
        "(ana@acme.example)",
        "email:ana@acme.example,thanks",
    ] {
        assert_eq!(found(text).as_deref(), Some("ana@acme.example"), "{text}");
    }
    assert_eq!(found("ana+shop@acme.example").as_deref(), Some("ana+shop@acme.example"));
    assert_eq!(found("o’brien@acme.example").as_deref(), Some("o'brien@acme.example"));
}

#[test]
fn a_spaced_address_is_read_where_it_is_unmistakable() {
    for text in [
        "ana @ acme.example",
        "ana@ acme.example",
        "ana @acme.example",
        "email: ana @ acme.example",
        "me: ana@ acme.example ok",
    ] {
        assert_eq!(found(text).as_deref(), Some("ana@acme.example"), "{text}");
    }
    for text in [
        "ig: @ana.shop",
        "see us @acme.example",
        "we sell 3 @ 5.50 each",
        "https://acme.example/@ana/post",
        "https://ana@acme.example/x",
    ] {
        assert_eq!(found(text), None, "{text}");
        assert!(!find(&mut text.to_owned(), false).broken, "{text}");
    }
    let wanted = find(&mut "my email is ana @ acme.example".to_owned(), true);
    assert_eq!(wanted.email.map(String::from).as_deref(), Some("ana@acme.example"));
}

#[test]
fn a_spoken_address_is_read_in_each_language() {
    for text in [
        "ana (at) acme dot example",
        "ana(at)acme.example",
        "ana[at]acme[dot]example",
        "ana at acme dot example",
        "my email is ana AT acme DOT example",
        "ana arroba acme punto example",
        "ana arroba acme ponto example",
        "ana arobase acme point example",
        "ana ät acme punkt example",
        "ana chiocciola acme punto example",
        "ana arroba acme.example",
    ] {
        assert_eq!(found(text).as_deref(), Some("ana@acme.example"), "{text}");
    }
    assert_eq!(found("ana dot lopez at gmail dotcom").as_deref(), Some("ana.lopez@gmail.com"));
    for text in
        ["I'm at acme dot example", "look at acme dot example", "lets meet at barcelona.com store", "open at 5 dot 30"]
    {
        assert_eq!(found(text), None, "{text}");
    }
}

#[test]
fn a_broken_address_is_noticed() {
    for text in [
        "ana@acme",
        "ana@",
        "ana.@acme.example",
        "ana..lopez@acme.example",
        "ana@@acme.example",
        "ana@127.0.0.1",
        "ana@[127.0.0.1]",
        "ana@acme.c0m",
        "a@b@c.example",
        "ana@my_shop.example",
    ] {
        let found = find(&mut text.to_owned(), false);
        assert!(found.broken && found.email.is_none(), "{text} {found:?}");
    }
    assert!(!find(&mut "my handle is @ana".to_owned(), false).broken);
}
