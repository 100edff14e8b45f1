//! The places of a text that have been read already.

use std::ops::Range;

/// Writes spaces over what has been read.
pub fn blank(text: &mut String, span: Range<usize>) {
    let spaces = " ".repeat(span.len());
    text.replace_range(span, &spaces);
}
