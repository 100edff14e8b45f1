//! Is a mail written by a person, or by a program that must not be answered (RFC 3834)? Automatic mail posts nothing and starts nothing.

use mail_parser::{Message, MimeHeaders};

use super::labels::LABELS;

/// Why a mail is automatic; the first sign that was found, in words for the log.
#[must_use]
pub fn automatic(
    mail: &Message<'_>,
    envelope_from: Option<&str>,
    loop_mark: &str,
    own: &[String],
) -> Option<&'static str> {
    let value = |name: &str| {
        let found = mail.headers_raw().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.trim().to_lowercase())
    };
    let is = |name, wanted: &[&str]| {
        value(name).is_some_and(|value| wanted.iter().any(|wanted| first_word(&value) == *wanted))
    };
    if value("Auto-Submitted").is_some_and(|value| first_word(&value) != "no") {
        return Some("Auto-Submitted says so");
    }
    let returned = envelope_from.map(str::to_owned).or_else(|| value("Return-Path"));
    if returned.is_some_and(|path| matches!(path.trim(), "" | "<>")) {
        return Some("its sender takes no answers");
    }
    if is_report(mail) || value("X-Failed-Recipients").is_some() {
        return Some("it is a delivery report");
    }
    if is("Precedence", &["bulk", "junk", "list", "auto_reply"]) {
        return Some("Precedence says so");
    }
    if mail.headers().iter().any(|header| header.name().to_ascii_lowercase().starts_with("list-")) {
        return Some("it comes from a mailing list");
    }
    for name in ["X-Autoreply", "X-Autorespond", "X-AutoReply-From", "X-MS-Exchange-Inbox-Rules-Loop"] {
        if value(name).is_some() {
            return Some("an autoresponder has marked it");
        }
    }
    if value("X-Loop").is_some_and(|value| value == loop_mark.to_lowercase()) {
        return Some("we have sent it ourselves");
    }
    let from = sender(mail).unwrap_or_default().to_lowercase();
    if own.contains(&from) {
        return Some("we have sent it ourselves");
    }
    let local = from.split('@').next().unwrap_or_default();
    if matches!(local, "mailer-daemon" | "postmaster" | "no-reply" | "noreply" | "do-not-reply" | "donotreply") {
        return Some("its sender is a program");
    }
    let subject = mail.subject().unwrap_or_default().trim().to_lowercase();
    if LABELS.away.iter().any(|away| subject.starts_with(away.as_str())) {
        return Some("its subject is that of an absence note");
    }
    None
}

/// The address in `From`, if there is exactly one.
#[must_use]
pub fn sender<'m>(mail: &'m Message<'_>) -> Option<&'m str> {
    let mut senders = mail.from()?.iter();
    let only = senders.next()?.address()?;
    senders.next().is_none().then_some(only)
}

/// Whether it is a report on the fate of another mail: a bounce, a read receipt, a complaint.
#[must_use]
pub fn is_report(mail: &Message<'_>) -> bool {
    mail.root_part().content_type().is_some_and(|kind| {
        kind.ctype().eq_ignore_ascii_case("multipart")
            && kind.subtype().is_some_and(|it| it.eq_ignore_ascii_case("report"))
    })
}

fn first_word(value: &str) -> &str {
    value.split([';', ' ', '\t', '(', ',']).next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use mail_parser::MessageParser;

    use super::*;

    fn found(head: &str) -> Option<&'static str> {
        let raw = format!("From: Ana <ana@acme.example>\r\nSubject: Re: Hi\r\n{head}\r\n\r\nYes.\r\n");
        let mail = MessageParser::default().parse(raw.as_bytes()).unwrap();
        automatic(&mail, None, "chat.acme.example", &["chat@acme.example".to_owned()])
    }

    #[test]
    fn each_sign_of_a_program_is_seen() {
        for head in [
            "Auto-Submitted: auto-replied",
            "Auto-Submitted: auto-generated; type=x",
            "Return-Path: <>",
            "Content-Type: multipart/report; report-type=delivery-status; boundary=x",
            "X-Failed-Recipients: a@b.example",
            "Precedence: bulk",
            "Precedence: auto_reply",
            "List-Id: <news.acme.example>",
            "List-Post: <mailto:a@b.example>",
            "X-Autoreply: yes",
            "X-Autorespond: x",
            "X-AutoReply-From: a@b.example",
            "X-MS-Exchange-Inbox-Rules-Loop: ana@acme.example",
            "X-Loop: chat.acme.example",
        ] {
            assert!(found(head).is_some(), "{head}");
        }
        for (from, subject) in [
            ("MAILER-DAEMON@acme.example", "Hi"),
            ("no-reply@acme.example", "Hi"),
            ("chat@acme.example", "Hi"),
            ("ana@acme.example", "Automatic reply: Hi"),
            ("ana@acme.example", "Abwesenheitsnotiz: Hi"),
            ("ana@acme.example", "Réponse automatique : Hi"),
            ("ana@acme.example", "Respuesta automática: Hola"),
        ] {
            let raw = format!("From: {from}\r\nSubject: {subject}\r\n\r\nYes.\r\n");
            let mail = MessageParser::default().parse(raw.as_bytes()).unwrap();
            assert!(automatic(&mail, None, "x", &["chat@acme.example".to_owned()]).is_some(), "{from} {subject}");
        }
    }

    #[test]
    fn a_persons_answer_has_none() {
        assert_eq!(found("Auto-Submitted: no"), None);
        assert_eq!(found("Return-Path: <ana@acme.example>"), None);
        assert_eq!(found("X-Auto-Response-Suppress: All"), None);
        assert_eq!(found("X-Loop: elsewhere.example"), None);
        assert_eq!(found("Precedence: first-class"), None);
    }

    #[test]
    fn two_senders_are_none() {
        let mail = MessageParser::default().parse(b"From: a@b.example, c@d.example\r\n\r\nx".as_slice()).unwrap();

        assert_eq!(sender(&mail), None);
    }
}
