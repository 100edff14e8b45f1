//! Makes the built-in encoder's table from all-MiniLM-L6-v2: `cargo run --release --features bert --example distill`.
//!
//! 1. Each entry of the vocabulary, and each text of the corpus, goes through the transformer once.
//! 2. The 256 directions that hold most of the texts' embeddings are kept of the model's 384.
//! 3. The table is fitted so that the sum of a text's rows comes as close as it can to the text's own embedding
//!    ([`fit`]); how much a piece counts (little for "the", much for "refund") comes out of that by itself.
//! 4. The rows' lengths are drawn together a little ([`fit::flatten`]).
//! 5. A row is kept as one `i8` a number and a scale.
//!
//! One thread, fixed order, no chance: the same kind of machine writes the same bytes again. The idea of a table made
//! from a transformer's own outputs is Model2Vec's; the file's layout is told in `matcher/src/static_encoder.rs`.

mod fit;
mod progress;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::{env, fs};

use faer::{Mat, Side};
use sha2::{Digest, Sha256};
use sidedoor::bert::Bert;

use crate::fit::{DIMENSIONS, Row, Texts};
use crate::progress::Progress;

/// Rows sent to the model between two words of progress.
const STEP_ROWS: usize = 1024;
const MAGIC: &[u8; 4] = b"SDSE";
const VERSION: u32 = 1;

fn main() -> Result<(), Box<dyn Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut paths = env::args_os().skip(1).map(PathBuf::from);
    let table = paths.next().unwrap_or_else(|| root.join("matcher/data/static-encoder.bin"));
    let corpus = paths.next().unwrap_or_else(|| root.join("matcher/data/corpus.txt"));
    let model = paths.next().unwrap_or_else(|| root.join("../models/all-MiniLM-L6-v2"));
    if paths.next().is_some() {
        return Err("usage: distill [TABLE [CORPUS [MODEL]]]".into());
    }

    let bert = Bert::load(&model)?;
    let vocabulary = fs::read_to_string(model.join("vocab.txt"))?;
    let vocabulary: Vec<&str> = vocabulary.lines().collect();
    let kept: Vec<usize> = (0..vocabulary.len()).filter(|&piece| !is_special(vocabulary[piece])).collect();
    let framed: Vec<Vec<i64>> = kept.iter().map(|&piece| bert.framed(piece as i64)).collect();
    let words = embeddings(&bert, "the vocabulary", &framed)?;

    let corpus = fs::read_to_string(&corpus).map_err(|error| format!("{}: {error}", corpus.display()))?;
    let framed: Vec<Vec<i64>> =
        corpus.lines().map(|text| bert.pieces(text)).filter(|pieces| pieces.len() > 2).collect();
    let sentences = embeddings(&bert, "the corpus", &framed)?;

    let axes = principal_axes(&sentences)?;
    let mut start = vec![[0.0; DIMENSIONS]; vocabulary.len()];
    for (&piece, row) in kept.iter().zip(turn(&words, &axes)) {
        start[piece] = row;
    }
    // Without the marks around them, which the static encoder does not add.
    let texts = Texts::new(framed.iter().map(|pieces| &pieces[1..pieces.len() - 1]), vocabulary.len());
    let mut rows = fit::fit(&texts, &turn(&sentences, &axes), start);
    fit::flatten(&mut rows);

    let bytes = encode(&rows);
    fs::write(&table, &bytes)?;
    println!("{}: {} bytes, sha256 {}", table.display(), bytes.len(), hex(&Sha256::digest(&bytes)));
    Ok(())
}

/// Pieces that no text contains: the model's own marks. Their rows stay zero.
fn is_special(piece: &str) -> bool {
    matches!(piece, "[PAD]" | "[UNK]" | "[CLS]" | "[SEP]" | "[MASK]") || piece.starts_with("[unused")
}

/// The model's embeddings, each of length 1.
fn embeddings(bert: &Bert, what: &'static str, framed: &[Vec<i64>]) -> Result<Vec<Vec<f32>>, Box<dyn Error>> {
    let mut progress = Progress::new("through the transformer", what, framed.len());
    let mut rows = Vec::with_capacity(framed.len());
    for step in framed.chunks(STEP_ROWS) {
        for mut row in bert.means(step)? {
            let length = row.iter().map(|x| x * x).sum::<f32>().sqrt();
            row.iter_mut().for_each(|x| *x /= length);
            rows.push(row);
        }
        progress.reached(rows.len());
    }
    Ok(rows)
}

/// The directions in which most of the rows lie, the most important first; one column each. Not centred: what all
/// texts share is part of their likeness.
fn principal_axes(rows: &[Vec<f32>]) -> Result<Mat<f64>, Box<dyn Error>> {
    let columns = rows.first().ok_or("the corpus is empty")?.len();
    let mut squares = Mat::<f64>::zeros(columns, columns);
    for rows in rows.chunks(STEP_ROWS) {
        let rows = Mat::from_fn(rows.len(), columns, |row, column| f64::from(rows[row][column]));
        squares += rows.transpose() * &rows;
    }
    let eigen =
        squares.self_adjoint_eigen(Side::Lower).map_err(|error| format!("the corpus has no main axes: {error:?}"))?;
    let values: Vec<f64> = eigen.S().column_vector().iter().copied().collect();
    let held = values.iter().rev().take(DIMENSIONS).sum::<f64>() / values.iter().sum::<f64>();
    println!("{DIMENSIONS} of {columns} directions hold {:.1} % of the corpus", held * 100.0);
    // Eigenvalues rise, so the last come first. An axis may point either way: its largest number shall be positive.
    Ok(Mat::from_fn(columns, DIMENSIONS, |row, axis| {
        let column = eigen.U().col(columns - 1 - axis);
        let largest = column.iter().copied().fold(0.0f64, |a, b| if b.abs() > a.abs() { b } else { a });
        column[row] * largest.signum()
    }))
}

fn turn(rows: &[Vec<f32>], axes: &Mat<f64>) -> Vec<Row> {
    let mut turned = Vec::with_capacity(rows.len());
    for rows in rows.chunks(STEP_ROWS) {
        let step = Mat::from_fn(rows.len(), axes.nrows(), |row, column| f64::from(rows[row][column])) * axes;
        turned.extend((0..rows.len()).map(|row| -> Row { std::array::from_fn(|axis| step[(row, axis)] as f32) }));
    }
    turned
}

/// The file: header, checksum, a scale a row, the rows.
fn encode(rows: &[Row]) -> Vec<u8> {
    let scales: Vec<f32> =
        rows.iter().map(|row| row.iter().fold(0.0f32, |largest, x| largest.max(x.abs())) / 127.0).collect();
    let mut body = Vec::with_capacity(rows.len() * (4 + DIMENSIONS));
    body.extend(scales.iter().flat_map(|scale| scale.to_le_bytes()));
    for (row, &scale) in rows.iter().zip(&scales) {
        let step = if scale > 0.0 { scale } else { 1.0 };
        body.extend(row.iter().map(|x| ((x / step).round().clamp(-127.0, 127.0) as i8).to_le_bytes()[0]));
    }
    let mut file = MAGIC.to_vec();
    for number in [VERSION, rows.len() as u32, DIMENSIONS as u32] {
        file.extend(number.to_le_bytes());
    }
    file.extend(Sha256::digest(&body));
    file.extend(body);
    file
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
