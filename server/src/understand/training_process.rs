//! Training in a process of its own.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::{Command, ExitStatus, Stdio};

/// The program that trains what is not kept yet, tries the intents' tests, and keeps both in the trainer's folder.
///
/// Training takes several times the memory that its outcome does. When that process ends, the system has all of it back,
/// and where there is too little, that process dies rather than the one that serves visitors. What it has otherwise not done
/// is done by whoever called it.
#[derive(Clone, Debug)]
pub struct TrainingProcess {
    program: PathBuf,
    arguments: Vec<OsString>,
}

impl TrainingProcess {
    /// One that runs this program with these arguments.
    #[must_use]
    pub fn new(program: PathBuf, arguments: Vec<OsString>) -> Self {
        Self { program, arguments }
    }

    /// Runs it to its end. Blocking. Its log goes where this process's own goes.
    ///
    /// # Errors
    /// It was killed. What has too little memory there has too little here, where visitors are served.
    pub fn run(&self) -> Result<(), Killed> {
        let mut command = Command::new(&self.program);
        match command.args(&self.arguments).stdin(Stdio::null()).stdout(Stdio::null()).status() {
            Ok(status) if status.success() => {}
            Ok(status) if status.code().is_none() => return Err(Killed(status)),
            Ok(status) => tracing::warn!("training in a process of its own ended with {status}; training here"),
            Err(error) => {
                tracing::debug!("{} cannot be run for training: {error}; training here", self.program.display());
            }
        }
        Ok(())
    }
}

/// Training was killed in the middle.
#[derive(Debug, thiserror::Error)]
#[error("training was killed ({0}); it may need more memory than there is: give it more, or write fewer examples")]
pub struct Killed(ExitStatus);
