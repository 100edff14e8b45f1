//! Taking over what a visitor tells of themselves, and asking about a slip in it.

use crate::cues::Heard;
use crate::engine::{EMAIL_KEPT, EMAIL_SUGGESTED, Taking};
use crate::entity::{EmailAddress, Found};
use crate::form::joined;
use crate::lead::Slot;
use crate::turn::ChoiceOption;

impl Taking<'_> {
    /// Takes over what a message tells; a later value replaces an earlier one.
    pub(crate) fn learn(&mut self, found: Found, heard: &Heard) {
        let Found { details: told, sure_name, .. } = found;
        for slot in Slot::ALL {
            let Some(value) = told.get(slot) else { continue };
            let before = self.state.details.get(slot);
            if before.as_ref() == Some(&value) {
                continue;
            }
            // A second name, company or amount in passing is somebody else's unless it is said to be a correction.
            let is_loose = match slot {
                Slot::Name => !sure_name,
                Slot::Company | Slot::Budget => true,
                Slot::Email | Slot::Phone | Slot::Order | Slot::Date => false,
            };
            let is_form = heard.whole().is_empty();
            if is_loose && before.is_some() && !heard.is_correction() && !is_form {
                continue;
            }
            if before.is_some() {
                self.replaced.insert(slot);
            }
            self.state.refused.remove(&slot);
            self.learnt.push((slot, value));
            self.state.details.take(slot, &told);
            if slot == Slot::Email {
                self.state.suggestion = None;
                self.doubted = told.email.as_ref().and_then(EmailAddress::suggestion);
            }
        }
    }

    /// "Did you mean ana@gmail.com?" The address is kept as it is until the visitor says so.
    pub(crate) fn ask_about_slip(&mut self, before: String, suggestion: EmailAddress) {
        let text = joined(before, self.phrase("suggest", &[("suggestion", suggestion.as_str())]));
        let options = vec![
            ChoiceOption { label: suggestion.as_str().to_owned(), value: EMAIL_SUGGESTED.into() },
            ChoiceOption { label: self.fixed("suggest_keep"), value: EMAIL_KEPT.into() },
        ];
        self.state.suggestion = Some(suggestion);
        self.offer(text, options);
    }

    pub(crate) fn take_suggestion(&mut self, suggestion: EmailAddress) {
        self.learnt.push((Slot::Email, suggestion.as_str().to_owned()));
        self.replaced.insert(Slot::Email);
        self.state.details.email = Some(suggestion);
        self.acknowledge();
    }

    pub(crate) fn keep_email(&mut self) {
        let text = self.phrase("ok", &[]);
        self.proceed(text);
    }
}
