//! Speaks SMTP over a few kept connections, each step with a time limit of its own.
//!
//! lettre's own pool is not used: its async transport limits nothing but the TCP connect, so a server that goes silent later
//! would hold a mail for ever, and one limit for all steps is either too short after the final dot (RFC 5321 §4.5.3.2 asks
//! for ten minutes; less makes duplicates) or far too long before it.

use std::future::Future;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use lettre::address::Envelope;
use lettre::transport::smtp::Error as SmtpError;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{AsyncSmtpConnection, Certificate, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Noop, Rcpt};
use lettre::transport::smtp::extension::ClientId;
use tokio::time::{Instant, timeout};

use super::relay::{Security, Server};
use crate::channel::Outcome;

/// Connections kept open between mails; more than the outbox delivers at once would never be used.
const MAX_KEPT: usize = 4;
/// How long one is kept unused; servers close idle ones after a minute or more.
const KEPT_FOR: Duration = Duration::from_secs(30);

/// How long a step may take.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// From the first packet to the answer to EHLO, TLS and AUTH included.
    pub connect: Duration,
    /// A command's answer.
    pub command: Duration,
    /// From the mail's first byte to the server's word that it has taken it over.
    pub data: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(30),
            command: Duration::from_secs(60),
            // Ten minutes after the final dot and three to get the mail across.
            data: Duration::from_secs(780),
        }
    }
}

/// Where in a delivery something went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Connect,
    StartTls,
    SignIn,
    Sender,
    Recipient,
    Data,
    Content,
}

/// What went wrong, and where.
#[derive(Debug)]
pub(super) struct Failure {
    step: Step,
    fault: Fault,
}

#[derive(Debug)]
enum Fault {
    Silence(Duration),
    Smtp(SmtpError),
}

/// A mail server with the connections that are open to it.
pub(super) struct Connections {
    server: Server,
    tls: Option<TlsParameters>,
    hello: ClientId,
    patience: Patience,
    kept: Mutex<Vec<(AsyncSmtpConnection, Instant)>>,
}

impl Connections {
    /// Reads the certificates; opens nothing yet. `hello` is what to call ourselves where the URL does not say.
    pub(super) fn new(server: Server, hello: &str, patience: Patience) -> Result<Self, String> {
        let tls = match server.security {
            Security::None => None,
            _ => Some(tls_parameters(&server)?),
        };
        let hello = ClientId::Domain(server.hello.clone().unwrap_or_else(|| hello.to_owned()));
        Ok(Self { server, tls, hello, patience, kept: Mutex::default() })
    }

    /// Sends one mail; `Ok` is the server's word that it has taken it over.
    pub(super) async fn send(&self, envelope: &Envelope, mail: &[u8]) -> Result<String, Failure> {
        let mut connection = match self.take_kept().await {
            Some(connection) => connection,
            None => self.connect().await?,
        };
        match self.hand_over(&mut connection, envelope, mail).await {
            Ok(answer) => {
                self.keep(connection);
                Ok(answer)
            }
            Err(failure) => {
                self.leave(connection, &failure).await;
                Err(failure)
            }
        }
    }

    /// Connects, secures and signs in, as before each mail.
    pub(super) async fn connect(&self) -> Result<AsyncSmtpConnection, Failure> {
        let deadline = Instant::now() + self.patience.connect;
        let left = || deadline.saturating_duration_since(Instant::now());
        let address = (self.server.host.as_str(), self.server.port);
        let from_first_byte = self.tls.clone().filter(|_| self.server.security == Security::Tls);
        let open = AsyncSmtpConnection::connect_tokio1(address, Some(left()), &self.hello, from_first_byte, None);
        let mut connection = limited(left(), Step::Connect, open).await?;

        if let Some(tls) = &self.tls {
            let wanted = match self.server.security {
                Security::StartTls => true,
                Security::Opportunistic => connection.can_starttls(),
                Security::None | Security::Tls => false,
            };
            if wanted {
                limited(left(), Step::StartTls, connection.starttls(tls.clone(), &self.hello)).await?;
            }
        }
        if let Some((user, password)) = &self.server.credentials {
            let credentials = Credentials::new(user.clone(), password.clone());
            limited(left(), Step::SignIn, connection.auth(DEFAULT_MECHANISMS, &credentials)).await?;
        }
        Ok(connection)
    }

    async fn hand_over(
        &self,
        connection: &mut AsyncSmtpConnection,
        envelope: &Envelope,
        mail: &[u8],
    ) -> Result<String, Failure> {
        let command = self.patience.command;
        limited(command, Step::Sender, connection.command(Mail::new(envelope.from().cloned(), Vec::new()))).await?;
        for recipient in envelope.to() {
            limited(command, Step::Recipient, connection.command(Rcpt::new(recipient.clone(), Vec::new()))).await?;
        }
        limited(command, Step::Data, connection.command(Data)).await?;
        let answer = limited(self.patience.data, Step::Content, connection.message(mail)).await?;
        Ok(answer.message().collect::<Vec<_>>().join(" "))
    }

    async fn take_kept(&self) -> Option<AsyncSmtpConnection> {
        loop {
            let (mut connection, since) = self.kept().pop()?;
            let is_young = since.elapsed() < KEPT_FOR;
            if is_young && matches!(timeout(self.patience.connect, connection.command(Noop)).await, Ok(Ok(_))) {
                return Some(connection);
            }
        }
    }

    fn keep(&self, connection: AsyncSmtpConnection) {
        let mut kept = self.kept();
        if kept.len() < MAX_KEPT {
            kept.push((connection, Instant::now()));
        }
    }

    /// Says goodbye where the server still talks; a silent or broken connection is just dropped.
    async fn leave(&self, mut connection: AsyncSmtpConnection, failure: &Failure) {
        if matches!(&failure.fault, Fault::Smtp(error) if error.status().is_some()) {
            let _ = timeout(Duration::from_secs(2).min(self.patience.command), connection.quit()).await;
        }
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, Vec<(AsyncSmtpConnection, Instant)>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Failure {
    /// Whether another try can help.
    ///
    /// 4xx and whatever happens before the mail is spoken of (connection, TLS, sign-in) can: the operator or time mends
    /// them. 5xx about this mail cannot, but for the codes that say "sign in first", which are about us (RFC 4954 §6).
    /// Silence after the final dot leaves it open whether the mail was taken; the same Message-ID lets the other side see that.
    pub(super) fn outcome(&self, server: &Server) -> Outcome {
        let why = format!("{}: {}", server, self.describe(server));
        let is_about_this_mail = matches!(self.step, Step::Sender | Step::Recipient | Step::Data | Step::Content);
        match &self.fault {
            Fault::Smtp(error) if error.is_permanent() && is_about_this_mail => {
                let code = error.status().map(u16::from);
                if matches!(code, Some(530 | 534 | 535 | 538)) { Outcome::retry(why) } else { Outcome::reject(why) }
            }
            _ => Outcome::retry(why),
        }
    }

    /// What went wrong in words, with the remedy where there is one.
    pub(super) fn describe(&self, server: &Server) -> String {
        let while_doing = match self.step {
            Step::Connect if server.security == Security::Tls => "connecting with TLS",
            Step::Connect => "connecting",
            Step::StartTls => "securing the connection (STARTTLS)",
            Step::SignIn => "signing in",
            Step::Sender => "naming the sender",
            Step::Recipient => "naming the recipient",
            Step::Data => "announcing the mail",
            Step::Content => "handing the mail over",
        };
        match &self.fault {
            Fault::Silence(limit) => format!("no answer within {} s while {while_doing}", limit.as_secs()),
            Fault::Smtp(error) => {
                let remedy = match self.step {
                    Step::StartTls if error.is_client() => "; use smtps:// if the server offers TLS on another port",
                    Step::SignIn if error.is_permanent() => "; check user and password in smtp.url, percent-encoded",
                    _ if is_unknown_issuer(error) => {
                        "; if the server has a private authority, add ?ca=FILE.pem to smtp.url"
                    }
                    _ => "",
                };
                format!("{error} while {while_doing}{remedy}")
            }
        }
    }
}

async fn limited<T>(
    limit: Duration,
    step: Step,
    doing: impl Future<Output = Result<T, SmtpError>>,
) -> Result<T, Failure> {
    match timeout(limit, doing).await {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(error)) => Err(Failure { step, fault: Fault::Smtp(error) }),
        Err(_) => Err(Failure { step, fault: Fault::Silence(limit) }),
    }
}

fn tls_parameters(server: &Server) -> Result<TlsParameters, String> {
    let mut builder = TlsParameters::builder(server.host.clone());
    if let Some(file) = &server.authority {
        let named = |error: &dyn std::fmt::Display| format!("smtp.url: ca={}: {error}", file.display());
        let pem = std::fs::read(file).map_err(|error| named(&error))?;
        builder = builder.add_root_certificate(Certificate::from_pem(&pem).map_err(|error| named(&error))?);
    }
    builder.build().map_err(|error| format!("smtp.url: TLS cannot be set up: {error}"))
}

fn is_unknown_issuer(error: &SmtpError) -> bool {
    error.to_string().contains("UnknownIssuer")
}
