//! What a lead is worth, and why; weighed anew on every turn.

use super::speech::sentence;
use super::taking::Taking;
use crate::entity::occasion_label;
use crate::types::lead::{Lead, ScoreReason, Slot};
use crate::types::locale;
use crate::types::phase::Reason;
use crate::types::turn::Action;
use crate::types::value;
use crate::words::cues::Heard;

// Points. An intent's own `value` is the business's judgement and weighs most; these tell two visitors with the same question apart.
const COMPANY_EMAIL: i32 = 15;
const COMPANY: i32 = 5;
const VALUABLE_PAGE: i32 = 10;
const EMAIL: i32 = 10;
const PHONE: i32 = 10;
const NAME: i32 = 5;

/// Words in the path of pages that people read who are about to buy.
const VALUABLE_WORDS: [&str; 30] = [
    "pricing",
    "price",
    "prices",
    "plans",
    "checkout",
    "cart",
    "basket",
    "wholesale",
    "b2b",
    "quote",
    "bulk",
    "business",
    "enterprise",
    "trade",
    "precio",
    "precios",
    "tarifas",
    "mayorista",
    "mayoristas",
    "presupuesto",
    "carrito",
    "precos",
    "atacado",
    "tarifs",
    "devis",
    "panier",
    "preise",
    "warenkorb",
    "prezzi",
    "preventivo",
];

impl Taking<'_> {
    /// Remembers that the visitor wrote from a page that sells; the last such page counts.
    pub(crate) fn remember_valuable_page(&mut self) {
        let Some(path) = self.context.page.path() else { return };
        if path.to_lowercase().split(|c: char| !c.is_alphanumeric()).any(|word| VALUABLE_WORDS.contains(&word)) {
            self.state.valuable_page = Some(path.chars().take(100).collect());
        }
    }

    /// Weighs the lead, saves it where it changed and the visitor can be reached, and tells staff of a good one.
    pub(crate) fn weigh(&mut self) {
        let reasons = self.reasons();
        let sum: i32 = reasons.iter().map(|reason| reason.points).sum();
        self.state.score = u8::try_from(sum.clamp(0, 100)).unwrap_or(100);
        if !self.state.details.has_contact() && !self.form_sent {
            return;
        }
        let lead = Lead {
            details: self.state.details.clone(),
            score: self.state.score,
            reasons,
            consent: self.state.consent.clone(),
            quantity: self.state.interest.quantity.as_ref().map(ToString::to_string),
            occasion: self.occasion().map(|occasion| self.occasion_label(occasion).to_owned()),
            intents: self.state.intents.clone(),
            items: self.state.items.clone(),
            message: (!self.state.wishes.is_empty()).then(|| self.state.wishes.join("\n")),
            page: self.state.first_page.clone().unwrap_or_default(),
            locale: self.tag().to_owned(),
        };
        let mark = mark(&lead);
        if self.state.saved != Some(mark) {
            self.state.saved = Some(mark);
            self.actions.push(Action::SaveLead(lead));
        }
        if self.context.profile.high_value.is_some_and(|high| self.state.score >= high) {
            let intent = self.state.intents.last().cloned();
            self.escalate(Reason::HighValue, intent);
        }
    }

    /// Remembers what a message tells of the inquiry's worth: the largest quantity, each occasion once.
    pub(crate) fn remember_interest(&mut self, text: &str, heard: &Heard) {
        self.state.urgent |= heard.is_urgent();
        let own: Vec<_> =
            self.context.profile.value.occasion.iter().filter(|rule| !rule.words.is_empty()).cloned().collect();
        let told = self.reader().interest(text, &own);
        let known = &mut self.state.interest;
        known.repeat |= told.repeat;
        if told.quantity.as_ref().map(|quantity| quantity.count)
            > known.quantity.as_ref().map(|quantity| quantity.count)
        {
            known.quantity = told.quantity;
        }
        let new: Vec<String> = told.occasions.into_iter().filter(|name| !known.occasions.contains(name)).collect();
        known.occasions.extend(new);
    }

    /// The occasion that is worth most.
    fn occasion(&self) -> Option<&str> {
        let rules = &self.context.profile.value;
        let occasions = self.state.interest.occasions.iter().rev();
        occasions.max_by_key(|name| rules.of_occasion(name)).map(String::as_str)
    }

    fn occasion_label<'s>(&self, occasion: &'s str) -> &'s str {
        occasion_label(occasion, locale::language(&self.context.profile.locale))
    }

    fn reasons(&self) -> Vec<ScoreReason> {
        let details = &self.state.details;
        let rules = &self.context.profile.value;
        let interest = &self.state.interest;
        let mut reasons = Vec::new();
        let mut add = |points: i32, key: &str, what: &str| {
            if points != 0 {
                reasons.push(ScoreReason { points, why: self.reason(key, what) });
            }
        };
        for name in &self.state.intents {
            if let Some(intent) = self.intents.get(name) {
                let site = &self.context.profile.locale;
                add(intent.value, "reason_value", &intent.label(site, site));
            }
        }
        if let Some(budget) = &details.budget {
            add(value::points(&rules.budget, budget.magnitude()), "reason_budget", "");
        }
        if let Some(quantity) = &interest.quantity {
            add(value::points(&rules.quantity, i64::from(quantity.count)), "reason_quantity", &quantity.text);
        }
        if let Some(occasion) = self.occasion() {
            add(rules.of_occasion(occasion), "reason_occasion", self.occasion_label(occasion));
        }
        if interest.repeat {
            add(rules.repeat, "reason_repeat", "");
        }
        if let Some(email) = details.email.as_ref().filter(|email| email.is_company()) {
            add(COMPANY_EMAIL, "reason_company_email", email.domain());
        }
        if details.company.is_some() {
            add(COMPANY, "reason_company", "");
        }
        if let Some(page) = &self.state.valuable_page {
            add(VALUABLE_PAGE, "reason_page", page);
        }
        if self.state.urgent {
            add(rules.urgent, "reason_urgent", "");
        }
        for (slot, points, key) in [
            (Slot::Email, EMAIL, "reason_email"),
            (Slot::Phone, PHONE, "reason_phone"),
            (Slot::Name, NAME, "reason_name"),
        ] {
            if details.has(slot) {
                add(points, key, "");
            }
        }
        reasons
    }

    /// In the site's language: staff read it, not the visitor.
    fn reason(&self, key: &str, what: &str) -> String {
        let site = &self.context.profile.locale;
        let Some(text) = sentence(self.intents, key, site, site).first() else { return key.to_owned() };
        text.render(|name| match name {
            "what" => Some(what.to_owned()),
            slot => self.state.details.get(Slot::parse(slot)?),
        })
    }
}

/// Tells one lead from another without keeping it: FNV-1a over its JSON, the same in every build.
fn mark(lead: &Lead) -> u64 {
    let json = serde_json::to_vec(lead).unwrap_or_default();
    json.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}
