//! `sidedoor check`: names every fault in the configuration and the intents, and runs the intents' own tests.

use std::path::Path;

use sidedoor::config::{Config, Site};
use sidedoor::desk::suggestions;
use sidedoor::understand::{self, LoadError, SiteIntents, Trainer};
use sidedoor_matcher::{FEW_EXAMPLES, Report};

use super::output::say;
use super::{Failure, Outcome, load_config};

/// So many of an intent's examples, at least, and such a share of them, must look like one other intent to be worth a word: a short
/// example ("great job") always looks like something.
const FEWEST_COLLISIONS: usize = 3;
const COLLIDING: f32 = 0.25;
/// An example that scores so high for another intent, and so low for its own, stands in the wrong place.
const MISPLACED: f32 = 0.9;
const STRANGE: f32 = 0.2;
/// What marks a reply of the starter pack that a business is to put into its own words.
const TO_EDIT: &str = "# EDIT";
/// More warnings than this of one kind and language help nobody.
const MOST_WARNINGS: usize = 15;

pub(super) fn check(path: Option<&Path>) -> Outcome {
    let loaded = load_config(path)?;
    match &loaded.file {
        Some(file) => say!("{}: {} site(s), no fault", file.display(), loaded.config.sites.len()),
        None => say!("no sidedoor.toml: the demo site is checked"),
    }
    let trainer = Trainer::new(&loaded.config);
    let mut faults = 0;
    for site in &loaded.config.sites {
        faults += check_site(&loaded.config, site, &trainer)?;
    }
    match faults {
        0 => Ok(()),
        1 => Err(Failure::new("1 fault")),
        more => Err(Failure::new(format!("{more} faults"))),
    }
}

/// How many faults the site has; each is printed.
fn check_site(config: &Config, site: &Site, trainer: &Trainer) -> Result<usize, Failure> {
    let files = understand::files_of(config, site)?;
    let site_intents = match SiteIntents::build(site, &files, trainer) {
        Ok(site_intents) => site_intents,
        Err(LoadError::Faults(faults)) => {
            for fault in &faults {
                say!("{fault}");
            }
            return Ok(faults.len());
        }
        Err(other) => return Err(other.into()),
    };
    for warning in site_intents.intents.warnings() {
        say!("warning: {warning}");
    }
    for trained in site_intents.trained() {
        let place = format!("warning: {} ({})", site.id, trained.locale);
        let warnings = warnings(&trained.matcher.report());
        for warning in warnings.iter().take(MOST_WARNINGS) {
            say!("{place}: {warning}");
        }
        if warnings.len() > MOST_WARNINGS {
            say!("{place}: … and {} more; `sidedoor intents report` shows all", warnings.len() - MOST_WARNINGS);
        }
    }
    let misspelt: Vec<_> = suggestions::misspelt(site, &site_intents.intents).collect();
    for name in &misspelt {
        say!(
            "site \"{}\": \"suggestions\": no intent is called \"{name}\"; correct it, or write words to be sent",
            site.id
        );
    }
    let to_edit: usize = files.iter().map(|file| file.text.matches(TO_EDIT).count()).sum();
    if to_edit > 0 {
        say!("site \"{}\": {to_edit} replies are the starter pack's still; look for \"EDIT\" in the intents", site.id);
    }
    let failed = site_intents.failed_tests();
    for test in &failed {
        say!("{test}");
    }
    say!(
        "site \"{}\": {} intents, {} tests, {} failed",
        site.id,
        site_intents.intents.len(),
        site_intents.intents.tests().len(),
        failed.len()
    );
    Ok(failed.len() + misspelt.len())
}

/// What is worth a second look in the examples, the worst first.
fn warnings(report: &Report) -> Vec<String> {
    let duplicates = report.near_duplicates.iter().map(|pair| {
        let ((first, a), (second, b)) = (&pair.first, &pair.second);
        format!("\"{first}\" ({a}) and \"{second}\" ({b}) cannot be told apart; keep one of them")
    });
    let few =
        report.intents.iter().filter(|intent| intent.few).map(|intent| {
            format!("{} has only {} examples; write {FEW_EXAMPLES} or more", intent.intent, intent.examples)
        });
    let collisions = report.intents.iter().filter_map(|intent| {
        let (other, count) =
            intent.given_to.iter().filter(|(to, _)| **to != intent.intent).max_by_key(|(_, count)| **count)?;
        let is_many = *count >= FEWEST_COLLISIONS && *count as f32 >= intent.examples as f32 * COLLIDING;
        is_many.then(|| {
            format!(
                "{count} of {}'s {} examples look like {other}; move them, merge the two, or add examples that differ",
                intent.intent, intent.examples
            )
        })
    });
    let misplaced = report.examples.iter().filter(|example| example.score >= MISPLACED && example.own_score < STRANGE);
    let misplaced = misplaced.filter(|example| example.guess != example.intent).map(|example| {
        format!(
            "\"{}\" is an example of {}, but all speaks for {}; move it",
            example.text, example.intent, example.guess
        )
    });
    duplicates.chain(few).chain(collisions).chain(misplaced).collect()
}
