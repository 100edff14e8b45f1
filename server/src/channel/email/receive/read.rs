//! A raw mail (RFC 5322, MIME) as the desk needs it: who wrote, to which of our addresses, what is new in it.

use mail_parser::{Address, HeaderName, HeaderValue, Message, MessageParser, MimeHeaders};
use sha2::{Digest, Sha256};

use super::automatic::{automatic, sender};
use super::bounce::{Report, reports};
use super::html::text_of;
use super::strip::{Cut, strip};
use crate::channel::clean;

/// The most that is read of a mail.
pub const MAX_MAIL_BYTES: usize = 25 * 1024 * 1024;
/// Longest name of an attachment that staff are shown, in characters.
const MAX_NAME: usize = 100;
const MAX_ATTACHMENTS: usize = 20;
const MAX_REFERENCES: usize = 20;

/// What is known of a mail's way to us, and of ourselves.
#[derive(Clone, Copy, Debug, Default)]
pub struct Delivery<'a> {
    /// The envelope's recipient, where the way in names it.
    pub to: Option<&'a str>,
    /// The envelope's sender, where the way in names it; empty for a bounce.
    pub from: Option<&'a str>,
    /// What our own mails carry in `X-Loop`.
    pub loop_mark: &'a str,
    /// The addresses that we send from, in lower case.
    pub own: &'a [String],
}

/// A mail that came in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InboundMail {
    /// What makes it the same mail when it comes again: its Message-ID, else the SHA-256 of all of it.
    pub key: String,
    /// Its only sender's address, in lower case; `None` where there are none or several.
    pub from: Option<String>,
    /// The sender's display name.
    pub from_name: String,
    /// One line.
    pub subject: String,
    /// The addresses that it was sent to, the surest first: envelope, `Delivered-To`, `X-Original-To`, `X-Forwarded-To`, `To`, `Cc`.
    pub recipients: Vec<String>,
    /// The Message-IDs that it answers, the nearest first, without angle brackets.
    pub answers: Vec<String>,
    /// What was written anew, and what was cut away.
    pub text: Cut,
    /// The names of what is attached.
    pub attachments: Vec<String>,
    /// Why it was not written by a person, if so.
    pub automatic: Option<&'static str>,
    /// What it reports of mails of ours.
    pub reports: Vec<Report>,
}

/// Reads a mail; `None` where it is none, or larger than [`MAX_MAIL_BYTES`].
#[must_use]
pub fn read(raw: &[u8], delivery: Delivery<'_>) -> Option<InboundMail> {
    if raw.len() > MAX_MAIL_BYTES {
        return None;
    }
    let mail = MessageParser::default().parse(raw)?;
    let key = match mail.message_id().map(str::trim).filter(|id| !id.is_empty()) {
        Some(id) => id.to_owned(),
        None => format!("sha256:{}", hex(&Sha256::digest(raw))),
    };
    let attachments = mail.attachments().take(MAX_ATTACHMENTS).map(|part| {
        let name = part.attachment_name().map(|name| clean::line(name, MAX_NAME)).filter(|name| !name.is_empty());
        name.unwrap_or_else(|| "attachment".to_owned())
    });
    Some(InboundMail {
        key,
        from: sender(&mail).map(str::to_lowercase),
        from_name: clean::line(
            mail.from().and_then(Address::first).and_then(|it| it.name()).unwrap_or_default(),
            MAX_NAME,
        ),
        subject: clean::line(mail.subject().unwrap_or_default(), 200),
        recipients: recipients(&mail, delivery.to),
        answers: answers(&mail),
        text: strip(&words(&mail)),
        attachments: attachments.collect(),
        automatic: automatic(&mail, delivery.from, delivery.loop_mark, delivery.own),
        reports: reports(&mail),
    })
}

/// The text as it was written; of HTML only where there is no text, or a blank one.
fn words(mail: &Message<'_>) -> String {
    let mut text = String::new();
    for part in mail.text_bodies() {
        let Some(body) = part.text_contents() else { continue };
        if part.is_text_html() {
            continue;
        }
        let flowed = part.content_type().and_then(|kind| kind.attribute("format"));
        let flowed = flowed.is_some_and(|format| format.eq_ignore_ascii_case("flowed"));
        text.push_str(&if flowed { unflowed(body) } else { body.to_owned() });
        text.push('\n');
    }
    if text.trim().is_empty() {
        let html: String =
            mail.html_bodies().filter(|part| part.is_text_html()).filter_map(|part| part.text_contents()).collect();
        return text_of(&html);
    }
    text
}

/// Joins the lines that `format=flowed` has broken at a space (RFC 3676), each with others of its own depth of quotes.
fn unflowed(text: &str) -> String {
    let mut joined = String::with_capacity(text.len());
    let mut open: Option<usize> = None;
    for line in text.lines() {
        let depth = line.bytes().take_while(|byte| *byte == b'>').count();
        let words = &line[depth..];
        let words = words.strip_prefix(' ').unwrap_or(words);
        let is_signature = words == "-- ";
        if open == Some(depth) && !is_signature {
            joined.push_str(words);
        } else {
            if open.is_some() {
                joined.push('\n');
            }
            joined.push_str(&line[..depth]);
            if depth > 0 {
                joined.push(' ');
            }
            joined.push_str(words);
        }
        open = (words.ends_with(' ') && !is_signature).then_some(depth);
        if open.is_none() {
            joined.push('\n');
        }
    }
    joined
}

fn recipients(mail: &Message<'_>, envelope: Option<&str>) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut add = |address: &str| {
        let address = address.trim().trim_matches(['<', '>']).to_lowercase();
        if address.contains('@') && !found.contains(&address) {
            found.push(address);
        }
    };
    envelope.into_iter().for_each(&mut add);
    for name in ["Delivered-To", "X-Original-To", "X-Forwarded-To"] {
        for header in mail.headers().iter().filter(|header| header.name().eq_ignore_ascii_case(name)) {
            match header.value() {
                HeaderValue::Text(text) => text.split(',').for_each(&mut add),
                HeaderValue::TextList(list) => list.iter().for_each(|text| add(text)),
                HeaderValue::Address(list) => list.iter().filter_map(|it| it.address()).for_each(&mut add),
                _ => {}
            }
        }
    }
    for list in [mail.to(), mail.cc()].into_iter().flatten() {
        list.iter().filter_map(|it| it.address()).for_each(&mut add);
    }
    found
}

fn answers(mail: &Message<'_>) -> Vec<String> {
    let ids = |name: HeaderName<'static>| match mail.header(name) {
        Some(HeaderValue::Text(id)) => vec![id.to_string()],
        Some(HeaderValue::TextList(ids)) => ids.iter().map(ToString::to_string).collect(),
        _ => Vec::new(),
    };
    let mut answers = ids(HeaderName::InReplyTo);
    for id in ids(HeaderName::References).into_iter().rev().take(MAX_REFERENCES) {
        if !answers.contains(&id) {
            answers.push(id);
        }
    }
    answers
}

fn hex(bytes: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(raw: &str) -> InboundMail {
        read(raw.replace('\n', "\r\n").as_bytes(), Delivery { loop_mark: "chat.acme.example", ..Delivery::default() })
            .unwrap()
    }

    #[test]
    fn an_answer_is_read_with_all_that_the_desk_needs() {
        let mail = of("From: =?utf-8?Q?Ana_P=C3=A9rez?= <Ana@Acme.example>
To: Acme chat <reply+abc@in.acme.example>
Cc: boss@acme.example
Delivered-To: REPLY+ABC@in.acme.example
Subject: Re: [Acme 018f2a] New inquiry
Message-ID: <m1@acme.example>
In-Reply-To: <c.2@acme.example>
References: <c.root@acme.example> <c.1@acme.example> <c.2@acme.example>
Content-Type: text/plain; charset=iso-8859-1
Content-Transfer-Encoding: quoted-printable

S=ED, enviamos.

> =BFEnv=EDan?
");

        assert_eq!(mail.key, "m1@acme.example");
        assert_eq!(mail.from.as_deref(), Some("ana@acme.example"));
        assert_eq!(mail.from_name, "Ana Pérez");
        assert_eq!(mail.recipients, ["reply+abc@in.acme.example", "boss@acme.example"]);
        assert_eq!(mail.answers, ["c.2@acme.example", "c.1@acme.example", "c.root@acme.example"]);
        assert_eq!(mail.text.reply, "Sí, enviamos.");
        assert_eq!(mail.automatic, None);
    }

    #[test]
    fn a_mail_without_an_id_is_known_by_all_of_it() {
        let (one, same, other) =
            (of("From: a@b.example\n\nYes."), of("From: a@b.example\n\nYes."), of("From: a@b.example\n\nNo."));

        assert!(one.key.starts_with("sha256:"));
        assert_eq!(one.key, same.key);
        assert_ne!(one.key, other.key);
    }

    #[test]
    fn html_is_read_only_where_there_is_no_text() {
        let both = "From: a@b.example
MIME-Version: 1.0
Content-Type: multipart/alternative; boundary=b

--b
Content-Type: text/plain

TEXT
--b
Content-Type: text/html

<p>Yes from HTML.</p>
--b--
";
        assert_eq!(of(&both.replace("TEXT", "Yes from text.")).text.reply, "Yes from text.");
        assert_eq!(of(&both.replace("TEXT", " ")).text.reply, "Yes from HTML.");
    }

    #[test]
    fn flowed_lines_are_joined_and_quotes_kept_apart() {
        let mail = of(
            "From: a@b.example\nContent-Type: text/plain; format=flowed\n\nYes, we \nship to Peru.\n> Do you \n> ship?\n-- \nAna\n",
        );

        assert_eq!(mail.text.reply, "Yes, we ship to Peru.");
    }

    #[test]
    fn what_is_attached_is_named_and_nothing_more() {
        let mail = of("From: a@b.example
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=b

--b
Content-Type: text/plain

See the list.
--b
Content-Type: application/pdf
Content-Disposition: attachment; filename=\"prices\u{202e}.pdf\"

x
--b--
");
        assert_eq!(mail.text.reply, "See the list.");
        assert_eq!(mail.attachments, ["prices.pdf"]);
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_the_reader_panic(raw in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..400)) {
            if let Some(mail) = read(&raw, Delivery::default()) {
                proptest::prop_assert!(!mail.key.is_empty());
            }
        }
    }
}
