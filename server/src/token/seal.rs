//! Tags under a key (HMAC-SHA256, RFC 2104, cut on the left), and the two alphabets in which tokens are written.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use data_encoding::BASE32_NOPAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// Signs and checks tokens. Every node of an installation has the same one.
#[derive(Clone)]
pub struct Key(Hmac<Sha256>);

impl Key {
    /// Tokens under this secret.
    #[must_use]
    pub fn new(secret: &[u8; 32]) -> Self {
        Self(Hmac::new_from_slice(secret).expect("HMAC takes keys of any length"))
    }

    /// The payload with its tag of `tag_bytes`.
    pub(super) fn seal(&self, purpose: &str, payload: &[u8], tag_bytes: usize) -> Vec<u8> {
        let tag = self.tag(purpose, payload);
        [payload, &tag[..tag_bytes]].concat()
    }

    /// The whole tag: 32 bytes.
    pub(super) fn tag(&self, purpose: &str, payload: &[u8]) -> [u8; 32] {
        self.signed(purpose, payload).finalize().into_bytes().into()
    }

    /// The payload of a sealed token; `None` where it has another length or another tag. Compares in constant time.
    pub(super) fn open<const PAYLOAD: usize>(
        &self,
        purpose: &str,
        sealed: &[u8],
        tag_bytes: usize,
    ) -> Option<[u8; PAYLOAD]> {
        let (payload, tag) = sealed.split_at_checked(PAYLOAD)?;
        if tag.len() != tag_bytes {
            return None;
        }
        self.signed(purpose, payload).verify_truncated_left(tag).ok()?;
        payload.try_into().ok()
    }

    fn signed(&self, purpose: &str, payload: &[u8]) -> Hmac<Sha256> {
        self.0.clone().chain_update(purpose).chain_update(payload)
    }
}

/// Lower-case base32 (RFC 4648) without padding, for mail addresses: gateways change the case of what stands before the `@`.
pub(super) fn base32(bytes: &[u8]) -> String {
    BASE32_NOPAD.encode(bytes).to_ascii_lowercase()
}

/// Reads base32 in either case; `None` where it is not canonical, such as with trailing bits that are not zero.
pub(super) fn from_base32(text: &str) -> Option<Vec<u8>> {
    // Checked first: other letters have an upper case too, and some of them become ASCII by it.
    text.is_ascii().then(|| BASE32_NOPAD.decode(text.to_ascii_uppercase().as_bytes()).ok())?
}

/// base64url (RFC 4648) without padding, for links.
pub(super) fn base64url(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Reads base64url; `None` where it is not canonical.
pub(super) fn from_base64url(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

/// The big-endian number in four bytes of a payload.
pub(super) fn number_at(payload: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(payload.get(at..at + 4)?.try_into().ok()?))
}

/// The UUID in sixteen bytes of a payload.
pub(super) fn uuid_at(payload: &[u8], at: usize) -> Option<uuid::Uuid> {
    uuid::Uuid::from_slice(payload.get(at..at + 16)?).ok()
}
