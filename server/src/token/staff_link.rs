//! The link in a mail to staff: one member, one conversation, three days. A code of eight letters stands beside it, for
//! mailboxes whose scanner breaks links.

use super::seal::{self, Key};
use crate::id::ConversationId;

const PURPOSE: &str = "staff-link:v1:";
const CODE_PURPOSE: &str = "staff-code:v1:";
const VERSION: u8 = 1;
const PAYLOAD_BYTES: usize = 1 + 16 + 4 + 5;
const TAG_BYTES: usize = 16;

/// How long a link opens: longer than a weekend.
pub const LINK_LIFE_SECONDS: u64 = 72 * 60 * 60;

/// Letters and digits that nobody confuses when they read them off a screen. 32 of them: five bits each.
const CODE_ALPHABET: &[u8; 32] = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZ";
const CODE_LENGTH: usize = 8;

/// Who may open what, and until when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StaffLink {
    /// The only conversation that it opens.
    pub conversation: ConversationId,
    /// The member's number.
    pub member: u32,
    /// Seconds since 1970; the caller compares it with the clock.
    pub expires: u64,
}

impl StaffLink {
    /// What stands after `/r#`.
    #[must_use]
    pub fn seal(&self, key: &Key) -> String {
        seal::base64url(&key.seal(PURPOSE, &self.payload(), TAG_BYTES))
    }

    /// What a link's token says; `None` when it is not one of ours. Whether it has expired or was revoked is not looked at.
    #[must_use]
    pub fn open(key: &Key, text: &str) -> Option<Self> {
        let payload: [u8; PAYLOAD_BYTES] = key.open(PURPOSE, &seal::from_base64url(text)?, TAG_BYTES)?;
        if payload[0] != VERSION {
            return None;
        }
        let expires = payload[21..].iter().fold(0, |seconds, byte| seconds << 8 | u64::from(*byte));
        Some(Self { conversation: seal::uuid_at(&payload, 1)?.into(), member: seal::number_at(&payload, 17)?, expires })
    }

    /// The code beside the link, as `XGG5JFCW`: 40 bits, good only together with the member's address and a limit on tries.
    #[must_use]
    pub fn code(&self, key: &Key) -> String {
        spell(&key.tag(CODE_PURPOSE, &self.payload()))
    }

    /// When it was made, in seconds since 1970: what a revocation is compared with.
    #[must_use]
    pub fn issued(&self) -> u64 {
        self.expires.saturating_sub(LINK_LIFE_SECONDS)
    }

    fn payload(&self) -> Vec<u8> {
        let mut payload = vec![VERSION];
        payload.extend_from_slice(self.conversation.uuid().as_bytes());
        payload.extend_from_slice(&self.member.to_be_bytes());
        payload.extend_from_slice(&self.expires.to_be_bytes()[3..]);
        payload
    }
}

/// The first 40 bits of a tag in letters that nobody confuses.
pub(super) fn spell(tag: &[u8; 32]) -> String {
    let bits = tag[..5].iter().fold(0_u64, |bits, byte| bits << 8 | u64::from(*byte));
    let symbol = |place: usize| CODE_ALPHABET[(bits >> (5 * (CODE_LENGTH - 1 - place)) & 31) as usize] as char;
    (0..CODE_LENGTH).map(symbol).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::uuid;

    use super::*;

    fn link() -> StaffLink {
        let conversation = uuid!("018f0000-0000-7000-8000-00000000002a").into();
        StaffLink { conversation, member: 9, expires: 1_768_730_400 }
    }

    fn key() -> Key {
        Key::new(&[7; 32])
    }

    #[test]
    fn link_and_code_are_the_ones_that_the_contract_names() {
        assert_eq!(link().seal(&key()), "AQGPAAAAAHAAgAAAAAAAACoAAAAJAGlsryBKu1xmbKnU06_8bDOiut03");
        assert_eq!(link().code(&key()), "XGG5JFCW");
        assert_eq!(StaffLink::open(&key(), &link().seal(&key())), Some(link()));
    }

    proptest! {
        #[test]
        fn a_link_with_any_letter_changed_opens_nothing(at in 0_usize..56, with in "[A-Za-z0-9_-]") {
            let mut text = link().seal(&key());
            prop_assume!(text[at..=at] != with);
            text.replace_range(at..=at, &with);

            prop_assert_eq!(StaffLink::open(&key(), &text), None);
        }

        #[test]
        fn no_text_makes_the_opener_panic(text in ".{0,80}|[A-Za-z0-9_-]{0,60}") {
            prop_assert_eq!(StaffLink::open(&key(), &text), None);
        }
    }
}
