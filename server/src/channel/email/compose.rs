//! Turns a written letter into the bytes of a mail: headers that mail programs act on, text before HTML, everything encoded.

use std::time::{Duration, UNIX_EPOCH};

use lettre::address::Envelope;
use lettre::message::header::{ContentTransferEncoding, ContentType, HeaderName, HeaderValue};
use lettre::message::{Body, Mailbox, Message, MultiPart, SinglePart};

use crate::channel::address::Address;
use crate::channel::clean;
use crate::clock::Millis;
use crate::model;

/// Longest display name, in characters.
const MAX_NAME: usize = 80;
/// Longest subject, in characters; the visitor's own words take at most 60 of them.
const MAX_SUBJECT: usize = 160;

/// A display name with its address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Sender {
    pub(super) name: String,
    pub(super) address: Address,
}

impl Sender {
    /// Reads `Acme chat <chat@acme.example>` or a bare address.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let model::Mailbox { name, address } =
            model::Mailbox::parse(text).map_err(|error| format!("smtp.from: {text:?}: {error}"))?;
        Ok(Self { name: clean::line(&name, MAX_NAME), address })
    }
}

/// Everything that a mail is made of.
#[derive(Clone, Debug)]
pub(super) struct Post<'a> {
    pub(super) from: &'a Sender,
    pub(super) to: &'a Address,
    /// Whom an answer reaches; the sender where it is absent.
    pub(super) reply_to: Option<(&'a str, &'a Address)>,
    pub(super) subject: &'a str,
    pub(super) text: String,
    pub(super) html: String,
    /// With its angle brackets.
    pub(super) message_id: &'a str,
    /// The Message-ID that groups a conversation's mails, though no mail ever had it.
    pub(super) thread: Option<String>,
    /// Name and id of the list that mail rules can sort by.
    pub(super) list: Option<(String, String)>,
    /// What our own inbound mail is known by.
    pub(super) loop_mark: &'a str,
    pub(super) at: Millis,
}

/// The envelope and the bytes, or why there can be none.
pub(super) fn compose(post: &Post<'_>) -> Result<(Envelope, Vec<u8>), String> {
    let from = mailbox(&post.from.name, &post.from.address)?;
    let to = mailbox("", post.to)?;
    let envelope =
        Envelope::new(Some(from.email.clone()), vec![to.email.clone()]).map_err(|error| error.to_string())?;
    let since_epoch = Duration::from_millis(u64::try_from(post.at).unwrap_or_default());

    let mut message = Message::builder()
        .from(from)
        .to(to)
        .subject(clean::line(post.subject, MAX_SUBJECT))
        .date(UNIX_EPOCH + since_epoch)
        .message_id(Some(message_id(post.message_id)?))
        .envelope(envelope.clone());
    if let Some((name, address)) = post.reply_to {
        message = message.reply_to(mailbox(name, address)?);
    }
    if let Some(thread) = &post.thread {
        message = message.in_reply_to(message_id(thread)?).references(message_id(thread)?);
    }
    message = message
        .raw_header(header("Auto-Submitted", "auto-generated")?)
        // Not "All": that would also suppress the bounces that we want.
        .raw_header(header("X-Auto-Response-Suppress", "DR, RN, NRN, OOF, AutoReply")?)
        .raw_header(header("X-Loop", post.loop_mark)?);
    if let Some((name, id)) = &post.list {
        message = message.raw_header(header("List-Id", &format!("{} <{id}>", list_name(name)))?);
    }
    let parts = MultiPart::alternative()
        .singlepart(part(ContentType::TEXT_PLAIN, post.text.clone())?)
        .singlepart(part(ContentType::TEXT_HTML, post.html.clone())?);
    let message = message.multipart(parts).map_err(|error| error.to_string())?;
    Ok((envelope, message.formatted()))
}

/// Quoted-printable whatever the text: no line is long, no line begins with a bare dot, no LF travels without its CR.
fn part(kind: ContentType, text: String) -> Result<SinglePart, String> {
    let encoding = ContentTransferEncoding::QuotedPrintable;
    let body = Body::new_with_encoding(text, encoding)
        .map_err(|_| "the text cannot be quoted-printable".to_owned())?
        .into_vec();
    let lines: Vec<Vec<u8>> = body.split(|&byte| byte == b'\n').map(without_bare_dot).collect();
    let body = Body::dangerous_pre_encoded(lines.join(&b'\n'), encoding);
    Ok(SinglePart::builder().header(kind).body(body))
}

/// A line with nothing but a dot ends a mail on its way between servers. SMTP escapes it too; a relay that forgets to must not
/// be able to cut a mail short.
fn without_bare_dot(line: &[u8]) -> Vec<u8> {
    /// Of a line of quoted-printable, with its CR (RFC 2045, 6.7).
    const MAX_BYTES: usize = 77;
    match line.strip_prefix(b".") {
        None => line.to_vec(),
        Some(rest) if rest.len() + 3 <= MAX_BYTES => [b"=2E", rest].concat(),
        // Too long by two: the rest goes on in the next line.
        Some(rest) => [b"=2E=\r\n".as_slice(), &without_bare_dot(rest)].concat(),
    }
}

fn mailbox(name: &str, address: &Address) -> Result<Mailbox, String> {
    // lettre panics on a display name with a line break; the name is also what a phone shows largest, so it must not pretend
    // to be an address.
    let name = clean::line(&name.replace(['<', '>', '@'], " "), MAX_NAME);
    let email = lettre::Address::new(address.local(), address.domain()).map_err(|error| error.to_string())?;
    Ok(Mailbox::new(Some(name).filter(|name| !name.is_empty()), email))
}

fn message_id(id: &str) -> Result<String, String> {
    let inner = id.strip_prefix('<').and_then(|id| id.strip_suffix('>')).unwrap_or_default();
    let is_id =
        inner.contains('@') && inner.len() <= 200 && inner.bytes().all(|b| b.is_ascii_graphic() && !b"<>".contains(&b));
    if is_id { Ok(id.to_owned()) } else { Err(format!("message id {id:?} is not <local@domain>")) }
}

/// A phrase for `List-Id`: quoted, since a brand's name may hold a comma or a full stop.
fn list_name(name: &str) -> String {
    let name = clean::line(&name.replace(['"', '\\', '<', '>'], " "), MAX_NAME);
    if name.is_ascii() { format!("\"{name}\"") } else { name }
}

fn header(name: &'static str, value: &str) -> Result<HeaderValue, String> {
    let header = HeaderName::new_from_ascii(name.to_owned()).map_err(|error| error.to_string())?;
    Ok(HeaderValue::new(header, clean::line(value, MAX_SUBJECT)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn post<'a>(from: &'a Sender, to: &'a Address, subject: &'a str, text: &str, reply_name: &'a str) -> Post<'a> {
        Post {
            from,
            to,
            reply_to: Some((reply_name, to)),
            subject,
            text: text.to_owned(),
            html: format!("<p>{}</p>", text.len()),
            message_id: "<c.1.2.3@acme.example>",
            thread: Some("<c.1.root@acme.example>".to_owned()),
            list: Some((subject.to_owned(), "escalations.acme.example".to_owned())),
            loop_mark: "chat.acme.example",
            at: 1_795_425_000_123,
        }
    }

    fn head(bytes: &[u8]) -> Vec<String> {
        let mail = String::from_utf8(bytes.to_vec()).expect("a mail is ASCII");
        let (head, _) = mail.split_once("\r\n\r\n").expect("a mail has a body");
        head.replace("\r\n ", " ").replace("\r\n\t", " ").split("\r\n").map(str::to_owned).collect()
    }

    #[test]
    fn no_line_begins_with_a_dot_or_grows_too_long_by_hiding_it() {
        let hidden = |line: &str| String::from_utf8(without_bare_dot(line.as_bytes())).expect("ASCII");

        assert_eq!(hidden(".\r"), "=2E\r");
        assert_eq!(hidden("no. 1\r"), "no. 1\r");
        let long = format!("..{}\r", "x".repeat(74));
        assert_eq!(hidden(&long).replace("=\r\n", "").replace("=2E", "."), long);
        assert!(hidden(&long).split("\r\n").all(|line| !line.starts_with('.') && line.trim_end().len() <= 76));
    }

    proptest! {
        #[test]
        fn no_name_or_subject_adds_a_header(name in any::<String>(), subject in any::<String>(), text in any::<String>()) {
            let from = Sender { name: name.clone(), address: Address::parse("chat@acme.example").expect("valid") };
            let to = Address::parse("ana@acme.example").expect("valid");

            let (_, bytes) = compose(&post(&from, &to, &subject, &text, &name)).expect("any text composes");

            prop_assert!(bytes.is_ascii());
            prop_assert!(!bytes.contains(&0));
            let mail = String::from_utf8_lossy(&bytes);
            prop_assert!(!mail.replace("\r\n", "").contains(['\r', '\n']), "a bare CR or LF");
            prop_assert!(mail.split("\r\n").all(|line| line.len() <= 998 && line != "."));
            let names: Vec<String> = head(&bytes).iter().map(|line| line.split(':').next().unwrap_or_default().to_owned()).collect();
            prop_assert_eq!(names, [
                "From", "To", "Subject", "Date", "Message-ID", "Reply-To", "In-Reply-To", "References", "Auto-Submitted",
                "X-Auto-Response-Suppress", "X-Loop", "List-Id", "MIME-Version", "Content-Type",
            ]);
        }

        #[test]
        fn any_address_that_the_policy_takes_composes(local in "[!-~]{1,70}", domain in "[!-~]{1,40}") {
            if let Ok(to) = Address::parse(&format!("{local}@{domain}.example")) {
                let from = Sender { name: String::new(), address: to.clone() };

                let composed = compose(&post(&from, &to, "s", "t", ""));

                prop_assert!(composed.is_ok(), "{to}: {composed:?}");
            }
        }
    }

    #[test]
    fn a_sender_is_read_with_and_without_a_name() {
        let named = Sender::parse("Acme chat <chat@acme.example>").expect("valid");
        let bare = Sender::parse("chat@acme.example").expect("valid");

        assert_eq!((named.name.as_str(), named.address.to_string().as_str()), ("Acme chat", "chat@acme.example"));
        assert_eq!((bare.name.as_str(), bare.address.to_string().as_str()), ("", "chat@acme.example"));
        assert!(Sender::parse("Acme chat").expect_err("no address").starts_with("smtp.from"));
    }
}
