//! A button was pressed, or what it shows was typed.

use crate::policy::taking::Taking;
use crate::types::email::EmailAddress;
use crate::types::lead::Slot;
use crate::types::phase::{Phase, Reason};
use crate::types::shown::{BACK_TO_BOT, ChoiceOption, EMAIL_KEPT, EMAIL_SUGGESTED, HUMAN, SOMETHING_ELSE};
use crate::types::turn::Rejected;
use crate::words::cues::{self, Heard};

impl Taking<'_> {
    pub(crate) fn take_choice(&mut self, option: &str) -> Result<(), Rejected> {
        let is_own = [SOMETHING_ELSE, EMAIL_SUGGESTED, EMAIL_KEPT, HUMAN, BACK_TO_BOT].contains(&option);
        if !is_own && self.intents.get(option).is_none() {
            return Err(Rejected::UnknownOption(option.into()));
        }
        self.reopen();
        self.remember_page();
        self.remember_valuable_page();
        if self.state.phase == Phase::Staff {
            return Ok(());
        }
        self.state.offered.clear();
        self.recall_item();
        self.choose(option);
        Ok(())
    }

    pub(crate) fn choose(&mut self, option: &str) {
        match (option, self.state.suggestion.take_if(|_| [EMAIL_SUGGESTED, EMAIL_KEPT].contains(&option))) {
            (EMAIL_SUGGESTED, Some(suggestion)) => return self.take_suggestion(suggestion),
            (EMAIL_KEPT, Some(_)) => return self.keep_email(),
            // Pressed twice, or after another address was given: there is nothing left to decide.
            (EMAIL_SUGGESTED | EMAIL_KEPT, None) => return,
            _ => {}
        }
        if self.state.phase == Phase::Waiting {
            return match self.intents.get(option) {
                _ if option == BACK_TO_BOT => self.go_back_to_bot(),
                Some(intent) if !intent.hands_over() => self.help_while_waiting(intent),
                intent => self.hand_over(Reason::Asked, intent),
            };
        }
        match self.intents.get(option) {
            Some(intent) if self.state.form.is_some() => self.interrupt(intent),
            Some(intent) => self.answer(intent),
            // Pressed again after the conversation came back.
            None if option == BACK_TO_BOT => {}
            None if option == HUMAN => self.hand_over(Reason::Asked, None),
            None => {
                // The next message that is not understood goes to a person: asking a third time helps nobody.
                self.state.unsure = 1;
                let text = self.phrase("rephrase", &[]);
                self.say(text);
            }
        }
    }

    fn take_suggestion(&mut self, suggestion: EmailAddress) {
        self.learnt.push((Slot::Email, suggestion.as_str().to_owned()));
        self.replaced.insert(Slot::Email);
        self.state.details.email = Some(suggestion);
        self.acknowledge();
    }

    fn keep_email(&mut self) {
        let text = self.phrase("ok", &[]);
        self.proceed(text);
    }
}

/// The option that a typed text stands for: its label, or its number.
pub fn chosen<'o>(offered: &'o [ChoiceOption], heard: &Heard) -> Option<&'o str> {
    let by_label = offered.iter().find(|option| cues::fold_whole(&option.label) == heard.whole());
    let by_number = || {
        let number: usize = heard.whole().trim_end_matches(')').parse().ok()?;
        offered.get(number.checked_sub(1)?)
    };
    // "Did you mean ana@gmail.com?" and a single button are answered by yes and no as well.
    let by_yes_or_no = || match offered {
        [only] => Some(only).filter(|_| heard.is_yes()),
        [first, second] if first.value == EMAIL_SUGGESTED => {
            Some(first).filter(|_| heard.is_yes()).or(Some(second).filter(|_| heard.is_no()))
        }
        _ => None,
    };
    by_label.or_else(by_number).or_else(by_yes_or_no).map(|option| option.value.as_str())
}
