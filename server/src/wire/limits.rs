//! How much of what a visitor may send.

/// The largest frame, and the largest body of an HTTP request, that a visitor may send.
pub const MAX_FRAME_BYTES: usize = 16 * 1024;

/// The longest message and the longest comment, in Unicode scalar values.
pub const MAX_TEXT_CHARS: usize = 4_000;

/// The most events in one `welcome` or `history`.
pub const MAX_EVENTS: usize = 200;
