//! Embeddings as a site keeps them: a byte a number, so that all of a site's examples stay in the processor's nearest
//! memory while a message is compared with them.
//!
//! A row is its largest magnitude over 127 times whole numbers from −127 to 127, a message the same with ±4,095. Their
//! product is a sum of whole numbers, which is the same in any order: however wide a processor's vectors are, the ranking
//! does not change.

use serde::{Deserialize, Serialize};

const ROW_STEPS: f32 = 127.0;
/// Rows of up to 4,096 dimensions cannot overflow: 4,095 · 127 · 4,096 < 2³¹.
const MESSAGE_STEPS: f32 = 4_095.0;
/// More is no sentence embedding.
pub const MAX_DIMENSIONS: usize = 4_096;

/// Rows × dimensions.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Embeddings {
    dimensions: usize,
    scales: Vec<f32>,
    numbers: Vec<i8>,
}

impl Embeddings {
    /// Rounds rows of so many dimensions that stand one after the other.
    pub fn new(rows: &[f32], dimensions: usize) -> Self {
        let mut embeddings = Self { dimensions, ..Self::default() };
        if dimensions > 0 {
            for row in rows.chunks_exact(dimensions) {
                let (scale, numbers) = round(row, ROW_STEPS);
                embeddings.scales.push(scale);
                embeddings.numbers.extend(numbers.map(|number| number as i8));
            }
        }
        embeddings
    }

    /// Numbers in a row; 0 where there are no rows.
    pub fn dimensions(&self) -> usize {
        self.dimensions
    }

    /// The rows as they were rounded, one after the other.
    pub fn to_rows(&self) -> Vec<f32> {
        let rows = self.numbers.chunks_exact(self.dimensions.max(1)).zip(&self.scales);
        rows.flat_map(|(numbers, scale)| numbers.iter().map(move |&number| scale * f32::from(number))).collect()
    }

    /// These rows alone.
    pub fn pick(&self, rows: &[usize]) -> Self {
        if self.dimensions == 0 {
            return self.clone();
        }
        let row = |&row: &usize| &self.numbers[row * self.dimensions..(row + 1) * self.dimensions];
        Self {
            dimensions: self.dimensions,
            scales: rows.iter().map(|&row| self.scales[row]).collect(),
            numbers: rows.iter().flat_map(row).copied().collect(),
        }
    }

    /// `exp(sharpness · (product − 1))` of an embedding's product with each row. `embedding` has as many dimensions.
    pub fn likenesses(&self, embedding: &[f32], sharpness: f32) -> Vec<f32> {
        let (scale, numbers) = round(embedding, MESSAGE_STEPS);
        let message: Vec<i16> = numbers.map(|number| number as i16).collect();
        let mut likenesses = vec![0.0; self.scales.len()];
        let work = Likenesses { of: self, message: &message, scale, sharpness, into: &mut likenesses };
        #[cfg(target_arch = "x86_64")]
        if let Some(simd) = pulp::x86::V3::try_new() {
            simd.vectorize(Avx2(work, simd));
            return likenesses;
        }
        pulp::Arch::new().dispatch(work);
        likenesses
    }
}

/// A row's scale, and its values as multiples of it.
fn round(row: &[f32], steps: f32) -> (f32, impl Iterator<Item = f32>) {
    let largest = row.iter().fold(0.0f32, |largest, x| largest.max(x.abs()));
    let to_steps = if largest > 0.0 { steps / largest } else { 0.0 };
    (largest / steps, row.iter().map(move |x| nearest(x * to_steps)))
}

/// The products of a message with every row: most of a ranking's time. Compiled for several processors, so that one with
/// wide vectors uses them whatever the program was built for.
struct Likenesses<'a> {
    of: &'a Embeddings,
    message: &'a [i16],
    scale: f32,
    sharpness: f32,
    into: &'a mut [f32],
}

impl Likenesses<'_> {
    #[inline(always)]
    fn with(self, product: impl Fn(&[i8], &[i16]) -> i32) {
        let Self { of, message, scale, sharpness, into } = self;
        let rows = of.numbers.chunks_exact(of.dimensions.max(1));
        for ((likeness, row), row_scale) in into.iter_mut().zip(rows).zip(&of.scales) {
            *likeness = scale * row_scale * product(row, message) as f32;
        }
        for likeness in into {
            *likeness = exp(sharpness * (*likeness - 1.0));
        }
    }
}

impl pulp::WithSimd for Likenesses<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _: S) {
        self.with(product);
    }
}

#[inline(always)]
fn product(row: &[i8], message: &[i16]) -> i32 {
    row.iter().zip(message).map(|(&a, &b)| i32::from(a) * i32::from(b)).sum()
}

/// The same with the one instruction made for it, which compilers find for half of a vector only.
#[cfg(target_arch = "x86_64")]
struct Avx2<'a>(Likenesses<'a>, pulp::x86::V3);

#[cfg(target_arch = "x86_64")]
impl pulp::NullaryFnOnce for Avx2<'_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let avx2 = self.1.avx2;
        self.0.with(|row, message| {
            let ((row, row_rest), (message, message_rest)) = (row.as_chunks::<16>(), message.as_chunks::<16>());
            let mut sums = pulp::cast([0_i32; 8]);
            for (&row, &message) in row.iter().zip(message) {
                let products = avx2._mm256_madd_epi16(avx2._mm256_cvtepi8_epi16(pulp::cast(row)), pulp::cast(message));
                sums = avx2._mm256_add_epi32(sums, products);
            }
            let sums: [i32; 8] = pulp::cast(sums);
            sums.iter().sum::<i32>() + product(row_rest, message_rest)
        });
    }
}

/// Adding and subtracting it rounds to a whole number: its last bit is worth 1.
const ROUNDER: f32 = 12_582_912.0;

/// The nearest whole number, for magnitudes below 2²².
#[inline(always)]
fn nearest(x: f32) -> f32 {
    (x + ROUNDER) - ROUNDER
}

/// eˣ to a relative 10⁻⁶, in plain multiplications and additions that compilers turn into vector instructions, and with the
/// same result on every system, which a system's own `exp` does not promise.
///
/// x is cut into n·ln 2 and a rest of at most ½·ln 2; the rest's power is a Taylor polynomial of degree 6, whose
/// remainder is below 2·10⁻⁷, and 2ⁿ is put together as bits.
#[inline(always)]
pub fn exp(x: f32) -> f32 {
    // ln 2 in two parts: n times the first is exact.
    const LN_2_HIGH: f32 = 0.693_359_4;
    const LN_2_LOW: f32 = -2.121_944_4e-4;
    let x = x.clamp(-80.0, 80.0);
    let shifted = x * std::f32::consts::LOG2_E + ROUNDER;
    let n = shifted - ROUNDER;
    let rest = x - n * LN_2_HIGH - n * LN_2_LOW;
    let mut power = 1.0 / 720.0;
    for factor in [1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5, 1.0, 1.0] {
        power = power * rest + factor;
    }
    // `shifted` holds n in its last bits.
    power * f32::from_bits(shifted.to_bits().wrapping_add(127) << 23)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exp_is_the_power_of_e() {
        for step in -8_000..=8_000 {
            let x = step as f32 / 100.0;
            let right = f64::from(x).exp();

            assert!((f64::from(exp(x)) / right - 1.0).abs() < 1e-6, "e^{x}: {} for {right}", exp(x));
        }
        assert_eq!(exp(0.0), 1.0);
    }

    #[test]
    fn rounding_moves_no_likeness_far() {
        let rows: Vec<f32> = (0..50 * 96).map(|at| (at as f32 * 0.7).sin() / 7.0).collect();
        let embeddings = Embeddings::new(&rows, 96);
        let message: Vec<f32> = rows[..96].iter().zip(&rows[960..]).map(|(a, b)| 0.8 * a + 0.2 * b).collect();

        let found = embeddings.likenesses(&message, 3.0);

        for (likeness, row) in found.iter().zip(rows.chunks_exact(96)) {
            let product: f32 = row.iter().zip(&message).map(|(a, b)| a * b).sum();
            assert!((likeness - (3.0 * (product - 1.0)).exp()).abs() < 0.01, "{likeness} for a product of {product}");
        }
    }

    #[test]
    fn every_processor_gives_the_same() {
        // Not a multiple of any vector's length.
        let rows: Vec<f32> = (0..9 * 77).map(|at| (at as f32 * 1.3).sin()).collect();
        let embeddings = Embeddings::new(&rows, 77);
        let (scale, numbers) = round(&rows[..77], MESSAGE_STEPS);
        let message: Vec<i16> = numbers.map(|number| number as i16).collect();
        let mut plain = vec![0.0; 9];

        Likenesses { of: &embeddings, message: &message, scale, sharpness: 3.0, into: &mut plain }.with(product);

        assert_eq!(embeddings.likenesses(&rows[..77], 3.0), plain);
    }

    #[test]
    fn a_row_of_zeros_stays_one() {
        let embeddings = Embeddings::new(&[0.0; 8], 4);

        assert_eq!(embeddings.to_rows(), [0.0; 8]);
        assert_eq!(embeddings.likenesses(&[0.0; 4], 2.0), [exp(-2.0); 2]);
    }
}
