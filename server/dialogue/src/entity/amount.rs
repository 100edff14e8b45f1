//! One amount of money in a text: the number, its currency before or behind, its hundredths.

use super::currency::{self, Written};
use super::grammar::Grammar;
use super::number;
use super::tokens::{Kind, Token};

/// An amount as it is written.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Amount {
    /// In units of the currency.
    pub value: f64,
    /// What stands beside it.
    pub currency: Option<Written>,
    /// It is written as only money is: `5k`, `5000,-`.
    pub is_marked: bool,
    /// The number is in words.
    pub spelled: bool,
    /// How many tokens it has, with its currency.
    pub len: usize,
}

/// A text to read amounts from.
pub struct Amounts<'a> {
    pub text: &'a str,
    pub tokens: &'a [Token],
    pub grammar: &'a Grammar,
}

impl Amounts<'_> {
    /// The amount that begins at a token; a range counts as its upper end.
    pub fn at(&self, at: usize) -> Option<Amount> {
        // Digits joined by more than one dash are a date or a phone number.
        if self.is_joined(at) {
            return None;
        }
        let low = self.single(at)?;
        let between = at + low.len;
        let dash = self.tokens.get(between).is_some_and(|token| token.is("-"));
        let is_dashed = self.is_joined(between + 1);
        let joined = if dash { Some(1) } else { self.grammar.money.to.at(self.tokens, between).map(|found| found.1) };
        let Some(high) = joined.and_then(|len| Some((len, self.single(between + len)?))) else {
            return Some(low).filter(|_| !is_dashed);
        };
        let (len, high) = high;
        let is_range = high.value >= low.value
            && (dash || high.currency.is_some() || high.is_marked || low.currency.is_none())
            && !(low.currency.is_some() && high.currency.is_some() && low.currency != high.currency);
        if is_dashed && (!is_range || self.is_joined(between + len + high.len + 1)) {
            return None;
        }
        if !is_range {
            return Some(low);
        }
        Some(Amount {
            currency: high.currency.or(low.currency),
            is_marked: high.is_marked || low.is_marked,
            spelled: high.spelled && low.spelled,
            len: low.len + len + high.len,
            ..high
        })
    }

    /// Whether a number is joined to the number before it by a dash.
    fn is_joined(&self, at: usize) -> bool {
        let is_number = |at: usize| self.tokens.get(at).is_some_and(|token| token.kind == Kind::Number);
        at >= 2
            && is_number(at)
            && self.tokens[at].glued
            && self.tokens[at - 1].is("-")
            && self.tokens[at - 1].glued
            && is_number(at - 2)
    }

    fn single(&self, start: usize) -> Option<Amount> {
        let before = self.currency_before(start);
        let mut at = start + before.map_or(0, |found| found.1);
        if before.is_none() && !self.may_begin(start) {
            return None;
        }
        // "$.99" and ".99 €": a point without a whole number before it.
        let fraction =
            self.tokens.get(at).filter(|token| token.is(".") || token.is(",")).and_then(|_| self.tokens.get(at + 1));
        let number = match fraction.filter(|next| next.glued && next.kind == Kind::Number) {
            Some(next) if next.text.len() <= 2 && before.is_none_or(|_| self.tokens[at].glued) => number::Number {
                value: format!("0.{}", next.text).parse().ok()?,
                len: 2,
                scaled: false,
                spelled: false,
            },
            Some(_) => return None,
            None => number::at(self.tokens, at, self.grammar)?,
        };
        at += number.len;
        let dashes = self.dashes(at);
        at += dashes;
        let mut amount = Amount {
            value: number.value,
            currency: before.map(|found| found.0),
            is_marked: number.scaled || dashes > 0,
            spelled: number.spelled,
            len: 0,
        };
        let of = self
            .tokens
            .get(at)
            .filter(|token| number.scaled && matches!(token.text.as_str(), "de" | "d" | "di"))
            .map_or(0, |_| 1);
        if let Some((currency, len)) = self.currency_behind(at + of) {
            amount.currency = Some(currency);
            at += of + len;
            if let Some((hundredths, len)) = self.hundredths(at, number.value) {
                amount.value += hundredths;
                at += len;
            }
        } else if amount.currency.is_none()
            && !number.scaled
            && let Some((_, len)) = self.grammar.money.cents.at(self.tokens, at).filter(|_| self.is_beside(at))
        {
            amount.value /= 100.0;
            amount.is_marked = true;
            at += len;
        }
        amount.len = at - start;
        let is_whole = !self
            .tokens
            .get(at)
            .is_some_and(|next| next.glued && (next.kind != Kind::Sign || goes_on(next, self.tokens.get(at + 1))));
        (is_whole && amount.value > 0.0).then_some(amount)
    }

    /// A letter or a sign that makes it something else may not touch the number: `A4`, `#500`, `+49`, `12/05`, `10:30`.
    fn may_begin(&self, at: usize) -> bool {
        let Some(token) = self.tokens.get(at) else { return false };
        if !token.glued {
            return !matches!(at.checked_sub(1).map(|at| self.tokens[at].text.as_str()), Some("#" | "№"));
        }
        let Some(before) = at.checked_sub(1).map(|at| &self.tokens[at]) else { return true };
        match before.kind {
            Kind::Word => token.kind == Kind::Word,
            Kind::Number => false,
            Kind::Sign => {
                let touches_number = before.glued && at >= 2 && self.tokens[at - 2].kind == Kind::Number;
                let makes_other = matches!(before.text.as_str(), "#" | "№" | "+" | "_" | "@" | "\\" | "°")
                    || touches_number && matches!(before.text.as_str(), "/" | ":" | "." | ",")
                    || matches!(before.text.as_str(), "." | ",") && token.kind == Kind::Number
                    || matches!(before.text.as_str(), "/" | ":") && before.glued;
                !makes_other
            }
        }
    }

    fn currency_before(&self, at: usize) -> Option<(Written, usize)> {
        let token = self.tokens.get(at)?;
        // `US$`, `MX$`.
        if token.kind == Kind::Word
            && self.tokens.get(at + 1).is_some_and(|next| next.is("$") && next.glued)
            && let Some(currency) = currency::of_dollars(&token.text)
        {
            return Some((currency, 2));
        }
        let (currency, len) = match token.kind {
            Kind::Sign => (currency::of_sign(&token.text)?, 1),
            Kind::Word => self.named(at).filter(|_| token.text.len() > 1)?,
            Kind::Number => return None,
        };
        let follows = |at: usize| self.tokens.get(at).is_some_and(|next| next.kind == Kind::Number);
        // "Rs. 500"
        let dot = self.tokens.get(at + len).is_some_and(|next| next.is(".") && next.glued)
            && !self.tokens.get(at + len + 1)?.glued;
        let len = len + usize::from(dot && follows(at + len + 1));
        let is_point =
            token.kind == Kind::Sign && self.tokens.get(at + len).is_some_and(|next| next.is(".") || next.is(","));
        (follows(at + len) || is_point).then_some((currency, len))
    }

    fn currency_behind(&self, at: usize) -> Option<(Written, usize)> {
        let token = self.tokens.get(at)?;
        match token.kind {
            Kind::Sign => {
                let currency = currency::of_sign(&token.text)?;
                // The sign of the next amount: "$5 $10".
                let next = self.tokens.get(at + 1).filter(|next| next.glued && next.kind == Kind::Number);
                (token.glued || next.is_none()).then_some((currency, 1))
            }
            Kind::Word => {
                if let Some(next) = self.tokens.get(at + 1).filter(|next| next.glued)
                    && let Some(currency) = next.is("$").then(|| currency::of_dollars(&token.text)).flatten()
                    && !self.tokens.get(at + 2).is_some_and(|after| after.glued && after.kind == Kind::Number)
                {
                    return Some((currency, 2));
                }
                self.named(at)
            }
            Kind::Number => None,
        }
    }

    /// A code or a name; a single letter only where it touches the number.
    fn named(&self, at: usize) -> Option<(Written, usize)> {
        let token = &self.tokens[at];
        if let Some((name, len)) = self.grammar.money.names.at(self.tokens, at) {
            return (token.text.len() > 1 || token.glued).then_some((name, len));
        }
        currency::of_code(self.text.get(token.span.clone())?).map(|code| (code, 1))
    }

    /// Whether a word at this place belongs to the number before it, though it is one letter.
    fn is_beside(&self, at: usize) -> bool {
        self.tokens.get(at).is_some_and(|token| token.glued || token.text.len() > 1)
    }

    /// `,-`, `.–` and `/-` behind a whole amount.
    fn dashes(&self, at: usize) -> usize {
        let glued = |at: usize, signs: &[&str]| {
            self.tokens.get(at).is_some_and(|token| token.glued && signs.contains(&token.text.as_str()))
        };
        if !glued(at, &[",", ".", "/"]) || !glued(at + 1, &["-"]) {
            return 0;
        }
        2 + (2..4).take_while(|more| glued(at + more, &["-"])).count()
    }

    /// `20€50`, "20 euros 50 cents", "20 euros 50".
    fn hundredths(&self, at: usize, whole: f64) -> Option<(f64, usize)> {
        let and = self.grammar.numbers.and.at(self.tokens, at).map_or(0, |found| found.1);
        let token = self.tokens.get(at + and).filter(|token| token.kind == Kind::Number && token.text.len() <= 2)?;
        let hundredths = f64::from(token.integer()?) / 100.0;
        let next = self.tokens.get(at + and + 1);
        if let Some((_, len)) = self.grammar.money.cents.at(self.tokens, at + and + 1) {
            return Some((hundredths, and + 1 + len));
        }
        let ends = next.is_none_or(|next| {
            next.kind == Kind::Sign && !next.glued || next.is("?") || next.is("!") || next.is(".") || next.is(",")
        });
        let is_tail = whole.fract() == 0.0 && token.text.len() == 2 && and == 0 && (token.glued || ends);
        is_tail.then_some((hundredths, 1))
    }
}

/// A sign behind a number that makes it something else: `12/05`, `10:30`, `20%`.
fn goes_on(sign: &Token, after: Option<&Token>) -> bool {
    let number_follows = after.is_some_and(|after| after.glued && after.kind == Kind::Number);
    match sign.text.as_str() {
        "%" | "°" | "\"" | "'" | "_" | "@" | "\\" => true,
        "/" | ":" | "." | "," => number_follows,
        _ => false,
    }
}
