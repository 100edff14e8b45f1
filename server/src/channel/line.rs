//! What every line has in common: a person writes, we write back, and the platform tells what became of it.

use crate::clock::Millis;

/// Who writes on a line. The desk knows a person by line and address, and nothing of platforms.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LinePerson {
    /// What answers go to: a number in E.164 with its `+`, or an id that the platform gives instead.
    pub address: String,
    /// A second id of the same person, where one message names both.
    pub also: Option<String>,
    /// What they call themselves there; never proof of anything.
    pub name: Option<String>,
}

/// One thing that a platform told us, in the order of its payload.
#[derive(Clone, Debug, PartialEq)]
pub enum LineNews {
    /// A person wrote.
    Message(LineMessage),
    /// The owner answered on a phone of their own, outside of Sidedoor.
    Echo(LineMessage),
    /// What became of a message of ours.
    Status(LineStatus),
    /// A person has another address from now on.
    Moved {
        /// As we knew it.
        from: String,
        /// As it is now.
        to: String,
    },
    /// The platform itself says that it will, or will not, deliver to this person.
    Consent {
        /// The person's, as the platform names it.
        address: String,
        /// Whether they take messages.
        takes: bool,
        /// The platform's id of the statement.
        id: String,
    },
    /// The account or the line has a fault, in the platform's words.
    Fault(String),
    /// Something that is genuine and means nothing to us; stored, counted, answered with success.
    Ignored(String),
}

/// A message on a line.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LineMessage {
    /// The platform's id; the same message comes twice with the same one.
    pub id: String,
    /// Who wrote; for an echo, to whom it was written.
    pub person: LinePerson,
    /// When it was written, by the platform's clock.
    pub at: Option<Millis>,
    /// What was said.
    pub content: LineContent,
    /// The platform's id of the message of ours that this answers.
    pub answers: Option<String>,
    /// The address that an advertisement led here from.
    pub referral: Option<String>,
}

/// What was said.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LineContent {
    /// Words; of media, their caption.
    pub text: String,
    /// The value of a button that was pressed.
    pub option: Option<String>,
    /// What was sent along.
    pub media: Vec<LineMedia>,
    /// A kind of message that we cannot show.
    pub unsupported: bool,
}

/// Something that was sent along: named, not fetched.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LineMedia {
    /// The platform's id or address of it.
    pub reference: String,
    /// As the platform says; the bytes decide.
    pub mime: String,
    /// Base64 of its SHA-256, where given.
    pub sha256: Option<String>,
    /// Its file name, where given.
    pub name: Option<String>,
}

/// What became of a message of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineStatus {
    /// The platform's id of our message.
    pub message: String,
    /// The id of our task, where the platform gives it back.
    pub task: Option<String>,
    /// How far it has come.
    pub state: LineState,
    /// When, by the platform's clock.
    pub at: Option<Millis>,
    /// The platform's code of a failure.
    pub code: Option<i64>,
    /// The platform's words for it.
    pub reason: Option<String>,
}

/// How far a message has come; only ever forward.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LineState {
    /// The platform has it.
    Queued,
    /// It has left the platform.
    Sent,
    /// It has not arrived, and will not.
    Failed,
    /// It is on the person's device.
    Delivered,
    /// They have seen it.
    Read,
}

impl LineState {
    /// The state after another report: reports come late, twice and out of order. A failure after a delivery changes nothing.
    #[must_use]
    pub fn after(self, report: Self) -> Self {
        self.max(report)
    }
}

#[cfg(test)]
mod tests {
    use super::LineState::{Delivered, Failed, Queued, Read, Sent};

    #[test]
    fn a_status_only_moves_forward() {
        assert_eq!(Delivered.after(Sent), Delivered);
        assert_eq!(Queued.after(Read), Read);
        assert_eq!(Sent.after(Failed), Failed);
        assert_eq!(Delivered.after(Failed), Delivered);
    }
}
