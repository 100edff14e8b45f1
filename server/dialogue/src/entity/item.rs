//! The site's items in a text: which are named, and the text without them.

mod find;
mod names;
mod neutral;

pub use find::{find, is_kind, is_same_kind, words_within};
pub use names::index;
pub use neutral::without;

#[cfg(test)]
mod tests;
