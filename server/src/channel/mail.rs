//! A mail in words: what a job hands to the email channel, whatever it tells of.

use super::address::Address;
use crate::clock::Millis;
use crate::id::ConversationId;

/// One mail to one person.
#[derive(Clone, Debug)]
pub struct Mail {
    /// The recipient's address.
    pub to: String,
    /// Whom an answer reaches; the sender where it is absent.
    pub reply_to: Option<(String, Address)>,
    /// One line.
    pub subject: String,
    /// Complete by itself.
    pub text: String,
    /// The same for mail programs that show HTML.
    pub html: String,
    /// With its angle brackets; the same on each try.
    pub message_id: String,
    /// The conversation whose mails it stands among.
    pub thread: Option<ConversationId>,
    /// Name and id of the list that mail rules can sort by; the id is a label before the mail domain.
    pub list: Option<(String, &'static str)>,
    /// Its date: when it was queued.
    pub at: Millis,
}
