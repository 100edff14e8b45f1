//! The files of intents that were last in service: what a start takes when the newest ones are broken, so that a
//! slip of the pen and a power cut together do not silence the chat.

use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sidedoor_dialogue::SourceFile;

use super::trainer::write_whole;

#[derive(Serialize, Deserialize)]
struct LastGood {
    /// Where they were read from; another folder's are none of ours.
    folder: PathBuf,
    /// Paths and texts.
    files: Vec<(String, String)>,
}

/// Keeps at `place` the files that were read from `folder`.
///
/// # Errors
/// `place` cannot be written.
pub fn keep(place: &Path, folder: &Path, files: &[SourceFile]) -> io::Result<()> {
    let files = files.iter().map(|file| (file.path.clone(), file.text.clone())).collect();
    write_whole(place, &serde_json::to_vec(&LastGood { folder: folder.to_owned(), files })?)
}

/// What was kept at `place` of `folder`'s files; none where nothing was, or it cannot be read.
#[must_use]
pub fn read(place: &Path, folder: &Path) -> Option<Vec<SourceFile>> {
    let kept: LastGood = serde_json::from_slice(&std::fs::read(place).ok()?).ok()?;
    let files = kept.files.into_iter().map(|(path, text)| SourceFile { path, text }).collect();
    (kept.folder == folder).then_some(files)
}
