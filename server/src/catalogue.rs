//! What shops already say of their things, read from the files and pages they have, and written down as items.

mod feed;
mod page;
mod product;
mod reading;
mod shopify;
mod table;
mod written;
mod xml;

pub use product::{Product, Value};
pub use reading::{Read, Setting};
pub use written::{Changes, Edited, Written, parse, write};

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
