//! Understands messages: text in, intents with scores out. No database, no network, no clock.
//!
//! [`train`] makes a [`Matcher`] of examples; [`Matcher::rank`] says what a message may mean and whether the best guess is
//! good enough to answer. How it works, with formulas and figures: `docs/understanding.md`.

mod archive;
mod calibrate;
mod conjugate;
mod embeddings;
mod encoder;
mod explain;
mod features;
mod learnt;
mod lines;
mod matcher;
mod nystrom;
mod ranking;
mod report;
mod ridge;
mod spell;
mod static_encoder;
pub mod text;
mod tokenizer;
mod train;
mod training_rows;
mod weights;

pub use archive::{ArchiveError, training_key};
pub use encoder::{EncodeError, Encoder, Kernel};
pub use explain::{Explanation, Neighbour};
pub use lines::{LinesError, serve_lines};
pub use matcher::{Matcher, Options};
pub use ranking::{Candidate, Ranking};
pub use report::{ExampleReport, FEW_EXAMPLES, IntentReport, NEAR_DUPLICATE, NearDuplicate, Report};
pub use spell::Correction;
pub use static_encoder::{StaticEncoder, TableError};
pub use tokenizer::Tokenizer;
pub use train::{Example, MOST_EXAMPLES, Progress, Step, TrainError, train};
pub use training_rows::EXACT_ROWS;
