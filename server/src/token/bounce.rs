//! The address that a bounce comes back to, one for each mail (VERP): whatever a mail server writes, the envelope names the mail.
//!
//! `version ‖ number (u32) ‖ id (16) ‖ tag (10)`, base32: of an issue for a subscriber, or of a task in the outbox.

use uuid::Uuid;

use super::seal::{self, Key};
use crate::id::TaskId;

const PURPOSE: &str = "bounce:v1:";
const PAYLOAD_BYTES: usize = 1 + 4 + 16;
const TAG_BYTES: usize = 10;
const OF_ISSUE: u8 = 1;
const OF_TASK: u8 = 2;

/// The mail that came back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BounceToken {
    /// A newsletter's issue, to one subscriber.
    Issue {
        /// The issue's number.
        issue: u32,
        /// The subscriber.
        subscriber: Uuid,
    },
    /// Any other mail: the task that sent it.
    Task(TaskId),
}

impl BounceToken {
    /// What stands after `bounce+`.
    #[must_use]
    pub fn seal(&self, key: &Key) -> String {
        let (version, number, id) = match self {
            Self::Issue { issue, subscriber } => (OF_ISSUE, *issue, *subscriber),
            Self::Task(task) => (OF_TASK, 0, task.uuid()),
        };
        let mut payload = vec![version];
        payload.extend_from_slice(&number.to_be_bytes());
        payload.extend_from_slice(id.as_bytes());
        seal::base32(&key.seal(PURPOSE, &payload, TAG_BYTES))
    }

    /// What a token says; `None` when it is not one of ours. Upper and lower case are the same.
    #[must_use]
    pub fn open(key: &Key, text: &str) -> Option<Self> {
        let payload: [u8; PAYLOAD_BYTES] = key.open(PURPOSE, &seal::from_base32(text)?, TAG_BYTES)?;
        let (number, id) = (seal::number_at(&payload, 1)?, seal::uuid_at(&payload, 5)?);
        match payload[0] {
            OF_ISSUE => Some(Self::Issue { issue: number, subscriber: id }),
            OF_TASK => Some(Self::Task(id.into())),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::uuid;

    use super::*;

    #[test]
    fn an_issues_address_is_the_one_that_the_contract_names() {
        let key = Key::new(&[7; 32]);
        let token = BounceToken::Issue { issue: 17, subscriber: uuid!("018f0000-0000-7000-8000-0000000000b1") };

        assert_eq!(token.seal(&key), "aeaaaaaraghqaaaaabyabaaaaaaaaaaawgvueqvydc5ifpiazu");
        assert_eq!(BounceToken::open(&key, &token.seal(&key).to_uppercase()), Some(token));
    }

    #[test]
    fn a_tasks_address_names_the_task() {
        let key = Key::new(&[7; 32]);
        let token = BounceToken::Task(TaskId::new());

        assert!("bounce+".len() + token.seal(&key).len() <= 64);
        assert_eq!(BounceToken::open(&key, &token.seal(&key)), Some(token));
        assert_eq!(BounceToken::open(&Key::new(&[8; 32]), &token.seal(&key)), None);
    }
}
