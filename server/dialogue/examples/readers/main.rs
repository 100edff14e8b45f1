//! What the readers make of the field's inputs, without the matcher: `cargo run -p sidedoor-dialogue --example readers -- [KIND …] [--data DIR]`.

mod data;
mod entities;

use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments = data::Arguments::new(std::env::args().skip(1));
    match arguments.folder().and_then(|folder| entities::judge_all(&folder, &arguments.kinds)) {
        Ok(tally) => {
            print!("{tally}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("readers: {error}");
            ExitCode::FAILURE
        }
    }
}
