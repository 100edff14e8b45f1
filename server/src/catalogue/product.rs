//! One product, whatever it was read from.

use std::collections::BTreeMap;

/// Longer values are descriptions.
const MAX_VALUE_CHARS: usize = 160;
/// More values than this of one option are a catalogue of their own.
const MAX_VALUES: usize = 30;

/// What a fact says.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// In words.
    Text(String),
    /// Several, in order, each once.
    List(Vec<String>),
    /// How many.
    Count(i64),
    /// Whether.
    Flag(bool),
}

/// Something that is sold.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Product {
    /// Its name.
    pub name: String,
    /// Its page.
    pub link: Option<String>,
    /// What it is, in a word or two.
    pub kind: Option<String>,
    /// By the name of the fact.
    pub facts: BTreeMap<String, Value>,
}

impl Product {
    /// Adds to a list of values, each once.
    pub(super) fn add(&mut self, key: &str, text: &str) {
        let Some(text) = line(text) else { return };
        let list = self.facts.entry(key.to_owned()).or_insert_with(|| Value::List(Vec::new()));
        if let Value::List(values) = list
            && values.len() < MAX_VALUES
            && !values.contains(&text)
        {
            values.push(text);
        }
    }

    /// Sets a fact in words.
    pub(super) fn set(&mut self, key: &str, text: &str) {
        if let Some(text) = line(text) {
            self.facts.insert(key.to_owned(), Value::Text(text));
        }
    }
}

/// One line of a few words; none where there is nothing, or a description.
pub(super) fn line(text: &str) -> Option<String> {
    let line: Vec<&str> =
        text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty()).collect();
    let line = line.join(" ");
    (!line.is_empty() && line.chars().count() <= MAX_VALUE_CHARS).then_some(line)
}

/// The last part of a category, which says what a thing is: `Candles` of `Home > Decor > Candles`.
pub(super) fn kind(category: &str) -> Option<String> {
    let last = category.rsplit(['>', '/']).next().unwrap_or_default();
    line(last).map(|kind| kind.to_lowercase())
}

/// The fact that an option or an attribute of this name is.
pub(super) fn fact_key(name: &str) -> Option<String> {
    let name = name.trim().to_lowercase();
    let known = match name.as_str() {
        "size" | "sizes" | "talla" | "tamaño" | "taille" | "größe" | "taglia" | "tamanho" => "sizes",
        "color" | "colour" | "colors" | "colours" | "couleur" | "farbe" | "colore" | "cor" => "colours",
        "scent" | "fragrance" | "aroma" | "duft" | "parfum" => "scent",
        "materials" | "material" | "fabric" => "material",
        "title" | "" => return None,
        _ => {
            let plain: String = name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
            let plain: Vec<&str> = plain.split('_').filter(|part| !part.is_empty()).collect();
            let key = plain.join("_");
            let is_key = key.len() <= 40 && key.starts_with(|c: char| c.is_ascii_lowercase());
            let is_other = ["name", "aliases", "kind", "link", "alias", "names", "url", "href", "links", "type"]
                .contains(&key.as_str());
            return (is_key && !is_other).then_some(key);
        }
    };
    Some(known.to_owned())
}

/// Prices of one product: the lowest, and the highest where they differ.
#[derive(Debug, Default)]
pub(super) struct Prices(Option<(f64, f64)>);

impl Prices {
    pub(super) fn add(&mut self, price: f64) {
        let (low, high) = self.0.unwrap_or((price, price));
        self.0 = Some((low.min(price), high.max(price)));
    }

    /// `€28`, `€24–€32`
    pub(super) fn write(&self, currency: &str) -> Option<String> {
        let (low, high) = self.0?;
        let low = money(low, currency);
        let high = money(high, currency);
        Some(if low == high { low } else { format!("{low}–{high}") })
    }
}

/// An amount as a file writes it: `28.00`, `1,299.00`, `24,50`.
pub(super) fn amount(text: &str) -> Option<f64> {
    let digits: String = text.chars().filter(|c| c.is_ascii_digit() || matches!(c, '.' | ',')).collect();
    let decimals = digits.rfind(['.', ',']).filter(|at| digits.len() - at - 1 != 3);
    let plain: String = digits
        .char_indices()
        .filter_map(|(at, c)| if c.is_ascii_digit() { Some(c) } else { (Some(at) == decimals).then_some('.') })
        .collect();
    plain.parse().ok().filter(|amount: &f64| amount.is_finite())
}

/// An amount of money as shops write it.
fn money(amount: f64, currency: &str) -> String {
    let number = if amount.fract().abs() < 0.005 { format!("{amount:.0}") } else { format!("{amount:.2}") };
    match currency.to_uppercase().as_str() {
        "EUR" => format!("€{number}"),
        "USD" => format!("${number}"),
        "GBP" => format!("£{number}"),
        "JPY" => format!("¥{number}"),
        other => format!("{number} {other}"),
    }
}
