//! Is a webhook Meta's? HMAC-SHA256 over the body's bytes exactly as they came; and the handshake that proves our address to Meta.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// Longest challenge that is given back.
const MAX_CHALLENGE_BYTES: usize = 256;

/// Whether `X-Hub-Signature-256` is made by one of the app's secrets. Compares in constant time.
#[must_use]
pub fn verify(secrets: &[String], body: &[u8], header: Option<&str>) -> bool {
    let hex = header.and_then(|header| header.strip_prefix("sha256="));
    let Some(signature) = hex.and_then(|hex| data_encoding::HEXLOWER.decode(hex.as_bytes()).ok()) else { return false };
    let mut genuine = false;
    for secret in secrets.iter().filter(|secret| !secret.is_empty()) {
        let mac: Hmac<Sha256> = Hmac::new_from_slice(secret.as_bytes()).expect("HMAC takes keys of any length");
        genuine |= mac.chain_update(body).verify_slice(&signature).is_ok();
    }
    genuine
}

/// The answer to Meta's `GET`: its challenge, byte for byte, if the token is ours. `None` is a refusal, also where no token is set.
#[must_use]
pub fn handshake<'a>(
    token: &str,
    mode: Option<&str>,
    given: Option<&str>,
    challenge: Option<&'a str>,
) -> Option<&'a str> {
    let same = |given: &str| {
        // Both are hashed under one key, so that comparing takes the same time whatever was given.
        let tag = |text: &str| {
            let mac: Hmac<Sha256> = Hmac::new_from_slice(token.as_bytes()).expect("HMAC takes keys of any length");
            mac.chain_update(text.as_bytes())
        };
        tag(given).verify(&tag(token).finalize().into_bytes()).is_ok()
    };
    let challenge = challenge.filter(|challenge| challenge.len() <= MAX_CHALLENGE_BYTES)?;
    (!token.is_empty() && mode == Some("subscribe") && given.is_some_and(same)).then_some(challenge)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "0123456789abcdef0123456789abcdef";

    fn body(name: &str) -> String {
        let path = format!("{}/tests/it/fixtures/whatsapp/{name}", env!("CARGO_MANIFEST_DIR"));
        std::fs::read_to_string(path).unwrap().trim_end_matches('\n').to_owned()
    }

    fn genuine(body: &str, hex: &str) -> bool {
        verify(&["another".to_owned(), SECRET.to_owned()], body.as_bytes(), Some(&format!("sha256={hex}")))
    }

    #[test]
    fn metas_own_bodies_are_taken_as_they_came() {
        let text = body("text.json");
        assert_eq!(text.len(), 532);
        assert!(genuine(&text, "18cf5d582e6fa3009cf39de5b9c174946bc340a5b5b412bb7287ddaf8a42ccb2"));

        let without_number = body("without-number.json");
        assert_eq!(without_number.len(), 478);
        assert!(genuine(&without_number, "3fba38c4917c491b661f3ddb70baef542af6b337c1f1fd44cd8d9635dfa8662e"));

        let statuses = body("statuses.json");
        assert_eq!(statuses.len(), 525);
        assert!(genuine(&statuses, "162d8564904914810b88bf605474847c253c368071e40d85c549e73a0990813f"));
    }

    #[test]
    fn a_body_that_was_written_anew_is_another() {
        let again =
            serde_json::to_string(&serde_json::from_str::<serde_json::Value>(&body("text.json")).unwrap()).unwrap();

        assert!(!genuine(&again, "18cf5d582e6fa3009cf39de5b9c174946bc340a5b5b412bb7287ddaf8a42ccb2"));
    }

    #[test]
    fn no_signature_is_no_signature() {
        let text = body("text.json");
        for header in [
            None,
            Some(""),
            Some("sha256="),
            Some("sha256=18cf"),
            Some("sha1=18cf5d582e6fa3009cf39de5b9c174946bc340a5"),
        ] {
            assert!(!verify(&[SECRET.to_owned()], text.as_bytes(), header), "{header:?}");
        }
        assert!(!verify(
            &[],
            text.as_bytes(),
            Some("sha256=18cf5d582e6fa3009cf39de5b9c174946bc340a5b5b412bb7287ddaf8a42ccb2")
        ));
    }

    #[test]
    fn the_handshake_gives_the_challenge_back_to_who_knows_the_token() {
        assert_eq!(handshake("t", Some("subscribe"), Some("t"), Some("1158201444")), Some("1158201444"));
        assert_eq!(handshake("t", Some("subscribe"), Some("u"), Some("1")), None);
        assert_eq!(handshake("t", Some("unsubscribe"), Some("t"), Some("1")), None);
        assert_eq!(handshake("", Some("subscribe"), Some(""), Some("1")), None);
        assert_eq!(handshake("t", Some("subscribe"), Some("t"), Some(&"1".repeat(257))), None);
    }
}
