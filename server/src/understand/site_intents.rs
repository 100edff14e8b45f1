//! What one site understands: its intents, and a matcher for each language they are written in.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};
use sidedoor_dialogue::{Hours, Intents, Profile, Ranking, SourceFile, TestCase};
use sidedoor_matcher::{Explanation, Matcher};

use super::details::without_details;
use super::failed_test::FailedTest;
use super::language_matcher::LanguageMatcher;
use super::load_error::LoadError;
use super::ranker::{self, Ranker};
use super::trainer::Trainer;
use super::training_set::TrainingSet;
use crate::config::Site;

/// A site's intents with all that is needed to understand a message.
pub struct SiteIntents {
    site: String,
    /// What is answered.
    pub intents: Intents,
    /// What the dialogue knows of the site.
    pub profile: Profile,
    languages: BTreeMap<String, LanguageMatcher>,
}

/// A matcher and its language.
pub struct Trained<'a> {
    /// A BCP 47 tag.
    pub locale: &'a str,
    /// Trained on the examples of that language.
    pub matcher: &'a Matcher,
}

impl SiteIntents {
    /// Parses a site's files and trains a matcher for each language. Blocking.
    ///
    /// # Errors
    /// Faults in the files, or examples that cannot be learnt from.
    pub fn build(site: &Site, files: &[SourceFile], trainer: &Trainer) -> Result<Self, LoadError> {
        let intents = sidedoor_dialogue::parse(files).map_err(LoadError::Faults)?;
        Self::learn(site, intents, trainer).map_err(|error| error.among(files))
    }

    /// Trains a matcher for each language of these intents. Blocking.
    ///
    /// # Errors
    /// Examples that cannot be learnt from.
    pub(super) fn learn(site: &Site, intents: Intents, trainer: &Trainer) -> Result<Self, LoadError> {
        // Each in a thread of its own: a start waits for the slowest only.
        let languages = std::thread::scope(|scope| {
            let learning: Vec<_> = intents
                .locales()
                .into_iter()
                .map(|tag| {
                    (
                        tag.to_owned(),
                        scope.spawn(|| LanguageMatcher::learn(&TrainingSet::of(site, &intents, tag), trainer)),
                    )
                })
                .collect();
            learning
                .into_iter()
                .map(|(tag, thread)| {
                    let learnt = thread.join().map_err(|_| "training broke".to_owned());
                    let learnt = learnt.and_then(|learnt| learnt.map_err(|error| error.to_string()));
                    let untrainable =
                        |why| LoadError::Untrainable(format!("site \"{}\", language {tag}: {why}", site.id));
                    Ok((tag.clone(), learnt.map_err(untrainable)?))
                })
                .collect::<Result<BTreeMap<_, _>, LoadError>>()
        })?;
        Ok(Self { site: site.id.clone(), intents, profile: profile(site), languages })
    }

    /// Whether all that [`SiteIntents::learn`] would train is kept.
    pub(super) fn is_kept(site: &Site, intents: &Intents, trainer: &Trainer) -> bool {
        intents.locales().into_iter().all(|tag| {
            let TrainingSet { examples, options } = TrainingSet::of(site, intents, tag);
            trainer.keeps(&examples, &options)
        })
    }

    /// The site's id.
    #[must_use]
    pub fn site(&self) -> &str {
        &self.site
    }

    /// Its matchers, by language.
    pub fn trained(&self) -> impl Iterator<Item = Trained<'_>> {
        self.languages.iter().map(|(locale, language)| Trained {
            locale,
            matcher: language.thorough.as_ref().unwrap_or(&language.quick),
        })
    }

    /// Why `text` is understood as it is, by the matcher of this language: the whole, or the part that decides.
    #[must_use]
    pub fn explain(&self, text: &str, tag: &str) -> Option<Explanation> {
        let matcher = self.trained().find(|trained| trained.locale == tag)?.matcher;
        let whole = self.neutral(text);
        let mut explanations = vec![matcher.explain(&whole)];
        if !explanations[0].ranking.in_scope {
            let parts = self.rank(text, tag).parts;
            explanations.extend(parts.iter().filter(|part| !part.denied).map(|part| matcher.explain(&part.text)));
        }
        let decisive = explanations.iter().position(|explanation| explanation.ranking.in_scope).unwrap_or(0);
        Some(explanations.swap_remove(decisive))
    }

    /// What of a message is ranked: neither details nor the items that it names.
    fn neutral(&self, text: &str) -> String {
        let without_items = sidedoor_dialogue::without_items(&self.intents, text);
        without_details(without_items.as_deref().unwrap_or(text))
    }

    /// The text that [`SiteIntents::rank_encoded`] wants the embedding of, where a slow encoder serves any language.
    #[must_use]
    pub fn to_encode(&self, text: &str) -> Option<String> {
        let thorough = self.languages.values().find_map(|language| language.thorough.as_ref())?;
        let whole = self.neutral(text);
        Some(thorough.corrected(&whole).unwrap_or(whole))
    }

    /// How `text` is understood by a visitor of this locale, with the built-in encoder alone.
    #[must_use]
    pub fn rank(&self, text: &str, visitor: &str) -> Ranking {
        self.rank_with(text, visitor, &|_, _| None)
    }

    /// As [`SiteIntents::rank`], with the slow encoder's embedding of the text that [`SiteIntents::to_encode`] gave.
    #[must_use]
    pub fn rank_encoded(&self, text: &str, visitor: &str, embedding: &[f32]) -> Ranking {
        self.rank_with(text, visitor, &|tag, whole| {
            let thorough = self.languages.get(tag)?.thorough.as_ref()?;
            Some(thorough.rank_encoded(whole, embedding))
        })
    }

    fn rank_with(
        &self,
        text: &str,
        visitor: &str,
        thorough: &dyn Fn(&str, &str) -> Option<sidedoor_matcher::Ranking>,
    ) -> Ranking {
        let whole = self.neutral(text);
        if whole.trim().is_empty() {
            return Ranking::default();
        }
        let languages: Vec<_> = self.languages.iter().map(|(tag, language)| (tag.as_str(), &language.quick)).collect();
        let own = ranker::best_served(&languages, visitor, &self.profile.locale);
        let thorough = |tag: &str| thorough(tag, &whole);
        Ranker { languages: &languages, own, thorough: &thorough }.rank(&whole)
    }

    /// The intents' own tests that fail.
    #[must_use]
    pub fn failed_tests(&self) -> Vec<FailedTest> {
        self.intents.tests().iter().filter_map(|test| self.failure(test)).collect()
    }

    /// A name for all that the outcome of the tests depends on: 64 hexadecimal digits.
    pub(super) fn tests_key(&self) -> String {
        let mut hasher = Sha256::new();
        let mut add = |part: &str| {
            hasher.update(part);
            hasher.update([0]);
        };
        add(env!("CARGO_PKG_VERSION"));
        add(&ranker::VERSION.to_string());
        add(&self.profile.locale);
        for (tag, language) in &self.languages {
            add(tag);
            add(&language.key);
        }
        // The names of items are left out of what is ranked.
        add(&format!("{:?}", self.intents.items()));
        for test in self.intents.tests() {
            add(&format!("{test:?}"));
        }
        hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }

    fn failure(&self, test: &TestCase) -> Option<FailedTest> {
        let ranking = self.rank(&test.say, &test.locale);
        let best = ranking.candidates.first();
        let got = match best {
            Some(best) if ranking.in_scope => best.intent.as_str(),
            _ => "none",
        };
        (got != test.intent).then(|| FailedTest {
            test: test.clone(),
            got: got.to_owned(),
            score: best.map_or(0.0, |best| best.score),
            threshold: ranking.threshold,
        })
    }
}

/// What the dialogue needs to know of a site.
#[must_use]
pub fn profile(site: &Site) -> Profile {
    let mut profile = Profile::new(&site.name, &site.locale);
    if site.region.is_some() {
        profile.region.clone_from(&site.region);
    }
    profile.hours = site.hours.as_ref().and_then(|hours| Hours::parse(hours).ok());
    profile.greeting = site.greeting.as_ref().map(|words| words.in_locale(&site.locale, &site.locale).to_owned());
    profile.high_value = u8::try_from(site.high_value).ok();
    profile.value.clone_from(&site.value);
    profile
}
