//! Finds the files of intents: a folder's, or the ones in the binary.

use std::path::Path;

use rust_embed::RustEmbed;
use sidedoor_dialogue::SourceFile;

use super::load_error::LoadError;
use crate::config::{Config, Site};

/// The starter pack, for a server that has no folder of its own.
#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/../intents"]
#[include = "*.toml"]
struct BuiltIn;

/// What the demo site sells; no other site's.
#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/../demo"]
#[include = "*.toml"]
struct Demo;

/// The demo site's id, and what the paths of its own files begin with.
const DEMO: &str = "demo";
const DEMO_FOLDER: &str = "demo/";

/// Deeper folders than this are a mistake, or a link that leads back.
const MAX_DEPTH: usize = 8;
/// A file of intents is written by hand; a larger one is something else.
const MAX_FILE_BYTES: u64 = 4 * 1024 * 1024;

/// All `*.toml` below `folder` in the order of their paths, or the built-in ones where there is no folder.
///
/// # Errors
/// [`LoadError::Unreadable`] names what could not be read.
pub fn read(folder: Option<&Path>) -> Result<Vec<SourceFile>, LoadError> {
    let mut files = Vec::new();
    match folder {
        Some(folder) => collect(folder, MAX_DEPTH, &mut files)?,
        None => files.extend(built_in().chain(demo())),
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(files)
}

/// The files of intents that are for `site`, as they are by now.
///
/// # Errors
/// [`LoadError::Unreadable`] names what could not be read.
pub fn files_of(config: &Config, site: &Site) -> Result<Vec<SourceFile>, LoadError> {
    let files = read(config.intents.as_deref())?;
    Ok(of_site(&files, &site.id, &config.sites))
}

/// The starter pack; paths begin with `intents/`.
pub fn built_in() -> impl Iterator<Item = SourceFile> {
    BuiltIn::iter().filter_map(|path| {
        let text = String::from_utf8_lossy(&BuiltIn::get(&path)?.data).into_owned();
        Some(SourceFile { path: format!("intents/{path}"), text })
    })
}

/// The files of the demo site alone.
fn demo() -> impl Iterator<Item = SourceFile> {
    Demo::iter().filter_map(|path| {
        let text = String::from_utf8_lossy(&Demo::get(&path)?.data).into_owned();
        Some(SourceFile { path: format!("{DEMO_FOLDER}{path}"), text })
    })
}

/// The files that are for `site`: all but those in a folder that is named like another site.
#[must_use]
pub fn of_site(files: &[SourceFile], site: &str, sites: &[Site]) -> Vec<SourceFile> {
    let of_another = |path: &str| {
        let folders = Path::new(path).parent().into_iter().flat_map(Path::components);
        folders
            .filter_map(|part| part.as_os_str().to_str())
            .any(|part| part != site && sites.iter().any(|other| other.id == part))
    };
    let of_demo = |path: &str| path.starts_with(DEMO_FOLDER) && site != DEMO;
    files.iter().filter(|file| !of_another(&file.path) && !of_demo(&file.path)).cloned().collect()
}

fn collect(folder: &Path, depth: usize, files: &mut Vec<SourceFile>) -> Result<(), LoadError> {
    let unreadable = |error| LoadError::Unreadable(folder.to_owned(), error);
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        let hidden = path.file_name().and_then(|name| name.to_str()).is_none_or(|name| name.starts_with('.'));
        if hidden {
            continue;
        }
        if path.is_dir() {
            if depth > 0 {
                collect(&path, depth - 1, files)?;
            }
        } else if path.extension().is_some_and(|extension| extension == "toml") {
            files.push(read_file(&path)?);
        }
    }
    Ok(())
}

fn read_file(path: &Path) -> Result<SourceFile, LoadError> {
    let unreadable = |error| LoadError::Unreadable(path.to_owned(), error);
    let size = std::fs::metadata(path).map_err(unreadable)?.len();
    if size > MAX_FILE_BYTES {
        return Err(unreadable(std::io::Error::other("it is larger than 4 MiB; split it")));
    }
    let text = std::fs::read_to_string(path).map_err(unreadable)?;
    // An editor on Windows puts a mark before the first line that TOML does not know.
    let text = text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text);
    Ok(SourceFile { path: path.display().to_string(), text })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str) -> SourceFile {
        SourceFile { path: path.to_owned(), text: String::new() }
    }

    fn site(id: &str) -> Site {
        toml::from_str(&format!("id = \"{id}\"\nname = \"{id}\"")).unwrap()
    }

    #[test]
    fn a_folder_named_like_a_site_is_that_sites_own() {
        let files =
            [file("intents/greeting.toml"), file("intents/acme/greeting.toml"), file("intents/extra/gifts.toml")];
        let sites = [site("acme"), site("other")];

        let paths = |id: &str| of_site(&files, id, &sites).into_iter().map(|file| file.path).collect::<Vec<_>>();

        assert_eq!(paths("acme"), ["intents/greeting.toml", "intents/acme/greeting.toml", "intents/extra/gifts.toml"]);
        assert_eq!(paths("other"), ["intents/greeting.toml", "intents/extra/gifts.toml"]);
    }
}
