//! A mail server of the tests' own, and what the email channel makes of every fault it can have.

use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use serde_json::{Value, json};
use sidedoor::channel::Outcome;
use sidedoor::channel::email::{Email, Patience, check};
use sidedoor::clock::Clock;
use sidedoor::config::Smtp;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::mpsc;

use crate::mail::letter;

/// Far longer than anything here takes, even on a loaded machine.
const AT_LAST: Duration = Duration::from_secs(60);
const PUBLIC_URL: &str = "https://chat.acme.example";

/// aiosmtpd on a free port, misbehaving as told; ends with the test.
pub struct MailServer {
    child: Child,
    pub port: u16,
    events: mpsc::UnboundedReceiver<Value>,
    log: Vec<Value>,
}

impl MailServer {
    /// Starts one; `want` is described in `tests/smtp/server.py`.
    pub async fn start(want: Value) -> Self {
        let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
        let setup = Command::new(root.join("../bin/setup-smtp")).output().await.expect("bin/setup-smtp can be run");
        assert!(setup.status.success(), "{}", String::from_utf8_lossy(&setup.stderr));
        let mut child = Command::new("python3")
            .arg(root.join("tests/smtp/server.py"))
            .arg(want.to_string())
            .env("PYTHONPATH", String::from_utf8_lossy(&setup.stdout).trim())
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("python3 can be run");
        let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines();
        let (sender, events) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            while let Ok(Some(line)) = lines.next_line().await {
                let _ = sender.send(serde_json::from_str(&line).expect("an event is JSON"));
            }
        });
        let mut server = Self { child, port: 0, events, log: Vec::new() };
        let ready = server.until("ready").await;
        server.port = u16::try_from(ready["port"].as_u64().unwrap()).unwrap();
        server
    }

    /// Waits for an event of this name, beginning with the oldest not seen yet.
    pub async fn until(&mut self, name: &str) -> Value {
        loop {
            let event = tokio::time::timeout(AT_LAST, self.events.recv()).await;
            let event = event.unwrap_or_else(|_| panic!("no {name} but {:?}", self.log)).expect("the server runs");
            self.log.push(event.clone());
            if event["event"] == name {
                return event;
            }
        }
    }

    /// The next mail that was handed over, whether taken or not.
    pub async fn mail(&mut self) -> Value {
        self.until("mail").await
    }

    /// Stops it; all that it ever told.
    pub async fn end(mut self) -> Vec<Value> {
        drop(self.child.stdin.take());
        while let Some(event) = self.events.recv().await {
            self.log.push(event);
        }
        self.log
    }

    pub fn smtp(&self) -> Smtp {
        smtp(&format!("smtp://127.0.0.1:{}", self.port))
    }
}

pub fn smtp(url: &str) -> Smtp {
    Smtp { url: url.to_owned(), from: "Acme chat <chat@acme.example>".to_owned() }
}

/// Short, so that a stalled server is given up while the test waits.
pub fn impatient() -> Patience {
    let limit = Duration::from_millis(1_500);
    Patience { connect: limit, command: limit, data: limit }
}

fn certificate(name: &str) -> String {
    format!("{}/tests/smtp/certificates/{name}.pem", env!("CARGO_MANIFEST_DIR"))
}

fn said_by_client(log: &[Value]) -> String {
    log.iter().filter(|event| event["event"] == "bytes").filter_map(|event| event["text"].as_str()).collect()
}

fn header<'a>(mail: &'a Value, name: &str) -> Vec<&'a str> {
    let headers = mail["headers"].as_array().unwrap();
    headers.iter().filter(|header| header[0] == name).map(|header| header[1].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_mail_has_every_header_that_mail_programs_act_on() {
    let mut server = MailServer::start(json!({})).await;
    let email = Email::new(&server.smtp(), PUBLIC_URL).unwrap();

    assert_eq!(email.deliver(&letter()).await, Outcome::Sent);

    let mail = server.mail().await;
    assert_eq!((&mail["from"], &mail["to"]), (&json!("chat@acme.example"), &json!(["sales@acme.example"])));
    for (name, value) in [
        ("From", "Acme chat <chat@acme.example>"),
        ("To", "sales@acme.example"),
        ("Reply-To", "Ana Pérez <ana@shop.example>"),
        ("Message-ID", "<c.018f000000007000800000000000002a.4.5f0c9b1e@acme.example>"),
        ("In-Reply-To", "<c.018f000000007000800000000000002a.root@acme.example>"),
        ("References", "<c.018f000000007000800000000000002a.root@acme.example>"),
        ("Auto-Submitted", "auto-generated"),
        ("X-Auto-Response-Suppress", "DR, RN, NRN, OOF, AutoReply"),
        ("X-Loop", "chat.acme.example"),
        ("List-Id", "\"Acme escalations\" <escalations.acme.example>"),
        ("Subject", "[Acme 00002a] High-value inquiry: Do you sell wholesale? About 500 units for Peru."),
        ("Date", "Mon, 23 Nov 2026 09:10:00 +0000"),
    ] {
        assert_eq!(header(&mail, name), [value], "{name}");
    }
    assert_eq!(header(&mail, "Precedence"), Vec::<&str>::new());
    let raw = mail["raw"].as_str().unwrap();
    assert!(raw.find("text/plain").unwrap() < raw.find("text/html").unwrap());
}

#[tokio::test]
async fn a_second_mail_uses_the_same_connection() {
    let mut server = MailServer::start(json!({})).await;
    let email = Email::new(&server.smtp(), PUBLIC_URL).unwrap();

    email.deliver(&letter()).await;
    email.deliver(&letter()).await;

    for _ in 0..2 {
        server.mail().await;
    }
    assert_eq!(said_by_client(&server.end().await).matches("EHLO").count(), 1);
}

#[tokio::test]
async fn whatever_a_visitor_types_arrives_as_one_mail_to_the_same_recipient() {
    let evil = "MAIL FROM:<evil@x.example>\r\nRCPT TO:<victim@x.example>\r\nDATA\r\nSubject: smuggled";
    let long = "x".repeat(3_000);
    let corpus = [
        "\r\n.\r\n",
        "\n.\n",
        "\n.\r\n",
        "\r.\r",
        "\r\n.\r",
        "\n.\r",
        ".\r\n",
        "\r\n..\r\n",
        "\0\r\n.\r\n",
        "\u{2028}.\u{2028}",
    ];
    let mut server = MailServer::start(json!({})).await;
    let email = Email::new(&server.smtp(), PUBLIC_URL).unwrap();

    for end in corpus {
        let words = format!("first{end}{evil}{end}{long}{end}last");
        let mut letter = letter();
        letter.events[0].body = sidedoor::model::Body::text(&words);
        let lead = letter.lead.as_mut().unwrap();
        (lead.name, lead.company, lead.page.url) = (Some(words.clone()), Some(words.clone()), words.clone());

        assert_eq!(email.deliver(&letter).await, Outcome::Sent, "{end:?}");

        let mail = server.mail().await;
        assert_eq!(mail["to"], json!(["sales@acme.example"]), "{end:?}");
        let raw = mail["raw"].as_str().unwrap();
        assert!(raw.split("\r\n").all(|line| line.len() <= 998), "{end:?}");
        assert!(!raw.replace("\r\n", "").contains(['\r', '\n', '\0']), "{end:?}");
        assert!(mail["text"].as_str().unwrap().contains("last"), "{end:?}");
        assert_eq!(header(&mail, "Subject").len(), 1);
    }
    let mails = server.end().await.iter().filter(|event| event["event"] == "mail").count();
    assert_eq!(mails, corpus.len());
}

#[tokio::test]
async fn answers_of_the_mail_server_decide_between_later_and_never() {
    for (at, reply, is_for_ever) in [
        ("banner", "421 4.3.2 too busy", false),
        ("banner", "554 5.7.1 no service for you", false),
        ("mail", "451 4.7.1 greylisted", false),
        ("mail", "530 5.7.0 sign in first", false),
        ("mail", "550 5.1.8 sender refused", true),
        ("rcpt", "450 4.2.1 mailbox busy", false),
        ("rcpt", "550 5.1.1 <sales@acme.example>: no such user", true),
        ("data", "451 4.3.0 try later", false),
        ("dot", "421 4.4.2 shutting down", false),
        ("dot", "451 4.3.0 disk full", false),
        ("dot", "554 5.6.0 refused", true),
    ] {
        let server = MailServer::start(json!({"script": [{"at": at, "reply": reply}]})).await;
        let email = Email::new(&server.smtp(), PUBLIC_URL).unwrap();

        let outcome = email.deliver(&letter()).await;

        match (&outcome, is_for_ever) {
            (Outcome::Retry { why }, false) | (Outcome::Reject { why }, true) => {
                assert!(why.contains(&reply[..3]), "{at} {reply}: {why}");
                assert!(!why.contains("sales@"), "an address in {why}");
            }
            _ => panic!("{at} {reply}: {outcome:?}"),
        }
    }
}

#[tokio::test]
async fn a_mail_server_that_is_not_there_is_tried_again() {
    let port = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    let email = Email::new(&smtp(&format!("smtp://127.0.0.1:{port}")), PUBLIC_URL).unwrap();

    let outcome = email.deliver(&letter()).await;

    assert!(matches!(&outcome, Outcome::Retry { why } if why.contains(&port.to_string())), "{outcome:?}");
}

#[tokio::test]
async fn a_mail_server_that_goes_silent_is_given_up_at_its_step() {
    for (at, named) in [
        ("banner", "connecting"),
        ("ehlo", "connecting"),
        ("mail", "sender"),
        ("rcpt", "recipient"),
        ("data", "announcing"),
        ("dot", "handing"),
    ] {
        let server = MailServer::start(json!({"script": [{"at": at, "stall": true}]})).await;
        let email = Email::with_patience(&server.smtp(), PUBLIC_URL, impatient()).unwrap();

        let outcome = tokio::time::timeout(AT_LAST, email.deliver(&letter())).await.expect("it does not wait for ever");

        assert!(
            matches!(&outcome, Outcome::Retry { why } if why.contains("no answer") && why.contains(named)),
            "{at}: {outcome:?}"
        );
    }
}

#[tokio::test]
async fn a_mail_goes_over_tls_with_a_password_once_the_certificate_is_good() {
    for (scheme, query, tls) in [("smtp", "tls=required&", "starttls"), ("smtps", "", "wrapped")] {
        let mut server =
            MailServer::start(json!({"tls": tls, "certificate": certificate("valid"), "auth": true})).await;
        let url =
            format!("{scheme}://me%40acme.example:secret@localhost:{}?{query}ca={}", server.port, certificate("ca"));
        let email = Email::new(&smtp(&url), PUBLIC_URL).unwrap();

        assert_eq!(email.deliver(&letter()).await, Outcome::Sent, "{url}");

        assert_eq!(server.until("auth").await["user"], "me@acme.example");
        assert_eq!(server.mail().await["encrypted"], true, "{url}");
    }
}

#[tokio::test]
async fn nothing_is_sent_where_the_connection_is_not_safe() {
    let on = |tls: &str, name: &str| json!({"tls": tls, "certificate": certificate(name), "auth": true});
    for (scheme, query, want) in [
        // STARTTLS taken away by somebody on the way.
        ("smtp", "tls=required&", json!({"auth": true})),
        ("smtp", "tls=required&", on("starttls", "expired")),
        ("smtp", "tls=required&", on("starttls", "other-host")),
        ("smtp", "tls=required&", on("starttls", "self-signed")),
        ("smtps", "", on("wrapped", "expired")),
        ("smtps", "", on("wrapped", "other-host")),
        ("smtps", "", on("wrapped", "self-signed")),
    ] {
        let server = MailServer::start(want.clone()).await;
        let url = format!("{scheme}://me:secret@localhost:{}?{query}ca={}", server.port, certificate("ca"));
        let email = Email::with_patience(&smtp(&url), PUBLIC_URL, Patience::default()).unwrap();

        let outcome = email.deliver(&letter()).await;

        assert!(matches!(outcome, Outcome::Retry { .. }), "{want}: {outcome:?}");
        let log = server.end().await;
        let said = said_by_client(&log);
        assert!(!said.contains("AUTH") && !said.contains("MAIL") && !said.contains("secret"), "{want}: {said:?}");
        assert!(!log.iter().any(|event| event["event"] == "mail"));
    }
}

#[tokio::test]
async fn a_password_that_is_refused_is_tried_again_since_it_can_be_mended() {
    let server = MailServer::start(json!({"tls": "wrapped", "certificate": certificate("valid"), "auth": true})).await;
    let url = format!("smtps://me:wrong@localhost:{}?ca={}", server.port, certificate("ca"));

    let outcome = Email::new(&smtp(&url), PUBLIC_URL).unwrap().deliver(&letter()).await;

    assert!(
        matches!(&outcome, Outcome::Retry { why } if why.contains("535") && why.contains("check user")),
        "{outcome:?}"
    );
}

#[tokio::test]
async fn the_doctor_tries_the_mail_server_for_real() {
    let mut server =
        MailServer::start(json!({"tls": "starttls", "certificate": certificate("valid"), "auth": true})).await;
    let url = format!("smtp://me:secret@localhost:{}?tls=required&ca={}", server.port, certificate("ca"));

    let checked = check(&smtp(&url), PUBLIC_URL, Some("ops@acme.example"), &Clock::manual(1_795_425_000_000)).await;

    assert_eq!(checked.fault, None);
    let done = checked.done.join("\n");
    assert!(done.contains("answers") && done.contains("encrypted") && done.contains("signed in as me"), "{done}");
    assert_eq!(server.mail().await["to"], json!(["ops@acme.example"]));
}

#[tokio::test]
async fn the_doctor_names_what_is_wrong_and_the_remedy() {
    let stripped = MailServer::start(json!({})).await;
    let untrusted = MailServer::start(json!({"tls": "wrapped", "certificate": certificate("valid")})).await;
    for (url, named) in [
        (format!("smtp://localhost:{}?tls=required", stripped.port), "smtps://"),
        (format!("smtps://localhost:{}", untrusted.port), "?ca=FILE.pem"),
        ("smtps://localhost?ca=/nowhere.pem".to_owned(), "/nowhere.pem"),
        ("smtp://me:secret@mx.acme.example".to_owned(), "?tls=required"),
    ] {
        let checked = check(&smtp(&url), PUBLIC_URL, None, &Clock::manual(0)).await;

        assert!(checked.fault.as_ref().is_some_and(|fault| fault.contains(named)), "{url}: {checked:?}");
    }
}

#[test]
fn the_mail_settings_of_the_demo_are_good() {
    let config = sidedoor::config::Config::default();

    assert!(Email::new(&config.smtp, &config.public_url).is_ok());
}

#[tokio::test]
async fn mails_are_written_into_a_folder_where_the_url_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let email = Email::new(&smtp(&format!("file://{}/a/b", folder.path().display())), PUBLIC_URL).unwrap();

    let outcomes = (email.deliver(&letter()).await, email.deliver(&letter()).await);

    assert_eq!(outcomes, (Outcome::Sent, Outcome::Sent));
    let files: Vec<_> =
        std::fs::read_dir(folder.path().join("a/b")).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(files.len(), 1, "a second try replaces the first: {files:?}");
    let name = files[0].file_name().unwrap().to_str().unwrap();
    assert!(name.starts_with("20261123T091000.123Z_c.018f") && name.ends_with(".eml"), "{name}");
    assert!(std::fs::read_to_string(&files[0]).unwrap().contains("Subject: [Acme 00002a]"));
}
