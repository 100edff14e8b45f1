//! What a lead is worth, and why.

use std::collections::BTreeMap;

/// The `utm_*` parameters of an address, by name without the prefix.
pub fn utm(url: &str) -> BTreeMap<String, String> {
    let query = url
        .split_once('?')
        .map_or("", |(_, query)| query.split('#').next().unwrap_or(query));
    query
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .filter_map(|(key, value)| Some((key.strip_prefix("utm_")?.to_owned(), value.to_owned())))
        .collect()
}
