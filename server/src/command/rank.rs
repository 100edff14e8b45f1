//! `sidedoor rank`: the matcher alone, for measuring it.

use std::fs::File;
use std::io::{BufReader, stdin, stdout};
use std::path::Path;
use std::sync::Arc;

use sidedoor_matcher::{Encoder, Options, StaticEncoder, serve_lines};

use super::{EncoderName, Failure, Outcome};

pub(super) fn rank(encoder: EncoderName, file: &Path) -> Outcome {
    let examples =
        File::open(file).map_err(|error| Failure::new(format!("{} cannot be read: {error}", file.display())))?;
    let encoder: Arc<dyn Encoder> = match encoder {
        EncoderName::Static => Arc::new(StaticEncoder::built_in()?),
        EncoderName::Bert => bert()?,
    };
    let options = Options::default();
    Ok(serve_lines(BufReader::new(examples), stdin().lock(), stdout().lock(), Some(encoder), &options, &mut |_| {})?)
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
