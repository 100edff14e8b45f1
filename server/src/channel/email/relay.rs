//! Reads `smtp.url`: which mail server, how it is secured, or which folder takes the mails instead.

use std::fmt;
use std::path::PathBuf;

use url::{Host, Url};

/// Where mail goes.
#[derive(Clone, Debug)]
pub enum Relay {
    /// `file://DIR`: each mail becomes an `.eml` file.
    Folder(PathBuf),
    /// A mail server that takes mail for the rest of the world.
    Server(Server),
}

/// A mail server, as the URL names it.
#[derive(Clone)]
pub struct Server {
    /// Host name or address; the certificate must be made out to it.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// How the connection is secured.
    pub security: Security,
    /// User and password, decoded.
    pub credentials: Option<(String, String)>,
    /// What to call ourselves in EHLO, where the URL's path says so.
    pub hello: Option<String>,
    /// A PEM file of a further certificate authority to believe, for a mail server with a private one.
    pub authority: Option<PathBuf>,
}

/// How the connection to a mail server is secured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Security {
    /// Not at all.
    None,
    /// STARTTLS if it is offered: anybody on the way can take the offer away.
    Opportunistic,
    /// STARTTLS, or nothing is sent.
    StartTls,
    /// TLS from the first byte.
    Tls,
}

/// Why a URL is refused: names the part and the remedy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("smtp.url: {0}")]
pub struct RelayError(String);

impl Relay {
    /// Reads lettre's URL form, more strictly than lettre does: what it would silently pass over is an error here.
    pub fn parse(text: &str) -> Result<Self, RelayError> {
        if let Some(folder) = text.strip_prefix("file://") {
            // Taken as it stands, so that `file://data/mail` is a folder beside the database rather than a host named "data".
            return match folder {
                "" => refuse("file:// names no folder; write file://data/mail"),
                folder => Ok(Self::Folder(PathBuf::from(folder))),
            };
        }
        let url = Url::parse(text)
            .map_err(|error| RelayError(format!("{error}; write smtp://HOST, smtps://HOST or file://DIR")))?;
        Server::read(&url).map(Self::Server)
    }
}

impl Server {
    fn read(url: &Url) -> Result<Self, RelayError> {
        // A scheme that the URL standard does not know leaves the host as it was typed, so it is parsed again here.
        let host = match url.host_str() {
            Some(host) if !host.is_empty() => {
                Host::parse(host).map_err(|error| RelayError(format!("host {host:?}: {error}")))?
            }
            _ => return refuse("no host; write smtp://HOST or smtps://HOST"),
        };
        let (mut tls, mut authority) = (None, None);
        for (key, value) in url.query_pairs() {
            match key.as_ref() {
                "tls" if tls.is_none() => tls = Some(value.into_owned()),
                "ca" if authority.is_none() && !value.is_empty() => authority = Some(PathBuf::from(value.into_owned())),
                "tls" | "ca" => return refuse(format!("{key}= must be given once, with a value")),
                _ => return refuse(format!("unknown key {key:?} after the ?; known are tls and ca")),
            }
        }
        let security = match (url.scheme(), tls.as_deref()) {
            ("smtp", None) => Security::None,
            ("smtp", Some("required")) => Security::StartTls,
            ("smtp", Some("opportunistic")) => Security::Opportunistic,
            ("smtps", None) => Security::Tls,
            ("smtp", Some(tls)) => {
                return refuse(format!("tls={tls} is unknown; write tls=required or tls=opportunistic"));
            }
            ("smtps", Some(_)) => {
                return refuse("smtps:// is TLS already; drop tls=, or write smtp://…?tls=required for STARTTLS");
            }
            (scheme, _) => {
                return refuse(format!("{scheme}:// is unknown; write smtp://HOST, smtps://HOST or file://DIR"));
            }
        };
        if url.fragment().is_some() {
            return refuse("a # must be written %23 in a user or password");
        }
        let credentials = match (decoded(url.username())?, url.password()) {
            (user, None) if user.is_empty() => None,
            (user, Some(password)) if !user.is_empty() => Some((user, decoded(password)?)),
            _ => return refuse("give both user and password, as smtps://USER:PASSWORD@HOST"),
        };
        let is_safe = matches!(security, Security::StartTls | Security::Tls) || is_loopback(&host);
        if credentials.is_some() && !is_safe {
            return refuse("user and password would cross the network readable; write smtps:// or add ?tls=required");
        }
        let hello = decoded(url.path().trim_matches('/'))?;
        if !hello.bytes().all(|b| b.is_ascii_alphanumeric() || b".-[]:".contains(&b)) {
            return refuse(format!("the path is the name for EHLO; {hello:?} is not a host name"));
        }
        Ok(Self {
            host: host.to_string().trim_matches(['[', ']']).to_owned(),
            port: url.port().unwrap_or(if security == Security::Tls { 465 } else { 587 }),
            security,
            credentials,
            hello: Some(hello).filter(|hello| !hello.is_empty()),
            authority,
        })
    }
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

/// Without the password, so that it cannot end in a log.
impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let user = self.credentials.as_ref().map(|(user, _)| user);
        f.debug_struct("Server")
            .field("at", &self.to_string())
            .field("security", &self.security)
            .field("user", &user)
            .finish()
    }
}

fn is_loopback(host: &Host<String>) -> bool {
    match host {
        Host::Domain(name) => name == "localhost" || name.ends_with(".localhost"),
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    }
}

fn decoded(text: &str) -> Result<String, RelayError> {
    match percent_encoding::percent_decode_str(text).decode_utf8() {
        Ok(text) => Ok(text.into_owned()),
        Err(_) => refuse("user or password is not UTF-8 once its %XX are decoded"),
    }
}

fn refuse<T>(why: impl Into<String>) -> Result<T, RelayError> {
    Err(RelayError(why.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(url: &str) -> Server {
        match Relay::parse(url) {
            Ok(Relay::Server(server)) => server,
            other => panic!("{url}: {other:?}"),
        }
    }

    #[test]
    fn every_form_has_its_port_and_security() {
        for (url, host, port, security) in [
            ("smtps://u:p@mx.acme.example", "mx.acme.example", 465, Security::Tls),
            ("smtp://u:p@mx.acme.example?tls=required", "mx.acme.example", 587, Security::StartTls),
            ("smtp://mx.acme.example?tls=opportunistic", "mx.acme.example", 587, Security::Opportunistic),
            ("smtp://127.0.0.1:2525", "127.0.0.1", 2525, Security::None),
            ("smtp://[::1]:2525", "::1", 2525, Security::None),
        ] {
            let server = server(url);

            assert_eq!((server.host.as_str(), server.port, server.security), (host, port, security), "{url}");
        }
    }

    #[test]
    fn a_user_and_a_password_are_decoded() {
        let server = server("smtps://me%40acme.example:p%40ss%3A%23@mx.acme.example/chat.acme.example?ca=/etc/ca.pem");

        assert_eq!(server.credentials, Some(("me@acme.example".to_owned(), "p@ss:#".to_owned())));
        assert_eq!(server.hello.as_deref(), Some("chat.acme.example"));
        assert_eq!(server.authority, Some(PathBuf::from("/etc/ca.pem")));
        assert!(!format!("{server:?}").contains("p@ss"));
    }

    #[test]
    fn credentials_never_cross_the_network_in_the_clear() {
        for url in ["smtp://u:p@mx.acme.example", "smtp://u:p@mx.acme.example?tls=opportunistic", "smtp://u:p@10.0.0.1"]
        {
            let error = Relay::parse(url).expect_err(url).to_string();

            assert!(error.contains("?tls=required"), "{error}");
        }
        for url in ["smtp://u:p@127.0.0.1", "smtp://u:p@localhost:25", "smtp://u:p@[::1]"] {
            assert!(Relay::parse(url).is_ok(), "{url}");
        }
    }

    #[test]
    fn what_lettre_passes_over_is_an_error() {
        for (url, named) in [
            ("smtps://h.example?tls=none", "TLS already"),
            ("smtp://h.example?tls=none", "tls=none"),
            ("smtp://h.example?tls=required&tls=opportunistic", "once"),
            ("smtp://h.example?timeout=5", "timeout"),
            ("smtp://user@h.example", "both"),
            ("smtp://:secret@h.example?tls=required", "both"),
            ("http://h.example", "http"),
            ("smtp://", "host"),
            ("file://", "folder"),
            ("mail.acme.example", "smtp://HOST"),
            ("smtp://h.example/a b", "EHLO"),
            ("smtp://u:p@h.example?tls=required#x", "%23"),
        ] {
            let error = Relay::parse(url).expect_err(url).to_string();

            assert!(error.contains(named), "{url}: {error}");
            assert!(!error.contains("secret"), "{error}");
        }
    }

    #[test]
    fn a_folder_may_be_relative_or_absolute() {
        for (url, folder) in [("file://data/mail", "data/mail"), ("file:///var/mail", "/var/mail")] {
            assert!(matches!(Relay::parse(url), Ok(Relay::Folder(path)) if path.as_os_str() == folder), "{url}");
        }
    }
}
