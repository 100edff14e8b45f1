//! Tells cargo what the program is made of besides Rust files.

fn main() {
    // Migrations are compiled in; a new file alone would not be noticed.
    println!("cargo:rerun-if-changed=../migrations");
}
