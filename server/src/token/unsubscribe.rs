//! The token by which a subscriber leaves a list, for ever: in the one-click header, in the page behind it, and in a mail.
//!
//! `version ‖ subscriber (16) ‖ list (u32) ‖ issue (u32)`, with a tag of 16 bytes in a link and of 10 in a mail address. Its key
//! is never retired: a letter from years ago still has to let go.

use super::seal::{self, Key};
use uuid::Uuid;

const PURPOSE: &str = "unsub:v1:";
/// Selects the key.
const VERSION: u8 = 1;
const PAYLOAD_BYTES: usize = 1 + 16 + 4 + 4;
const LINK_TAG_BYTES: usize = 16;
const MAIL_TAG_BYTES: usize = 10;

/// The issue's number in the token of a confirmation mail.
pub const CONFIRMATION: u32 = 0;

/// Who leaves what, and which letter made them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnsubscribeToken {
    /// The subscriber.
    pub subscriber: Uuid,
    /// The list's number.
    pub list: u32,
    /// The issue's number; [`CONFIRMATION`] in the mail that asks for the confirmation.
    pub issue: u32,
}

impl UnsubscribeToken {
    /// What stands after `/u/`.
    #[must_use]
    pub fn seal_for_link(&self, key: &Key) -> String {
        seal::base64url(&key.seal(PURPOSE, &self.payload(), LINK_TAG_BYTES))
    }

    /// What stands after `unsub+`.
    #[must_use]
    pub fn seal_for_mail(&self, key: &Key) -> String {
        seal::base32(&key.seal(PURPOSE, &self.payload(), MAIL_TAG_BYTES))
    }

    /// What a link's token says; `None` when it is not one of ours, letter by letter.
    #[must_use]
    pub fn open_link(key: &Key, text: &str) -> Option<Self> {
        Self::read(&key.open(PURPOSE, &seal::from_base64url(text)?, LINK_TAG_BYTES)?)
    }

    /// What a mail address's token says, in either case.
    #[must_use]
    pub fn open_mail(key: &Key, text: &str) -> Option<Self> {
        Self::read(&key.open(PURPOSE, &seal::from_base32(text)?, MAIL_TAG_BYTES)?)
    }

    fn read(payload: &[u8; PAYLOAD_BYTES]) -> Option<Self> {
        let (subscriber, list, issue) =
            (seal::uuid_at(payload, 1)?, seal::number_at(payload, 17)?, seal::number_at(payload, 21)?);
        (payload[0] == VERSION).then_some(Self { subscriber, list, issue })
    }

    fn payload(&self) -> Vec<u8> {
        let mut payload = vec![VERSION];
        payload.extend_from_slice(self.subscriber.as_bytes());
        payload.extend_from_slice(&self.list.to_be_bytes());
        payload.extend_from_slice(&self.issue.to_be_bytes());
        payload
    }
}

#[cfg(test)]
mod tests {
    use uuid::uuid;

    use super::*;

    const OF_17: UnsubscribeToken =
        UnsubscribeToken { subscriber: uuid!("018f0000-0000-7000-8000-0000000000b1"), list: 3, issue: 17 };
    const LINK: &str = "AQGPAAAAAHAAgAAAAAAAALEAAAADAAAAEcTnb7Cb1_G94Bt-k0_W9mg";

    fn key() -> Key {
        Key::new(&[7; 32])
    }

    #[test]
    fn link_and_address_are_the_ones_that_the_contract_names() {
        let of_confirmation = UnsubscribeToken { issue: CONFIRMATION, ..OF_17 };

        assert_eq!(OF_17.seal_for_link(&key()), LINK);
        assert_eq!(OF_17.seal_for_mail(&key()), "aeay6aaaaaahaaeaaaaaaaaaacyqaaaaamaaaaaryttw7me327y33ya3");
        assert_eq!(of_confirmation.seal_for_link(&key()), "AQGPAAAAAHAAgAAAAAAAALEAAAADAAAAAIWXzbGLtS0Ibmer3VBcyKk");
        assert!("unsub+".len() + OF_17.seal_for_mail(&key()).len() <= 64);
    }

    #[test]
    fn the_last_letter_counts_to_its_last_bit() {
        assert_eq!(UnsubscribeToken::open_link(&key(), LINK), Some(OF_17));
        for last in ["A", "h"] {
            assert_eq!(UnsubscribeToken::open_link(&key(), &format!("{}{last}", &LINK[..54])), None, "{last}");
        }
    }

    #[test]
    fn a_token_of_a_link_is_none_of_an_address() {
        let mail = OF_17.seal_for_mail(&key());

        assert_eq!(UnsubscribeToken::open_mail(&key(), &mail.to_uppercase()), Some(OF_17));
        assert_eq!(UnsubscribeToken::open_link(&key(), &mail), None);
        assert_eq!(UnsubscribeToken::open_mail(&key(), LINK), None);
    }
}
