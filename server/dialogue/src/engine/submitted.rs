//! A form was sent in the widget.

use std::collections::BTreeMap;

use crate::entity::{Found, Reader};
use crate::policy::form::{CONTACT, CONTACT_SLOTS, problem_key};
use crate::policy::taking::Taking;
use crate::types::lead::{Consent, Details, Slot};
use crate::types::phase::Phase;
use crate::types::state::OpenForm;
use crate::types::turn::Rejected;
use crate::words::cues::Heard;

impl<'a> Taking<'a> {
    /// The widget's form: all fields are valid, or none is taken.
    pub(crate) fn take_form(
        &mut self,
        name: &str,
        fields: &BTreeMap<String, String>,
        consent: bool,
    ) -> Result<(), Rejected> {
        let slots: Vec<Slot> = match (name, &self.state.form, self.intents.get(name)) {
            (CONTACT, ..) => CONTACT_SLOTS.to_vec(),
            (_, Some(form), _) if form.name == name => form.slots.clone(),
            (_, _, Some(intent)) if !intent.ask.is_empty() => intent.ask.clone(),
            _ => return Err(Rejected::UnknownForm(name.into())),
        };
        let given = |slot: Slot| fields.get(slot.as_str()).map(|text| text.trim()).filter(|text| !text.is_empty());
        let reader: Reader<'a> = self.reader();
        let mut faults = BTreeMap::new();
        let mut details = Details::default();
        // A contact form may carry a name and more besides; whatever has a slot is taken.
        for slot in Slot::ALL {
            let Some(text) = given(slot) else { continue };
            match reader.read_field(slot, text) {
                Ok(read) => details.merge(read),
                Err(problem) => {
                    faults.insert(slot.as_str().to_owned(), self.phrase(problem_key(slot, problem), &[]));
                }
            }
        }
        let contacts: Vec<Slot> = slots.iter().copied().filter(|slot| slot.is_contact()).collect();
        let has_contact = self.state.details.has_contact() || contacts.iter().any(|slot| given(*slot).is_some());
        if let Some(first) = contacts.first().filter(|_| !has_contact) {
            let key = if contacts.len() == 1 { "required" } else { "contact_required" };
            faults.insert(first.as_str().to_owned(), self.phrase(key, &[]));
        } else if let Some(first) = slots.first().filter(|_| Slot::ALL.into_iter().all(|slot| given(slot).is_none())) {
            faults.insert(first.as_str().to_owned(), self.phrase("required", &[]));
        }
        if !faults.is_empty() {
            return Err(Rejected::InvalidFields(faults));
        }

        self.reopen();
        self.remember_page();
        self.remember_valuable_page();
        self.state.offered.clear();
        self.form_sent = true;
        if consent {
            // The very words that were shown, even if the language has changed since.
            let wording = self.state.consent_shown.take().unwrap_or_else(|| self.fixed("consent"));
            self.state.consent = Some(Consent { at: self.context.now_ms, wording });
        }
        self.learn(Found { details, ..Found::default() }, &Heard::new(""));
        if self.state.phase == Phase::Staff {
            return Ok(());
        }
        // Who saw a field and left it empty has answered too.
        let left = slots.iter().filter(|slot| !self.state.details.has(**slot)).copied();
        self.state.refused.extend(left.collect::<Vec<_>>());
        self.state.form = Some(OpenForm { name: name.to_owned(), asked: slots[0], slots, misses: 0, refusals: 0 });
        self.replaced.clear();
        self.proceed(String::new());
        Ok(())
    }
}
