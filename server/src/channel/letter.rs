//! The mail about a conversation or a lead: everything that staff need in order to answer, in an order that suits a phone.

mod door;
pub mod forms;
mod subject;
mod times;
mod transcript;
mod view;
mod words;

use askama::Template;

use self::view::{Prose, View};
use super::address::Address;
use super::mail::Mail;
use crate::clock::Millis;
use crate::config::Site;
use crate::model::{Conversation, Door, Event, Lead, Reason};

/// What a mail to staff is made from; loaded when it is delivered.
#[derive(Clone, Debug)]
pub struct Letter {
    /// The brand that they work for.
    pub site: Site,
    /// The member of staff written to.
    pub recipient: String,
    /// Why they are written to; headline and subject follow it.
    pub reason: Reason,
    /// The conversation, where there is one.
    pub conversation: Option<Conversation>,
    /// Its newest events up to the one that the mail tells of, oldest first.
    pub events: Vec<Event>,
    /// Whether older events were left out.
    pub more: bool,
    /// The lead, where there is one.
    pub lead: Option<Lead>,
    /// Other leads with the same normalised address: pointers, never merged, since anybody can type an address.
    pub same_email: Vec<Lead>,
    /// The recipient's way to the conversation, where there is one.
    pub door: Option<Door>,
    /// With its angle brackets; the same on each try.
    pub message_id: String,
    /// When the mail was queued: its date.
    pub queued_at: Millis,
}

/// A letter in words.
#[derive(Clone, Debug)]
pub struct Written {
    /// One line.
    pub subject: String,
    /// Complete by itself.
    pub text: String,
    /// The same for mail programs that show HTML.
    pub html: String,
    /// Whom an answer reaches: the visitor, if they left a usable address.
    pub reply_to: Option<(String, Address)>,
}

#[derive(Template)]
#[template(path = "email/escalation/subject.txt")]
struct Subject<'a> {
    mail: &'a View,
}

#[derive(Template)]
#[template(path = "email/escalation/body.txt")]
struct Text<'a> {
    mail: &'a View,
}

#[derive(Template)]
#[template(path = "email/escalation/body.html")]
struct Html<'a> {
    mail: &'a View,
}

impl Letter {
    /// The letter as a mail from `sender`.
    pub(super) fn mail(&self, sender: &str) -> Result<Mail, String> {
        let written = self.write(sender)?;
        Ok(Mail {
            to: self.recipient.clone(),
            reply_to: written.reply_to,
            subject: written.subject,
            text: written.text,
            html: written.html,
            message_id: self.message_id.clone(),
            thread: self.conversation.as_ref().map(|conversation| conversation.id),
            list: Some((format!("{} escalations", self.site.name), "escalations")),
            at: self.queued_at,
        })
    }

    /// Puts the letter into words, in the site's language and time zone. `sender` is the address that the mail comes from.
    pub fn write(&self, sender: &str) -> Result<Written, String> {
        let view = View::of(self, sender);
        let rendered = |result: askama::Result<String>| result.map_err(|error| format!("template: {error}"));
        Ok(Written {
            subject: rendered(Subject { mail: &view }.render())?,
            text: rendered(Text { mail: &view }.render())?,
            html: rendered(Html { mail: &view }.render())?,
            reply_to: view.reply_to,
        })
    }
}
