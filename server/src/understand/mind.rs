//! What one site understands: its intents, and a matcher for each language they are written in.

use std::collections::BTreeMap;
use std::fmt;

use sha2::{Digest, Sha256};
use sidedoor_dialogue::{Candidate, Hours, Intents, Profile, Ranking, SourceFile, TestCase, locale};
use sidedoor_matcher::{Example, Explanation, Matcher, Options, TrainError};

use super::{LoadError, Trainer, reading};
use crate::config::Site;

/// The language that both encoders were trained on.
const ENCODERS_LANGUAGE: &str = "en";

/// A site's intents with all that is needed to understand a message.
pub struct Mind {
    site: String,
    /// What is answered.
    pub intents: Intents,
    /// What the dialogue knows of the site.
    pub profile: Profile,
    tongues: BTreeMap<String, Tongue>,
}

/// What one language's matchers learn from.
struct Lesson {
    examples: Vec<Example>,
    options: Options,
}

/// One language's matchers.
struct Tongue {
    /// A name for all that its rankings depend on.
    key: String,
    quick: Matcher,
    thorough: Option<Matcher>,
}

/// A matcher and its language.
pub struct Trained<'a> {
    /// A BCP 47 tag.
    pub locale: &'a str,
    /// Trained on the examples of that language.
    pub matcher: &'a Matcher,
}

/// A `[[test]]` that is understood as something else.
#[derive(Clone, Debug, PartialEq)]
pub struct FailedTest {
    /// The test.
    pub test: TestCase,
    /// What it was understood as; `none` for out of scope.
    pub got: String,
    /// The best score.
    pub score: f32,
    /// The score from which a message is answered.
    pub threshold: f32,
}

impl fmt::Display for FailedTest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { test, got, score, threshold } = self;
        write!(
            f,
            "{}:{}: \"{}\" must be understood as {}, but is as {got} (score {score:.2}, answered from {threshold:.2}); \
             add an example like it to {}, or correct the test",
            test.file,
            test.line,
            test.say,
            test.intent,
            if test.intent == "none" { "no intent (take away what resembles it)" } else { &test.intent },
        )
    }
}

impl Mind {
    /// Parses a site's files and trains a matcher for each language. Blocking.
    ///
    /// # Errors
    /// Faults in the files, or examples that cannot be learnt from.
    pub fn build(site: &Site, files: &[SourceFile], trainer: &Trainer) -> Result<Self, LoadError> {
        Self::learn(site, sidedoor_dialogue::parse(files).map_err(LoadError::Faults)?, trainer)
    }

    /// Trains a matcher for each language of these intents. Blocking.
    ///
    /// # Errors
    /// Examples that cannot be learnt from.
    pub(super) fn learn(site: &Site, intents: Intents, trainer: &Trainer) -> Result<Self, LoadError> {
        // Each in a thread of its own: a start waits for the slowest only.
        let tongues = std::thread::scope(|scope| {
            let learning: Vec<_> = intents
                .locales()
                .into_iter()
                .map(|tag| (tag.to_owned(), scope.spawn(|| Tongue::learn(&Lesson::of(site, &intents, tag), trainer))))
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
        Ok(Self { site: site.id.clone(), intents, profile: profile(site), tongues })
    }

    /// Whether all that [`Mind::learn`] would train is kept.
    pub(super) fn is_kept(site: &Site, intents: &Intents, trainer: &Trainer) -> bool {
        intents.locales().into_iter().all(|tag| {
            let Lesson { examples, options } = Lesson::of(site, intents, tag);
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
        self.tongues
            .iter()
            .map(|(locale, tongue)| Trained { locale, matcher: tongue.thorough.as_ref().unwrap_or(&tongue.quick) })
    }

    /// Why `text` is understood as it is, by the matcher of this language: the whole, or the sentence that decides.
    #[must_use]
    pub fn explain(&self, text: &str, tag: &str) -> Option<Explanation> {
        let matcher = self.trained().find(|trained| trained.locale == tag)?.matcher;
        let whole = reading::without_details(text);
        let mut explanations = vec![matcher.explain(&whole)];
        if !explanations[0].ranking.in_scope {
            explanations.extend(reading::sentences(&whole).into_iter().map(|sentence| matcher.explain(sentence)));
        }
        let decisive = explanations.iter().position(|explanation| explanation.ranking.in_scope).unwrap_or(0);
        Some(explanations.swap_remove(decisive))
    }

    /// The text that [`Mind::rank_encoded`] wants the embedding of, where a slow encoder serves any language.
    #[must_use]
    pub fn to_encode(&self, text: &str) -> Option<String> {
        let thorough = self.tongues.values().find_map(|tongue| tongue.thorough.as_ref())?;
        let whole = reading::without_details(text);
        Some(thorough.corrected(&whole).unwrap_or(whole))
    }

    /// How `text` is understood by a visitor of this locale, with the built-in encoder alone.
    ///
    /// The visitor's own language is asked first. Where it is unsure, those that know as many of the message's words are
    /// asked as well: a browser's setting says less than what is typed. Of a message in several sentences that as a whole
    /// is not understood, the sentence that is understood best counts: people say hello, then ask.
    #[must_use]
    pub fn rank(&self, text: &str, visitor: &str) -> Ranking {
        let whole = reading::without_details(text);
        self.with_sentences(&whole, visitor, self.best(&whole, visitor, |tongue| tongue.quick.rank(&whole)))
    }

    /// As [`Mind::rank`], with the slow encoder's embedding of the text that [`Mind::to_encode`] gave.
    #[must_use]
    pub fn rank_encoded(&self, text: &str, visitor: &str, embedding: &[f32]) -> Ranking {
        let whole = reading::without_details(text);
        let ranking = self.best(&whole, visitor, |tongue| match &tongue.thorough {
            Some(thorough) => thorough.rank_encoded(&whole, embedding),
            None => tongue.quick.rank(&whole),
        });
        self.with_sentences(&whole, visitor, ranking)
    }

    fn with_sentences(&self, text: &str, visitor: &str, whole: Ranking) -> Ranking {
        if whole.in_scope {
            return whole;
        }
        let own = self.tag_for(visitor);
        let understood = reading::sentences(text)
            .into_iter()
            .map(|sentence| self.best(sentence, visitor, |tongue| tongue.quick.rank(sentence)))
            .filter(|ranking| ranking.in_scope);
        surest(understood, own).unwrap_or(whole)
    }

    fn best(&self, text: &str, visitor: &str, rank: impl Fn(&Tongue) -> sidedoor_matcher::Ranking) -> Ranking {
        let own = self.tag_for(visitor);
        let spoken = own.and_then(|tag| self.tongues.get_key_value(tag));
        let in_own = spoken.map(|(tag, tongue)| ranking(tag, rank(tongue)));
        if in_own.as_ref().is_some_and(is_sure) {
            return in_own.unwrap_or_default();
        }
        let known = spoken.map_or(0, |(_, tongue)| tongue.quick.known_words(text));
        let others = self
            .tongues
            .iter()
            .filter(|(tag, tongue)| Some(tag.as_str()) != own && tongue.quick.known_words(text) >= known);
        let in_others = others.map(|(tag, tongue)| ranking(tag, rank(tongue)));
        surest(in_own.into_iter().chain(in_others), own).unwrap_or_default()
    }

    /// The language of the site's that a visitor of this locale is best served in.
    fn tag_for(&self, visitor: &str) -> Option<&str> {
        locale::chain(visitor, &self.profile.locale)
            .find_map(|tag| self.tongues.keys().find(|known| locale::same(known, tag)))
            .map(String::as_str)
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
        add(&self.profile.locale);
        for (tag, tongue) in &self.tongues {
            add(tag);
            add(&tongue.key);
        }
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

/// So far above its threshold, the visitor's own language leaves no doubt, and the others need not be asked.
fn is_sure(ranking: &Ranking) -> bool {
    const SURE: f32 = 0.2;
    ranking.in_scope && ranking.candidates.first().is_some_and(|best| best.score - ranking.threshold >= SURE)
}

/// The first of the surest.
fn surest(rankings: impl Iterator<Item = Ranking>, own: Option<&str>) -> Option<Ranking> {
    rankings.reduce(|best, next| if sureness(&next, own) > sureness(&best, own) { next } else { best })
}

/// How sure a ranking is, comparable between languages: in scope before out of scope, then the visitor's own
/// language, then the distance from the threshold.
fn sureness(ranking: &Ranking, own: Option<&str>) -> (bool, f32) {
    /// How much surer another language must be than the visitor's own.
    const OWN_LANGUAGE: f32 = 0.15;
    let score = ranking.candidates.first().map_or(f32::MIN, |best| best.score - ranking.threshold);
    let own = own.is_some() && ranking.locale.as_deref() == own;
    (ranking.in_scope, score + if own { OWN_LANGUAGE } else { 0.0 })
}

fn ranking(tag: &str, ranking: sidedoor_matcher::Ranking) -> Ranking {
    Ranking {
        candidates: ranking
            .candidates
            .iter()
            .map(|candidate| Candidate { intent: candidate.intent.to_string(), score: candidate.score })
            .collect(),
        threshold: ranking.threshold,
        in_scope: ranking.in_scope,
        locale: Some(tag.to_owned()),
        parts: Vec::new(),
    }
}

impl Lesson {
    fn of(site: &Site, intents: &Intents, tag: &str) -> Self {
        let examples = intents
            .examples(tag)
            .map(|(text, intent)| Example { text: text.to_owned(), intent: intent.to_owned() })
            .collect();
        let mut options =
            Options { encoder_knows_language: locale::language(tag) == ENCODERS_LANGUAGE, ..Options::default() };
        if let Some(caution) = site.caution {
            options.caution = caution;
        }
        options.intent_caution =
            intents.iter().filter_map(|intent| Some((intent.name.clone(), intent.caution?))).collect();
        Self { examples, options }
    }
}

impl Tongue {
    fn learn(Lesson { examples, options }: &Lesson, trainer: &Trainer) -> Result<Self, TrainError> {
        Ok(Self {
            key: format!("{} {options:?}", trainer.key(examples, options)),
            quick: trainer.quick(examples, options)?,
            thorough: trainer.thorough(examples, options)?,
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
