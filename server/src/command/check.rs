//! `sidedoor check`: names every fault in the configuration and the intents, and runs the intents' own tests.

use std::path::Path;

use sidedoor::chat::suggestions;
use sidedoor::config::{Config, Site};
use sidedoor::understand::{self, LoadError, SiteIntents, Trainer};
use sidedoor_matcher::{FEW_EXAMPLES, Report};

use super::{Failure, Outcome, load_config};

/// More warnings than this of one kind and language help nobody.
const MOST_WARNINGS: usize = 15;

pub(super) fn check(path: Option<&Path>) -> Outcome {
    let loaded = load_config(path)?;
    match &loaded.file {
        Some(file) => println!("{}: {} site(s), no fault", file.display(), loaded.config.sites.len()),
        None => println!("no sidedoor.toml: the demo site is checked"),
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
                println!("{fault}");
            }
            return Ok(faults.len());
        }
        Err(other) => return Err(other.into()),
    };
    for warning in site_intents.intents.warnings() {
        println!("warning: {warning}");
    }
    for trained in site_intents.trained() {
        let place = format!("warning: {} ({})", site.id, trained.locale);
        let warnings = warnings(&trained.matcher.report());
        for warning in warnings.iter().take(MOST_WARNINGS) {
            println!("{place}: {warning}");
        }
        if warnings.len() > MOST_WARNINGS {
            println!("{place}: … and {} more; `sidedoor intents report` shows all", warnings.len() - MOST_WARNINGS);
        }
    }
    let misspelt: Vec<_> = suggestions::misspelt(site, &site_intents.intents).collect();
    for name in &misspelt {
        println!(
            "site \"{}\": \"suggestions\": no intent is called \"{name}\"; correct it, or write words to be sent",
            site.id
        );
    }
    let failed = site_intents.failed_tests();
    for test in &failed {
        println!("{test}");
    }
    println!(
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
    let mut collisions: Vec<_> = report.examples.iter().filter(|example| example.guess != example.intent).collect();
    collisions.sort_by(|a, b| (b.score - b.own_score).total_cmp(&(a.score - a.own_score)));
    let collisions = collisions.into_iter().map(|example| {
        format!(
            "\"{}\" is an example of {}, but the others speak for {}; move it, or add examples like it",
            example.text, example.intent, example.guess
        )
    });
    duplicates.chain(few).chain(collisions).collect()
}
