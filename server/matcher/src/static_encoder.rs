//! The built-in encoder: a table of one small vector per word piece, distilled from all-MiniLM-L6-v2; an embedding is
//! the mean of a text's rows.
//!
//! File layout (little-endian): `SDSE`, `u32` version, `u32` rows, `u32` dimensions, SHA-256 of what follows, `f32`
//! scale per row, `i8` rows. A row's value is its scale times its number; how much a piece counts is in its scale.

use sha2::{Digest, Sha256};

use crate::encoder::{EncodeError, Encoder, Kernel};
use crate::tokenizer::Tokenizer;

const MAGIC: &[u8; 4] = b"SDSE";
const VERSION: u32 = 1;
const HEADER_BYTES: usize = 16 + 32;
/// Later pieces do not count; the transformer, too, was trained on the first 256.
const MAX_PIECES: usize = 256;

static VOCABULARY: &str = include_str!("../data/vocab.txt");
static TABLE: &[u8] = include_bytes!("../data/static-encoder.bin");

/// The table and the tokenizer that finds its rows.
#[derive(Debug)]
pub struct StaticEncoder {
    id: String,
    tokenizer: Tokenizer<'static>,
    dimensions: usize,
    scales: Vec<f32>,
    numbers: &'static [u8],
}

impl StaticEncoder {
    /// The encoder that is part of the program. Its bytes are not compared with their checksum, which would bring all of
    /// them into memory at each start: a test does it, and the program's own file is no more at risk than its code.
    pub fn built_in() -> Result<Self, TableError> {
        Self::read(TABLE, false)
    }

    /// An encoder from another table file's bytes, with a row for each line of the built-in vocabulary.
    pub fn from_table(table: &'static [u8]) -> Result<Self, TableError> {
        Self::read(table, true)
    }

    fn read(table: &'static [u8], compare: bool) -> Result<Self, TableError> {
        let header = table.get(..HEADER_BYTES).ok_or(TableError::CutShort)?;
        let word = |at: usize| u32::from_le_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]]);
        if &header[..4] != MAGIC || word(4) != VERSION {
            return Err(TableError::Unknown);
        }
        let (rows, dimensions) = (word(8) as usize, word(12) as usize);
        let body = &table[HEADER_BYTES..];
        if body.len() != rows * 4 + rows * dimensions {
            return Err(TableError::CutShort);
        }
        let digest = &header[16..HEADER_BYTES];
        if compare && Sha256::digest(body)[..] != *digest {
            return Err(TableError::Altered);
        }
        if VOCABULARY.lines().count() != rows {
            return Err(TableError::OtherVocabulary { rows });
        }
        let (scales, numbers) = body.split_at(rows * 4);
        let scales = scales.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect();
        let id = format!("static-{:02x}{:02x}{:02x}{:02x}", digest[0], digest[1], digest[2], digest[3]);
        Ok(Self { id, tokenizer: Tokenizer::new(VOCABULARY), dimensions, scales, numbers })
    }

    /// The embedding of one text, of length 1, or 0 where no piece of it has a row.
    pub fn encode_one(&self, text: &str) -> Vec<f32> {
        let mut sum = vec![0.0f32; self.dimensions];
        for &piece in self.tokenizer.tokenize(text).iter().take(MAX_PIECES) {
            let piece = piece as usize;
            let scale = self.scales[piece];
            let row = &self.numbers[piece * self.dimensions..(piece + 1) * self.dimensions];
            for (sum, &number) in sum.iter_mut().zip(row) {
                *sum += scale * f32::from(number as i8);
            }
        }
        let length = sum.iter().map(|x| x * x).sum::<f32>().sqrt();
        if length > 0.0 {
            sum.iter_mut().for_each(|x| *x /= length);
        }
        sum
    }
}

impl Encoder for StaticEncoder {
    fn id(&self) -> &str {
        &self.id
    }

    fn dimensions(&self) -> usize {
        self.dimensions
    }

    fn encode(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>, EncodeError> {
        Ok(texts.iter().map(|text| self.encode_one(text)).collect())
    }

    fn kernel(&self) -> Kernel {
        Kernel::STATIC
    }
}

/// Why a table cannot be used.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum TableError {
    /// Fewer bytes than the header promises.
    #[error("the encoder table is cut short; build it again with `--example distill` or restore the file")]
    CutShort,
    /// The bytes do not match their checksum.
    #[error(
        "the encoder table was altered (its checksum differs); build it again with `--example distill` or restore the file"
    )]
    Altered,
    /// Another kind of file, or a version this program does not know.
    #[error("not an encoder table of version {VERSION}; build it with `--example distill`")]
    Unknown,
    /// The built-in vocabulary has another number of lines than the table has rows.
    #[error(
        "the encoder table has {rows} rows, the vocabulary another number of lines; build the table again with `--example distill`"
    )]
    OtherVocabulary {
        /// Rows in the table.
        rows: usize,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_table_is_the_one_that_its_checksum_names() {
        let compared = StaticEncoder::from_table(TABLE).map(|encoder| encoder.id);

        assert_eq!(compared, StaticEncoder::built_in().map(|encoder| encoder.id));
        assert!(compared.is_ok());
    }
}
