//! What turns texts into sentence embeddings: the seam between the matcher and a language model.

use serde::{Deserialize, Serialize};

/// A sentence encoder. The built-in one is [`StaticEncoder`](crate::StaticEncoder); the server adds a transformer.
pub trait Encoder: Send + Sync {
    /// Names the model and its version; a training cache made with another `id` is not used.
    fn id(&self) -> &str;

    /// Numbers in one embedding.
    fn dimensions(&self) -> usize;

    /// One row per text, each of length 1 (or 0 for a text in which the model sees nothing).
    fn encode(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>, EncodeError>;

    /// The kernel that suits this encoder's similarities.
    fn kernel(&self) -> Kernel {
        Kernel::TRANSFORMER
    }
}

/// How two texts' likeness is measured: `exp(sharpness·(eₐ·e_b − 1)) + words·sₐ·s_b`, and how much noise training expects.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Kernel {
    /// How fast likeness falls as two embeddings turn away from each other.
    pub sharpness: f32,
    /// Weight of the TF-IDF part.
    pub words: f32,
    /// The ridge λ: how far an example may be missed for the sake of the others.
    pub ridge: f32,
    /// How many sentences from elsewhere are taught as belonging to no intent. They cost an encoding each.
    pub elsewhere: usize,
}

impl Kernel {
    /// For embeddings of a transformer; chosen on validation data (docs/understanding.md).
    pub const TRANSFORMER: Self = Self { sharpness: 4.0, words: 0.2, ridge: 0.1, elsewhere: 100 };
    /// For the static table, whose embeddings say less than a transformer's, so that words count for more.
    pub const STATIC: Self = Self { sharpness: 3.0, words: 0.3, ridge: 0.1, elsewhere: 400 };
}

/// Why a text could not be encoded.
#[derive(Debug, thiserror::Error)]
#[error("the encoder failed: {0}")]
pub struct EncodeError(pub String);
