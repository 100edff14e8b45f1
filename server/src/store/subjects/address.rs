//! An email address in the middle of what people wrote: found in any case, whole only, and blotted out.

use serde_json::Value;

/// What stands where an erased address stood.
const ERASED: &str = "[erased]";

/// An address, to be looked for in what people wrote.
pub(super) struct Address {
    normal: String,
}

impl Address {
    pub fn new(email: &str) -> Self {
        Self { normal: email.trim().to_lowercase() }
    }

    /// The address in lower case.
    pub fn normal(&self) -> &str {
        &self.normal
    }

    /// Half an address would be found in those of others.
    pub fn is_whole(&self) -> bool {
        self.normal.rsplit_once('@').is_some_and(|(local, domain)| !local.is_empty() && !domain.is_empty())
    }

    pub fn is(&self, email: &str) -> bool {
        email.trim().to_lowercase() == self.normal
    }

    /// A `like` pattern that finds each place which may hold the address, in a column's lower case. Of an address that is not
    /// ASCII it is the domain alone: SQLite's `lower` knows no other letters.
    pub fn pattern(&self) -> String {
        let domain = self.normal.rsplit_once('@').map_or(self.normal.as_str(), |(_, domain)| domain);
        let sought = if self.normal.is_ascii() { &self.normal } else { domain };
        // As JSON writes it, which only a quoted local part would show.
        let written = sought.replace('\\', "\\\\").replace('"', "\\\"");
        let escaped = written.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
        format!("%{escaped}%")
    }

    /// A column's text with the address blotted out; none when it is not there. JSON stays JSON.
    pub fn blotted(&self, text: &str) -> Option<String> {
        match serde_json::from_str::<Value>(text) {
            Ok(mut value @ (Value::Object(_) | Value::Array(_))) => {
                self.blot_json(&mut value).then(|| value.to_string())
            }
            _ => self.blot(text),
        }
    }

    fn blot_json(&self, value: &mut Value) -> bool {
        match value {
            Value::String(text) => match self.blot(text) {
                Some(blotted) => {
                    *text = blotted;
                    true
                }
                None => false,
            },
            // Counted, not `any`: each of them has to be blotted.
            Value::Array(values) => {
                values.iter_mut().filter_map(|value| self.blot_json(value).then_some(())).count() > 0
            }
            Value::Object(fields) => {
                fields.values_mut().filter_map(|value| self.blot_json(value).then_some(())).count() > 0
            }
            _ => false,
        }
    }

    /// `joana@acme.example` does not hold `ana@acme.example`, nor does `ana@acme.example.org`.
    fn blot(&self, text: &str) -> Option<String> {
        let mut out = String::with_capacity(text.len());
        let mut any = false;
        let mut rest = text;
        let mut before = None;
        while let Some(first) = rest.chars().next() {
            let free = !before.is_some_and(|before: char| before.is_alphanumeric() || "._%+-'@".contains(before));
            match self.length_at_start(rest) {
                Some(length) if free && ends_here(&rest[length..]) => {
                    out.push_str(ERASED);
                    before = Some(']');
                    rest = &rest[length..];
                    any = true;
                }
                _ => {
                    out.push(first);
                    before = Some(first);
                    rest = &rest[first.len_utf8()..];
                }
            }
        }
        any.then_some(out)
    }

    /// The bytes of `text` that spell the address, in any case, if it begins with it.
    fn length_at_start(&self, text: &str) -> Option<usize> {
        let mut wanted = self.normal.chars();
        let mut length = 0;
        let mut expected = wanted.next()?;
        for found in text.chars() {
            for lower in found.to_lowercase() {
                if lower != expected {
                    return None;
                }
                match wanted.next() {
                    Some(next) => expected = next,
                    None => return Some(length + found.len_utf8()),
                }
            }
            length += found.len_utf8();
        }
        None
    }
}

fn ends_here(rest: &str) -> bool {
    let mut chars = rest.chars();
    match chars.next() {
        Some('.') => !chars.next().is_some_and(char::is_alphanumeric),
        Some(next) => !(next.is_alphanumeric() || next == '-' || next == '_'),
        None => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_blotted_out_whole_and_in_any_case() {
        let ana = Address::new("Ana@acme.example ");

        assert_eq!(ana.blot("write to ANA@Acme.example.").as_deref(), Some("write to [erased]."));
        assert_eq!(ana.blot("<ana@acme.example>,ana@acme.example").as_deref(), Some("<[erased]>,[erased]"));
    }

    #[test]
    fn an_address_that_only_looks_alike_stays() {
        let ana = Address::new("ana@acme.example");

        assert_eq!(ana.blot("joana@acme.example"), None);
        assert_eq!(ana.blot("ana@acme.example.org"), None);
        assert_eq!(ana.blot("ana@acme.examples"), None);
    }

    #[test]
    fn only_rows_that_may_hold_the_whole_address_are_looked_at() {
        assert_eq!(Address::new("a_b%c@Acme.example").pattern(), "%a\\_b\\%c@acme.example%");
        assert_eq!(Address::new("josé@acme.example").pattern(), "%acme.example%");
    }

    #[test]
    fn json_stays_json_and_its_escapes_are_no_letters() {
        let ana = Address::new("ana@acme.example");

        let blotted = ana.blotted(r#"{"text":"hi\nana@acme.example"}"#);

        assert_eq!(blotted.as_deref(), Some(r#"{"text":"hi\n[erased]"}"#));
    }
}
