//! What somebody may have meant by a key that there is not.

/// serde's `unknown field …, expected one of …`, with the nearest known key instead of the whole list.
pub(super) fn with_nearest(message: &str) -> String {
    let message = message.lines().next().unwrap_or_default();
    let Some(rest) = message.strip_prefix("unknown field `") else { return message.to_owned() };
    let quoted: Vec<&str> = rest.split('`').collect();
    let Some((unknown, known)) = quoted.split_first() else { return message.to_owned() };
    let known: Vec<&str> = known.iter().copied().filter(|key| !key.is_empty() && !key.contains([' ', ','])).collect();
    match nearest(unknown, &known) {
        Some(key) => format!("unknown key \"{unknown}\"; did you mean \"{key}\"?"),
        None => format!("unknown key \"{unknown}\"; the known ones are {}", known.join(", ")),
    }
}

/// The known key that is spelt most like `unknown`, if any is at all.
pub(super) fn nearest<'a>(unknown: &str, known: &[&'a str]) -> Option<&'a str> {
    known
        .iter()
        .map(|key| (strsim::jaro_winkler(unknown, key), *key))
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .filter(|(likeness, _)| *likeness > 0.7)
        .map(|(_, key)| key)
}
