//! Understands messages: the intents and the matcher of each site, reloaded when their files change.

mod details;
mod failed_test;
mod language_matcher;
mod last_good;
mod load_error;
mod pieces;
mod ranker;
mod registry;
mod reload;
mod site_intents;
mod sources;
mod trainer;
mod training_process;
mod training_set;
mod words;

pub use details::without_details;
pub use failed_test::FailedTest;
pub use load_error::LoadError;
pub use registry::{Status, Understand};
pub use reload::watch;
pub use site_intents::{SiteIntents, Trained, profile};
pub use sources::{built_in, files_of};
pub use trainer::Trainer;
pub use training_process::TrainingProcess;
pub use training_set::options_for;
pub use words::likeliest_language;
