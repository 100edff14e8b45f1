//! Reports on mail of ours: bounces (RFC 3464) and complaints (RFC 5965), and what each means for the address.

use mail_parser::{Message, MessageParser, MimeHeaders, PartType};

/// What a report says of one recipient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// What became of the mail.
    pub class: BounceClass,
    /// The recipient as the report names it; often missing or redacted, so the envelope's token goes first.
    pub recipient: Option<String>,
    /// Message-ID of the mail that is reported on, without angle brackets, where its head is attached.
    pub message_id: Option<String>,
    /// For staff: the status and what the other server said, on one line.
    pub evidence: String,
}

/// What a bounce means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BounceClass {
    /// There is no such mailbox: never write there again.
    Hard,
    /// Not now: full, away, broken.
    Soft,
    /// Refused because of us: reputation, policy, a missing signature. Never the person's fault.
    Block,
    /// Somebody pressed "this is spam".
    Complaint,
    /// Delayed, delivered, an absence note: nothing to do.
    Nothing,
}

const HARD_TEXTS: [&str; 8] = [
    "user unknown",
    "no such user",
    "mailbox unavailable",
    "does not exist",
    "doesn't have a",
    "address rejected",
    "recipient not found",
    "unknown user",
];
const BLOCK_TEXTS: [&str; 4] = ["spam", "blocked", "reputation", "policy"];

/// Classifies an answer of a mail server: an enhanced status (RFC 3463) such as `5.1.1`, the reply code, and its words.
#[must_use]
pub fn classify(status: Option<&str>, code: Option<u16>, text: &str) -> BounceClass {
    let text = text.to_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| text.contains(word));
    let parts: Vec<u16> = status.unwrap_or_default().split('.').filter_map(|part| part.parse().ok()).collect();
    match parts[..] {
        [2, ..] => BounceClass::Nothing,
        [4 | 5, 7, _] => BounceClass::Block,
        [4, ..] => BounceClass::Soft,
        [5, 1, 1 | 2 | 3 | 6 | 10] | [5, 2, 1] => BounceClass::Hard,
        [5, 4, 4] if text.contains("domain") => BounceClass::Hard,
        [5, 2, 2 | 3] | [5, 3, 4] | [5, 4, _] => BounceClass::Soft,
        [5, 0 | 5, 0] | [] if code.is_none_or(|code| code >= 500) && (code.is_some() || !parts.is_empty()) => {
            if says(&HARD_TEXTS) {
                BounceClass::Hard
            } else if says(&BLOCK_TEXTS) {
                BounceClass::Block
            } else {
                BounceClass::Soft
            }
        }
        [5, ..] if says(&BLOCK_TEXTS) => BounceClass::Block,
        // A report without a status, and what no list knows.
        _ => BounceClass::Soft,
    }
}

/// Reads the reports in a mail; none where it is no report.
#[must_use]
pub fn reports(mail: &Message<'_>) -> Vec<Report> {
    let message_id = original_message_id(mail);
    let mut reports = Vec::new();
    for part in &mail.parts {
        let Some(kind) = part.content_type() else { continue };
        let kind = format!("{}/{}", kind.ctype(), kind.subtype().unwrap_or_default()).to_ascii_lowercase();
        let text = match &part.body {
            PartType::Text(text) | PartType::Html(text) => text.clone(),
            PartType::Binary(bytes) | PartType::InlineBinary(bytes) => String::from_utf8_lossy(bytes),
            PartType::Message(_) | PartType::Multipart(_) => continue,
        };
        match kind.as_str() {
            "message/delivery-status" | "message/global-delivery-status" => {
                reports.extend(blocks(&text).into_iter().filter_map(|fields| delivery(&fields, message_id.as_deref())));
            }
            "message/feedback-report" => {
                reports
                    .extend(blocks(&text).into_iter().filter_map(|fields| complaint(&fields, message_id.as_deref())));
            }
            _ => {}
        }
    }
    reports
}

type Fields = Vec<(String, String)>;

fn field<'f>(fields: &'f Fields, name: &str) -> Option<&'f str> {
    fields.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
}

/// The blocks of `Name: value` lines, names in lower case, folded lines joined.
fn blocks(text: &str) -> Vec<Fields> {
    let mut blocks = vec![Fields::new()];
    for line in text.lines() {
        let block = blocks.last_mut().expect("there is always one");
        if line.trim().is_empty() {
            if !block.is_empty() {
                blocks.push(Fields::new());
            }
        } else if line.starts_with([' ', '\t']) {
            if let Some((_, value)) = block.last_mut() {
                value.push(' ');
                value.push_str(line.trim());
            }
        } else if let Some((name, value)) = line.split_once(':') {
            block.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
        }
    }
    blocks
}

fn delivery(fields: &Fields, message_id: Option<&str>) -> Option<Report> {
    let recipient = field(fields, "original-recipient").or_else(|| field(fields, "final-recipient"));
    let action = field(fields, "action").unwrap_or_default().to_ascii_lowercase();
    let status = field(fields, "status").map(first_word);
    // The block about the message as a whole names neither.
    if recipient.is_none() && status.is_none() {
        return None;
    }
    let diagnostic = field(fields, "diagnostic-code").unwrap_or_default();
    let words = diagnostic.split_once(';').map_or(diagnostic, |(_, words)| words).trim();
    let code = words.get(..3).and_then(|code| code.parse().ok());
    let class = match action.as_str() {
        "failed" | "" => classify(status, code, words),
        _ => BounceClass::Nothing,
    };
    Some(Report {
        class,
        recipient: recipient.map(address_of),
        message_id: message_id.map(str::to_owned),
        evidence: crate::channel::clean::for_log(&format!("{} {words}", status.unwrap_or("no status"))),
    })
}

fn complaint(fields: &Fields, message_id: Option<&str>) -> Option<Report> {
    let kind = field(fields, "feedback-type")?.to_ascii_lowercase();
    let class = if matches!(kind.as_str(), "abuse" | "fraud" | "virus") {
        BounceClass::Complaint
    } else {
        BounceClass::Nothing
    };
    let recipient = field(fields, "original-rcpt-to").map(address_of).filter(|address| address.contains('@'));
    Some(Report {
        class,
        recipient,
        message_id: message_id.map(str::to_owned),
        evidence: format!("reported as {kind}"),
    })
}

/// The Message-ID in the attached mail, or in its attached head.
fn original_message_id(mail: &Message<'_>) -> Option<String> {
    mail.parts.iter().skip(1).find_map(|part| match &part.body {
        PartType::Message(original) => original.message_id().map(str::to_owned),
        PartType::Text(text) if part.content_type().is_some_and(|kind| kind.subtype() == Some("rfc822-headers")) => {
            MessageParser::default().parse(text.as_bytes())?.message_id().map(str::to_owned)
        }
        _ => None,
    })
}

/// `rfc822; <ana@acme.example>` without what stands around the address.
fn address_of(value: &str) -> String {
    let address = value.split_once(';').map_or(value, |(_, address)| address);
    address.trim().trim_matches(['<', '>']).to_owned()
}

fn first_word(value: &str) -> &str {
    value.split_whitespace().next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(raw: &str) -> Vec<Report> {
        reports(&MessageParser::default().parse(raw.replace('\n', "\r\n").as_bytes()).unwrap())
    }

    const DSN: &str = "From: MAILER-DAEMON@mx.example
To: bounce+x@in.acme.example
Subject: Undelivered Mail
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b
Content-Type: text/plain

Sorry.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example
Arrival-Date: Mon, 23 Nov 2026 10:00:00 +0000

Final-Recipient: rfc822; ana@example.org
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 <ana@example.org>:
 User unknown

--b
Content-Type: text/rfc822-headers

From: Acme <chat@acme.example>
Message-ID: <n.17.018f@acme.example>
Subject: Hi

--b--
";

    #[test]
    fn a_bounce_names_recipient_mail_and_reason() {
        let reports = read(DSN);

        assert_eq!(reports.len(), 1);
        assert_eq!(reports[0].class, BounceClass::Hard);
        assert_eq!(reports[0].recipient.as_deref(), Some("ana@example.org"));
        assert_eq!(reports[0].message_id.as_deref(), Some("n.17.018f@acme.example"));
        assert!(reports[0].evidence.contains("User unknown"), "{}", reports[0].evidence);
    }

    #[test]
    fn a_mail_that_is_only_late_has_not_bounced() {
        let delayed = DSN.replace("Action: failed", "Action: delayed").replace("Status: 5.1.1", "Status: 4.4.1");

        assert_eq!(read(&delayed)[0].class, BounceClass::Nothing);
    }

    #[test]
    fn a_complaint_is_read_though_its_recipient_is_hidden() {
        let report = "From: feedback@mx.example
Subject: complaint
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary=b

--b
Content-Type: text/plain

Complaint.
--b
Content-Type: message/feedback-report

Feedback-Type: abuse
User-Agent: mx/1
Version: 1
Original-Mail-From: bounce+x@in.acme.example
Original-Rcpt-To: redacted

--b
Content-Type: message/rfc822

From: Acme <news@acme.example>
Message-ID: <n.17.018f@acme.example>

Hi
--b--
";
        let reports = read(report);

        assert_eq!(reports.len(), 1);
        assert_eq!(reports[0].class, BounceClass::Complaint);
        assert_eq!(reports[0].recipient, None);
        assert_eq!(reports[0].message_id.as_deref(), Some("n.17.018f@acme.example"));
    }

    #[test]
    fn each_status_has_its_class() {
        use BounceClass::{Block, Hard, Nothing, Soft};
        for (status, code, text, class) in [
            (Some("5.1.1"), Some(550), "", Hard),
            (Some("5.1.10"), Some(556), "null MX", Hard),
            (Some("5.2.1"), Some(550), "disabled", Hard),
            (Some("5.4.4"), Some(550), "Domain not found", Hard),
            (Some("5.4.4"), Some(550), "no route", Soft),
            (Some("5.2.2"), Some(552), "mailbox full", Soft),
            (Some("5.7.1"), Some(550), "relay denied", Block),
            (Some("5.7.26"), Some(550), "unauthenticated", Block),
            (Some("4.7.28"), Some(421), "rate", Block),
            (Some("4.2.2"), Some(452), "full", Soft),
            (Some("2.0.0"), Some(250), "", Nothing),
            (None, Some(550), "No such user here", Hard),
            (None, Some(554), "message looks like spam", Block),
            (None, Some(554), "transaction failed", Soft),
            (Some("5.0.0"), Some(550), "user unknown", Hard),
            (None, Some(450), "user unknown, try later", Soft),
            (None, None, "", Soft),
        ] {
            assert_eq!(classify(status, code, text), class, "{status:?} {code:?} {text}");
        }
    }

    #[test]
    fn an_ordinary_mail_reports_nothing() {
        assert_eq!(read("From: a@b.example\nSubject: x\n\nStatus: 5.1.1\n"), []);
    }
}
