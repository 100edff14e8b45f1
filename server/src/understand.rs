//! Understands messages: the intents and the matcher of each site, reloaded when their files change.

mod accepted;
mod helper;
mod mind;
mod reading;
mod reload;
mod sources;
mod trainer;

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};

use sidedoor_dialogue::SourceFile;

pub use helper::Helper;
pub use mind::{FailedTest, Mind, Trained, profile};
pub use reload::watch;
pub use sources::built_in;
pub use trainer::Trainer;

use crate::config::{Config, Site};

/// The minds of all sites; each is replaced whole, so that a turn that has begun ends with the one it began with.
pub struct Understand {
    config: Arc<Config>,
    trainer: Trainer,
    helper: Option<Helper>,
    minds: RwLock<Minds>,
    trouble: RwLock<Option<String>>,
    /// The files as they were last read, taken or not.
    seen: RwLock<Vec<SourceFile>>,
}

/// By the site's id.
type Minds = BTreeMap<String, Arc<Mind>>;
/// Tests that fail, each with its site's id.
type Failed = Vec<(String, FailedTest)>;

/// What `/readyz` tells of understanding.
#[derive(Clone, Debug)]
pub struct Status {
    /// Whether every site has intents in service.
    pub loaded: bool,
    /// `ok`, or why the newest files are not in service.
    pub intents: String,
    /// `static`, `bert`, or what is in service in its place and why.
    pub encoder: String,
}

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

impl Understand {
    /// Reads and trains every site's intents, with a helper where one is given. Blocking: seconds, where there are thousands
    /// of examples.
    ///
    /// Where the files are broken, those that were last in service are taken; `/readyz` and the log say so.
    ///
    /// # Errors
    /// The first thing wrong. Failing tests are no reason not to start: they are logged, and `sidedoor check` shows them.
    pub fn load(config: Arc<Config>, helper: Option<Helper>) -> Result<Self, LoadError> {
        let understand = Self::new(config, helper);
        let (minds, failed) = match understand.build() {
            Ok(built) => {
                understand.keep_accepted();
                built
            }
            Err(error) => understand.build_accepted(error)?,
        };
        for (site, failed) in failed {
            tracing::warn!(site.id = %site, "{failed}");
        }
        *understand.minds.write().unwrap_or_else(PoisonError::into_inner) = minds;
        Ok(understand)
    }

    /// What a [`Helper`] does: trains what is not kept yet, and tries the tests. Blocking.
    ///
    /// # Errors
    /// What is wrong with the intents.
    pub fn train(config: Config) -> Result<(), LoadError> {
        Self::new(Arc::new(config), None).build().map(|_| ())
    }

    fn new(config: Arc<Config>, helper: Option<Helper>) -> Self {
        let trainer = Trainer::new(&config);
        // A slow encoder takes more memory and time to start than its training would save.
        let helper = helper.filter(|_| trainer.slow().is_none());
        Self { config, trainer, helper, minds: RwLock::default(), trouble: RwLock::default(), seen: RwLock::default() }
    }

    /// A snapshot of what `site` understands by now.
    #[must_use]
    pub fn mind(&self, site: &str) -> Option<Arc<Mind>> {
        self.minds.read().unwrap_or_else(PoisonError::into_inner).get(site).cloned()
    }

    /// How `text` is understood by `mind`, for a visitor of this locale.
    pub async fn rank(&self, mind: &Mind, text: &str, locale: &str) -> sidedoor_dialogue::Ranking {
        if let (Some(slow), Some(words)) = (self.trainer.slow(), mind.to_encode(text))
            && let Ok(embedding) = slow.embed(&words).await
        {
            return mind.rank_encoded(text, locale, &embedding);
        }
        mind.rank(text, locale)
    }

    /// How many messages were ranked with the built-in encoder because the slow one was late, overloaded or failing.
    #[must_use]
    pub fn fallbacks(&self) -> u64 {
        self.trainer.slow().map_or(0, |slow| {
            let counters = slow.counters();
            counters.shed_full + counters.shed_late + counters.shed_failed
        })
    }

    /// What `/readyz` tells.
    #[must_use]
    pub fn status(&self) -> Status {
        let minds = self.minds.read().unwrap_or_else(PoisonError::into_inner);
        let trouble = self.trouble.read().unwrap_or_else(PoisonError::into_inner);
        Status {
            loaded: self.config.sites.iter().all(|site| minds.contains_key(&site.id)),
            intents: trouble.clone().unwrap_or_else(|| "ok".to_owned()),
            encoder: self.trainer.describe(),
        }
    }

    /// Reads the files again and takes them if they are sound and their tests pass; otherwise the old ones stay.
    /// Blocking.
    ///
    /// # Errors
    /// Why the new files were refused.
    pub fn reload(&self) -> Result<(), LoadError> {
        let result = self.build().and_then(|(minds, failed)| {
            if failed.is_empty() {
                return Ok(minds);
            }
            Err(LoadError::Tests(failed.into_iter().map(|(_, failed)| failed).collect()))
        });
        let mut trouble = self.trouble.write().unwrap_or_else(PoisonError::into_inner);
        match result {
            Ok(minds) => {
                *self.minds.write().unwrap_or_else(PoisonError::into_inner) = minds;
                *trouble = None;
                self.keep_accepted();
                Ok(())
            }
            Err(error) => {
                *trouble = Some(refused(&error));
                Err(error)
            }
        }
    }

    /// Whether the files are other ones by now than those that were last read. Blocking.
    #[must_use]
    pub fn is_stale(&self) -> bool {
        let now = sources::read(self.config.intents.as_deref()).unwrap_or_default();
        let seen = self.seen.read().unwrap_or_else(PoisonError::into_inner);
        now.len() != seen.len() || now.iter().zip(&*seen).any(|(a, b)| a.path != b.path || a.text != b.text)
    }

    /// The minds of all sites as their files are by now, and the tests that fail.
    fn build(&self) -> Result<(Minds, Failed), LoadError> {
        let files = sources::read(self.config.intents.as_deref());
        *self.seen.write().unwrap_or_else(PoisonError::into_inner) =
            files.as_ref().map_or_else(|_| Vec::new(), Clone::clone);
        self.build_from(&files?, self.helper.as_ref())
    }

    /// As [`Understand::build`], with the files that were last in service; the `error` of the newest ones where there are none.
    fn build_accepted(&self, error: LoadError) -> Result<(Minds, Failed), LoadError> {
        let folder = self.config.intents.as_deref();
        let Some(files) = folder.and_then(|folder| accepted::read(&self.accepted(), folder)) else { return Err(error) };
        let Ok(built) = self.build_from(&files, None) else { return Err(error) };
        tracing::error!("the intents are refused; those that were last in service are taken instead:\n{error}");
        *self.trouble.write().unwrap_or_else(PoisonError::into_inner) = Some(refused(&error));
        Ok(built)
    }

    /// Keeps the files that were last read: they are in service from now on.
    fn keep_accepted(&self) {
        let Some(folder) = &self.config.intents else { return };
        let seen = self.seen.read().unwrap_or_else(PoisonError::into_inner);
        if let Err(error) = accepted::keep(&self.accepted(), folder, &seen) {
            tracing::debug!("{}: {error}; a start with broken intents has nothing to take", self.accepted().display());
        }
    }

    fn accepted(&self) -> PathBuf {
        self.trainer.folder().join("accepted.json")
    }

    fn build_from(&self, files: &[SourceFile], helper: Option<&Helper>) -> Result<(Minds, Failed), LoadError> {
        let intents = |site: &Site| {
            let own = sources::of_site(files, &site.id, &self.config.sites);
            sidedoor_dialogue::parse(&own).map_err(LoadError::Faults)
        };
        let sites: Vec<_> =
            self.config.sites.iter().map(|site| Ok((site, intents(site)?))).collect::<Result<_, LoadError>>()?;
        if let Some(helper) = helper
            && !sites.iter().all(|(site, intents)| Mind::is_kept(site, intents, &self.trainer))
        {
            helper.run().map_err(|killed| LoadError::Untrainable(killed.to_string()))?;
        }
        let mut minds = BTreeMap::new();
        for (site, intents) in sites {
            minds.insert(site.id.clone(), Arc::new(Mind::learn(site, intents, &self.trainer)?));
        }
        let failed_of = |mind: &Arc<Mind>| {
            let site = mind.site().to_owned();
            self.failed_tests(mind).into_iter().map(move |failed| (site.clone(), failed))
        };
        let failed = minds.values().flat_map(failed_of).collect();
        self.trainer.forget_unused();
        Ok((minds, failed))
    }

    /// The tests that fail; those that are known to pass are not tried again.
    fn failed_tests(&self, mind: &Mind) -> Vec<FailedTest> {
        let key = mind.tests_key();
        if self.trainer.has_passed(&key) {
            return Vec::new();
        }
        let failed = mind.failed_tests();
        if failed.is_empty() {
            self.trainer.keep_passed(&key);
        }
        failed
    }
}

/// What `/readyz` says of files that are not in service.
fn refused(error: &LoadError) -> String {
    format!("the newest files were refused, the ones before are in service: {error}")
}

/// The files of intents that are for `site`, as they are by now.
///
/// # Errors
/// [`LoadError::Unreadable`] names what could not be read.
pub fn files_of(config: &Config, site: &Site) -> Result<Vec<SourceFile>, LoadError> {
    let files = sources::read(config.intents.as_deref())?;
    Ok(sources::of_site(&files, &site.id, &config.sites))
}
