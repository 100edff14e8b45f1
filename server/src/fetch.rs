//! Fetches a page over https: of named origins only, from public addresses only, so large and so long at most.
//!
//! The address that is checked is the one that is dialled: a name that changes its answer in between leads nowhere else.

use std::future::Future;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, StatusCode, Uri, header};
use http_body_util::{BodyExt as _, Empty, Limited};
use hyper_rustls::HttpsConnectorBuilder;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::dns::Name;
use hyper_util::rt::TokioExecutor;
use url::{Host, Url};

/// From the first packet to the last byte.
const TIME_OUT: Duration = Duration::from_secs(20);
/// A page that moves within its own site is followed so often.
const MAX_REDIRECTS: usize = 3;
const USER_AGENT: &str = concat!("Sidedoor/", env!("CARGO_PKG_VERSION"));

/// Why nothing was fetched.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// It is no address on the web.
    #[error("{0:?} is no address; write it whole, such as https://your-shop.com/candles")]
    NoAddress(String),
    /// It is not encrypted.
    #[error("{0} is not https; only pages that nobody can change on the way are read")]
    NotHttps(String),
    /// It is not one of the pages that may be read.
    #[error("{0} is none of the site's pages; add it to \"origins\" if it is yours")]
    Foreign(String),
    /// It leads into a private network.
    #[error("{0} is not on the public internet")]
    Private(String),
    /// It could not be reached, or the connection broke.
    #[error("{0} cannot be fetched: {1}")]
    Unreachable(String, String),
    /// It answers with something else than a page.
    #[error("{0} answers {1}")]
    Status(String, StatusCode),
    /// It is larger than what is read.
    #[error("{0} is larger than {1} MB")]
    TooLarge(String, usize),
    /// It is not text.
    #[error("{0} is no text in UTF-8")]
    NotText(String),
    /// It takes too long.
    #[error("{0} did not answer within {1} seconds")]
    Late(String, u64),
}

/// Fetches a text of at most `max_bytes` from one of these origins.
///
/// # Errors
/// Why nothing was fetched.
pub async fn text(address: &str, origins: &[String], max_bytes: usize) -> Result<String, FetchError> {
    let late = || FetchError::Late(address.to_owned(), TIME_OUT.as_secs());
    tokio::time::timeout(TIME_OUT, follow(address, origins, max_bytes)).await.map_err(|_| late())?
}

async fn follow(address: &str, origins: &[String], max_bytes: usize) -> Result<String, FetchError> {
    let mut url = allowed(address, origins)?;
    for _ in 0..=MAX_REDIRECTS {
        let response = get(&url).await?;
        let status = response.status();
        if status.is_redirection() {
            let target = response.headers().get(header::LOCATION).and_then(|value| value.to_str().ok());
            let target = target
                .and_then(|target| url.join(target).ok())
                .ok_or_else(|| FetchError::Status(url.to_string(), status))?;
            url = allowed(target.as_str(), origins)?;
            continue;
        }
        if !status.is_success() {
            return Err(FetchError::Status(url.to_string(), status));
        }
        let too_large = || FetchError::TooLarge(url.to_string(), max_bytes / (1024 * 1024));
        let body = Limited::new(response.into_body(), max_bytes).collect().await.map_err(|error| {
            if error.is::<http_body_util::LengthLimitError>() {
                too_large()
            } else {
                FetchError::Unreachable(url.to_string(), error.to_string())
            }
        })?;
        return String::from_utf8(body.to_bytes().to_vec()).map_err(|_| FetchError::NotText(url.to_string()));
    }
    Err(FetchError::Unreachable(url.to_string(), "it redirects again and again".to_owned()))
}

/// The address, if it may be fetched.
fn allowed(address: &str, origins: &[String]) -> Result<Url, FetchError> {
    let url = Url::parse(address).map_err(|_| FetchError::NoAddress(address.to_owned()))?;
    if url.scheme() != "https" {
        return Err(FetchError::NotHttps(address.to_owned()));
    }
    let origin = url.origin().ascii_serialization();
    if !origins.contains(&origin) || !url.username().is_empty() || url.password().is_some() {
        return Err(FetchError::Foreign(origin));
    }
    // A number is dialled as it is, without being resolved.
    let number = match url.host() {
        Some(Host::Ipv4(number)) => Some(IpAddr::V4(number)),
        Some(Host::Ipv6(number)) => Some(IpAddr::V6(number)),
        Some(Host::Domain(_)) => None,
        None => return Err(FetchError::NoAddress(address.to_owned())),
    };
    match number {
        Some(number) if !is_public(number) => Err(FetchError::Private(origin)),
        _ => Ok(url),
    }
}

async fn get(url: &Url) -> Result<http::Response<hyper::body::Incoming>, FetchError> {
    let unreachable = |error: String| FetchError::Unreachable(url.to_string(), error);
    let mut connector = HttpConnector::new_with_resolver(PublicNames);
    connector.enforce_http(false);
    let connector = HttpsConnectorBuilder::new()
        .with_provider_and_webpki_roots(rustls::crypto::ring::default_provider())
        .map_err(|error| unreachable(error.to_string()))?
        .https_only()
        .enable_http1()
        .wrap_connector(connector);
    let client = Client::builder(TokioExecutor::new()).build::<_, Empty<Bytes>>(connector);
    let uri: Uri = url.as_str().parse().map_err(|_| FetchError::NoAddress(url.to_string()))?;
    let request = Request::get(uri)
        .header(header::USER_AGENT, USER_AGENT)
        .header(header::ACCEPT, "text/html, application/xml, text/csv, */*;q=0.5")
        .body(Empty::new())
        .map_err(|error| unreachable(error.to_string()))?;
    client.request(request).await.map_err(|error| {
        let mut told = error.to_string();
        let mut source = std::error::Error::source(&error);
        while let Some(cause) = source {
            told = format!("{told}: {cause}");
            source = cause.source();
        }
        unreachable(told)
    })
}

/// Resolves names to public addresses, and to nothing else.
#[derive(Clone)]
struct PublicNames;

impl tower::Service<Name> for PublicNames {
    type Response = std::vec::IntoIter<SocketAddr>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Self::Response>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            public(found).map(Vec::into_iter)
        })
    }
}

/// The addresses of a name, if each of them is public: one that is not shows that the name is a trap.
fn public(found: Vec<SocketAddr>) -> io::Result<Vec<SocketAddr>> {
    match found.iter().find(|address| !is_public(address.ip())) {
        Some(private) => Err(io::Error::new(
            io::ErrorKind::PermissionDenied,
            format!("it leads to {}, which is not public", private.ip()),
        )),
        None => Ok(found),
    }
}

/// Whether an address is one of the public internet, in whatever form it is written.
#[must_use]
pub fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let is_reserved =
        matches!((a, b, c), (0 | 127 | 240..=255, ..) | (100, 64..=127, _) | (192, 0, 0) | (198, 18 | 19, _));
    !(is_reserved
        || address.is_private()
        || address.is_link_local()
        || address.is_documentation()
        || address.is_multicast())
}

/// Only 2000::/3 is the internet; within it, what embeds an address of another kind is not believed.
fn is_public_v6(address: Ipv6Addr) -> bool {
    let [first, second, ..] = address.segments();
    let is_global = first & 0xe000 == 0x2000;
    let is_special = first == 0x2002 || first == 0x2001 && (second < 0x0200 || second == 0x0db8) || first == 0x3fff;
    is_global && !is_special
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: &str = "https://shop.example";

    fn refused(address: &str) -> String {
        let origins: Vec<String> = [
            OWN,
            "https://127.0.0.1",
            "https://10.0.0.8",
            "https://[::1]",
            "https://[::ffff:7f00:1]",
            "http://shop.example",
        ]
        .map(str::to_owned)
        .into();
        allowed(address, &origins).map_or_else(|error| error.to_string(), |url| url.to_string())
    }

    #[test]
    fn only_the_sites_own_pages_are_fetched() {
        assert_eq!(refused("https://shop.example/fig?x=1"), "https://shop.example/fig?x=1");
        for (address, why) in [
            ("fig", "no address"),
            ("http://shop.example/fig", "not https"),
            ("file:///etc/passwd", "not https"),
            ("https://other.example/fig", "none of the site's pages"),
            ("https://shop.example.evil.example/", "none of the site's pages"),
            ("https://shop.example:8443/", "none of the site's pages"),
            ("https://me:secret@shop.example/", "none of the site's pages"),
            ("https://127.0.0.1/", "not on the public internet"),
            ("https://2130706433/", "not on the public internet"),
            ("https://0177.0.0.1/", "not on the public internet"),
            ("https://0x7f.1/", "not on the public internet"),
            ("https://10.0.0.8/", "not on the public internet"),
            ("https://[::1]/", "not on the public internet"),
            ("https://[::ffff:127.0.0.1]/", "not on the public internet"),
        ] {
            assert!(refused(address).contains(why), "{address}: {}", refused(address));
        }
    }

    #[test]
    fn private_addresses_are_told_from_public_ones() {
        let is_public = |text: &str| is_public(text.parse().unwrap());

        for private in [
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "127.0.0.1",
            "169.254.169.254",
            "172.16.0.1",
            "192.168.1.1",
            "192.0.0.1",
            "198.18.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:10.0.0.1",
            "::7f00:1",
            "64:ff9b::7f00:1",
            "fc00::1",
            "fd12::1",
            "fe80::1",
            "ff02::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "2001::1",
        ] {
            assert!(!is_public(private), "{private}");
        }
        for public in ["1.1.1.1", "93.184.216.34", "172.32.0.1", "2606:4700::1111", "2a00:1450::1"] {
            assert!(is_public(public), "{public}");
        }
    }

    #[test]
    fn a_name_with_one_private_address_is_a_trap() {
        let found =
            |texts: &[&str]| texts.iter().map(|text| SocketAddr::new(text.parse().unwrap(), 0)).collect::<Vec<_>>();

        assert!(public(found(&["1.1.1.1"])).is_ok());
        assert!(public(found(&["1.1.1.1", "127.0.0.1"])).unwrap_err().to_string().contains("127.0.0.1"));
    }

    #[tokio::test]
    async fn what_resolves_into_the_own_network_is_not_dialled() {
        let origins = ["https://localhost".to_owned()];

        let error = text("https://localhost/", &origins, 1_000).await.unwrap_err().to_string();

        assert!(error.contains("not public"), "{error}");
    }
}
