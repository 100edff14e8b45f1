//! Currencies: their signs, codes and names, and which a country's people mean by "dollars" and "pesos".

/// Codes that are read in lower case too; those left out are words ("try", "all", "top").
const PLAIN_CODES: [&str; 28] = [
    "USD", "EUR", "GBP", "MXN", "BRL", "CAD", "AUD", "NZD", "CHF", "JPY", "CNY", "INR", "ARS", "CLP", "COP", "PEN",
    "SEK", "NOK", "DKK", "PLN", "CZK", "HUF", "RON", "SGD", "HKD", "AED", "ILS", "KRW",
];

/// Codes that are read in capitals only.
const CAPITAL_CODES: [&str; 20] = [
    "TRY", "ZAR", "PHP", "THB", "IDR", "VND", "MYR", "TWD", "RUB", "UAH", "NGN", "KES", "EGP", "MAD", "SAR", "QAR",
    "PKR", "ISK", "BGN", "UYU",
];

/// Names that a country gives its own meaning, and others without a code above.
const NAMES: [&str; 10] = ["dollar", "pound", "peso", "krone", "rupee", "yen", "kilo_EUR", "kilo_CHF", "XOF", "dirham"];

/// A currency as it is written, before the country decides what is meant.
pub type Written = &'static str;

/// The name as a grammar may hold it.
pub fn known(name: &str) -> Option<Written> {
    PLAIN_CODES.iter().chain(&CAPITAL_CODES).chain(&NAMES).copied().find(|known| *known == name)
}

/// An ISO code in a text, in the case in which it is believed.
pub fn of_code(word: &str) -> Option<Written> {
    PLAIN_CODES
        .into_iter()
        .find(|code| code.eq_ignore_ascii_case(word))
        .or_else(|| CAPITAL_CODES.into_iter().find(|code| *code == word))
}

/// A sign: `€`.
pub fn of_sign(sign: &str) -> Option<Written> {
    Some(match sign {
        "$" => "dollar",
        "€" => "EUR",
        "£" => "pound",
        "¥" => "yen",
        "₹" => "INR",
        "₩" => "KRW",
        "₽" => "RUB",
        "₺" => "TRY",
        "₴" => "UAH",
        "₪" => "ILS",
        "₱" => "PHP",
        "₦" => "NGN",
        "฿" => "THB",
        "₫" => "VND",
        _ => return None,
    })
}

/// What the letters before a `$` make of it: `MX$`.
pub fn of_dollars(letters: &str) -> Option<Written> {
    Some(match letters {
        "us" | "usd" => "USD",
        "mx" => "MXN",
        "r" => "BRL",
        "c" | "ca" | "can" | "cad" => "CAD",
        "a" | "au" | "aud" => "AUD",
        "nz" => "NZD",
        "s" | "sg" => "SGD",
        "hk" => "HKD",
        "nt" => "TWD",
        "ar" => "ARS",
        "cl" => "CLP",
        "col" | "co" => "COP",
        _ => return None,
    })
}

/// The ISO code that is meant in a country, and the thousands that the name holds ("TEUR"). None where the country does not tell.
pub fn meant(written: Written, region: Option<&str>) -> Option<(&'static str, i64)> {
    let own = region.map(of_region);
    let one_of = |codes: &[&str]| own.filter(|own| codes.contains(own));
    let code = match written {
        "dollar" => {
            one_of(&["CAD", "AUD", "NZD", "MXN", "SGD", "HKD", "ARS", "CLP", "COP", "TWD", "UYU"]).unwrap_or("USD")
        }
        "pound" => one_of(&["EGP"]).unwrap_or("GBP"),
        "peso" => match own {
            None | Some("USD" | "MXN") => "MXN",
            _ => one_of(&["ARS", "CLP", "COP", "PHP", "UYU"])?,
        },
        "krone" => one_of(&["SEK", "NOK", "DKK", "ISK", "CZK"])?,
        "rupee" => one_of(&["PKR"]).unwrap_or("INR"),
        "yen" => one_of(&["CNY"]).unwrap_or("JPY"),
        "dirham" => one_of(&["MAD"]).unwrap_or("AED"),
        "kilo_EUR" => return Some(("EUR", 1_000)),
        "kilo_CHF" => return Some(("CHF", 1_000)),
        code => code,
    };
    Some((code, 1))
}

/// The currency of a country; dollars where the table does not know it.
pub fn of_region(region: &str) -> &'static str {
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
        "UY" => "UYU",
        "JP" => "JPY",
        "CN" => "CNY",
        "TW" => "TWD",
        "IN" => "INR",
        "PK" => "PKR",
        "KR" => "KRW",
        "SE" => "SEK",
        "NO" => "NOK",
        "DK" => "DKK",
        "IS" => "ISK",
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
        "MA" => "MAD",
        "SA" => "SAR",
        "EG" => "EGP",
        "IL" => "ILS",
        "NG" => "NGN",
        "ID" => "IDR",
        "MY" => "MYR",
        "TH" => "THB",
        "VN" => "VND",
        _ => "USD",
    }
}
