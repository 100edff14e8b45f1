//! Where something stands in a file.

use crate::types::intent::SourceFile;

/// A line of a file.
#[derive(Clone)]
pub struct Place {
    pub file: String,
    pub line: usize,
}

/// One file being read: turns spans into lines.
pub struct Lines<'a> {
    file: &'a SourceFile,
    /// Where each line but the first begins.
    starts: Vec<usize>,
}

impl<'a> Lines<'a> {
    pub fn of(file: &'a SourceFile) -> Self {
        Self { file, starts: file.text.match_indices('\n').map(|(at, _)| at + 1).collect() }
    }

    pub fn place(&self, at: usize) -> Place {
        let line = 1 + self.starts.partition_point(|&start| start <= at);
        Place { file: self.file.path.clone(), line }
    }
}
