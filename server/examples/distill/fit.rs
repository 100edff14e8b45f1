//! Fits the table: minimises `|A E − T|² + μ |E − E₀|²`, where a row of `A` counts a text's pieces over the square root
//! of how many they are, `T` holds the texts' own embeddings, and `E₀` is the plain table, which rare pieces keep to:
//! a row of length 1 makes a piece that the corpus lacks count as a content word.
//!
//! Conjugate gradients on the normal equations (Hestenes and Stiefel 1952), all columns side by side, preconditioned by
//! the diagonal. Additions are made in a fixed order, so that the result is the same to the last bit.

use crate::progress::Progress;

/// Numbers in a row of the table: 30,522 of them fit in 8 MB.
pub const DIMENSIONS: usize = 256;
/// How much a row is held to its plain value; chosen on validation data (docs/understanding.md).
const MU: f32 = 0.25;
/// The fit has come to rest well before this many.
const ITERATIONS: usize = 15;
/// Lengths are raised to this power afterwards. The fit makes "how", "my" and "not" too short for telling intents apart.
const LENGTH_POWER: f32 = 0.6;

pub type Row = [f32; DIMENSIONS];

/// The matrix `A`: which pieces each text has.
pub struct Texts {
    pieces: Vec<Vec<u32>>,
    rows: usize,
}

impl Texts {
    /// Texts given by their pieces' numbers, all below `rows`; none is empty.
    pub fn new<'a>(texts: impl Iterator<Item = &'a [i64]>, rows: usize) -> Self {
        Self { pieces: texts.map(|pieces| pieces.iter().map(|&piece| piece as u32).collect()).collect(), rows }
    }

    /// `Aᵀ (A x)`; a text at a time, so that `A x` is never held.
    fn square(&self, x: &[Row]) -> Vec<Row> {
        self.transposed(|text| self.sum(text, x))
    }

    fn sum(&self, text: usize, x: &[Row]) -> Row {
        let pieces = &self.pieces[text];
        let weight = weight(pieces);
        let mut sum = [0.0; DIMENSIONS];
        for &piece in pieces {
            add(&mut sum, weight, &x[piece as usize]);
        }
        sum
    }

    /// `Aᵀ y`, where `of` gives the rows of `y`.
    fn transposed(&self, of: impl Fn(usize) -> Row) -> Vec<Row> {
        let mut result = vec![[0.0; DIMENSIONS]; self.rows];
        for (text, pieces) in self.pieces.iter().enumerate() {
            let row = of(text);
            let weight = weight(pieces);
            for &piece in pieces {
                add(&mut result[piece as usize], weight, &row);
            }
        }
        result
    }

    /// The diagonal of `Aᵀ A`.
    fn diagonal(&self) -> Vec<f32> {
        let mut diagonal = vec![0.0; self.rows];
        for pieces in &self.pieces {
            let squared = weight(pieces).powi(2);
            for &piece in pieces {
                // A piece that stands twice counts 2² = 4 times, not twice.
                let times = pieces.iter().filter(|&&other| other == piece).count();
                diagonal[piece as usize] += squared * times as f32;
            }
        }
        diagonal
    }
}

fn weight(pieces: &[u32]) -> f32 {
    1.0 / (pieces.len() as f32).sqrt()
}

/// The fitted table with its rows' lengths brought closer together; a row of zeros stays one.
pub fn flatten(rows: &mut [Row]) {
    for row in rows {
        let length = row.iter().map(|x| x * x).sum::<f32>().sqrt();
        if length > 0.0 {
            let factor = length.powf(LENGTH_POWER - 1.0);
            row.iter_mut().for_each(|x| *x *= factor);
        }
    }
}

/// The table that fits `texts` to `targets`, found from the plain one.
pub fn fit(texts: &Texts, targets: &[Row], plain: Vec<Row>) -> Vec<Row> {
    let mut table = plain;
    let preconditioner: Vec<f32> = texts.diagonal().iter().map(|diagonal| 1.0 / (diagonal + MU)).collect();
    // The prior pulls nowhere yet: the fit starts at it.
    let mut residual = texts.transposed(|text| {
        let mut row = targets[text];
        let sum = texts.sum(text, &table);
        add(&mut row, -1.0, &sum);
        row
    });
    let mut direction = scaled(&residual, &preconditioner);
    let mut energy = products(&residual, &direction);
    let mut progress = Progress::new("fitted", "the table", ITERATIONS);
    for iteration in 1..=ITERATIONS {
        let mut pushed = texts.square(&direction);
        for (pushed, direction) in pushed.iter_mut().zip(&direction) {
            add(pushed, MU, direction);
        }
        let steps = ratio(&energy, &products(&direction, &pushed));
        for row in 0..table.len() {
            for column in 0..DIMENSIONS {
                table[row][column] += steps[column] * direction[row][column];
                residual[row][column] -= steps[column] * pushed[row][column];
            }
        }
        let settled = scaled(&residual, &preconditioner);
        let left = products(&residual, &settled);
        let turns = ratio(&left, &energy);
        for (direction, settled) in direction.iter_mut().zip(&settled) {
            for column in 0..DIMENSIONS {
                direction[column] = settled[column] + turns[column] * direction[column];
            }
        }
        energy = left;
        progress.reached(iteration);
    }
    table
}

fn add(sum: &mut Row, factor: f32, row: &Row) {
    for (sum, x) in sum.iter_mut().zip(row) {
        *sum += factor * x;
    }
}

fn scaled(rows: &[Row], factors: &[f32]) -> Vec<Row> {
    rows.iter().zip(factors).map(|(row, factor)| row.map(|x| x * factor)).collect()
}

/// The products of the columns of `a` with those of `b`, added up in 64 bits.
fn products(a: &[Row], b: &[Row]) -> [f64; DIMENSIONS] {
    let mut products = [0.0; DIMENSIONS];
    for (a, b) in a.iter().zip(b) {
        for (product, (a, b)) in products.iter_mut().zip(a.iter().zip(b)) {
            *product += f64::from(*a) * f64::from(*b);
        }
    }
    products
}

/// 0 where a column has come to rest.
fn ratio(a: &[f64; DIMENSIONS], b: &[f64; DIMENSIONS]) -> [f32; DIMENSIONS] {
    std::array::from_fn(|column| if b[column] > 1e-20 { (a[column] / b[column]) as f32 } else { 0.0 })
}

#[cfg(test)]
mod tests {
    use super::{DIMENSIONS, LENGTH_POWER, Texts, fit, flatten, weight};

    #[test]
    fn a_piece_seen_often_moves_to_where_its_texts_lie_and_an_unseen_one_stays() {
        let pieces: Vec<Vec<i64>> = (0..400).map(|text| if text % 2 == 0 { vec![0] } else { vec![0, 1] }).collect();
        let texts = Texts::new(pieces.iter().map(Vec::as_slice), 3);
        let (first, second) = ([0.5; DIMENSIONS], [-0.25; DIMENSIONS]);
        let targets: Vec<_> = (0..400)
            .map(|text| if text % 2 == 0 { first } else { first.map(|x| (x - 0.25) * weight(&[0, 1])) })
            .collect();

        let table = fit(&texts, &targets, vec![[1.0; DIMENSIONS]; 3]);

        for column in [0, 100, DIMENSIONS - 1] {
            assert!((table[0][column] - first[column]).abs() < 0.01, "{}", table[0][column]);
            assert!((table[1][column] - second[column]).abs() < 0.01, "{}", table[1][column]);
            assert_eq!(table[2][column], 1.0);
        }
    }

    #[test]
    fn flattening_keeps_directions_and_zeros_and_draws_lengths_together() {
        let mut rows = vec![[0.0; DIMENSIONS], [0.0; DIMENSIONS]];
        rows[1][3] = -0.01;

        flatten(&mut rows);

        assert_eq!(rows[0], [0.0; DIMENSIONS]);
        assert!((rows[1][3] + 0.01f32.powf(LENGTH_POWER)).abs() < 1e-6);
        assert_eq!(rows[1][4], 0.0);
    }
}
