//! Writes mails as `.eml` files into a folder instead of sending them: what a demo and a test look into.

use std::io::Write;
use std::path::Path;

use crate::clock::{Millis, rfc3339};

/// Writes `mail` under a name that sorts by time. The name comes from the Message-ID, so a second try replaces the first;
/// the file appears whole or not at all.
pub(super) fn write(folder: &Path, at: Millis, message_id: &str, mail: &[u8]) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)?;
    let time: String = rfc3339(at).chars().filter(|c| !matches!(c, '-' | ':')).collect();
    let id: String =
        message_id.chars().map(|c| if c.is_ascii_alphanumeric() || c == '.' { c } else { '-' }).take(120).collect();
    let name = format!("{time}_{}.eml", id.trim_matches(['-', '.']));
    let unfinished = folder.join(format!(".{name}.part"));

    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        // A mail holds what a visitor told the brand.
        options.mode(0o600);
    }
    let mut file = options.open(&unfinished)?;
    file.write_all(mail)?;
    file.sync_all()?;
    std::fs::rename(&unfinished, folder.join(name))?;
    #[cfg(unix)]
    std::fs::File::open(folder)?.sync_all()?;
    Ok(())
}
