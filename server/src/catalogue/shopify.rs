//! Shopify's product export, as it is and as it was before 2025: a row a variant, the product's own cells in its first.

use std::collections::HashMap;

use super::product::{Prices, Product, Value, amount, fact_key, kind, line};
use super::reading::{Read, Setting};
use super::table::Table;

/// What each thing's columns were and are called.
const HANDLE: [&str; 2] = ["handle", "url handle"];
const PRICE: [&str; 2] = ["variant price", "price"];
const QUANTITY: [&str; 2] = ["variant inventory qty", "inventory quantity"];
const POLICY: [&str; 2] = ["variant inventory policy", "continue selling when out of stock"];
const PUBLISHED: [&str; 2] = ["published", "published on online store"];
const MAX_OPTIONS: usize = 3;

/// A product whose rows are being read.
#[derive(Default)]
struct Rows {
    product: Product,
    prices: Prices,
    stock: Option<i64>,
    sells_on: bool,
    hidden: bool,
    options: Vec<Option<String>>,
    line: u64,
}

/// # Errors
/// Where prices are in no currency.
pub(super) fn read(table: &Table, setting: Setting<'_>) -> Result<Read, String> {
    let Some(currency) = setting.currency else {
        return Err("is Shopify's export, which names no currency; add --currency EUR, or whichever it is".to_owned());
    };
    let mut read = Read::default();
    let mut order: Vec<String> = Vec::new();
    let mut products: HashMap<String, Rows> = HashMap::new();
    for (line, cells) in table.rows() {
        let cell = |names: &[&str]| names.iter().find_map(|name| cells.get(*name)).map(String::as_str);
        let Some(handle) = cell(&HANDLE) else {
            read.left_out.push(format!("line {line}: has no handle"));
            continue;
        };
        let rows = products.entry(handle.to_owned()).or_insert_with(|| {
            order.push(handle.to_owned());
            Rows { line: *line, ..Rows::default() }
        });
        rows.take(&cell);
        if rows.product.link.is_none() {
            rows.product.link = setting.origin.map(|origin| format!("{origin}/products/{handle}"));
        }
    }
    for handle in order {
        let Some(rows) = products.remove(&handle) else { continue };
        match rows {
            Rows { product, line, .. } if product.name.is_empty() => {
                read.left_out.push(format!("line {line}: \"{handle}\" has no title"));
            }
            Rows { hidden: true, line, .. } => {
                read.left_out.push(format!("line {line}: \"{handle}\" is not published"));
            }
            rows => read.products.push(rows.finish(currency)),
        }
    }
    Ok(read)
}

impl Rows {
    fn take<'c>(&mut self, cell: &dyn Fn(&[&str]) -> Option<&'c str>) {
        if let Some(title) = cell(&["title"]).and_then(line) {
            self.product.name = title;
        }
        if let Some(category) = cell(&["type"]).or_else(|| cell(&["product category"])) {
            self.product.kind = kind(category);
        }
        let is = |names: &[&str], value: &str| cell(names).is_some_and(|cell| cell.eq_ignore_ascii_case(value));
        self.hidden |= is(&PUBLISHED, "false") || is(&["status"], "draft") || is(&["status"], "archived");
        if let Some(price) = cell(&PRICE).and_then(amount) {
            self.prices.add(price);
        }
        if let Some(quantity) = cell(&QUANTITY).and_then(|text| text.parse::<i64>().ok()) {
            self.stock = Some(self.stock.unwrap_or(0).saturating_add(quantity.max(0)));
        }
        self.sells_on |= is(&POLICY, "continue") || is(&POLICY, "true");
        self.options.resize(MAX_OPTIONS, None);
        for at in 0..MAX_OPTIONS {
            let number = at + 1;
            // A product's options are named in its first row.
            if let Some(name) = cell(&[format!("option{number} name").as_str()]) {
                self.options[at] = fact_key(name);
            }
            let value = cell(&[format!("option{number} value").as_str()]).filter(|value| *value != "Default Title");
            if let (Some(key), Some(value)) = (self.options[at].clone(), value) {
                self.product.add(&key, value);
            }
        }
    }

    fn finish(self, currency: &str) -> Product {
        let mut product = self.product;
        if let Some(price) = self.prices.write(currency) {
            product.set("price", &price);
        }
        match self.stock {
            Some(0) if self.sells_on => drop(product.facts.insert("stock".to_owned(), Value::Flag(true))),
            Some(count) => drop(product.facts.insert("stock".to_owned(), Value::Count(count))),
            None => {}
        }
        product
    }
}
