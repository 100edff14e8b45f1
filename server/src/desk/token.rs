//! The visitor's token: a conversation's key, signed, so that a conversation without a row needs none.
//!
//! `version ‖ conversation (16) ‖ issued at (8) ‖ site ‖ tag (16)`, base64url; the tag is HMAC-SHA256, cut to 128 bits.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use uuid::Uuid;

use crate::clock::Millis;
use crate::id::ConversationId;

const VERSION: u8 = 1;
const TAG_BYTES: usize = 16;
const HEAD_BYTES: usize = 1 + 16 + 8;
/// Keeps a tag of ours from being valid for anything else that the same key might sign.
const PURPOSE: &[u8] = b"visitor-token:v1:";

/// What a genuine token says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// The conversation it opens.
    pub conversation: ConversationId,
    /// The only site on which it does.
    pub site: String,
    /// When it was issued.
    pub issued_at: Millis,
}

/// Signs and opens tokens. Every node of an installation has the same key.
#[derive(Clone)]
pub struct TokenKey(Hmac<Sha256>);

impl TokenKey {
    /// Tokens under this secret.
    #[must_use]
    pub fn new(secret: &[u8; 32]) -> Self {
        Self(Hmac::new_from_slice(secret).expect("HMAC takes keys of any length"))
    }

    /// The token's text: letters, digits, `-` and `_`.
    #[must_use]
    pub fn seal(&self, token: &Token) -> String {
        let mut bytes = Vec::with_capacity(HEAD_BYTES + token.site.len() + TAG_BYTES);
        bytes.push(VERSION);
        bytes.extend_from_slice(token.conversation.uuid().as_bytes());
        bytes.extend_from_slice(&token.issued_at.to_be_bytes());
        bytes.extend_from_slice(token.site.as_bytes());
        let tag = self.signed(&bytes).finalize().into_bytes();
        bytes.extend_from_slice(&tag[..TAG_BYTES]);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// What a token says; `None` when it is not one of ours. Compares in constant time.
    #[must_use]
    pub fn open(&self, text: &str) -> Option<Token> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (payload, tag) = bytes.split_at_checked(bytes.len().checked_sub(TAG_BYTES)?)?;
        self.signed(payload).verify_truncated_left(tag).ok()?;
        let (head, site) = payload.split_at_checked(HEAD_BYTES)?;
        let (version, head) = head.split_first()?;
        if *version != VERSION {
            return None;
        }
        let (conversation, issued_at) = head.split_at_checked(16)?;
        Some(Token {
            conversation: Uuid::from_slice(conversation).ok()?.into(),
            site: String::from_utf8(site.to_vec()).ok()?,
            issued_at: Millis::from_be_bytes(issued_at.try_into().ok()?),
        })
    }

    fn signed(&self, payload: &[u8]) -> Hmac<Sha256> {
        self.0.clone().chain_update(PURPOSE).chain_update(payload)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn token() -> Token {
        Token { conversation: ConversationId::new(), site: "acme".to_owned(), issued_at: 1_795_425_000_123 }
    }

    #[test]
    fn a_token_opens_what_it_was_sealed_for() {
        let key = TokenKey::new(&[7; 32]);
        let token = token();

        let text = key.seal(&token);

        assert_eq!(key.open(&text), Some(token));
        assert!(text.len() <= 256, "clients and the parser count on short tokens");
    }

    #[test]
    fn another_key_opens_nothing() {
        let text = TokenKey::new(&[7; 32]).seal(&token());

        assert_eq!(TokenKey::new(&[8; 32]).open(&text), None);
    }

    proptest! {
        #[test]
        fn a_token_with_any_byte_changed_opens_nothing(at in 0_usize..200, with in 1_u8..=255) {
            let key = TokenKey::new(&[7; 32]);
            let mut bytes = URL_SAFE_NO_PAD.decode(key.seal(&token())).unwrap();
            let at = at % bytes.len();
            bytes[at] ^= with;

            prop_assert_eq!(key.open(&URL_SAFE_NO_PAD.encode(bytes)), None);
        }

        #[test]
        fn no_text_makes_the_opener_panic(text in ".{0,100}|[A-Za-z0-9_-]{0,100}") {
            prop_assert_eq!(TokenKey::new(&[7; 32]).open(&text), None);
        }
    }
}
