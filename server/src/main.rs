//! The `sidedoor` program: one binary, its commands.

mod command;

use std::process::ExitCode;

fn main() -> ExitCode {
    command::run()
}
