//! Why intents were not taken.

use std::fmt;
use std::path::PathBuf;

use sidedoor_dialogue::SourceFile;

use super::failed_test::FailedTest;

/// Why intents were not taken.
#[derive(Debug)]
pub enum LoadError {
    /// A file or the folder cannot be read.
    Unreadable(PathBuf, std::io::Error),
    /// Faults in the files, by file, line and key.
    Faults(Vec<sidedoor_dialogue::Fault>),
    /// The matcher cannot learn from the examples.
    Untrainable(String),
    /// The intents' own tests fail.
    Tests(Vec<FailedTest>),
}

impl LoadError {
    /// With the file that an operator is to look at first: where there is too much to learn from, the largest.
    #[must_use]
    pub(super) fn among(self, files: &[SourceFile]) -> Self {
        match (self, files.iter().max_by_key(|file| file.text.len())) {
            (Self::Untrainable(why), Some(largest)) => {
                Self::Untrainable(format!("{why}; the largest file is {}", largest.path))
            }
            (other, _) => other,
        }
    }
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines = |f: &mut fmt::Formatter<'_>, lines: &[String]| f.write_str(&lines.join("\n"));
        match self {
            Self::Unreadable(path, error) => write!(f, "{}: cannot be read: {error}", path.display()),
            Self::Faults(faults) => lines(f, &faults.iter().map(ToString::to_string).collect::<Vec<_>>()),
            Self::Untrainable(reason) => f.write_str(reason),
            Self::Tests(failed) => lines(f, &failed.iter().map(ToString::to_string).collect::<Vec<_>>()),
        }
    }
}

impl std::error::Error for LoadError {}
