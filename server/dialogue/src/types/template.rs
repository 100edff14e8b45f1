//! Replies with placeholders, taken apart once when they are loaded, so that nothing a visitor says can ever act as one.

use super::nearest::nearest;

/// The placeholders that a site's own replies may hold.
pub const PLACEHOLDERS: [&str; 11] =
    ["site", "hours", "opening", "name", "email", "phone", "company", "budget", "order", "date", "item"];

/// What the placeholder of an item's fact begins with.
pub const FACT: &str = "item.";

/// Whether a key can name a fact: lower-case letters, digits and `_`.
pub fn is_fact_key(key: &str) -> bool {
    key.len() <= 40
        && key.bytes().next().is_some_and(|byte| byte.is_ascii_lowercase())
        && key.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

fn is_fact(name: &str, known: &[&str]) -> bool {
    known.contains(&"item") && name.strip_prefix(FACT).is_some_and(is_fact_key)
}

/// A text taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    Value(String),
}

impl Template {
    /// Takes a text apart; `{{` and `}}` stand for the braces themselves.
    ///
    /// # Errors
    /// What is wrong and how to put it right, where a placeholder is not one of `known`.
    pub fn parse(text: &str, known: &[&str]) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut plain = String::new();
        let mut rest = text;
        while let Some(at) = rest.find(['{', '}']) {
            plain.push_str(&rest[..at]);
            let tail = &rest[at..];
            if tail.starts_with("{{") || tail.starts_with("}}") {
                plain.push_str(&tail[..1]);
                rest = &tail[2..];
                continue;
            }
            if tail.starts_with('}') {
                return Err("a lone \"}\"; write \"}}\" for the character itself".into());
            }
            let Some(end) = tail.find('}') else {
                return Err("a lone \"{\"; write \"{{\" for the character itself".into());
            };
            let name = tail[1..end].trim();
            if !known.contains(&name) && !is_fact(name, known) {
                return Err(format!(
                    "unknown placeholder {{{name}}}{}; known are {}",
                    nearest(name, known.iter().copied()),
                    known.iter().map(|name| format!("{{{name}}}")).collect::<Vec<_>>().join(" ")
                ));
            }
            if !plain.is_empty() {
                parts.push(Part::Text(std::mem::take(&mut plain)));
            }
            parts.push(Part::Value(name.to_owned()));
            rest = &tail[end + 1..];
        }
        plain.push_str(rest);
        if !plain.is_empty() {
            parts.push(Part::Text(plain));
        }
        Ok(Self { parts })
    }

    /// The placeholders it holds.
    pub fn placeholders(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().filter_map(|part| match part {
            Part::Value(name) => Some(name.as_str()),
            Part::Text(_) => None,
        })
    }

    /// The facts of an item that it tells: `price` of `{item.price}`.
    pub fn facts(&self) -> impl Iterator<Item = &str> {
        self.placeholders().filter_map(|name| name.strip_prefix(FACT))
    }

    /// Whether it tells a fact of an item.
    pub fn tells_item(&self) -> bool {
        self.facts().next().is_some()
    }

    /// Puts the values in, as they are: a value is never looked at again. A missing one leaves no gap: `Hi {name}!` becomes `Hi!`.
    pub fn render(&self, value: impl Fn(&str) -> Option<String>) -> String {
        let mut text = String::new();
        for part in &self.parts {
            match part {
                Part::Text(plain) if text.is_empty() => text.push_str(plain.trim_start_matches([',', ' '])),
                Part::Text(plain) => text.push_str(plain),
                Part::Value(name) => match value(name) {
                    Some(value) => text.push_str(&value),
                    None => text.truncate(text.trim_end_matches([',', ' ']).len()),
                },
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn render(text: &str, name: Option<&str>) -> String {
        Template::parse(text, &PLACEHOLDERS).unwrap().render(|_| name.map(str::to_owned))
    }

    #[test]
    fn a_value_is_never_expanded_again() {
        assert_eq!(render("Hi {name}!", Some("{site} {{name}}")), "Hi {site} {{name}}!");
    }

    #[test]
    fn a_missing_value_leaves_no_gap() {
        assert_eq!(render("Thanks, {name}!", None), "Thanks!");
        assert_eq!(render("{name}, welcome", None), "welcome");
    }

    #[test]
    fn doubled_braces_are_the_characters() {
        assert_eq!(render("{{name}} is {name}", Some("Ana")), "{name} is Ana");
    }

    #[test]
    fn an_unknown_placeholder_names_the_nearest() {
        let fault = Template::parse("Hi {nam}", &PLACEHOLDERS).unwrap_err();

        assert!(fault.starts_with("unknown placeholder {nam}, did you mean \"name\"?"), "{fault}");
    }

    #[test]
    fn a_lone_brace_is_a_fault() {
        assert!(Template::parse("a } b", &PLACEHOLDERS).is_err());
        assert!(Template::parse("a { b", &PLACEHOLDERS).is_err());
    }
}
