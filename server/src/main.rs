//! The `sidedoor` program.
fn main() {}
