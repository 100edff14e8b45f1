//! The file of items that an import writes: marked as such, so that a person's own words are never overwritten.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use sha2::{Digest, Sha256};

use super::product::{Product, Value};

/// What the file begins with; a file that does not is not ours.
const MARK: &str = "# Written by `sidedoor items import`";
const SUM: &str = "# Sum: ";

/// A file that an import has written.
#[derive(Debug, Default, PartialEq)]
pub struct Written {
    /// Its products.
    pub products: Vec<Product>,
}

/// Why a file is not to be written again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Edited {
    /// No import has written it.
    #[error("was not written by an import; move it to another name")]
    Foreign,
    /// It was changed since.
    #[error(
        "was changed by hand since the last import; move the changes to another file (an [[item]] of the same name there adds to \
         this one and goes before it), or add --overwrite to lose them"
    )]
    ByHand,
    /// It cannot be read.
    #[error("cannot be read as items; remove it")]
    Broken,
}

/// How an import differs from the one before.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// Names that were not there.
    pub new: usize,
    /// Names of which something is told otherwise.
    pub changed: usize,
    /// Names that are not there any more.
    pub gone: usize,
}

impl Changes {
    /// What has changed from one list to the next.
    #[must_use]
    pub fn between(before: &[Product], after: &[Product]) -> Self {
        let by_name = |products: &[Product]| -> BTreeMap<String, Product> {
            products.iter().map(|product| (product.name.clone(), product.clone())).collect()
        };
        let (old, next) = (by_name(before), by_name(after));
        Self {
            new: next.keys().filter(|name| !old.contains_key(*name)).count(),
            changed: next.iter().filter(|(name, product)| old.get(*name).is_some_and(|old| old != *product)).count(),
            gone: old.keys().filter(|name| !next.contains_key(*name)).count(),
        }
    }
}

/// The text of a file with these products, in the language `locale`.
#[must_use]
pub fn write(products: &[Product], locale: &str) -> String {
    let mut body = String::from("generated = true\n");
    let _ = writeln!(body, "locale = {}", quoted(locale));
    for product in products {
        let _ = writeln!(body, "\n[[item]]\nname = {}", quoted(&product.name));
        if let Some(kind) = &product.kind {
            let _ = writeln!(body, "kind = {}", quoted(kind));
        }
        if let Some(link) = &product.link {
            let _ = writeln!(body, "link = {}", quoted(link));
        }
        for (key, value) in &product.facts {
            let value = match value {
                Value::Text(text) => quoted(text),
                Value::List(texts) => {
                    format!("[{}]", texts.iter().map(|text| quoted(text)).collect::<Vec<_>>().join(", "))
                }
                Value::Count(count) => count.to_string(),
                Value::Flag(is_so) => is_so.to_string(),
            };
            let _ = writeln!(body, "{key} = {value}");
        }
    }
    format!(
        "{MARK}, and written again by the next: change nothing here.\n\
         # Your own words go into another file: an [[item]] of the same name there adds to this one and goes before it.\n\
         {SUM}{}\n{body}",
        sum(&body)
    )
}

/// The products of a file that an import has written.
///
/// # Errors
/// Why it must not be written over.
pub fn parse(text: &str) -> Result<Written, Edited> {
    if !text.starts_with(MARK) {
        return Err(Edited::Foreign);
    }
    let (head, body) = text.split_once("\ngenerated = true\n").ok_or(Edited::ByHand)?;
    let noted = head.lines().find_map(|line| line.strip_prefix(SUM)).ok_or(Edited::ByHand)?;
    if noted.trim() != sum(&format!("generated = true\n{body}")) {
        return Err(Edited::ByHand);
    }
    let table: toml::Table = body.parse().map_err(|_| Edited::Broken)?;
    let items = table.get("item").and_then(toml::Value::as_array).cloned().unwrap_or_default();
    Ok(Written { products: items.iter().filter_map(product).collect() })
}

fn product(item: &toml::Value) -> Option<Product> {
    let mut product = Product::default();
    for (key, value) in item.as_table()? {
        let text = value.as_str().map(str::to_owned);
        match key.as_str() {
            "name" => product.name = text?,
            "kind" => product.kind = text,
            "link" => product.link = text,
            _ => {
                let value = match value {
                    toml::Value::String(text) => Value::Text(text.clone()),
                    toml::Value::Integer(count) => Value::Count(*count),
                    toml::Value::Boolean(is_so) => Value::Flag(*is_so),
                    toml::Value::Array(list) => {
                        Value::List(list.iter().filter_map(|value| value.as_str().map(str::to_owned)).collect())
                    }
                    _ => continue,
                };
                product.facts.insert(key.clone(), value);
            }
        }
    }
    Some(product)
}

fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

fn sum(body: &str) -> String {
    Sha256::digest(body.as_bytes()).iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}
