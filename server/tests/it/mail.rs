//! A letter to staff, for the tests to send, and what it must say.

use std::collections::BTreeMap;

use sidedoor::channel::letter::Letter;
use sidedoor::config::Site;
use sidedoor::model::{
    Author, Body, ChoiceOption, Consent, Conversation, Event, Field, Form, Lead, Page, Phase, Reason, ScoreReason,
};

const AT: i64 = 1_795_425_000_123;

pub fn site() -> Site {
    toml::from_str(
        r#"
        id = "acme"
        name = "Acme"
        locale = "en"
        staff = ["sales@acme.example"]
        high_value = 50
        hours = { tz = "Europe/Madrid", mon-fri = "09:00-18:00" }
        "#,
    )
    .unwrap()
}

pub fn conversation() -> Conversation {
    let page = |url: &str, referrer: &str| Page {
        url: url.to_owned(),
        title: "Wholesale".to_owned(),
        referrer: referrer.to_owned(),
    };
    Conversation {
        id: "018f0000-0000-7000-8000-00000000002a".parse().unwrap(),
        site: "acme".to_owned(),
        locale: "es-PE".to_owned(),
        phase: Phase::Waiting,
        version: 3,
        last_seq: 4,
        dialogue: "{}".to_owned(),
        first_page: page("https://acme.example/?utm_source=instagram", "https://instagram.com/acme"),
        page: page("https://acme.example/wholesale", ""),
        created_at: AT - 120_000,
        updated_at: AT,
    }
}

pub fn events() -> Vec<Event> {
    let event = |seq: i64, from: Author, body: Body| Event {
        seq,
        at: AT - 60_000 + seq * 10_000,
        from,
        name: None,
        client_id: None,
        locale: None,
        body,
    };
    vec![
        event(1, Author::Visitor, Body::text("Do you sell wholesale? About 500 units for Peru.")),
        event(
            2,
            Author::Bot,
            Body::Choices {
                text: "Happy to help with a bulk order. What is it about?".to_owned(),
                options: vec![ChoiceOption { label: "A quote".to_owned(), value: "wholesale.quote".to_owned() }],
            },
        ),
        event(
            3,
            Author::Bot,
            Body::Form {
                text: "Where can we write to you?".to_owned(),
                form: Form {
                    name: "contact".to_owned(),
                    fields: vec![Field {
                        name: "email".to_owned(),
                        kind: "email".to_owned(),
                        label: "Email".to_owned(),
                        required: true,
                    }],
                    consent: None,
                },
            },
        ),
        event(
            4,
            Author::Visitor,
            Body::Text {
                text: String::new(),
                answers: Some(3),
                option: None,
                fields: Some(BTreeMap::from([("email".to_owned(), "ana@shop.example".to_owned())])),
            },
        ),
    ]
}

pub fn lead() -> Lead {
    let reason = |points: i32, why: &str| ScoreReason { points, why: why.to_owned() };
    Lead {
        id: "018f0000-0000-7000-8000-00000000001e".parse().unwrap(),
        site: "acme".to_owned(),
        conversation: Some(conversation().id),
        email: Some("ana@shop.example".to_owned()),
        email_normal: Some("ana@shop.example".to_owned()),
        phone: Some("+51987654321".to_owned()),
        name: Some("Ana Pérez".to_owned()),
        company: Some("Tienda Andina".to_owned()),
        budget: Some("5000 EUR".to_owned()),
        fields: BTreeMap::from([
            ("order".to_owned(), "A-1001".to_owned()),
            ("quantity".to_owned(), "500 units".to_owned()),
        ]),
        message: None,
        intents: vec!["Wholesale".to_owned()],
        score: 72,
        reasons: vec![reason(60, "asks for a wholesale quote"), reason(12, "gave a company address")],
        consent: Some(Consent { at: AT, wording: "I agree to be contacted about my question.".to_owned() }),
        page: conversation().page,
        utm: BTreeMap::from([("utm_source".to_owned(), "instagram".to_owned())]),
        created_at: AT,
        updated_at: AT,
    }
}

/// Ana asks for a wholesale quote.
pub fn letter() -> Letter {
    let earlier = Lead { updated_at: AT - 86_400_000, score: 15, intents: vec!["Delivery times".to_owned()], ..lead() };
    Letter {
        door: None,
        site: site(),
        recipient: "sales@acme.example".to_owned(),
        reason: Reason::HighValue,
        conversation: Some(conversation()),
        events: events(),
        more: true,
        lead: Some(lead()),
        same_email: vec![earlier],
        message_id: "<c.018f000000007000800000000000002a.4.5f0c9b1e@acme.example>".to_owned(),
        queued_at: AT,
    }
}

fn texts(letter: &Letter) -> (String, String) {
    let written = letter.write("chat@acme.example").unwrap();
    (written.text, written.html)
}

/// What a reader sees of the page.
fn shown(html: &str) -> String {
    let mut shown = String::new();
    for (at, part) in html.split('<').enumerate() {
        shown.push_str(if at == 0 { part } else { part.split_once('>').map_or("", |(_, text)| text) });
    }
    shown
}

/// The markup alone, without what text may add to it: line and word breaks.
fn markup(html: &str) -> Vec<&str> {
    let tags = html.split('<').skip(1).map(|rest| rest.split_once('>').map_or(rest, |(tag, _)| tag));
    tags.filter(|tag| !matches!(*tag, "br" | "wbr")).collect()
}

/// Attribute payloads, tags, comments, conditional comments, entities, template syntax.
const XSS: [&str; 14] = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "\"><svg onload=alert(1)>",
    "' onmouseover='alert(1)",
    "\" style=\"position:fixed",
    "<a href=\"https://evil.example\">click</a>",
    "javascript:alert(1)",
    "<!--[if mso]><script>alert(1)</script><![endif]-->",
    "--><b>",
    "</style></div></body></html><h1>",
    "&lt;script&gt;&#60;b&#62;",
    "{{ 7 * 7 }} {% include \"/etc/passwd\" %}",
    "<iframe srcdoc='<script>alert(1)</script>'>",
    "https://evil.example/login?next=<x>",
];

#[test]
fn a_mail_says_all_that_staff_need_in_text_and_in_html() {
    let (text, html) = texts(&letter());
    let html = html.replace("<wbr>", "");

    for part in [
        "reached the mark",
        "Do you sell wholesale? About 500 units for Peru.",
        "About: Wholesale",
        "Quantity: 500 units",
        "Ana Pérez",
        "Tienda Andina",
        "ana@shop.example",
        "+51987654321",
        "72",
        "+60",
        "asks for a wholesale quote",
        "5000 EUR",
        "A-1001",
        "Happy to help with a bulk order.",
        "[A quote]",
        "Mon 23 Nov 2026",
        // Madrid's time of 09:09:10 UTC.
        "10:09",
        "Europe/Madrid",
        "https://acme.example/wholesale",
        "https://instagram.com/acme",
        "utm_source",
        "Delivery times",
        "I agree to be contacted about my question.",
        "Earlier messages are not shown.",
        "018f0000-0000-7000-8000-00000000002a",
        "Your answer to this mail goes to ana@shop.example, not into the chat.",
    ] {
        assert!(text.contains(part), "{part} in\n{text}");
        assert!(shown(&html).contains(part), "{part} in\n{html}");
    }
}

#[test]
fn their_words_come_first_then_how_to_reach_them_then_what_is_known() {
    let (text, html) = texts(&letter());
    let html = shown(&html);

    for written in [text, html] {
        let places: Vec<usize> = [
            "Do you sell wholesale? About 500 units for Peru.",
            "score reached the mark",
            "ana@shop.example",
            "About: Wholesale",
            "Score: 72 of 100",
            "The chat so far",
            "https://acme.example/wholesale",
            "I agree to be contacted",
        ]
        .iter()
        .map(|part| written.find(part).unwrap_or_else(|| panic!("{part} in\n{written}")))
        .collect();

        assert!(places.is_sorted(), "{places:?} in\n{written}");
    }
}

#[test]
fn the_bots_own_words_are_cut_short_and_a_visitors_never() {
    let mut letter = letter();
    let long = format!("{} the end", "word ".repeat(80));
    letter.events[0].body = Body::text(&long);
    letter.events[1].body = Body::text(&long);

    let (text, _) = texts(&letter);

    let (_, chat) = text.split_once("The chat so far").unwrap();
    assert_eq!(chat.matches("the end").count(), 1, "{chat}");
}

#[test]
fn times_are_those_of_the_sites_zone_also_without_opening_hours() {
    let mut letter = letter();
    letter.site.hours = None;
    letter.site.time_zone = Some("America/Lima".to_owned());

    let (text, _) = texts(&letter);

    // 09:09:10 UTC in Lima.
    assert!(text.contains("04:09") && text.contains("Times in America/Lima."), "{text}");
}

#[test]
fn later_mails_of_an_escalation_have_the_first_ones_subject() {
    let mut first = letter();
    first.reason = Reason::Complaint;
    first.conversation.as_mut().unwrap().dialogue = r#"{"escalated":["complaint","high_value"]}"#.to_owned();
    let passed_on = Event {
        seq: 5,
        from: Author::System,
        body: Body::State { state: Phase::Waiting, text: "Passed on.".to_owned() },
        ..first.events[0].clone()
    };
    let mut later = first.clone();
    later.reason = Reason::Waiting;
    later.events.push(passed_on);
    let more = "And another thing, which is a good deal longer than what was said before it was passed on.";
    later.events.push(Event { seq: 6, body: Body::text(more), ..first.events[0].clone() });

    let subject = |letter: &Letter| letter.write("chat@acme.example").unwrap().subject;

    assert_eq!(subject(&later), format!("Re: {}", subject(&first)));
    assert!(subject(&first).contains("Complaint: Do you sell wholesale?"), "{}", subject(&first));
}

#[test]
fn a_mail_is_written_in_the_sites_language() {
    let mut letter = letter();
    letter.site.locale = "es-MX".to_owned();
    letter.reason = Reason::Complaint;

    let written = letter.write("chat@acme.example").unwrap();

    assert!(written.subject.contains("Queja"), "{}", written.subject);
    assert!(
        written.text.contains("lun 23 nov 2026") && written.text.contains("Puntuación: 72 de 100"),
        "{}",
        written.text
    );
    assert!(written.html.contains("<html lang=\"es\">"));
}

#[test]
fn no_text_of_a_visitor_changes_the_markup() {
    let marked = |words: &str| {
        let mut letter = letter();
        let text = words.to_owned();
        letter.events[0].body = Body::text(&text);
        letter.events[3].body = Body::Rating { score: 1, comment: Some(text.clone()) };
        letter.events[1].name = Some(text.clone());
        letter.events[1].from = Author::Staff;
        let lead = letter.lead.as_mut().unwrap();
        (lead.name, lead.company, lead.budget) = (Some(text.clone()), Some(text.clone()), Some(text.clone()));
        (lead.message, lead.intents) = (Some(text.clone()), vec![text.clone()]);
        lead.fields = BTreeMap::from([(text.clone(), text.clone())]);
        lead.utm = BTreeMap::from([(text.clone(), text.clone())]);
        lead.consent = Some(Consent { at: AT, wording: text.clone() });
        lead.reasons[0].why.clone_from(&text);
        letter.same_email[0].message = Some(text.clone());
        let conversation = letter.conversation.as_mut().unwrap();
        conversation.locale.clone_from(&text);
        for page in [&mut conversation.page, &mut conversation.first_page] {
            (page.title, page.referrer) = (text.clone(), text.clone());
        }
        conversation.page.url.clone_from(&text);
        letter.write("chat@acme.example").unwrap().html
    };
    let harmless = marked("harmless");

    for words in XSS {
        let html = marked(words);

        assert_eq!(markup(&html), markup(&harmless), "{words}");
    }
}

#[test]
fn only_addresses_that_were_read_become_links() {
    for (email, phone, links) in [
        ("ana@shop.example", "+51987654321", vec!["mailto:ana@shop.example", "tel:+51987654321"]),
        ("a&b?bcc=c@shop.example", "javascript:alert(1)", vec!["mailto:a%26b%3Fbcc%3Dc@shop.example"]),
        ("\"<img src=x>\"@shop.example", "+1<b>", vec![]),
    ] {
        let mut letter = letter();
        let lead = letter.lead.as_mut().unwrap();
        (lead.email, lead.phone) = (Some(email.to_owned()), Some(phone.to_owned()));

        let html = letter.write("chat@acme.example").unwrap().html;

        let found: Vec<&str> = html.split("href=\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
        assert_eq!(found, links);
        assert!(!html.contains("<img"), "an image");
    }
}

#[test]
fn a_mail_without_an_address_says_that_an_answer_reaches_nobody() {
    let mut letter = letter();
    letter.lead = None;

    let written = letter.write("chat@acme.example").unwrap();

    assert_eq!(written.reply_to, None);
    assert!(written.text.contains("No email address or phone number yet."));
    assert!(written.text.contains("does not reach the visitor"));
}

#[test]
fn the_visitors_words_in_the_subject_are_short_and_on_one_line() {
    let mut letter = letter();
    letter.events[0].body = Body::text(format!("urgent\r\nBcc: x@y.example {}", "word ".repeat(100)));

    let subject = letter.write("chat@acme.example").unwrap().subject;

    let (_, excerpt) = subject.split_once("inquiry: ").unwrap();
    assert!(excerpt.chars().count() <= 60 && !subject.contains(['\r', '\n']), "{subject:?}");
}

#[test]
fn a_request_for_a_person_does_not_hide_what_it_is_about() {
    let mut letter = letter();
    letter.reason = Reason::Asked;
    letter.events[3].body = Body::text("person please");

    let written = letter.write("chat@acme.example").unwrap();

    assert!(written.subject.contains("Do you sell wholesale?"), "{}", written.subject);
    let (quoted, _) = written.text.split_once("-- Contact").unwrap();
    assert!(quoted.contains("About 500 units for Peru.\n    person please"), "{quoted}");
}
