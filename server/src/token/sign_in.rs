//! What is mailed to a member who wants to sign in: a code and a link's token, made from one number, so that each try of the
//! mail says the same and the outbox holds neither.

use uuid::Uuid;

use super::seal::{self, Key};
use super::staff_link::spell;

const CODE_PURPOSE: &str = "sign-in-code:v1:";
const TOKEN_PURPOSE: &str = "sign-in-link:v1:";

/// A member's wish to sign in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignIn {
    /// Whose.
    pub member: u32,
    /// What tells it from their others.
    pub nonce: Uuid,
}

impl SignIn {
    /// Eight letters, good with the member's address.
    #[must_use]
    pub fn code(&self, key: &Key) -> String {
        spell(&key.tag(CODE_PURPOSE, &self.payload()))
    }

    /// What stands in the link.
    #[must_use]
    pub fn token(&self, key: &Key) -> String {
        seal::base64url(&key.tag(TOKEN_PURPOSE, &self.payload()))
    }

    fn payload(&self) -> Vec<u8> {
        [&self.member.to_be_bytes()[..], self.nonce.as_bytes()].concat()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_and_token_are_the_wishs_own() {
        let key = Key::new(&[7; 32]);
        let one = SignIn { member: 1, nonce: Uuid::from_u128(1) };

        assert_eq!(one.code(&key), one.code(&key));
        for other in [SignIn { member: 2, ..one }, SignIn { nonce: Uuid::from_u128(2), ..one }] {
            assert!(one.code(&key) != other.code(&key) && one.token(&key) != other.token(&key));
        }
        assert_eq!(one.code(&key).len(), 8);
    }
}
