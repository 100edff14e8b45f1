//! all-MiniLM-L6-v2 by rust-bert: the transformer behind the optional encoder `bert`, and its folder checked before use.
//!
//! rust-bert panics on a missing or unreadable file, and libtorch reads a cut-short one without a word, so the files are
//! read and checked here, and only the network itself is rust-bert's. Text is cut by the matcher's own tokenizer, which is
//! equal to the reference one. The folder comes from `bin/setup-bert`; see `docs/encoders.md`.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use rust_bert::bert::{BertConfig, BertEmbeddings, BertModel};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};
use sidedoor_matcher::{EncodeError, Tokenizer};
use tch::nn::VarStore;
use tch::{Device, Kind, Tensor};

use crate::encode::{EncoderThread, Limits, Model};

/// The published weights, revision 1110a243; `bin/setup-bert` pins the same sum.
const WEIGHTS_SHA256: &str = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db";
const WEIGHTS: &str = "model.safetensors";
/// Beside other weights, their sum as `sha256sum model.safetensors` prints it.
const OTHER_SUM: &str = "model.safetensors.sha256";
/// Word pieces in one forward pass, padding included: bounds its memory.
const PASS_PIECES: usize = 1024;
/// What a pass costs besides its pieces, in pieces: the 42 MB of weights are read once for each. Measured: a lone text
/// of 10 pieces takes 7 ms, of which 0.2 ms a piece.
const PASS_COST_PIECES: usize = 20;

/// Why the model cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BertError {
    /// The folder, or a file of it, is not there.
    #[error("{}: not found; run bin/setup-bert, or point encoder.model at a folder in the sentence-transformers layout", .0.display())]
    Missing(PathBuf),
    /// The weights are cut short, altered, or others than the ones known.
    #[error(
        "{}: its sha256 is {found} and should be {expected}: cut short or altered; run bin/setup-bert to fetch it again \
         (for weights of your own, write their sum to {OTHER_SUM} beside them)", .path.display()
    )]
    Altered {
        /// The weights.
        path: PathBuf,
        /// Their sum.
        found: String,
        /// The sum that was pinned.
        expected: String,
    },
    /// A file of the folder says something that this encoder does not know.
    #[error("{}: {reason}; run bin/setup-bert to fetch it again", .path.display())]
    Unknown {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A file could not be read, or the thread not be started.
    #[error("could not load the encoder's model: {0}")]
    Io(#[from] io::Error),
    /// libtorch refused.
    #[error("libtorch could not load the model: {0}")]
    Torch(#[from] tch::TchError),
}

/// Loads the model of a folder on a thread of its own. Takes about half a second; blocks.
pub fn start(folder: &Path, limits: Limits) -> Result<EncoderThread, BertError> {
    let folder = folder.to_owned();
    EncoderThread::start(limits, move || Bert::load(&folder))
}

/// The transformer. Belongs to the thread that loaded it: libtorch's number of threads is set for that one only.
pub struct Bert {
    id: String,
    network: BertModel<BertEmbeddings>,
    tokenizer: Tokenizer<'static>,
    dimensions: usize,
    max_pieces: usize,
    first: i64,
    last: i64,
    pad: i64,
}

impl Bert {
    /// Reads, checks and loads a folder in the sentence-transformers layout: a BERT with mean pooling.
    pub fn load(folder: &Path) -> Result<Self, BertError> {
        // A second thread on a busy two-core machine made one message take 301 ms instead of 29.
        tch::set_num_threads(1);
        let weights = folder.join(WEIGHTS);
        let config: BertConfig = read_json(&folder.join("config.json"))?;
        let pooling: Pooling = read_json(&folder.join("1_Pooling/config.json"))?;
        let sentence: Sentence = read_json(&folder.join("sentence_bert_config.json"))?;
        let vocabulary = read(&folder.join("vocab.txt"))?;
        let unknown = |file: &str, reason: &str| BertError::Unknown { path: folder.join(file), reason: reason.into() };
        if !pooling.pooling_mode_mean_tokens || pooling.pooling_mode_cls_token {
            return Err(unknown("1_Pooling/config.json", "only mean pooling is known"));
        }
        if vocabulary.lines().count() as i64 != config.vocab_size {
            return Err(unknown("vocab.txt", "its number of lines is not config.json's vocab_size"));
        }
        let number_of = |piece: &str| {
            let number = vocabulary.lines().position(|line| line == piece);
            number.map(|number| number as i64).ok_or_else(|| unknown("vocab.txt", &format!("it has no {piece}")))
        };
        let (first, last, pad) = (number_of("[CLS]")?, number_of("[SEP]")?, number_of("[PAD]")?);
        let sum = check_weights(folder, &weights)?;

        let mut store = VarStore::new(Device::Cpu);
        let network = BertModel::new_with_optional_pooler(store.root(), &config, false);
        store.load(&weights)?;
        store.freeze();
        Ok(Self {
            id: format!("bert-{}", &sum[..8]),
            network,
            // One model is loaded in a process' life; its vocabulary lives as long.
            tokenizer: Tokenizer::new(vocabulary.leak()),
            dimensions: config.hidden_size as usize,
            max_pieces: sentence.max_seq_length.min(config.max_position_embeddings as usize),
            first,
            last,
            pad,
        })
    }

    /// A text's pieces as the model takes them: `[CLS]` … `[SEP]`, cut to what it was trained on.
    #[must_use]
    pub fn pieces(&self, text: &str) -> Vec<i64> {
        let pieces = self.tokenizer.tokenize(text);
        let inner = pieces.into_iter().take(self.max_pieces.saturating_sub(2)).map(i64::from);
        std::iter::once(self.first).chain(inner).chain([self.last]).collect()
    }

    /// One piece of the vocabulary as a text of its own.
    #[must_use]
    pub fn framed(&self, piece: i64) -> Vec<i64> {
        vec![self.first, piece, self.last]
    }

    /// The mean of the last layer over each row's pieces, not yet scaled to length 1. Rows may be of different lengths.
    pub fn means(&self, rows: &[Vec<i64>]) -> Result<Vec<Vec<f32>>, EncodeError> {
        self.in_passes(rows, full_passes)
    }

    /// Sends the rows through, shortest first, in passes of as many rows as `split` says for their lengths.
    fn in_passes(
        &self,
        rows: &[Vec<i64>],
        split: impl Fn(&[usize]) -> Vec<usize>,
    ) -> Result<Vec<Vec<f32>>, EncodeError> {
        let mut order: Vec<usize> = (0..rows.len()).collect();
        order.sort_by_key(|&row| rows[row].len());
        let lengths: Vec<usize> = order.iter().map(|&row| rows[row].len()).collect();
        let mut means = vec![Vec::new(); rows.len()];
        let mut rest = order.as_slice();
        for count in split(&lengths) {
            let (pass, later) = rest.split_at(count);
            let chosen: Vec<&[i64]> = pass.iter().map(|&row| rows[row].as_slice()).collect();
            let passed = self.forward(&chosen).map_err(|error| EncodeError(error.to_string()))?;
            for (&row, mean) in pass.iter().zip(passed) {
                means[row] = mean;
            }
            rest = later;
        }
        Ok(means)
    }

    fn forward(&self, rows: &[&[i64]]) -> Result<Vec<Vec<f32>>, rust_bert::RustBertError> {
        let width = rows.iter().map(|row| row.len()).max().unwrap_or(0);
        let mut pieces = Vec::with_capacity(rows.len() * width);
        let mut mask = Vec::with_capacity(rows.len() * width);
        for row in rows {
            let padding = width - row.len();
            pieces.extend(row.iter().copied().chain(std::iter::repeat_n(self.pad, padding)));
            mask.extend(std::iter::repeat_n(1i64, row.len()).chain(std::iter::repeat_n(0, padding)));
        }
        let shape = [rows.len() as i64, width as i64];
        let pieces = Tensor::from_slice(&pieces).view(shape);
        let mask = Tensor::from_slice(&mask).view(shape);
        tch::no_grad(|| {
            let output = self.network.forward_t(Some(&pieces), Some(&mask), None, None, None, None, None, false)?;
            let mask = mask.unsqueeze(-1).to_kind(Kind::Float);
            let sums = (output.hidden_state * &mask).sum_dim_intlist([1i64].as_slice(), false, Kind::Float);
            let counts = mask.sum_dim_intlist([1i64].as_slice(), false, Kind::Float);
            Ok(Vec::try_from(sums / counts)?)
        })
    }
}

impl Model for Bert {
    fn id(&self) -> &str {
        &self.id
    }

    fn dimensions(&self) -> usize {
        self.dimensions
    }

    fn encode(&mut self, texts: &[&str]) -> Result<Vec<Vec<f32>>, EncodeError> {
        let rows: Vec<Vec<i64>> = texts.iter().map(|text| self.pieces(text)).collect();
        let mut means = self.in_passes(&rows, cheapest_passes)?;
        for mean in &mut means {
            let length = mean.iter().map(|x| x * x).sum::<f32>().sqrt().max(f32::MIN_POSITIVE);
            mean.iter_mut().for_each(|x| *x /= length);
        }
        Ok(means)
    }
}

/// Passes as full as they may be: for rows that are nearly of one length. Takes rising lengths, gives rows a pass.
fn full_passes(lengths: &[usize]) -> Vec<usize> {
    let mut passes = Vec::new();
    let mut rest = lengths;
    while !rest.is_empty() {
        // A pass is as wide as its last row.
        let fits = (1..=rest.len()).take_while(|&count| count * rest[count - 1] <= PASS_PIECES);
        let count = fits.last().unwrap_or(1);
        passes.push(count);
        rest = &rest[count..];
    }
    passes
}

/// The passes that cost least: each costs its padded pieces and the reading of the weights. Takes rising lengths, gives
/// rows a pass. By dynamic programming over where the last pass begins.
fn cheapest_passes(lengths: &[usize]) -> Vec<usize> {
    // The cost of the first `n` rows, and how many of them are in the last pass.
    let mut best = vec![(0, 0)];
    for end in 1..=lengths.len() {
        let cost = |count: usize| {
            let (before, _) = best[end - count];
            (before + PASS_COST_PIECES + count * lengths[end - 1], count)
        };
        let cheapest = (1..=end)
            .take_while(|&count| count == 1 || count * lengths[end - 1] <= PASS_PIECES)
            .map(cost)
            .min()
            .unwrap_or_else(|| cost(1));
        best.push(cheapest);
    }
    let mut passes = Vec::new();
    let mut end = lengths.len();
    while end > 0 {
        let (_, count) = best[end];
        passes.push(count);
        end -= count;
    }
    passes.reverse();
    passes
}

#[derive(Deserialize)]
struct Pooling {
    pooling_mode_mean_tokens: bool,
    pooling_mode_cls_token: bool,
}

#[derive(Deserialize)]
struct Sentence {
    max_seq_length: usize,
}

/// The weights' sum, in hexadecimal, once it is the one expected.
fn check_weights(folder: &Path, weights: &Path) -> Result<String, BertError> {
    let expected = match fs::read_to_string(folder.join(OTHER_SUM)) {
        Ok(line) => line.split_whitespace().next().unwrap_or_default().to_lowercase(),
        Err(_) => WEIGHTS_SHA256.to_owned(),
    };
    let mut file = File::open(weights).map_err(|error| because(error, weights))?;
    let mut hasher = Sha256::new();
    let mut chunk = vec![0; 1 << 16];
    loop {
        let read = file.read(&mut chunk)?;
        if read == 0 {
            break;
        }
        hasher.update(&chunk[..read]);
    }
    let found = hasher.finalize().iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    });
    if found == expected { Ok(found) } else { Err(BertError::Altered { path: weights.to_owned(), found, expected }) }
}

fn read(path: &Path) -> Result<String, BertError> {
    fs::read_to_string(path).map_err(|error| because(error, path))
}

fn read_json<T: DeserializeOwned>(path: &Path) -> Result<T, BertError> {
    serde_json::from_str(&read(path)?)
        .map_err(|error| BertError::Unknown { path: path.to_owned(), reason: format!("cannot be read ({error})") })
}

fn because(error: io::Error, path: &Path) -> BertError {
    match error.kind() {
        io::ErrorKind::NotFound => BertError::Missing(path.to_owned()),
        kind => BertError::Io(io::Error::new(kind, format!("{}: {error}", path.display()))),
    }
}

#[cfg(test)]
mod tests;
