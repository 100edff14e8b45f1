//! Amounts of money as people write them.

use std::ops::Range;

use super::amount::{Amount, Amounts};
use super::currency;
use super::grammar::{self, Grammar};
use super::tokens::{Kind, Token, tokens};
use crate::types::money::Money;

/// Budgets above this are jokes or attacks.
const MAX_UNITS: f64 = 1e12;

/// A bare number of more digits is a phone's, an order's or an article's.
const MAX_BARE_UNITS: f64 = 1e7;

/// A bare number below this is rather a count or the number of a button.
const MIN_BARE_UNITS: f64 = 10.0;

/// How a text may speak of money.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Setting {
    /// It answers the question for a budget: a bare number is money too.
    Asked,
    /// The visitor tells of themselves: an amount with its currency is theirs.
    Told,
    /// Only what is called a budget is one: "is it $20?" names none.
    Passing,
}

/// The budget that a text names, and where.
pub fn find(text: &str, language: &str, region: Option<&str>, setting: Setting) -> Option<(Money, Range<usize>)> {
    let tokens = tokens(text);
    // "5 mil" is five thousand to some and five million to others.
    let is_ambiguous = |grammar: &Grammar| {
        (0..tokens.len()).any(|at| grammar.numbers.scales.at(&tokens, at).is_some_and(|found| found.0 == 0))
    };
    if grammar::own_first(language).next().is_some_and(is_ambiguous) {
        return None;
    }
    let has_digits = tokens.iter().any(|token| token.kind == Kind::Number);
    grammar::own_first(language).find_map(|grammar| {
        let amounts = Amounts { text, tokens: &tokens, grammar };
        // Words that speak of a budget wherever they stand.
        let speaks = (0..tokens.len()).any(|at| grammar.money.strong.at(&tokens, at).is_some());
        // Most messages tell of no money, and pay no more than this.
        if !has_digits && setting == Setting::Passing && !speaks {
            return None;
        }
        let mut best: Option<(i32, Money, Range<usize>)> = None;
        let mut at = 0;
        while at < tokens.len() {
            let Some(amount) = amounts.at(at) else {
                at += 1;
                continue;
            };
            let end = at + amount.len;
            if let Some(weight) = weight(&tokens, grammar, at..end, &amount, setting, speaks)
                && best.as_ref().is_none_or(|best| weight > best.0)
                && let Some(money) = money(&amount, region)
            {
                best = Some((weight, money, tokens[at].span.start..tokens[end - 1].span.end));
            }
            at = end;
        }
        best.map(|(_, money, span)| (money, span))
    })
}

/// How well an amount fits as a budget; none where it is not one in this setting.
fn weight(
    tokens: &[Token],
    grammar: &Grammar,
    span: Range<usize>,
    amount: &Amount,
    setting: Setting,
    speaks: bool,
) -> Option<i32> {
    let words = &grammar.money;
    let is_led = words.budget.before(tokens, span.start).is_some()
        || span.start >= 1 && tokens[span.start - 1].is(":") && words.strong.before(tokens, span.start - 1).is_some();
    let is_price = words.each.at(tokens, span.end).is_some();
    let is_money = amount.currency.is_some() || amount.is_marked;
    let is_denied = grammar.not.before(tokens, span.start).is_some() && !is_led;
    if !is_money && !may_stand_bare(tokens, grammar, &span, amount) {
        return None;
    }
    let fits = match setting {
        Setting::Asked => true,
        Setting::Told => is_money && !is_price || speaks && is_led,
        Setting::Passing => (speaks && (is_led || is_money) || is_led && amount.currency.is_some()) && !is_price,
    };
    (fits && !is_denied).then_some(
        4 * i32::from(is_led) + 3 * i32::from(amount.currency.is_some()) + 2 * i32::from(is_money)
            - 5 * i32::from(is_price),
    )
}

/// Whether a bare number may be an amount: nothing that is counted follows it, and it is no year, address or article.
fn may_stand_bare(tokens: &[Token], grammar: &Grammar, span: &Range<usize>, amount: &Amount) -> bool {
    if !(MIN_BARE_UNITS..MAX_BARE_UNITS).contains(&amount.value) {
        return false;
    }
    let is_all = span.start == 0 && span.end == tokens.len();
    if amount.spelled && amount.value < 100.0 && !is_all {
        return false;
    }
    let in_year = (1990.0..2100.0).contains(&amount.value)
        && tokens[span.start].text.len() == 4
        && span.start > 0
        && (grammar.dates.months.before(tokens, span.start).is_some()
            || grammar.dates.r#in.before(tokens, span.start).is_some());
    let follows = tokens.get(span.end);
    let counts = follows.is_some_and(|next| {
        next.kind == Kind::Number
            || next.kind == Kind::Word
                && grammar.small.at(tokens, span.end).is_none()
                && grammar.money.to.at(tokens, span.end).is_none()
                && grammar.money.each.at(tokens, span.end).is_none()
    });
    let clock = follows.is_some_and(|_| grammar.dates.oclock.at(tokens, span.end).is_some());
    !in_year && !counts && !clock
}

fn money(amount: &Amount, region: Option<&str>) -> Option<Money> {
    let (currency, scale) = match amount.currency {
        Some(written) => currency::meant(written, region)?,
        None => (region.map_or("EUR", currency::of_region), 1),
    };
    let units = amount.value * scale as f64;
    (units <= MAX_UNITS).then(|| Money { cents: (units * 100.0).round() as i64, currency: currency.into() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, locale: &str, setting: Setting) -> String {
        let (language, region) = locale.split_once('-').unwrap_or((
            locale,
            match locale {
                "en" => "US",
                "es" => "ES",
                "fr" => "FR",
                "de" => "DE",
                "it" => "IT",
                _ => "PT",
            },
        ));
        find(text, language, Some(region), setting).map_or("nothing".into(), |found| found.0.to_string())
    }

    fn asked(text: &str, locale: &str) -> String {
        read(text, locale, Setting::Asked)
    }

    #[test]
    fn amounts_are_read_as_people_write_them() {
        let rows = [
            ("about $5k", "en", "USD 5,000"),
            ("$5K-ish", "en", "USD 5,000"),
            ("$10-15k", "en", "USD 15,000"),
            ("fifty bucks", "en", "USD 50"),
            ("three hundred", "en", "USD 300"),
            ("$ 5,000", "en", "USD 5,000"),
            ("max. 300€", "de", "EUR 300"),
            ("ca. 500", "de", "EUR 500"),
            ("Fr. 200.-", "de-CH", "CHF 200"),
            ("100 Fr.", "de-CH", "CHF 100"),
            ("unos mil", "es", "EUR 1,000"),
            ("2,5k", "es", "EUR 2,500"),
            ("mil quinientos", "es", "EUR 1,500"),
            ("entre 500 et 800 euros", "fr", "EUR 800"),
            ("3k€", "fr", "EUR 3,000"),
            ("10%", "en", "nothing"),
            ("no idea", "en", "nothing"),
            ("as little as possible", "en", "nothing"),
            ("I have one question", "en", "nothing"),
            ("555-0143", "en", "nothing"),
            ("2026-12-05", "en", "nothing"),
            ("$.99", "en", "USD 0.99"),
            ("$0.99", "en", "USD 0.99"),
            (".99 €", "es", "EUR 0.99"),
            ("99 cents", "en", "USD 0.99"),
            ("99c", "en", "USD 0.99"),
            ("50p", "en-GB", "GBP 0.50"),
            ("50 cent", "de", "EUR 0.50"),
            ("USD 1,200", "en", "USD 1,200"),
            ("1.2k eur", "en", "EUR 1,200"),
            ("$1,234.50", "en", "USD 1,234.50"),
            ("£1,234.50", "en", "GBP 1,234.50"),
            ("USD1200", "en", "USD 1,200"),
            ("1200USD", "en", "USD 1,200"),
            ("5keur", "en", "EUR 5,000"),
            ("5k€", "de", "EUR 5,000"),
            ("€5k", "de", "EUR 5,000"),
            ("1-2k", "en", "USD 2,000"),
            ("$1k-2k", "en", "USD 2,000"),
            ("$500-800", "en", "USD 800"),
            ("between 500 and 800 dollars", "en", "USD 800"),
            ("between $500 and $800", "en", "USD 800"),
            ("from 500 to 800", "en", "USD 800"),
            ("five thousand", "en", "USD 5,000"),
            ("five hundred bucks", "en", "USD 500"),
            ("a thousand dollars", "en", "USD 1,000"),
            ("two and a half grand", "en-GB", "GBP 2,500"),
            ("no more than 1,000", "en", "USD 1,000"),
            ("1500 quid", "en-GB", "GBP 1,500"),
            ("two grand", "en-GB", "GBP 2,000"),
            ("2 lakh", "en-IN", "INR 200,000"),
            ("1,50,000", "en-IN", "INR 150,000"),
            ("₹1,50,000", "en-IN", "INR 150,000"),
            ("1.5 crore rupees", "en-IN", "INR 15,000,000"),
            ("Rs.500", "en-IN", "INR 500"),
            ("5,000/-", "en-IN", "INR 5,000"),
            ("Rs 5,000/-", "en-IN", "INR 5,000"),
            ("AU$300", "en", "AUD 300"),
            ("$300 CAD", "en", "CAD 300"),
            ("$5 mil", "en", "nothing"),
            ("a few hundred dollars", "en", "nothing"),
            ("a couple of thousand", "en", "nothing"),
            ("500 pieces at $4 each", "en", "USD 4"),
            ("I need 200 units, budget 3000", "en", "USD 3,000"),
            ("budget: 3000", "en", "USD 3,000"),
            ("200 candles", "en", "nothing"),
            ("3-4 days", "en", "nothing"),
            ("10:30", "en", "nothing"),
            ("12/05/2026", "en", "nothing"),
            ("v1.2.3", "en", "nothing"),
            ("20%", "en", "nothing"),
            ("A4", "en", "nothing"),
            ("1e400", "en", "nothing"),
            ("order #10234", "en", "nothing"),
            ("5kg", "en", "nothing"),
            ("2025550143", "en", "nothing"),
            ("maybe 500 i guess", "en", "USD 500"),
            ("around 500 or so", "en", "USD 500"),
            ("500.", "en", "USD 500"),
            ("500 max!", "en", "USD 500"),
            ("5.000 €", "es", "EUR 5,000"),
            ("5.000,50 €", "es", "EUR 5,000.50"),
            ("1.000.000 €", "es", "EUR 1,000,000"),
            ("5 mil euros", "es", "EUR 5,000"),
            ("dos mil quinientos euros", "es", "EUR 2,500"),
            ("quinientos", "es", "EUR 500"),
            ("mil euros", "es", "EUR 1,000"),
            ("medio millón de euros", "es", "EUR 500,000"),
            ("2 millones de pesos", "es-MX", "MXN 2,000,000"),
            ("1500 varos", "es-MX", "MXN 1,500"),
            ("500 pesos", "es-AR", "ARS 500"),
            ("$ 500", "es-CL", "CLP 500"),
            ("300 dólares", "es", "USD 300"),
            ("20 euros con 50", "es", "EUR 20"),
            ("20 euros y 50 céntimos", "es", "EUR 20.50"),
            ("entre 500 y 800 euros", "es", "EUR 800"),
            ("unos cientos de euros", "es", "nothing"),
            ("de 500 a 800 €", "es", "EUR 800"),
            ("1.234,50 €", "de", "EUR 1,234.50"),
            ("5 TEUR", "de", "EUR 5,000"),
            ("5 Tsd. Euro", "de", "EUR 5,000"),
            ("5 T€", "de", "EUR 5,000"),
            ("zweitausend Euro", "de", "EUR 2,000"),
            ("3 Tausend Euro", "de", "EUR 3,000"),
            ("tausend", "de", "EUR 1,000"),
            ("ein paar tausend Euro", "de", "nothing"),
            ("1,5 Mio. €", "de", "EUR 1,500,000"),
            ("5000,- €", "de", "EUR 5,000"),
            ("5.000,-", "de", "EUR 5,000"),
            ("1'000.-", "de-CH", "CHF 1,000"),
            ("CHF 1’000.50", "de-CH", "CHF 1,000.50"),
            ("Fr. 500", "de-CH", "CHF 500"),
            ("500-800 €", "de", "EUR 800"),
            ("500 bis 800 Euro", "de", "EUR 800"),
            ("5 000 €", "fr", "EUR 5,000"),
            ("5\u{202f}000,50 €", "fr", "EUR 5,000.50"),
            ("20€50", "fr", "EUR 20.50"),
            ("mille euros", "fr", "EUR 1,000"),
            ("cinq cents euros", "fr", "EUR 500"),
            ("un demi-million d'euros", "fr", "EUR 500,000"),
            ("quelques centaines d'euros", "fr", "nothing"),
            ("500e", "fr", "EUR 500"),
            ("500$", "fr-CA", "CAD 500"),
            ("duemila euro", "it", "EUR 2,000"),
            ("mille", "it", "EUR 1,000"),
            ("mezzo milione di euro", "it", "EUR 500,000"),
            ("R$ 1.500,00", "pt-BR", "BRL 1,500"),
            ("R$300", "pt-BR", "BRL 300"),
            ("dois mil reais", "pt-BR", "BRL 2,000"),
            ("500 kr", "en-SE", "SEK 500"),
            ("500 kr", "en", "nothing"),
        ];
        let wrong: Vec<String> = rows
            .iter()
            .filter(|(text, locale, money)| asked(text, locale) != *money)
            .map(|(text, locale, money)| format!("{text} in {locale} is {money}, not {}", asked(text, locale)))
            .collect();

        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    #[test]
    fn a_price_in_passing_is_no_budget() {
        for (text, locale, money) in [
            ("is it $20?", "en", "nothing"),
            ("500 units", "en", "nothing"),
            ("my budget is 500", "en", "USD 500"),
            ("our budget is around 5k for 300 candles", "en", "USD 5,000"),
            ("we can spend up to $800", "en", "USD 800"),
            ("up to 3.500 €", "en", "EUR 3,500"),
            ("about 20 guests", "en", "nothing"),
            ("at around 10", "en", "nothing"),
            ("tengo un presupuesto de 2000", "es", "EUR 2,000"),
            ("unas 200 velas", "es", "nothing"),
            ("cuesta 20 euros?", "es", "nothing"),
            ("Budget ca. 2000", "de", "EUR 2,000"),
            ("notre budget est de 1500", "fr", "EUR 1,500"),
            ("il budget è di 900", "it", "EUR 900"),
            ("orçamento de 900", "pt", "EUR 900"),
        ] {
            assert_eq!(read(text, locale, Setting::Passing), money, "{text} in {locale}");
        }
    }

    #[test]
    fn an_absurd_amount_is_nothing() {
        assert_eq!(asked(&format!("${}", "9".repeat(400)), "en"), "nothing");
    }

    #[test]
    fn a_long_text_is_read_in_linear_time() {
        // Would take minutes if the time were quadratic in anything.
        for piece in ["hundred ", "one hundred and ", "5 000 ", "1,1,", "$", "5€", "zwei", "a "] {
            assert!(!asked(&format!("x{}x", piece.repeat(20_000 / piece.len())), "de").starts_with('-'), "{piece}");
        }
    }
}
