//! `sidedoor init`: writes a configuration and intents that a business can edit.

use std::fs;
use std::io::Write as _;
use std::path::Path;

use sidedoor::understand;

use super::output::say;
use super::{Failure, Outcome};

/// The configuration that a business starts from; each key says what it is for.
const STARTER: &str = include_str!("starter.toml");

pub(super) fn init(dir: &Path) -> Outcome {
    let config = dir.join("sidedoor.toml");
    let intents = dir.join("intents");
    for path in [&config, &intents] {
        if path.exists() {
            return Err(Failure::new(format!(
                "{} exists already; nothing was written. Name another folder",
                path.display()
            )));
        }
    }
    fs::create_dir_all(dir).map_err(|error| Failure::new(format!("{} cannot be made: {error}", dir.display())))?;
    write_new(&config, STARTER)?;
    say!("{}", config.display());
    for file in understand::built_in() {
        let path = dir.join(&file.path);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        write_new(&path, &file.text)?;
        say!("{}", path.display());
    }
    say!(
        "\nNext: edit sidedoor.toml (your site's name, addresses and staff), then `sidedoor check` and `sidedoor serve`."
    );
    Ok(())
}

fn write_new(path: &Path, text: &str) -> Result<(), Failure> {
    fs::File::create_new(path)
        .and_then(|mut file| file.write_all(text.as_bytes()))
        .map_err(|error| Failure::new(format!("{} cannot be written: {error}", path.display())))
}
