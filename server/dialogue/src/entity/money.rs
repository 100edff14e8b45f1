//! Amounts of money as people write them.

use std::ops::Range;
use std::sync::LazyLock;

use regex::{Captures, Regex};

use crate::types::money::Money;

/// Budgets above this are jokes or attacks.
const MAX_UNITS: f64 = 1e12;

const CURRENCY: &str = r"(?:[A-Z]{0,2}\$|[€£¥₹₩₽₺]|(?-u:\b)(?:USD|EUR|GBP|MXN|BRL|CAD|AUD|NZD|CHF|JPY|CNY|INR|ARS|CLP|COP|PEN|SEK|NOK|DKK|PLN|CZK|HUF|RON|TRY|ZAR|SGD|HKD|AED|ILS|KRW|eur|usd|gbp|mxn|brl|chf)(?-u:\b)|(?i:\b(?:d[oó]lares?|dollars?|bucks|d[oó]lar|dollari|dollaro|euros?|pounds?|quid|libras?|livres|sterling|pesos?|reais|francs?|franken|franchi|yen|rupees?|zł|zloty|kr)\b))";

static AMOUNT: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(&format!(
        r"(?P<before>{CURRENCY})?\s?(?P<number>[0-9]{{1,3}}(?:[ \x{{a0}}\x{{202f}}'’][0-9]{{3}})+(?:[.,][0-9]{{1,2}})?|[0-9]+(?:[.,][0-9]+)*)(?:\s?(?P<scale>(?i:k|mil|mila|mille|thousand|tausend|grand|m|mio|million(?:s|es|en)?|millones|milhões|millón|milioni))(?-u:\b))?(?:\s?(?:de\s)?(?P<after>{CURRENCY}))?"
    ))
    .expect("a constant pattern")
});

/// Compiles the pattern.
pub fn prepare() {
    LazyLock::force(&AMOUNT);
}

/// An amount that names its currency, or is scaled as money is (`5k`).
pub fn find(text: &str, region: Option<&str>) -> Option<(Money, Range<usize>)> {
    AMOUNT
        .captures_iter(text)
        .filter(|hit| stands_alone(text, hit))
        .filter(|hit| hit.name("before").is_some() || hit.name("after").is_some() || hit.name("scale").is_some())
        .find_map(|hit| Some((read(&hit, region)?, hit.get(0)?.range())))
}

/// An amount where one was asked for: a bare number is money too.
pub fn parse(text: &str, region: Option<&str>) -> Option<Money> {
    let bare = || AMOUNT.captures_iter(text).find(|hit| stands_alone(text, hit)).and_then(|hit| read(&hit, region));
    find(text, region).map(|found| found.0).or_else(bare)
}

/// Whether no letter or digit touches the amount: `1e400` and `A4` are none.
fn stands_alone(text: &str, hit: &Captures) -> bool {
    let Some(whole) = hit.get(0) else { return false };
    // The pattern takes the space before a number along.
    let start = whole.end() - whole.as_str().trim_start().len();
    let before = text[..start].chars().next_back();
    let after = text[whole.end()..].chars().next();
    let touches = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    (hit.name("before").is_some() || !touches(before)) && !touches(after)
}

fn read(hit: &Captures, region: Option<&str>) -> Option<Money> {
    let scale = match hit.name("scale").map(|scale| scale.as_str().to_lowercase()) {
        None => 1.0,
        Some(scale) if ["m", "mio"].contains(&scale.as_str()) => 1e6,
        Some(scale) if ["mill", "milh", "milion"].iter().any(|start| scale.starts_with(start)) && scale != "mille" => {
            1e6
        }
        Some(_) => 1e3,
    };
    let units = number(&hit["number"], scale > 1.0)? * scale;
    if units > MAX_UNITS {
        return None;
    }
    let currency = hit.name("before").or_else(|| hit.name("after")).map(|currency| currency.as_str());
    Some(Money { cents: (units * 100.0).round() as i64, currency: code(currency, region) })
}

/// `1,200` and `1.200` are twelve hundred, `1,20` and `1.20` one and a fifth, `1.234,50` and `1,234.50` the same; before `k` one separator is a decimal point.
fn number(text: &str, scaled: bool) -> Option<f64> {
    let digits: String = text.chars().filter(|c| c.is_ascii_digit() || matches!(c, '.' | ',')).collect();
    let last = digits.rfind(['.', ',']);
    let Some(last) = last else { return digits.parse().ok() };
    let separators = digits.matches(['.', ',']).count();
    let decimals = digits.len() - last - 1;
    let both_kinds = digits.contains('.') && digits.contains(',');
    let is_decimal = if separators == 1 || both_kinds { decimals != 3 || (scaled && separators == 1) } else { false };
    let (whole, fraction) = if is_decimal { (&digits[..last], &digits[last + 1..]) } else { (digits.as_str(), "") };
    let whole: String = whole.chars().filter(char::is_ascii_digit).collect();
    format!("{whole}.{fraction}0").parse().ok()
}

/// ISO code of what stands beside the number; a bare amount and a bare `$` are the region's own.
fn code(written: Option<&str>, region: Option<&str>) -> String {
    let of_region = region.map(currency_of);
    let has_dollars =
        |code: &&str| matches!(*code, "CAD" | "AUD" | "NZD" | "MXN" | "SGD" | "HKD" | "ARS" | "CLP" | "COP");
    let dollars = || of_region.filter(has_dollars).unwrap_or("USD");
    let Some(written) = written else { return of_region.unwrap_or("EUR").into() };
    let lower = written.to_lowercase();
    match lower.as_str() {
        "€" => "EUR",
        "£" => "GBP",
        "¥" | "yen" => {
            if of_region == Some("CNY") {
                "CNY"
            } else {
                "JPY"
            }
        }
        "₹" => "INR",
        "₩" => "KRW",
        "₽" => "RUB",
        "₺" => "TRY",
        "r$" | "reais" => "BRL",
        "us$" => "USD",
        "mx$" => "MXN",
        "c$" | "ca$" => "CAD",
        "a$" | "au$" => "AUD",
        "nz$" => "NZD",
        "s$" => "SGD",
        "hk$" => "HKD",
        "zł" | "zloty" => "PLN",
        "kr" => of_region.filter(|code| matches!(*code, "SEK" | "NOK" | "DKK")).unwrap_or("SEK"),
        word if word.ends_with('$') => dollars(),
        word if word.starts_with("euro") => "EUR",
        word if word.starts_with("dol") || word.starts_with("dól") || word == "bucks" => dollars(),
        word if word.starts_with("pound")
            || word.starts_with("libra")
            || matches!(word, "livres" | "quid" | "sterling") =>
        {
            "GBP"
        }
        word if word.starts_with("peso") => {
            of_region.filter(|code| matches!(*code, "ARS" | "CLP" | "COP" | "PHP")).unwrap_or("MXN")
        }
        word if word.starts_with("fran") => "CHF",
        word if word.starts_with("rupee") => "INR",
        _ => return written.to_uppercase(),
    }
    .into()
}

/// The currency of a country; dollars where the table does not know it.
fn currency_of(region: &str) -> &'static str {
    match region.to_ascii_uppercase().as_str() {
        "AT" | "BE" | "CY" | "DE" | "EE" | "ES" | "FI" | "FR" | "GR" | "HR" | "IE" | "IT" | "LT" | "LU" | "LV"
        | "MT" | "NL" | "PT" | "SI" | "SK" | "AD" | "MC" | "SM" | "BG" => "EUR",
        "GB" => "GBP",
        "CH" | "LI" => "CHF",
        "MX" => "MXN",
        "BR" => "BRL",
        "CA" => "CAD",
        "AU" => "AUD",
        "NZ" => "NZD",
        "AR" => "ARS",
        "CL" => "CLP",
        "CO" => "COP",
        "PE" => "PEN",
        "JP" => "JPY",
        "CN" => "CNY",
        "IN" => "INR",
        "KR" => "KRW",
        "SE" => "SEK",
        "NO" => "NOK",
        "DK" => "DKK",
        "PL" => "PLN",
        "CZ" => "CZK",
        "HU" => "HUF",
        "RO" => "RON",
        "TR" => "TRY",
        "ZA" => "ZAR",
        "SG" => "SGD",
        "HK" => "HKD",
        "PH" => "PHP",
        "RU" => "RUB",
        "UA" => "UAH",
        "AE" => "AED",
        "IL" => "ILS",
        "NG" => "NGN",
        "ID" => "IDR",
        "TH" => "THB",
        "VN" => "VND",
        _ => "USD",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> String {
        find(text, Some("US")).map_or("nothing".into(), |found| found.0.to_string())
    }

    #[test]
    fn amounts_are_read_as_people_write_them() {
        for (text, money) in [
            ("about $5k", "USD 5,000"),
            ("5.000 €", "EUR 5,000"),
            ("USD 1,200", "USD 1,200"),
            ("1.2k eur", "EUR 1,200"),
            ("1.234,50 €", "EUR 1,234.50"),
            ("£1,234.50", "GBP 1,234.50"),
            ("12 000 euros", "EUR 12,000"),
            ("5 mil euros", "EUR 5,000"),
            ("2 millones de pesos", "MXN 2,000,000"),
            ("R$ 300", "BRL 300"),
            ("19,99€", "EUR 19.99"),
            ("300 dólares", "USD 300"),
            ("€3", "EUR 3"),
        ] {
            assert_eq!(read(text), money, "{text}");
        }
    }

    #[test]
    fn a_bare_number_is_money_only_where_it_was_asked_for() {
        assert_eq!(read("500 units"), "nothing");
        assert_eq!(parse("1e400", Some("ES")), None);
        assert_eq!(parse("around 500", Some("ES")).unwrap().to_string(), "EUR 500");
    }

    #[test]
    fn a_dollar_is_the_regions_own() {
        assert_eq!(find("$500", Some("MX")).unwrap().0.currency, "MXN");
        assert_eq!(find("$500", Some("ES")).unwrap().0.currency, "USD");
    }

    #[test]
    fn an_absurd_amount_is_nothing() {
        assert_eq!(read(&format!("${}", "9".repeat(400))), "nothing");
    }
}
