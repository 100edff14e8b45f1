//! Who is logged in on the brand's page, as the brand's own server has signed it: a JWT, HS256 and nothing else.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest, Sha256};
use sidedoor_dialogue::{Details, EmailAddress, Introduction, Person, read_phone};

use crate::clock::Millis;

/// Longer identifiers are none that we keep.
const MAX_SUBJECT_CHARS: usize = 128;
/// Clocks of two servers differ by less.
const LEEWAY_S: i64 = 60;
/// A signature that is seen once must not open a conversation for ever.
const MAX_LIFE_S: i64 = 24 * 60 * 60;

/// What the brand's server vouches for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// The brand's own id of the person, hashed together with the site: what conversations are found by.
    pub subject: String,
    /// Who they are.
    pub person: Person,
}

/// Why a token vouches for nobody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unverified {
    /// It was valid once; the page gets a new one from its server.
    Expired,
    /// It is none of ours.
    Refused,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    #[serde(default)]
    crit: Option<Value>,
}

#[derive(Deserialize)]
struct Claims {
    sub: String,
    aud: String,
    exp: i64,
    iat: i64,
    #[serde(default)]
    email: Option<String>,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    phone: Option<String>,
}

/// Reads a token for `site` under any of its secrets.
///
/// # Errors
///
/// [`Unverified`]
pub fn verify(token: &str, site: &str, secrets: &[String], now: Millis) -> Result<Verified, Unverified> {
    let claims = open(token, secrets).ok_or(Unverified::Refused)?;
    let now = now / 1000;
    let subject_chars = claims.sub.chars().count();
    let is_ours = claims.aud == site && (1..=MAX_SUBJECT_CHARS).contains(&subject_chars);
    let lives = claims.exp.checked_sub(claims.iat).is_some_and(|life| (0..=MAX_LIFE_S).contains(&life));
    if !is_ours || !lives || claims.iat > now.saturating_add(LEEWAY_S) {
        return Err(Unverified::Refused);
    }
    if now > claims.exp.saturating_add(LEEWAY_S) {
        return Err(Unverified::Expired);
    }
    let Claims { sub, email, name, phone, .. } = claims;
    Ok(Verified { subject: hashed(site, &sub), person: Person { id: Some(sub), email, name, phone } })
}

/// What is known of a visitor by their introduction; what is vouched for goes first.
pub fn details(introduction: &Introduction, region: Option<&str>) -> Details {
    let people = || introduction.vouched.iter().chain([&introduction.hinted]);
    Details {
        email: people().filter_map(|person| person.email.as_deref()).find_map(|email| EmailAddress::parse(email).ok()),
        phone: people().filter_map(|person| person.phone.as_deref()).find_map(|phone| read_phone(phone, region)),
        name: people().find_map(|person| person.name.clone()),
        ..Details::default()
    }
}

/// The claims, where the signature is genuine. The algorithm is compared before a key is touched, and never trusted.
fn open(token: &str, secrets: &[String]) -> Option<Claims> {
    let (signed, signature) = token.rsplit_once('.')?;
    let (header, payload) = signed.split_once('.')?;
    let header: Header = parse(header)?;
    if header.alg != "HS256" || header.crit.is_some() {
        return None;
    }
    let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
    let genuine = secrets.iter().any(|secret| {
        let key: Hmac<Sha256> = Hmac::new_from_slice(secret.as_bytes()).expect("HMAC takes keys of any length");
        key.chain_update(signed).verify_slice(&signature).is_ok()
    });
    if genuine { parse(payload) } else { None }
}

fn parse<T: for<'a> Deserialize<'a>>(part: &str) -> Option<T> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()
}

fn hashed(site: &str, subject: &str) -> String {
    let digest = Sha256::new().chain_update(site).chain_update([0]).chain_update(subject).finalize();
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "identity-secret-for-site-acme-000";
    const TOKEN: &str = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJ1c2VyLTQyIiwiYXVkIjoiYWNtZSIsImVtYWlsIjoiYWRhQGV4YW1wbGUuY29tIiwibmFtZSI6IkFkYSIsImlhdCI6MTc2ODQ3MTIwMCwiZXhwIjoxNzY4NDc0ODAwfQ.VcVwDD7rnSNmorvti6_BdHv2_O_QEe6VzDmel9jdHz8";
    const IAT: i64 = 1_768_471_200;

    fn at(seconds: i64) -> Result<Verified, Unverified> {
        verify(TOKEN, "acme", &[SECRET.to_owned()], seconds * 1000)
    }

    fn signed(header: &str, payload: &str) -> String {
        let signed = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(payload));
        let key: Hmac<Sha256> = Hmac::new_from_slice(SECRET.as_bytes()).unwrap();
        let tag = key.chain_update(&signed).finalize().into_bytes();
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(tag))
    }

    fn with(header: &str, payload: &str) -> Result<Verified, Unverified> {
        verify(&signed(header, payload), "acme", &[SECRET.to_owned()], IAT * 1000)
    }

    #[test]
    fn a_token_vouches_until_a_minute_after_it_has_expired() {
        let verified = at(1_768_471_300).unwrap();

        let person = &verified.person;
        assert_eq!((person.email.as_deref(), person.name.as_deref()), (Some("ada@example.com"), Some("Ada")));
        assert_eq!((person.id.as_deref(), person.phone.as_deref()), (Some("user-42"), None));
        assert_eq!(at(1_768_474_801).unwrap(), verified);
        assert_eq!(at(1_768_474_861), Err(Unverified::Expired));
    }

    #[test]
    fn a_token_is_for_one_site_and_under_one_of_its_secrets() {
        let under = |site, secrets: &[&str]| {
            verify(TOKEN, site, &secrets.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>(), IAT * 1000)
        };

        assert_eq!(under("other", &[SECRET]), Err(Unverified::Refused));
        assert_eq!(under("acme", &[]), Err(Unverified::Refused));
        assert_eq!(under("acme", &["another-secret-of-thirty-two-bytes"]), Err(Unverified::Refused));
        assert!(under("acme", &["another-secret-of-thirty-two-bytes", SECRET]).is_ok(), "while secrets change");
    }

    #[test]
    fn another_algorithm_is_refused_however_it_is_written() {
        let payload = r#"{"sub":"user-42","aud":"acme","iat":1768471200,"exp":1768474800}"#;

        assert!(with(r#"{"alg":"HS256"}"#, payload).is_ok());
        for header in [
            r#"{"alg":"none"}"#,
            r#"{"alg":"hs256"}"#,
            r#"{"alg":"HS512"}"#,
            r#"{"alg":"RS256"}"#,
            "{}",
            r#"{"alg":"HS256","crit":["exp"]}"#,
        ] {
            assert_eq!(with(header, payload), Err(Unverified::Refused), "{header}");
        }
        let (signed, _) = TOKEN.rsplit_once('.').unwrap();
        for forged in [format!("{signed}."), signed.to_owned(), String::new(), "..".to_owned(), format!("{TOKEN}x")] {
            assert_eq!(verify(&forged, "acme", &[SECRET.to_owned()], IAT * 1000), Err(Unverified::Refused), "{forged}");
        }
    }

    #[test]
    fn claims_that_are_needed_are_needed_and_bounded() {
        let header = r#"{"alg":"HS256"}"#;
        let day = 24 * 60 * 60;
        for payload in [
            r#"{"aud":"acme","iat":1768471200,"exp":1768474800}"#.to_owned(),
            r#"{"sub":"","aud":"acme","iat":1768471200,"exp":1768474800}"#.to_owned(),
            format!(r#"{{"sub":"{}","aud":"acme","iat":1768471200,"exp":1768474800}}"#, "x".repeat(129)),
            r#"{"sub":"user-42","iat":1768471200,"exp":1768474800}"#.to_owned(),
            r#"{"sub":"user-42","aud":"acme","exp":1768474800}"#.to_owned(),
            r#"{"sub":"user-42","aud":"acme","iat":1768471200}"#.to_owned(),
            format!(r#"{{"sub":"user-42","aud":"acme","iat":{IAT},"exp":{}}}"#, IAT + day + 1),
            format!(r#"{{"sub":"user-42","aud":"acme","iat":{},"exp":{}}}"#, IAT + 61, IAT + day),
        ] {
            assert_eq!(with(header, &payload), Err(Unverified::Refused), "{payload}");
        }
    }

    #[test]
    fn a_subject_is_told_apart_from_anothers_and_from_the_same_on_another_site() {
        assert_ne!(hashed("acme", "user-42"), hashed("acme", "user-4"));
        assert_ne!(hashed("acme", "user-42"), hashed("other", "user-42"));
    }
}
