//! What shops already say of their things, read from the files and pages they have, and written down as items.

mod feed;
mod page;
mod product;
mod shopify;
mod table;
mod written;
mod xml;

pub use product::{Product, Value};
pub use written::{Changes, Edited, Written, parse, write};

/// What was read of a source.
#[derive(Debug, Default, PartialEq)]
pub struct Read {
    /// In the order of the source.
    pub products: Vec<Product>,
    /// What was left out and why, each with its line.
    pub left_out: Vec<String>,
    /// Whether the source is the page of single products, beside which others may be.
    pub is_page: bool,
}

/// How a source is to be read.
#[derive(Debug, Clone, Copy, Default)]
pub struct Setting<'a> {
    /// The currency of prices that name none, ISO 4217.
    pub currency: Option<&'a str>,
    /// What links to products begin with: `https://shop.example`.
    pub origin: Option<&'a str>,
}

/// Reads a product export, a product feed or a product page, whichever it is.
///
/// # Errors
/// What is wrong with the whole, and what to do.
pub fn read(text: &str, setting: Setting<'_>) -> Result<Read, String> {
    let text = text.trim_start_matches('\u{feff}').trim_start();
    if text.is_empty() {
        return Err("is empty".to_owned());
    }
    if text.starts_with('<') {
        let head = text[..text.floor_char_boundary(2_000)].to_lowercase();
        return if head.contains("<rss") || head.contains("<feed") {
            xml::read(text, setting)
        } else {
            page::read(text, setting)
        };
    }
    if text.starts_with('{') || text.starts_with('[') {
        return page::read_json(text, setting);
    }
    let table = table::Table::of(text)?;
    if table.has("handle") || table.has("url handle") {
        return shopify::read(&table, setting);
    }
    if table.has("title") && (table.has("price") || table.has("link")) {
        return Ok(feed::read(table.rows(), setting));
    }
    Err("is no product export: Shopify's has a column \"Handle\", Google's feed has \"title\" and \"price\"".to_owned())
}

#[cfg(test)]
mod tests;
