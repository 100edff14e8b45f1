//! The reply token: a mail to `reply+TOKEN@…` is this person's word in this conversation.
//!
//! `conversation (16) ‖ member of staff (u32) ‖ tag (10)`, base32: 48 letters, so that `reply+…` stays below the 64 octets that
//! the part before an `@` may have (RFC 5321, 4.5.3.1.1).

use super::seal::{self, Key};
use crate::id::ConversationId;

const PURPOSE: &str = "reply-token:v1:";
const PAYLOAD_BYTES: usize = 16 + 4;
const TAG_BYTES: usize = 10;

/// The number that stands for the visitor in a reply token.
pub const VISITOR: u32 = 0;

/// Whose word a mail is, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReplyToken {
    /// The conversation that the mail answers in.
    pub conversation: ConversationId,
    /// The member's number; [`VISITOR`] for the visitor.
    pub member: u32,
}

impl ReplyToken {
    /// What stands after `reply+`.
    #[must_use]
    pub fn seal(&self, key: &Key) -> String {
        let mut payload = Vec::with_capacity(PAYLOAD_BYTES);
        payload.extend_from_slice(self.conversation.uuid().as_bytes());
        payload.extend_from_slice(&self.member.to_be_bytes());
        seal::base32(&key.seal(PURPOSE, &payload, TAG_BYTES))
    }

    /// What a token says; `None` when it is not one of ours. Upper and lower case are the same.
    #[must_use]
    pub fn open(key: &Key, text: &str) -> Option<Self> {
        let payload: [u8; PAYLOAD_BYTES] = key.open(PURPOSE, &seal::from_base32(text)?, TAG_BYTES)?;
        Some(Self { conversation: seal::uuid_at(&payload, 0)?.into(), member: seal::number_at(&payload, 16)? })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::uuid;

    use super::*;

    const TOKEN: &str = "aghqaaaaabyabaaaaaaaaaaafiaaaaajrhztkvcd5wcsj4t3";

    fn key() -> Key {
        Key::new(&[7; 32])
    }

    fn of(member: u32) -> ReplyToken {
        ReplyToken { conversation: uuid!("018f0000-0000-7000-8000-00000000002a").into(), member }
    }

    #[test]
    fn a_members_token_is_the_one_that_the_contract_names() {
        assert_eq!(of(9).seal(&key()), TOKEN);
        assert_eq!(of(VISITOR).seal(&key()), "aghqaaaaabyabaaaaaaaaaaafiaaaaaaia2uyxqf36y56a4b");
    }

    #[test]
    fn case_does_not_matter_and_every_letter_does() {
        assert_eq!(ReplyToken::open(&key(), &TOKEN.to_uppercase()), Some(of(9)));
        assert_eq!(ReplyToken::open(&key(), &format!("{}a", &TOKEN[..47])), None);
        assert_eq!(ReplyToken::open(&Key::new(&[8; 32]), TOKEN), None);
    }

    proptest! {
        #[test]
        fn no_text_makes_the_opener_panic(text in ".{0,80}|[a-z2-7]{0,60}") {
            prop_assert_eq!(ReplyToken::open(&key(), &text), None);
        }
    }
}
