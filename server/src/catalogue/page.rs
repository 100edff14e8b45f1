//! A product's page: what it says of itself in JSON-LD for search engines.

use std::cell::RefCell;

use html5ever::tendril::StrTendril;
use html5ever::tokenizer::states::RawKind;
use html5ever::tokenizer::{BufferQueue, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts};
use serde_json::Value as Json;

use super::feed::availability;
use super::product::{Prices, Product, Value, amount, fact_key, kind, line};
use super::reading::{Read, Setting};

/// What of a product is a fact, and which.
const FACTS: [(&str, &str); 5] =
    [("size", "sizes"), ("color", "colours"), ("material", "material"), ("pattern", "pattern"), ("weight", "weight")];
/// Deeper structures are no product.
const MAX_DEPTH: usize = 8;

/// # Errors
/// Where the page says nothing of a product.
pub(super) fn read(html: &str, setting: Setting<'_>) -> Result<Read, String> {
    let tokenizer = Tokenizer::new(Scripts::default(), TokenizerOpts::default());
    let input = BufferQueue::default();
    input.push_back(StrTendril::from_slice(html));
    // It stops early only for scripts to run, and none does here.
    let _ = tokenizer.feed(&input);
    tokenizer.end();
    let mut read = Read { is_page: true, ..Read::default() };
    for script in tokenizer.sink.0.into_inner().found {
        match serde_json::from_str::<Json>(script.trim()) {
            Ok(json) => find(&json, setting, MAX_DEPTH, &mut read.products),
            Err(error) => read.left_out.push(format!("a block of JSON-LD is broken: {error}")),
        }
    }
    finish(read)
}

/// As [`read`], of the JSON alone.
pub(super) fn read_json(text: &str, setting: Setting<'_>) -> Result<Read, String> {
    let json: Json = serde_json::from_str(text).map_err(|error| format!("is no valid JSON: {error}"))?;
    let mut read = Read { is_page: true, ..Read::default() };
    find(&json, setting, MAX_DEPTH, &mut read.products);
    finish(read)
}

fn finish(read: Read) -> Result<Read, String> {
    if read.products.is_empty() {
        return Err("says nothing of a product: it has no JSON-LD of the type Product with a name".to_owned());
    }
    Ok(read)
}

fn find(json: &Json, setting: Setting<'_>, depth: usize, products: &mut Vec<Product>) {
    match json {
        Json::Array(list) if depth > 0 => list.iter().for_each(|json| find(json, setting, depth - 1, products)),
        Json::Object(object) => {
            if is_a(json, "Product") || is_a(json, "ProductGroup") {
                products.extend(product(json, setting));
            } else if depth > 0 {
                let within =
                    ["@graph", "mainEntity", "itemListElement", "item"].into_iter().filter_map(|key| object.get(key));
                within.for_each(|json| find(json, setting, depth - 1, products));
            }
        }
        _ => {}
    }
}

fn is_a(json: &Json, kind: &str) -> bool {
    let named = |json: &Json| json.as_str().is_some_and(|name| name.rsplit(['/', ':']).next() == Some(kind));
    match json.get("@type") {
        Some(Json::Array(types)) => types.iter().any(named),
        Some(one) => named(one),
        None => false,
    }
}

fn product(json: &Json, setting: Setting<'_>) -> Option<Product> {
    let mut product = Product { name: text(json.get("name")?)?, ..Product::default() };
    product.link = json.get("url").and_then(text).and_then(|url| address(&url, setting.origin));
    product.kind = json.get("category").and_then(text).as_deref().and_then(kind);
    let (mut prices, mut currency, mut stock) = (Prices::default(), None, None);
    let variants = list(json.get("hasVariant"));
    for part in std::iter::once(json).chain(variants) {
        for (name, key) in FACTS {
            for value in list(part.get(name)).filter_map(text) {
                product.add(key, &value);
            }
        }
        for property in list(part.get("additionalProperty")) {
            let key = property.get("name").and_then(text).and_then(|name| fact_key(&name));
            if let (Some(key), Some(value)) = (key, property.get("value").and_then(text)) {
                product.add(&key, &value);
            }
        }
        for offer in list(part.get("offers")).flat_map(|offer| std::iter::once(offer).chain(list(offer.get("offers"))))
        {
            for key in ["price", "lowPrice", "highPrice"] {
                let price = offer.get(key).and_then(text);
                if let Some(price) = price.as_deref().and_then(amount) {
                    prices.add(price);
                }
            }
            currency = currency.or_else(|| offer.get("priceCurrency").and_then(text));
            let state = offer.get("availability").and_then(text).as_deref().and_then(availability);
            if stock != Some(Value::Flag(true)) {
                stock = state.or(stock);
            }
        }
    }
    let currency = currency.as_deref().or(setting.currency);
    if let Some(price) = currency.and_then(|currency| prices.write(currency)) {
        product.set("price", &price);
    }
    product.facts.extend(stock.map(|stock| ("stock".to_owned(), stock)));
    Some(product)
}

/// A value or the values of a list.
fn list(json: Option<&Json>) -> impl Iterator<Item = &Json> {
    match json {
        Some(Json::Array(list)) => list.as_slice(),
        Some(one) => std::slice::from_ref(one),
        None => &[],
    }
    .iter()
}

/// A text, a number, or what a structure is called: `{ "name": "blue" }`, `{ "value": 220, "unitText": "g" }`.
fn text(json: &Json) -> Option<String> {
    match json {
        Json::String(text) => line(text),
        Json::Number(number) => Some(number.to_string()),
        Json::Object(object) => {
            let value = object.get("name").or(object.get("value")).and_then(text)?;
            let unit = object.get("unitText").and_then(text);
            Some(unit.map_or(value.clone(), |unit| format!("{value} {unit}")))
        }
        _ => None,
    }
}

/// An address on the web; what stands without a host is on the shop's own.
fn address(url: &str, origin: Option<&str>) -> Option<String> {
    if url.starts_with("https://") {
        return Some(url.to_owned());
    }
    origin.filter(|_| url.starts_with('/') && !url.starts_with("//")).map(|origin| format!("{origin}{url}"))
}

/// The JSON-LD of a page.
#[derive(Default)]
struct Scripts(RefCell<Reading>);

#[derive(Default)]
struct Reading {
    found: Vec<String>,
    open: bool,
}

impl TokenSink for Scripts {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        let mut reading = self.0.borrow_mut();
        match token {
            Token::TagToken(tag) if tag.kind == TagKind::StartTag && &*tag.name == "script" => {
                let is_data = tag.attrs.iter().any(|attribute| {
                    &*attribute.name.local == "type"
                        && attribute.value.trim().eq_ignore_ascii_case("application/ld+json")
                });
                reading.open = is_data;
                if is_data {
                    reading.found.push(String::new());
                }
                return TokenSinkResult::RawData(RawKind::ScriptData);
            }
            Token::TagToken(tag)
                if tag.kind == TagKind::StartTag && matches!(&*tag.name, "style" | "xmp" | "iframe" | "noframes") =>
            {
                return TokenSinkResult::RawData(RawKind::Rawtext);
            }
            Token::TagToken(_) => reading.open = false,
            Token::CharacterTokens(words) if reading.open => {
                if let Some(last) = reading.found.last_mut() {
                    last.push_str(&words);
                }
            }
            _ => {}
        }
        TokenSinkResult::Continue
    }
}
