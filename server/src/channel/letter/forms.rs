//! The mail about several plain forms at once: the best first, so that a flood of forms is not a flood of mail.

use askama::Template;

use super::times::Times;
use super::view::{Contact, MAX_URL, MAX_VALUE, Prose, contact};
use super::words::Words;
use crate::channel::clean;
use crate::channel::mail::Mail;
use crate::clock::Millis;
use crate::config::Site;
use crate::model::Lead;

/// Forms that are shown; the rest is counted.
const MAX_SHOWN: usize = 30;
/// The longest message shown, in characters: enough to see what it is about.
const MAX_MESSAGE: usize = 600;

/// What a mail about several forms is made from.
#[derive(Clone, Debug)]
pub struct FormsLetter {
    /// The brand whose forms they are.
    pub site: Site,
    /// The member of staff written to.
    pub recipient: String,
    /// What the forms said.
    pub leads: Vec<Lead>,
    /// With its angle brackets; the same on each try of the same forms.
    pub message_id: String,
    /// When the newest of them was queued: its date.
    pub queued_at: Millis,
}

/// One form as the templates see it.
struct Entry {
    when: String,
    contact: Contact,
    message: Option<Prose>,
    score: Option<i32>,
    page: Option<Prose>,
}

struct View {
    words: &'static Words,
    site: String,
    headline: String,
    entries: Vec<Entry>,
    rest: Option<String>,
    zone: String,
    footer: String,
}

#[derive(Template)]
#[template(path = "email/forms/subject.txt")]
struct Subject<'a> {
    mail: &'a View,
}

#[derive(Template)]
#[template(path = "email/forms/body.txt")]
struct Text<'a> {
    mail: &'a View,
}

#[derive(Template)]
#[template(path = "email/forms/body.html")]
struct Html<'a> {
    mail: &'a View,
}

impl FormsLetter {
    /// The letter as a mail, in the site's language and time zone.
    pub fn mail(&self) -> Result<Mail, String> {
        let view = self.view();
        let rendered = |result: askama::Result<String>| result.map_err(|error| format!("template: {error}"));
        Ok(Mail {
            to: self.recipient.clone(),
            // Each form is answered by itself: an answer to all of them would reach one.
            reply_to: None,
            subject: rendered(Subject { mail: &view }.render())?,
            text: rendered(Text { mail: &view }.render())?,
            html: rendered(Html { mail: &view }.render())?,
            message_id: self.message_id.clone(),
            thread: None,
            list: Some((format!("{} forms", self.site.name), "forms")),
            at: self.queued_at,
        })
    }

    fn view(&self) -> View {
        let words = Words::of(&self.site.locale);
        let times = Times::of(&self.site, words);
        let site = clean::line(&self.site.name, MAX_VALUE);
        let mut leads: Vec<&Lead> = self.leads.iter().collect();
        leads.sort_by_key(|lead| (std::cmp::Reverse(lead.score), lead.created_at));
        let rest = leads.len().saturating_sub(MAX_SHOWN);
        View {
            words,
            headline: words.forms(leads.len()),
            entries: leads.into_iter().take(MAX_SHOWN).map(|lead| entry(lead, words, &times)).collect(),
            rest: (rest > 0).then(|| words.forms_rest(rest)),
            zone: times.zone(),
            footer: words.footer(&site),
            site,
        }
    }
}

fn entry(lead: &Lead, words: &Words, times: &Times) -> Entry {
    let message = lead.message.as_deref().map(|message| Prose::block(&clean::block(message, MAX_MESSAGE)));
    Entry {
        when: times.full(lead.created_at),
        contact: contact(Some(lead), words),
        message: message.filter(|message| !message.is_empty()),
        score: (lead.score > 0).then_some(lead.score),
        page: Some(Prose::line(&lead.page.url, MAX_URL)).filter(|page| !page.is_empty()),
    }
}
