//! How a source is read, and what was read of it.

use super::product::Product;

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
