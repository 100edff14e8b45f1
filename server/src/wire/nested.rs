//! JSON that is whole and not nested without end.

use serde::Deserialize;
use serde_json::Value;

/// Deeper objects are no client's of ours; their parser would need a deep stack.
const MAX_DEPTH: usize = 128;

/// A whole JSON text, nested no deeper than [`MAX_DEPTH`]; `serde_json`'s own limit is one less.
pub(super) fn json(text: &str) -> Option<Value> {
    if depth(text) > MAX_DEPTH {
        return None;
    }
    let mut parser = serde_json::Deserializer::from_str(text);
    parser.disable_recursion_limit();
    let value = Value::deserialize(&mut parser).ok()?;
    parser.end().is_ok().then_some(value)
}

/// How deeply brackets are nested, those within strings aside. In a text that is no JSON, some number.
fn depth(text: &str) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    let (mut is_string, mut is_escaped) = (false, false);
    for byte in text.bytes() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = is_string,
            b'"' => is_string = !is_string,
            b'[' | b'{' if !is_string => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b']' | b'}' if !is_string => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}
