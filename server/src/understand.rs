//! Understands messages: the intents and the matcher of each site, reloaded when their files change.

mod failed_test;
mod language_matcher;
mod last_good;
mod load_error;
mod registry;
mod reload;
mod sentences;
mod site_intents;
mod sources;
mod trainer;
mod training_process;
mod training_set;

pub use failed_test::FailedTest;
pub use load_error::LoadError;
pub use registry::{Status, Understand};
pub use reload::watch;
pub use site_intents::{SiteIntents, Trained, profile};
pub use sources::{built_in, files_of};
pub use trainer::Trainer;
pub use training_process::TrainingProcess;
