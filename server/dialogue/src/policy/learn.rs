//! Taking over what a visitor tells of themselves, and saying it back.

use super::speech::joined;
use super::taking::Taking;
use crate::entity::{Found, Misread};
use crate::types::email::EmailAddress;
use crate::types::lead::Slot;
use crate::types::shown::{ChoiceOption, EMAIL_KEPT, EMAIL_SUGGESTED};
use crate::words::cues::Heard;

/// Two long messages and some short ones.
const MAX_WISHES_BYTES: usize = 8_000;

impl Taking<'_> {
    /// Finds what a message tells; what it corrects counts as wanted: "actually 10k" is a budget to nobody but who has named one.
    pub(crate) fn find(&self, text: &str, heard: &Heard, wanted: &[Slot]) -> Found {
        if !heard.is_correction() {
            return self.reader().find(text, heard, wanted);
        }
        let known = Slot::ALL.into_iter().filter(|slot| self.state.details.has(*slot));
        let wanted: Vec<Slot> = wanted.iter().copied().chain(known).collect();
        self.reader().find(text, heard, &wanted)
    }

    /// Whether the visitor is to be asked about the day they named; named again, it is meant.
    pub(crate) fn doubts_date(&mut self, found: &mut Found) -> bool {
        let Some(date) = found.doubtful_date.take() else { return false };
        if self.state.doubtful_date.as_ref() == Some(&date) {
            found.details.date = Some(date);
            return false;
        }
        self.state.doubtful_date = Some(date);
        true
    }

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
                _ => false,
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

    /// `Got it: …`, empty where nothing was learnt.
    pub(crate) fn acknowledgement(&mut self) -> String {
        if self.learnt.is_empty() {
            return String::new();
        }
        let told = |(slot, value): &(Slot, String)| self.spoken(*slot).unwrap_or_else(|| value.clone());
        let noted = self.learnt.iter().map(told).collect::<Vec<_>>().join(", ");
        let key = if self.replaced.is_empty() { "noted" } else { "corrected" };
        self.phrase(key, &[("noted", &noted)])
    }

    /// Keeps a message for staff, in the visitor's own words; of very many the first and the newest.
    pub(crate) fn keep_wish(&mut self, text: &str) {
        let text = text.trim();
        if text.is_empty() || self.state.wishes.iter().any(|wish| wish == text) {
            return;
        }
        self.state.wishes.push(text.to_owned());
        let too_many = |wishes: &[String]| wishes.iter().map(String::len).sum::<usize>() > MAX_WISHES_BYTES;
        while self.state.wishes.len() > 2 && too_many(&self.state.wishes) {
            self.state.wishes.remove(1);
        }
    }

    /// How many words of a message are more than the details that were learnt from it.
    pub(crate) fn words_beyond(&self, heard: &Heard) -> usize {
        let values: Vec<String> = self.learnt.iter().map(|(_, value)| value.clone()).collect();
        heard.words_beyond(&values)
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

    pub(crate) fn read_answer(&mut self, asked: Slot, text: &str, heard: &Heard) -> Result<(), Misread> {
        let details = self.reader().read(asked, text)?;
        self.learn(Found { details, ..Found::default() }, heard);
        Ok(())
    }
}
