//! Tells cargo what the program is made of besides Rust files, and the linker where libtorch lies.

use std::env;
use std::path::Path;

fn main() {
    // Migrations are compiled in; a new file alone would not be noticed.
    println!("cargo:rerun-if-changed=../migrations");
    println!("cargo:rerun-if-env-changed=LIBTORCH");
    let only_checked = env::var_os("CARGO_FEATURE_BERT_CHECK").is_some();
    if env::var_os("CARGO_FEATURE_BERT").is_some() && !only_checked {
        remember_libtorch();
    }
}

/// Writes libtorch's folder into the program, so that it starts without `LD_LIBRARY_PATH`.
fn remember_libtorch() {
    let Some(libtorch) = env::var_os("LIBTORCH") else { return };
    match Path::new(&libtorch).join("lib").canonicalize() {
        // The link in the clone is resolved: the program may be moved elsewhere.
        Ok(folder) => println!("cargo:rustc-link-arg=-Wl,-rpath,{}", folder.display()),
        Err(_) => println!("cargo:warning=no libtorch in {}; run bin/setup-bert", Path::new(&libtorch).display()),
    }
}
