//! The intents of all sites in service, and what happens when their files change.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};

use sidedoor_dialogue::SourceFile;

use super::failed_test::FailedTest;
use super::load_error::LoadError;
use super::site_intents::SiteIntents;
use super::trainer::Trainer;
use super::training_process::TrainingProcess;
use super::{last_good, sources};
use crate::config::{Config, Site};

/// The intents of all sites; each site's are replaced whole, so that a turn that has begun ends with the one it began with.
pub struct Understand {
    config: Arc<Config>,
    trainer: Trainer,
    process: Option<TrainingProcess>,
    sites: RwLock<Sites>,
    trouble: RwLock<Option<String>>,
    /// The files as they were last read, taken or not.
    seen: RwLock<Vec<SourceFile>>,
}

/// By the site's id.
type Sites = BTreeMap<String, Arc<SiteIntents>>;
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

impl Understand {
    /// Reads and trains every site's intents, in a process of its own where one is given. Blocking: seconds, where there are thousands
    /// of examples.
    ///
    /// Where the files are broken, those that were last in service are taken; `/readyz` and the log say so.
    ///
    /// # Errors
    /// The first thing wrong. Failing tests are no reason not to start: they are logged, and `sidedoor check` shows them.
    pub fn load(config: Arc<Config>, process: Option<TrainingProcess>) -> Result<Self, LoadError> {
        let understand = Self::new(config, process);
        let (trained, failed) = match understand.build() {
            Ok(built) => {
                understand.keep_last_good();
                built
            }
            Err(error) => understand.build_last_good(error)?,
        };
        for (site, failed) in failed {
            tracing::warn!(site.id = %site, "{failed}");
        }
        *understand.sites.write().unwrap_or_else(PoisonError::into_inner) = trained;
        Ok(understand)
    }

    /// What a [`TrainingProcess`] does: trains what is not kept yet, and tries the tests. Blocking.
    ///
    /// # Errors
    /// What is wrong with the intents.
    pub fn train(config: Config) -> Result<(), LoadError> {
        Self::new(Arc::new(config), None).build().map(|_| ())
    }

    fn new(config: Arc<Config>, process: Option<TrainingProcess>) -> Self {
        let trainer = Trainer::new(&config);
        // A slow encoder takes more memory and time to start than its training would save.
        let process = process.filter(|_| trainer.slow().is_none());
        Self { config, trainer, process, sites: RwLock::default(), trouble: RwLock::default(), seen: RwLock::default() }
    }

    /// A snapshot of what `site` understands by now.
    #[must_use]
    pub fn site_intents(&self, site: &str) -> Option<Arc<SiteIntents>> {
        self.sites.read().unwrap_or_else(PoisonError::into_inner).get(site).cloned()
    }

    /// How `text` is understood by these intents, for a visitor of this locale.
    pub async fn rank(&self, intents: &SiteIntents, text: &str, locale: &str) -> sidedoor_dialogue::Ranking {
        if let (Some(slow), Some(words)) = (self.trainer.slow(), intents.to_encode(text))
            && let Ok(embedding) = slow.embed(&words).await
        {
            return intents.rank_encoded(text, locale, &embedding);
        }
        intents.rank(text, locale)
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
        let sites = self.sites.read().unwrap_or_else(PoisonError::into_inner);
        let trouble = self.trouble.read().unwrap_or_else(PoisonError::into_inner);
        Status {
            loaded: self.config.sites.iter().all(|site| sites.contains_key(&site.id)),
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
        let result = self.build().and_then(|(trained, failed)| {
            if failed.is_empty() {
                return Ok(trained);
            }
            Err(LoadError::Tests(failed.into_iter().map(|(_, failed)| failed).collect()))
        });
        let mut trouble = self.trouble.write().unwrap_or_else(PoisonError::into_inner);
        match result {
            Ok(trained) => {
                *self.sites.write().unwrap_or_else(PoisonError::into_inner) = trained;
                *trouble = None;
                self.keep_last_good();
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

    /// The intents of all sites as their files are by now, and the tests that fail.
    fn build(&self) -> Result<(Sites, Failed), LoadError> {
        let files = sources::read(self.config.intents.as_deref());
        *self.seen.write().unwrap_or_else(PoisonError::into_inner) =
            files.as_ref().map_or_else(|_| Vec::new(), Clone::clone);
        self.build_from(&files?, self.process.as_ref())
    }

    /// As [`Understand::build`], with the files that were last in service; the `error` of the newest ones where there are none.
    fn build_last_good(&self, error: LoadError) -> Result<(Sites, Failed), LoadError> {
        let folder = self.config.intents.as_deref();
        let Some(files) = folder.and_then(|folder| last_good::read(&self.last_good(), folder)) else {
            return Err(error);
        };
        let Ok(built) = self.build_from(&files, None) else { return Err(error) };
        tracing::error!("the intents are refused; those that were last in service are taken instead:\n{error}");
        *self.trouble.write().unwrap_or_else(PoisonError::into_inner) = Some(refused(&error));
        Ok(built)
    }

    /// Keeps the files that were last read: they are in service from now on.
    fn keep_last_good(&self) {
        let Some(folder) = &self.config.intents else { return };
        let seen = self.seen.read().unwrap_or_else(PoisonError::into_inner);
        if let Err(error) = last_good::keep(&self.last_good(), folder, &seen) {
            tracing::debug!("{}: {error}; a start with broken intents has nothing to take", self.last_good().display());
        }
    }

    fn last_good(&self) -> PathBuf {
        self.trainer.folder().join("last-good.json")
    }

    fn build_from(
        &self,
        files: &[SourceFile],
        process: Option<&TrainingProcess>,
    ) -> Result<(Sites, Failed), LoadError> {
        let own = |site: &Site| sources::of_site(files, &site.id, &self.config.sites);
        let intents = |site: &Site| sidedoor_dialogue::parse(&own(site)).map_err(LoadError::Faults);
        let sites: Vec<_> =
            self.config.sites.iter().map(|site| Ok((site, intents(site)?))).collect::<Result<_, LoadError>>()?;
        if let Some(process) = process
            && !sites.iter().all(|(site, intents)| SiteIntents::is_kept(site, intents, &self.trainer))
        {
            process.run().map_err(|killed| LoadError::Untrainable(killed.to_string()))?;
        }
        let mut trained = BTreeMap::new();
        for (site, intents) in sites {
            let site_intents = SiteIntents::learn(site, intents, &self.trainer);
            let site_intents = site_intents.map_err(|error| error.among(&own(site)))?;
            trained.insert(site.id.clone(), Arc::new(site_intents));
        }
        let failed_of = |intents: &Arc<SiteIntents>| {
            let site = intents.site().to_owned();
            self.failed_tests(intents).into_iter().map(move |failed| (site.clone(), failed))
        };
        let failed = trained.values().flat_map(failed_of).collect();
        self.trainer.forget_unused();
        Ok((trained, failed))
    }

    /// The tests that fail; those that are known to pass are not tried again.
    fn failed_tests(&self, intents: &SiteIntents) -> Vec<FailedTest> {
        let key = intents.tests_key();
        if self.trainer.has_passed(&key) {
            return Vec::new();
        }
        let failed = intents.failed_tests();
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
