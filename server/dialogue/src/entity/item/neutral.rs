//! A message without the items that it names: how much is asked is asked of every item alike.

use super::find::find;
use crate::entity::tokens::tokens;
use crate::types::item::ItemNames;
use crate::words::facts;

/// The text with a neutral word in place of each name, or nothing where a language needs none; `None` where no item is named.
pub fn without(names: &ItemNames, text: &str) -> Option<String> {
    let mentions: Vec<_> =
        find(names, text).into_iter().filter(|mention| mention.is_sure && !mention.is_common).collect();
    if mentions.is_empty() {
        return None;
    }
    let is_named = |at: usize| mentions.iter().any(|mention| mention.span.contains(&at));
    let is_english = tokens(text).iter().any(|token| facts::is_english(&token.text) && !is_named(token.span.start));
    let mut neutral = String::with_capacity(text.len());
    let mut end = 0;
    for mention in &mentions {
        neutral.push_str(&text[end..mention.span.start]);
        if is_english {
            neutral.push_str("it");
        }
        end = mention.span.end;
    }
    neutral.push_str(&text[end..]);
    let words: Vec<&str> = neutral.split_whitespace().collect();
    let neutral = words.join(" ");
    // A name alone asks nothing.
    let says_something = tokens(&neutral).iter().any(|token| token.text.chars().any(char::is_alphabetic));
    Some(if says_something { neutral } else { String::new() })
}
