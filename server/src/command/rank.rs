//! `sidedoor rank`: the matcher alone, for measuring it.

use std::io::{stdin, stdout};
use std::path::Path;
use std::sync::Arc;

use sidedoor::understand;
use sidedoor_matcher::{Encoder, StaticEncoder, serve_lines};

use super::arguments::EncoderName;
use super::{Failure, Outcome};

pub(super) fn rank(encoder: EncoderName, locale: Option<&str>, file: &Path) -> Outcome {
    let examples = std::fs::read_to_string(file)
        .map_err(|error| Failure::new(format!("{} cannot be read: {error}", file.display())))?;
    let encoder: Arc<dyn Encoder> = match encoder {
        EncoderName::Static => Arc::new(StaticEncoder::built_in()?),
        EncoderName::Bert => bert()?,
    };
    // Keys and intents' names are few beside the words of the examples.
    let options = understand::options_for(locale.unwrap_or_else(|| understand::likeliest_language(&examples)));
    Ok(serve_lines(examples.as_bytes(), stdin().lock(), stdout().lock(), Some(encoder), &options, &mut |_| {})?)
}

/// Where `bin/setup-bert` puts the model.
#[cfg(feature = "bert")]
const MODEL: &str = "models/all-MiniLM-L6-v2";

#[cfg(feature = "bert")]
fn bert() -> Result<Arc<dyn Encoder>, Failure> {
    Ok(Arc::new(sidedoor::bert::start(Path::new(MODEL), sidedoor::encode::Limits::default())?))
}

#[cfg(not(feature = "bert"))]
fn bert() -> Result<Arc<dyn Encoder>, Failure> {
    Err(Failure::new("this build has no encoder \"bert\"; see docs/encoders.md"))
}
