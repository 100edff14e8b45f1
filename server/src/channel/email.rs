//! The email channel: hands letters to a mail server by lettre, or to a folder. Nothing outside this module says lettre.

mod compose;
mod connection;
mod folder;
pub mod receive;
mod relay;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;

use self::compose::{Post, Sender};
use self::connection::Connections;
pub use self::connection::Patience;
pub use self::relay::{Relay, RelayError, Security, Server};
use super::address::Address;
use super::letter::Letter;
use super::mail::Mail;
use super::{ConfigError, Outcome};
use crate::clock::{Clock, Millis};
use crate::config;
use crate::id::{ConversationId, TaskId};

/// The email channel, ready to deliver.
pub struct Email {
    from: Sender,
    loop_mark: String,
    way: Way,
}

enum Way {
    Folder(PathBuf),
    Server(Box<Connections>, Server),
}

impl Email {
    /// Reads `smtp.url` and `smtp.from`; opens no connection. `public_url`'s host marks our mails as our own.
    ///
    /// The error names the key and the remedy.
    pub fn new(smtp: &config::Smtp, public_url: &str) -> Result<Self, ConfigError> {
        Self::with_patience(smtp, public_url, Patience::default())
    }

    /// As [`Email::new`], with other time limits.
    pub fn with_patience(smtp: &config::Smtp, public_url: &str, patience: Patience) -> Result<Self, ConfigError> {
        let from = Sender::parse(&smtp.from).map_err(ConfigError)?;
        let way = match Relay::parse(&smtp.url).map_err(|error| ConfigError(error.to_string()))? {
            Relay::Folder(folder) => Way::Folder(folder),
            Relay::Server(server) => {
                let connections =
                    Connections::new(server.clone(), from.address.domain(), patience).map_err(ConfigError)?;
                Way::Server(Box::new(connections), server)
            }
        };
        let host = url::Url::parse(public_url).ok().and_then(|url| url.host_str().map(str::to_owned));
        let loop_mark = host.unwrap_or_else(|| from.address.domain().to_owned());
        Ok(Self { from, loop_mark, way })
    }

    /// Tries once to deliver `letter`. A letter that cannot be made into a mail, even one that panics, is rejected.
    pub async fn deliver(&self, letter: &Letter) -> Outcome {
        self.send(|sender| letter.mail(sender)).await
    }

    /// Tries once to send the mail that `write` makes, told the address that it comes from. If no mail can be made, even if
    /// making it panics, it is rejected.
    pub async fn send(&self, write: impl FnOnce(&str) -> Result<Mail, String>) -> Outcome {
        let domain = self.from.address.domain();
        let made = catch_unwind(AssertUnwindSafe(|| {
            let mail = write(&self.from.address.to_string())?;
            let to = Address::parse(&mail.to).map_err(|error| format!("recipient: {error}"))?;
            let post = Post {
                from: &self.from,
                to: &to,
                reply_to: mail.reply_to.as_ref().map(|(name, address)| (name.as_str(), address)),
                subject: &mail.subject,
                text: mail.text,
                html: mail.html,
                message_id: &mail.message_id,
                thread: mail.thread.map(|conversation| thread_id(conversation, domain)),
                list: mail.list.map(|(name, label)| (name, format!("{label}.{domain}"))),
                loop_mark: &self.loop_mark,
                at: mail.at,
            };
            compose::compose(&post).map(|(envelope, bytes)| (mail.at, mail.message_id, envelope, bytes))
        }));
        match made {
            Ok(Ok((at, message_id, envelope, bytes))) => self.hand_over(at, &message_id, &envelope, bytes).await,
            Ok(Err(why)) => Outcome::reject(format!("no mail can be made of it: {why}")),
            Err(_) => Outcome::reject("no mail can be made of it: making it panicked"),
        }
    }

    async fn hand_over(
        &self,
        at: Millis,
        message_id: &str,
        envelope: &lettre::address::Envelope,
        mail: Vec<u8>,
    ) -> Outcome {
        match &self.way {
            Way::Folder(folder) => {
                let (path, message_id) = (folder.clone(), message_id.to_owned());
                let written = tokio::task::spawn_blocking(move || folder::write(&path, at, &message_id, &mail)).await;
                match written {
                    Ok(Ok(())) => Outcome::Sent,
                    Ok(Err(error)) => Outcome::retry(format!("{}: {error}", folder.display())),
                    Err(error) => Outcome::retry(format!("{}: {error}", folder.display())),
                }
            }
            Way::Server(connections, server) => match connections.send(envelope, &mail).await {
                Ok(_) => Outcome::Sent,
                Err(failure) => failure.outcome(server),
            },
        }
    }
}

fn thread_id(conversation: ConversationId, mail_domain: &str) -> String {
    format!("<c.{}.root@{mail_domain}>", conversation.uuid().simple())
}

/// What trying the mail server showed: what worked, in order, and what did not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Checked {
    /// One sentence for each thing that worked.
    pub done: Vec<String>,
    /// The first thing that did not, with its remedy.
    pub fault: Option<String>,
}

/// Tries `smtp` for real, as `sidedoor doctor` does: connects, secures, signs in, and with `send_to` sends a test mail.
pub async fn check(smtp: &config::Smtp, public_url: &str, send_to: Option<&str>, clock: &Clock) -> Checked {
    let mut checked = Checked::default();
    checked.fault = try_each(smtp, public_url, send_to, clock, &mut checked.done).await.err();
    checked
}

async fn try_each(
    smtp: &config::Smtp,
    public_url: &str,
    send_to: Option<&str>,
    clock: &Clock,
    done: &mut Vec<String>,
) -> Result<(), String> {
    let email = Email::new(smtp, public_url).map_err(|error| error.to_string())?;
    let to = send_to.map(|to| Address::parse(to).map_err(|error| format!("{to}: {error}"))).transpose()?;
    match &email.way {
        Way::Folder(folder) => {
            std::fs::create_dir_all(folder)
                .map_err(|error| format!("{}: {error}; make the folder writable", folder.display()))?;
            done.push(format!("mails are written to {} and not sent", folder.display()));
        }
        Way::Server(connections, server) => {
            let mut connection =
                connections.connect().await.map_err(|failure| format!("{server}: {}", failure.describe(server)))?;
            done.push(format!("{server} answers"));
            done.push(match (connection.is_encrypted(), server.security) {
                (true, _) => format!("the connection is encrypted and the certificate is made out to {}", server.host),
                (false, Security::None) => "the connection is not encrypted, as smtp.url says".to_owned(),
                (false, _) => "the connection is not encrypted: the server offers no STARTTLS".to_owned(),
            });
            if let Some((user, _)) = &server.credentials {
                done.push(format!("signed in as {user}"));
            }
            let _ = tokio::time::timeout(std::time::Duration::from_secs(5), connection.quit()).await;
        }
    }
    let Some(to) = to else { return Ok(()) };
    let (now, domain) = (clock.now(), email.from.address.domain());
    let post = Post {
        from: &email.from,
        to: &to,
        reply_to: None,
        subject: "Sidedoor test mail",
        text: "This is the test mail that `sidedoor doctor` sends. Mail from your chat arrives here.\n".to_owned(),
        html:
            "<p>This is the test mail that <code>sidedoor doctor</code> sends. Mail from your chat arrives here.</p>\n"
                .to_owned(),
        message_id: &format!("<test.{}@{domain}>", TaskId::new().uuid().simple()),
        thread: None,
        list: None,
        loop_mark: &email.loop_mark,
        at: now,
    };
    let (envelope, mail) = compose::compose(&post)?;
    match email.hand_over(now, post.message_id, &envelope, mail).await {
        Outcome::Sent => {
            done.push(format!("a test mail to {to} was taken; see that it arrives, and not as spam"));
            Ok(())
        }
        Outcome::Retry { why } | Outcome::Reject { why } => Err(why),
    }
}
