//! Whom a text names, and whom it does not.

use super::*;

fn found(text: &str) -> Option<String> {
    find(text, None).map(|found| found.name)
}

fn found_beside(text: &str, local: &str) -> Option<String> {
    find(text, Some(local)).map(|found| found.name)
}

#[test]
fn a_name_is_found_where_it_is_introduced() {
    for (text, name) in [
        ("I'm Ana, about $5k", "Ana"),
        ("I’m Ana López and I need bags", "Ana López"),
        ("my name is ana", "Ana"),
        ("my name is wanjiru kamau and I need bags", "Wanjiru Kamau"),
        ("soy Ana y quiero un bolso", "Ana"),
        ("me llamo ana lópez", "Ana López"),
        ("sou a Ana", "Ana"),
        ("je m'appelle Zoé Martin, bonjour", "Zoé Martin"),
        ("ich heiße Jürgen", "Jürgen"),
        ("mi chiamo Paolo", "Paolo"),
        ("hello, my name is Jean-Luc O'Brien.", "Jean-Luc O'Brien"),
        ("Hi, this is Tom from Acme", "Tom"),
        ("moi c'est Chloé", "Chloé"),
        ("hier ist Katrin Müller", "Katrin Müller"),
        ("sono Marco, vorrei un preventivo", "Marco"),
        ("Do you ship?\nBest regards,\nPriya Shah", "Priya Shah"),
        ("¿Hacen envíos? Un saludo, Lucía", "Lucía"),
        ("Danke\nLG Anna", "Anna"),
        ("Hi, Ana here, do you ship?", "Ana"),
    ] {
        assert_eq!(found(text).as_deref(), Some(name), "{text}");
    }
}

#[test]
fn what_one_is_does_or_feels_is_no_name() {
    for text in [
        "soy de Madrid",
        "ich bin auf der Suche",
        "je suis intéressé",
        "sono interessato",
        "I'm looking for a bag",
        "I'm Looking For A Bag",
        "I'm In Madrid",
        "I am interested",
        "i'm ok",
        "my name is not important",
        "my name is none of your business",
        "I'm Muslim",
        "I'm British and live in Leeds",
        "I'm Disabled",
        "I'm Christian",
        "I AM STILL WAITING",
        "THIS IS RIDICULOUS",
        "This is Urgent!",
        "soy Autónomo",
        "Soy Vegetariana",
        "SOY CLIENTA DESDE HACE AÑOS",
        "Ich bin Kunde bei Ihnen",
        "Ich bin Händler aus Köln",
        "Je suis Végétarienne",
        "Sono Italiana",
        "Sou Lojista em Lisboa",
        "this is Really Bad",
        "call me Monday",
        "My dog's name is Rex",
        "My dog's name's Rex",
        "the product name is Luna",
        "company name: Acme",
        "Hi Ana, do you ship to Spain?",
        "Thanks, Acme Team",
    ] {
        assert_eq!(found(text), None, "{text}");
    }
}

#[test]
fn an_address_vouches_for_a_name() {
    assert_eq!(found_beside("hola soy ana, mi correo \u{FFFC}", "ana").as_deref(), Some("Ana"));
    assert_eq!(found_beside("\u{FFFC} Ana", "ana").as_deref(), Some("Ana"));
    assert_eq!(found_beside("\u{FFFC}\nWanjiru Kamau", "w.kamau").as_deref(), None);
    assert_eq!(found_beside("Wanjiru Kamau, \u{FFFC}", "wanjiru").as_deref(), Some("Wanjiru Kamau"));
    assert_eq!(found_beside("my name is \u{FFFC} thanks", "ana"), None);
    assert_eq!(found_beside("name: ana lopez email: \u{FFFC}", "ana").as_deref(), Some("Ana Lopez"));
    assert_eq!(found_beside("I'm Disabled \u{FFFC}", "disabled.fan"), None);
}

#[test]
fn an_answer_is_a_name_with_what_people_write_around_it() {
    for (text, name) in [
        ("ana maría lópez", "Ana María López"),
        ("Ana 😊", "Ana"),
        ("Ana Lopez :)", "Ana Lopez"),
        ("Ana here", "Ana"),
        ("soy Ana", "Ana"),
        ("moi c'est Zoé", "Zoé"),
        ("Lopez, Ana", "Ana Lopez"),
        ("Maria Lopez, Lumen Boutique", "Maria Lopez"),
        ("it's Wanjiru", "Wanjiru"),
        ("Ana López García de la Torre", "Ana López García de la Torre"),
        ("john the third", "John The Third"),
        ("X Æ A-12", "X Æ A-12"),
        ("An", "An"),
        ("Mr Bean", "Mr Bean"),
        ("Frau Müller", "Frau Müller"),
        ("J. R. Smith", "J. R. Smith"),
        ("will smith", "Will Smith"),
        ("Ana, I need a bag", "Ana"),
        ("MOHAMMED", "MOHAMMED"),
        ("Christian", "Christian"),
        ("李明", "李明"),
        ("Ana ❤️", "Ana"),
        ("hi im ana", "Ana"),
        ("sure, Ana", "Ana"),
        ("ana xx", "Ana"),
        ("Ana please", "Ana"),
        ("ana lopez thanks", "Ana Lopez"),
        ("name's Ana", "Ana"),
        ("Ana from Madrid", "Ana"),
        ("Ángel de Andrés", "Ángel de Andrés"),
        ("Li Wei", "Li Wei"),
    ] {
        assert_eq!(parse(text).as_deref(), Some(name), "{text}");
    }
}

#[test]
fn what_is_said_instead_of_a_name_is_none() {
    for text in [
        "It's me, can you tell me the price of the bag first",
        "12345",
        "hi",
        "lol",
        "wait a sec",
        "para qué lo quieres",
        "why do you need it?",
        "THIS IS RIDICULOUS",
        "RIDICULOUS",
        "I'm Disabled",
        "I'm Spanish",
        "I'm Looking for a bag",
        "one moment please",
        "moment bitte",
        "cool thanks",
        "vale",
        "asdf",
        "hjkl",
        "aaaa",
        "none of your business",
        "just browsing",
        "I'd rather not say",
        "do you ship to spain",
        "An order",
        "un moment",
        "pas maintenant",
        "non lo so",
        "ainda não",
        "lieber nicht",
        "blue candle please",
        "",
    ] {
        assert_eq!(parse(text), None, "{text}");
    }
}

#[test]
fn a_forms_name_may_be_any_line_without_markup() {
    assert_eq!(parse_field(" Ana  & Co. 3rd ").as_deref(), Some("Ana & Co. 3rd"));
    assert_eq!(parse_field("<b>Ana</b>"), None);
    assert_eq!(parse_field("Ana\u{0}"), None);
    assert_eq!(parse_field("123"), None);
}
