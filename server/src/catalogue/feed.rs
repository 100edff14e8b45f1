//! Google's product feed, from a table or from XML: a row a product, or a variant of one group.

use std::collections::HashMap;

use super::product::{Prices, Product, Value, amount, kind, line};
use super::reading::{Read, Setting};
use super::table::Row;

/// What else of a row is a fact, and which.
const FACTS: [(&str, &str); 6] = [
    ("size", "sizes"),
    ("color", "colours"),
    ("material", "material"),
    ("scent", "scent"),
    ("pattern", "pattern"),
    ("brand", "brand"),
];

#[derive(Default)]
struct Group {
    product: Product,
    prices: Prices,
    currency: String,
    stock: Option<Value>,
}

pub(super) fn read(rows: &[Row], setting: Setting<'_>) -> Read {
    let mut read = Read::default();
    let mut order: Vec<String> = Vec::new();
    let mut groups: HashMap<String, Group> = HashMap::new();
    for (at, cells) in rows {
        let cell = |name: &str| cells.get(name).map(String::as_str);
        let Some(title) = cell("title").and_then(line) else {
            read.left_out.push(format!("line {at}: has no title"));
            continue;
        };
        let key = cell("item group id").or(cell("id")).unwrap_or(&title).to_owned();
        let group = groups.entry(key.clone()).or_insert_with(|| {
            order.push(key);
            Group { product: Product { name: title.clone(), ..Product::default() }, ..Group::default() }
        });
        group.product.name = common_name(&group.product.name, &title);
        let product = &mut group.product;
        if product.link.is_none() {
            product.link = cell("link").and_then(line).filter(|link| link.starts_with("https://"));
        }
        if product.kind.is_none() {
            product.kind = cell("product type").or(cell("google product category")).and_then(kind);
        }
        for (column, key) in FACTS {
            if let Some(value) = cell(column) {
                product.add(key, value);
            }
        }
        match cell("sale price").or(cell("price")) {
            None => {}
            Some(text) => match (amount(text), currency(text).or(setting.currency)) {
                (Some(price), Some(currency)) => {
                    group.prices.add(price);
                    currency.clone_into(&mut group.currency);
                }
                (None, _) => read.left_out.push(format!("line {at}: the price {text:?} is no amount")),
                (_, None) => read.left_out.push(format!(
                    "line {at}: the price {text:?} is in no currency; add --currency EUR, or whichever it is"
                )),
            },
        }
        if let Some(stock) = cell("availability").and_then(availability) {
            // One variant that can be bought is enough.
            if group.stock != Some(Value::Flag(true)) {
                group.stock = Some(stock);
            }
        }
    }
    for key in order {
        let Some(group) = groups.remove(&key) else { continue };
        let mut product = group.product;
        if let Some(price) = group.prices.write(&group.currency) {
            product.set("price", &price);
        }
        product.facts.extend(group.stock.map(|stock| ("stock".to_owned(), stock)));
        read.products.push(product);
    }
    read
}

/// What the titles of a group have in common from the beginning: `Linen shirt` of `Linen shirt – blue` and `Linen shirt – red`.
fn common_name(a: &str, b: &str) -> String {
    if a == b {
        return a.to_owned();
    }
    let shared: Vec<&str> = a.split(' ').zip(b.split(' ')).take_while(|(a, b)| a == b).map(|(a, _)| a).collect();
    let shared = shared.join(" ");
    let shared = shared.trim_end_matches([' ', '-', '–', '—', ',', '/', '|', ':', '(']);
    if shared.is_empty() { a.to_owned() } else { shared.to_owned() }
}

/// `EUR` of `28.00 EUR`.
fn currency(text: &str) -> Option<&str> {
    text.split_whitespace().find(|part| part.len() == 3 && part.bytes().all(|byte| byte.is_ascii_alphabetic()))
}

/// Whether it can be bought, by the words of feeds and of schema.org.
pub(super) fn availability(text: &str) -> Option<Value> {
    let word = text.rsplit('/').next().unwrap_or(text).to_lowercase().replace([' ', '_', '-'], "");
    match word.as_str() {
        "instock" | "limitedavailability" | "onlineonly" | "instoreonly" => Some(Value::Flag(true)),
        "outofstock" | "soldout" | "discontinued" => Some(Value::Flag(false)),
        "preorder" | "presale" | "backorder" => {
            Some(Value::Text(text.rsplit('/').next().unwrap_or(text).to_lowercase().replace('_', " ")))
        }
        _ => None,
    }
}
