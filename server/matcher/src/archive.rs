//! A trained matcher as bytes, so that a restart need not train again.
//!
//! Layout: `SDMA`, `u32` version (little-endian), SHA-256 of what follows, then the body in postcard's encoding. What
//! trains in microseconds (the speller) or depends on a knob (the thresholds) is made anew on reading.

use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::encoder::Encoder;
use crate::learnt::Learnt;
use crate::matcher::{Matcher, Options};
use crate::train::Example;

const MAGIC: &[u8; 4] = b"SDMA";
/// Raised whenever training or this layout changes, so that an old cache is not mistaken for a new one.
const VERSION: u32 = 6;
const HEADER_BYTES: usize = 4 + 4 + 32;

/// A name for everything that training depends on: 64 hexadecimal digits, the same for the same examples, encoder and
/// version of this crate.
pub fn training_key(examples: &[Example], encoder_id: Option<&str>, options: &Options) -> String {
    let mut hasher = Sha256::new();
    let mut add = |part: &str| {
        hasher.update((part.len() as u64).to_le_bytes());
        hasher.update(part);
    };
    add(&format!("{VERSION} {}", options.encoder_knows_language));
    add(encoder_id.unwrap_or_default());
    for example in examples {
        add(&example.intent);
        add(&example.text);
    }
    hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Matcher {
    /// The matcher as bytes, for a cache file.
    pub fn to_bytes(&self) -> Vec<u8> {
        let body = postcard::to_stdvec(&self.learnt).expect("vectors and strings always serialise");
        let mut bytes = Vec::with_capacity(HEADER_BYTES + body.len());
        bytes.extend_from_slice(MAGIC);
        bytes.extend_from_slice(&VERSION.to_le_bytes());
        bytes.extend_from_slice(&Sha256::digest(&body));
        bytes.extend_from_slice(&body);
        bytes
    }

    /// Reads what [`Matcher::to_bytes`] wrote. `encoder` must be the one it was trained with, `options` may have other
    /// caution; on any error, train again.
    pub fn from_bytes(
        bytes: &[u8],
        encoder: Option<Arc<dyn Encoder>>,
        options: &Options,
    ) -> Result<Matcher, ArchiveError> {
        let header = bytes.get(..HEADER_BYTES).ok_or(ArchiveError::CutShort)?;
        if &header[..4] != MAGIC || header[4..8] != VERSION.to_le_bytes() {
            return Err(ArchiveError::Unknown);
        }
        let body = &bytes[HEADER_BYTES..];
        if header[8..] != Sha256::digest(body)[..] {
            return Err(ArchiveError::Altered);
        }
        let learnt: Learnt = postcard::from_bytes(body).map_err(|_| ArchiveError::Altered)?;
        let given = encoder.as_deref().map(|encoder| encoder.id().to_owned());
        if learnt.encoder != given || learnt.encoder_knows_language != options.encoder_knows_language {
            return Err(ArchiveError::OtherEncoder { trained: learnt.encoder, given });
        }
        Ok(Matcher::new(learnt, encoder, options))
    }
}

/// Why a cache cannot be used.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum ArchiveError {
    /// Too few bytes.
    #[error("the training cache is cut short; delete it, it is made again by training")]
    CutShort,
    /// The bytes do not match their checksum.
    #[error("the training cache was altered (its checksum differs); delete it, it is made again by training")]
    Altered,
    /// Another kind of file, or another version of this program wrote it.
    #[error("the training cache was written by another version; delete it, it is made again by training")]
    Unknown,
    /// It was trained with another encoder, or for another language.
    #[error("the training cache was made with the encoder {trained:?}, not {given:?}; train again")]
    OtherEncoder {
        /// The encoder it was trained with.
        trained: Option<String>,
        /// The encoder given now.
        given: Option<String>,
    },
}
