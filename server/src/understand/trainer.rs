//! Trains matchers with the encoders in service, and keeps what was trained in a folder so that a restart is instant.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use sidedoor_matcher::{Encoder, Example, Matcher, Options, Progress, StaticEncoder, Step, TrainError, training_key};

use crate::config::{Config, EncoderKind};
use crate::encode::EncoderThread;

/// The kinds of files kept: a trained matcher, and tests that passed.
const MATCHER: &str = "matcher";
const PASSED: &str = "passed";
/// Training that takes longer says how far it has come, this often.
const TELL: Duration = Duration::from_secs(1);
/// So many examples take longer than anybody waits without a word.
const MANY: usize = 3_000;

/// What matchers are trained with.
pub struct Trainer {
    built_in: Option<Arc<dyn Encoder>>,
    slow: Option<EncoderThread>,
    trouble: Option<String>,
    folder: PathBuf,
    used: Mutex<HashSet<PathBuf>>,
}

impl Trainer {
    /// Starts the encoders that `config` asks for. Blocking. One that cannot be had is left out, and said so.
    #[must_use]
    pub fn new(config: &Config) -> Self {
        let mut trouble = None;
        let built_in = match StaticEncoder::built_in() {
            Ok(encoder) => Some(Arc::new(encoder) as Arc<dyn Encoder>),
            Err(error) => {
                trouble = Some(format!("the built-in encoder cannot be read: {error}; words alone are compared"));
                None
            }
        };
        let slow = match config.encoder.kind {
            EncoderKind::Static => None,
            EncoderKind::Bert => start_bert(&config.encoder.model).map_err(|reason| trouble = Some(reason)).ok(),
        };
        if let Some(trouble) = &trouble {
            tracing::error!("{trouble}");
        }
        Self { built_in, slow, trouble, folder: folder_beside(&config.database_url), used: Mutex::default() }
    }

    /// The encoder that takes milliseconds, where one is in service.
    #[must_use]
    pub fn slow(&self) -> Option<&EncoderThread> {
        self.slow.as_ref()
    }

    /// `bert`, `static` or `words`, and why it is not what was asked for.
    #[must_use]
    pub fn describe(&self) -> String {
        let name = match (&self.slow, &self.built_in) {
            (Some(_), _) => "bert",
            (None, Some(_)) => "static",
            (None, None) => "words",
        };
        match &self.trouble {
            Some(trouble) => format!("{name} ({trouble})"),
            None => name.to_owned(),
        }
    }

    /// A matcher with the built-in encoder.
    ///
    /// # Errors
    /// [`TrainError`], where the examples cannot be learnt from.
    pub fn quick(&self, examples: &[Example], options: &Options) -> Result<Matcher, TrainError> {
        self.train(examples, self.built_in.clone(), options)
    }

    /// A matcher with the slow encoder; none where there is none, or where it does not know the language.
    ///
    /// # Errors
    /// [`TrainError`], where the examples cannot be learnt from.
    pub fn thorough(&self, examples: &[Example], options: &Options) -> Result<Option<Matcher>, TrainError> {
        match &self.slow {
            Some(slow) if options.encoder_knows_language => {
                self.train(examples, Some(Arc::new(slow.clone())), options).map(Some)
            }
            _ => Ok(None),
        }
    }

    /// Where what was made of the intents is kept.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// A name for all that a training with the built-in encoder depends on.
    #[must_use]
    pub fn key(&self, examples: &[Example], options: &Options) -> String {
        training_key(examples, self.built_in.as_deref().map(Encoder::id), options)
    }

    /// Whether the outcome of a training with the built-in encoder is kept.
    #[must_use]
    pub fn keeps(&self, examples: &[Example], options: &Options) -> bool {
        self.kept(&self.key(examples, options), MATCHER).exists()
    }

    /// Whether the tests with this key are known to pass.
    #[must_use]
    pub fn has_passed(&self, tests_key: &str) -> bool {
        self.kept(tests_key, PASSED).exists()
    }

    /// Keeps that the tests with this key pass.
    pub fn keep_passed(&self, tests_key: &str) {
        self.keep(&self.kept(tests_key, PASSED), b"");
    }

    /// Deletes what was kept of trainings and tests that no one asked for since the start.
    pub fn forget_unused(&self) {
        let used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        let Ok(entries) = fs::read_dir(&self.folder) else { return };
        for path in entries.flatten().map(|entry| entry.path()).filter(|path| !used.contains(path)) {
            if path.extension().is_some_and(|extension| extension == MATCHER || extension == PASSED) {
                let _ = fs::remove_file(path);
            }
        }
    }

    fn train(
        &self,
        examples: &[Example],
        encoder: Option<Arc<dyn Encoder>>,
        options: &Options,
    ) -> Result<Matcher, TrainError> {
        let key = training_key(examples, encoder.as_deref().map(Encoder::id), options);
        let kept = self.kept(&key, MATCHER);
        if let Ok(bytes) = fs::read(&kept) {
            match Matcher::from_bytes(&bytes, encoder.clone(), options) {
                Ok(matcher) => return Ok(matcher),
                Err(error) => tracing::warn!("{}: {error}; training again", kept.display()),
            }
        }
        if examples.len() >= MANY {
            tracing::info!("training the matcher on {} examples; that takes up to a minute", examples.len());
        }
        let matcher = sidedoor_matcher::train(examples, encoder, options, &mut progress_log())?;
        self.keep(&kept, &matcher.to_bytes());
        Ok(matcher)
    }

    /// Where something is kept; it has a use from now on.
    fn kept(&self, key: &str, kind: &str) -> PathBuf {
        let kept = self.folder.join(format!("{key}.{kind}"));
        self.used.lock().unwrap_or_else(PoisonError::into_inner).insert(kept.clone());
        kept
    }

    fn keep(&self, path: &Path, bytes: &[u8]) {
        if let Err(error) = write_whole(path, bytes) {
            tracing::debug!("{}: {error}; the next start does this again", path.display());
        }
    }
}

/// Tells how far training has come, once it takes long.
fn progress_log() -> impl FnMut(Progress) {
    let mut told = Instant::now();
    move |progress| {
        if told.elapsed() >= TELL {
            told = Instant::now();
            let doing = match progress.step {
                Step::Encode => "reading the examples",
                Step::Solve => "comparing and solving",
            };
            tracing::info!("training the matcher: {doing}, {} of {}", progress.done, progress.total);
        }
    }
}

/// Beside the database file; in `data` where the database is a server.
fn folder_beside(database_url: &str) -> PathBuf {
    let file = database_url.strip_prefix("sqlite:").map(|rest| rest.trim_start_matches("//"));
    let folder = file.and_then(|file| Path::new(file.split('?').next().unwrap_or_default()).parent());
    folder.unwrap_or(Path::new("data")).join("matchers")
}

/// Whole or not at all: a reader never sees half a file.
pub(super) fn write_whole(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let unfinished = path.with_extension(format!("{}.part", std::process::id()));
    fs::write(&unfinished, bytes)?;
    fs::rename(&unfinished, path)
}

#[cfg(feature = "bert")]
fn start_bert(model: &Path) -> Result<EncoderThread, String> {
    crate::bert::start(model, crate::encode::Limits::default()).map_err(|error| {
        format!("the encoder \"bert\" cannot be started: {error}; the built-in one serves in its place")
    })
}

#[cfg(not(feature = "bert"))]
fn start_bert(_: &Path) -> Result<EncoderThread, String> {
    Err("this build has no encoder \"bert\"; see docs/encoders.md".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matchers_are_kept_beside_the_database() {
        assert_eq!(folder_beside("sqlite://data/sidedoor.db"), Path::new("data/matchers"));
        assert_eq!(folder_beside("sqlite:///var/lib/sidedoor/a.db?mode=rwc"), Path::new("/var/lib/sidedoor/matchers"));
        assert_eq!(folder_beside("postgres://localhost/a"), Path::new("data/matchers"));
    }

    #[test]
    fn a_spoilt_cache_file_is_trained_anew() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}/a.db", folder.path().display());
        let trainer = Trainer::new(&Config { database_url: url, ..Config::default() });
        let examples = [("hello there", "greeting"), ("where is my parcel", "order.track")]
            .map(|(text, intent)| Example { text: text.to_owned(), intent: intent.to_owned() });

        let first = trainer.quick(&examples, &Options::default()).unwrap().rank("hello");
        let kept: Vec<_> =
            fs::read_dir(folder.path().join("matchers")).unwrap().flatten().map(|entry| entry.path()).collect();
        fs::write(&kept[0], b"SDMA but cut short").unwrap();
        let second = trainer.quick(&examples, &Options::default()).unwrap().rank("hello");

        assert_eq!(kept.len(), 1);
        assert_eq!(first, second);
        assert!(fs::metadata(&kept[0]).unwrap().len() > 100, "the spoilt file is replaced");
    }
}
