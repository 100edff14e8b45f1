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
/// So many rows are compared at once, each in a lane of its own.
const LANES: usize = 16;

/// Two dimensions of each row of a panel: processors multiply and add them in pairs.
type Pair = [i8; 2 * LANES];

/// Rows × dimensions, in panels of [`LANES`] rows, the last one filled up with zeros.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Embeddings {
    rows: usize,
    dimensions: usize,
    /// A row's step; as many as there are lanes.
    scales: Vec<f32>,
    /// Panels × pairs of dimensions × lanes × 2.
    numbers: Vec<i8>,
}

impl Embeddings {
    /// Rounds rows of so many dimensions that stand one after the other.
    pub fn new(rows: &[f32], dimensions: usize) -> Self {
        let rows = rows.chunks_exact(dimensions.max(1));
        let mut embeddings = Self::zeros(rows.len(), dimensions);
        for (at, row) in rows.enumerate().take(embeddings.rows) {
            let (scale, numbers) = round(row, ROW_STEPS);
            embeddings.put(at, scale, numbers.map(|number| number as i8));
        }
        embeddings
    }

    /// Without dimensions there are no rows.
    fn zeros(rows: usize, dimensions: usize) -> Self {
        let rows = if dimensions > 0 { rows } else { 0 };
        let lanes = rows.next_multiple_of(LANES);
        let numbers = vec![0; lanes * dimensions.next_multiple_of(2)];
        Self { rows, dimensions, scales: vec![0.0; lanes], numbers }
    }

    fn put(&mut self, row: usize, scale: f32, numbers: impl Iterator<Item = i8>) {
        self.scales[row] = scale;
        for (dimension, number) in numbers.enumerate() {
            let place = self.place(row, dimension);
            self.numbers[place] = number;
        }
    }

    fn place(&self, row: usize, dimension: usize) -> usize {
        let pair = row / LANES * self.pairs() + dimension / 2;
        (pair * LANES + row % LANES) * 2 + dimension % 2
    }

    fn pairs(&self) -> usize {
        self.dimensions.div_ceil(2)
    }

    fn row(&self, row: usize) -> impl Iterator<Item = i8> {
        (0..self.dimensions).map(move |dimension| self.numbers[self.place(row, dimension)])
    }

    /// Numbers in a row; 0 where there are no rows.
    pub fn dimensions(&self) -> usize {
        self.dimensions
    }

    /// The rows as they were rounded, one after the other.
    pub fn to_rows(&self) -> Vec<f32> {
        (0..self.rows).flat_map(|row| self.row(row).map(move |number| self.scales[row] * f32::from(number))).collect()
    }

    /// These rows alone.
    pub fn pick(&self, rows: &[usize]) -> Self {
        let mut picked = Self::zeros(rows.len(), self.dimensions);
        for (at, &row) in rows.iter().enumerate().take(picked.rows) {
            picked.put(at, self.scales[row], self.row(row));
        }
        picked
    }

    /// `exp(sharpness · (product − 1))` of an embedding's product with each row. `embedding` has as many dimensions.
    pub fn likenesses(&self, embedding: &[f32], sharpness: f32) -> Vec<f32> {
        let (scale, numbers) = round(embedding, MESSAGE_STEPS);
        let numbers: Vec<i16> = numbers.map(|number| number as i16).collect();
        let message: Vec<[i16; 2]> =
            numbers.chunks(2).map(|pair| [pair[0], pair.get(1).copied().unwrap_or(0)]).collect();
        let mut likenesses = vec![0.0; self.scales.len()];
        let work = Likenesses { of: self, message: &message, scale, sharpness, into: &mut likenesses };
        work.on_this_processor();
        likenesses.truncate(self.rows);
        likenesses
    }
}

/// `weight · exp(sharpness · (cosine − 1))` of each cosine.
pub fn likenesses(cosines: &[f32], sharpness: f32, weight: f32, into: &mut [f64]) {
    pulp::Arch::new().dispatch(|| {
        for (likeness, cosine) in into.iter_mut().zip(cosines) {
            *likeness = f64::from(weight * exp(sharpness * (cosine - 1.0)));
        }
    });
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
    message: &'a [[i16; 2]],
    scale: f32,
    sharpness: f32,
    into: &'a mut [f32],
}

impl Likenesses<'_> {
    fn on_this_processor(self) {
        #[cfg(target_arch = "x86_64")]
        if let Some(simd) = pulp::x86::V4::try_new() {
            return simd.vectorize(Avx512(self, simd));
        } else if let Some(simd) = pulp::x86::V3::try_new() {
            return simd.vectorize(Avx2(self, simd));
        }
        pulp::Arch::new().dispatch(self);
    }

    #[inline(always)]
    fn with(self, products: impl Fn(&[Pair], &[[i16; 2]]) -> [i32; LANES]) {
        let Self { of, message, scale, sharpness, into } = self;
        let (pairs, _) = of.numbers.as_chunks();
        let (lanes, _) = into.as_chunks_mut::<LANES>();
        let (scales, _) = of.scales.as_chunks::<LANES>();
        for ((likenesses, panel), scales) in lanes.iter_mut().zip(pairs.chunks_exact(of.pairs().max(1))).zip(scales) {
            let products = products(panel, message);
            for lane in 0..LANES {
                let product = scale * scales[lane] * products[lane] as f32;
                likenesses[lane] = exp(sharpness * (product - 1.0));
            }
        }
    }
}

impl pulp::WithSimd for Likenesses<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _: S) {
        self.with(products);
    }
}

#[inline(always)]
fn products(panel: &[Pair], message: &[[i16; 2]]) -> [i32; LANES] {
    let mut sums = [0; LANES];
    for (pair, &[first, second]) in panel.iter().zip(message) {
        for lane in 0..LANES {
            sums[lane] +=
                i32::from(pair[2 * lane]) * i32::from(first) + i32::from(pair[2 * lane + 1]) * i32::from(second);
        }
    }
    sums
}

/// The same with the instruction made for it, which compilers do not find.
#[cfg(target_arch = "x86_64")]
struct Avx2<'a>(Likenesses<'a>, pulp::x86::V3);

#[cfg(target_arch = "x86_64")]
impl pulp::NullaryFnOnce for Avx2<'_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let (avx, avx2) = (self.1.avx, self.1.avx2);
        self.0.with(|panel, message| {
            let mut sums = [pulp::cast([0_i32; 8]); 2];
            for (&pair, &message) in panel.iter().zip(message) {
                let message = avx._mm256_set1_epi32(pulp::cast(message));
                let halves: [[i8; LANES]; 2] = pulp::cast(pair);
                for (sums, half) in sums.iter_mut().zip(halves) {
                    let numbers = avx2._mm256_cvtepi8_epi16(pulp::cast(half));
                    *sums = avx2._mm256_add_epi32(*sums, avx2._mm256_madd_epi16(numbers, message));
                }
            }
            pulp::cast(sums)
        });
    }
}

/// The same with vectors twice as wide.
#[cfg(target_arch = "x86_64")]
struct Avx512<'a>(Likenesses<'a>, pulp::x86::V4);

#[cfg(target_arch = "x86_64")]
impl pulp::NullaryFnOnce for Avx512<'_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let (avx512f, avx512bw) = (self.1.avx512f, self.1.avx512bw);
        self.0.with(|panel, message| {
            let mut sums = pulp::cast([0_i32; LANES]);
            for (&pair, &message) in panel.iter().zip(message) {
                let message = avx512f._mm512_set1_epi32(pulp::cast(message));
                let numbers = avx512bw._mm512_cvtepi8_epi16(pulp::cast(pair));
                sums = avx512f._mm512_add_epi32(sums, avx512bw._mm512_madd_epi16(numbers, message));
            }
            pulp::cast(sums)
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
        // Neither the rows nor the dimensions are a multiple of any vector's length.
        let rows: Vec<f32> = (0..19 * 77).map(|at| (at as f32 * 1.3).sin()).collect();
        let embeddings = Embeddings::new(&rows, 77);
        let (scale, numbers) = round(&rows[..77], MESSAGE_STEPS);
        let numbers: Vec<i16> = numbers.chain([0.0]).map(|number| number as i16).collect();
        let (message, _) = numbers.as_chunks();
        let likenesses = |act: fn(Likenesses)| {
            let mut into = vec![0.0; 32];
            act(Likenesses { of: &embeddings, message, scale, sharpness: 3.0, into: &mut into });
            into.truncate(19);
            into
        };

        let plain = likenesses(|work| work.with(products));

        assert_eq!(embeddings.likenesses(&rows[..77], 3.0), plain);
        assert_eq!(likenesses(|work| pulp::Arch::new().dispatch(work)), plain);
        // A larger processor has these instructions too, but does not choose them.
        #[cfg(target_arch = "x86_64")]
        assert_eq!(
            likenesses(|work| match pulp::x86::V3::try_new() {
                Some(simd) => simd.vectorize(Avx2(work, simd)),
                None => work.with(products),
            }),
            plain
        );
    }

    #[test]
    fn rows_are_what_they_were() {
        let rows: Vec<f32> = (0..19 * 5).map(|at| ((at * 37) % 255) as f32 - 127.0).collect();
        let rows: Vec<f32> = rows.chunks(5).flat_map(|row| [127.0, row[1], row[2], row[3], row[4]]).collect();

        let embeddings = Embeddings::new(&rows, 5);

        assert_eq!(embeddings.to_rows(), rows);
        assert_eq!(embeddings.pick(&[18, 3]).to_rows(), [&rows[90..95], &rows[15..20]].concat());
    }

    #[test]
    fn a_row_of_zeros_stays_one() {
        let embeddings = Embeddings::new(&[0.0; 8], 4);

        assert_eq!(embeddings.to_rows(), [0.0; 8]);
        assert_eq!(embeddings.likenesses(&[0.0; 4], 2.0), [exp(-2.0); 2]);
    }
}
