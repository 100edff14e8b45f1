//! The `sidedoor` program: one binary, its commands.

mod command;

use std::process::ExitCode;

/// Several threads allocate at once here, which the system's allocator makes wait for each other.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    command::run()
}
