//! Kernel ridge regression on every row by conjugate gradients, where a direct solution would cost rows³.
//!
//! The equations are those of `ridge`, `GA = Y` with `G = K + λI`. Conjugate gradients (Hestenes & Stiefel 1952) ask only
//! for products `GX`: rows² × intents for each step. A preconditioner `M ≈ G` makes the steps few; on landmarks, as FALKON's
//! (Rudi, Carratino & Rosasco 2017), here with the intents' own blocks exact (the partially independent training
//! conditional, Quiñonero-Candela & Rasmussen 2005). With `C` the kernel between all rows and the landmarks, `W = LLᵀ`
//! between landmarks and `B = CL⁻ᵀ`:
//!
//! - `M = Λ + BBᵀ`, where `Λ` holds the intents' blocks of `K − BBᵀ + λI` and is zero elsewhere;
//! - `M⁻¹ = Λ⁻¹ − VVᵀ` with `V = Λ⁻¹B S⁻ᵀ`, `SSᵀ = I + BᵀΛ⁻¹B` (Woodbury).
//!
//! What is left out scores as in `ridge`, with the weights `A` of the whole solution and with `M⁻¹` for `G⁻¹`, of which only
//! the intents' blocks are asked for.

use std::ops::Range;

use faer::linalg::matmul::matmul;
use faer::linalg::matmul::triangular::{self, BlockStructure};
use faer::linalg::solvers::{DenseSolveCore, Solve};
use faer::linalg::triangular_solve::solve_lower_triangular_in_place;
use faer::{Accum, Mat, Par, Side};

use crate::nystrom;
use crate::ridge::{self, Singular, Solution};

/// Landmarks of the preconditioner. More make the steps fewer, and its own set-up dearer.
const LANDMARKS: usize = 3_000;
/// Steps end when what is missing of every intent's targets is this part of them …
const ENOUGH: f64 = 0.01;
/// … or after so many: a gram matrix so ill-conditioned is near-duplicates throughout, which need no more precision.
const MOST_STEPS: usize = 40;

/// The lower triangle of a symmetric matrix, in strips of columns that begin at their own diagonal block: half the memory.
#[derive(Debug)]
pub struct Gram {
    rows: usize,
    strips: Vec<Mat<f32>>,
}

impl Gram {
    const STRIP: usize = 512;

    /// `strip` gives the rows from the first of its columns on, of these columns.
    pub fn new(rows: usize, strip: impl FnMut(Range<usize>) -> Mat<f32>) -> Self {
        let strips =
            (0..rows).step_by(Self::STRIP).map(|first| first..rows.min(first + Self::STRIP)).map(strip).collect();
        Self { rows, strips }
    }

    fn at(&self, a: usize, b: usize) -> f32 {
        let (row, column) = (a.max(b), a.min(b));
        let first = column - column % Self::STRIP;
        self.strips[column / Self::STRIP][(row - first, column - first)]
    }

    /// `KX + λX`.
    fn times(&self, x: &Mat<f32>, ridge: f32) -> Mat<f32> {
        let mut product = Mat::from_fn(x.nrows(), x.ncols(), |row, column| ridge * x[(row, column)]);
        for (number, strip) in self.strips.iter().enumerate() {
            let (first, width) = (number * Self::STRIP, strip.ncols());
            let below = first + width;
            let into = product.as_mut().subrows_mut(first, self.rows - first);
            matmul(into, Accum::Add, strip, x.subrows(first, width), 1.0, Par::Seq);
            // The strip's mirror image, right of the diagonal.
            let mirrored = strip.subrows(width, self.rows - below).transpose();
            let into = product.as_mut().subrows_mut(first, width);
            matmul(into, Accum::Add, mirrored, x.subrows(below, self.rows - below), 1.0, Par::Seq);
        }
        product
    }
}

/// Solves for all rows; costs rows² × intents for each of some ten steps, and rows × landmarks² before them.
pub fn solve(gram: &Gram, owners: &[usize], intents: usize, ridge: f64) -> Result<Solution, Singular> {
    solve_with(gram, LANDMARKS, owners, intents, ridge)
}

fn solve_with(
    gram: &Gram,
    landmarks: usize,
    owners: &[usize],
    intents: usize,
    ridge: f64,
) -> Result<Solution, Singular> {
    let near = Preconditioner::new(gram, landmarks, owners, intents, ridge)?;
    let y = ridge::targets(owners, intents);
    let weights = descend(gram, &near, &y, ridge as f32)?;

    let mut without_row = Mat::zeros(owners.len(), intents);
    let mut without_intent = Mat::zeros(owners.len(), intents);
    // A last block may be nobody's: never left out.
    for (block, inverse) in near.blocks.iter().zip(&near.inverses).take(intents) {
        let shared = Mat::from_fn(near.shared.nrows(), block.len(), |k, a| near.shared[(k, block[a])]);
        let shared = shared.transpose() * &shared;
        let own = Mat::from_fn(block.len(), block.len(), |a, b| f64::from(inverse[(a, b)]) - f64::from(shared[(a, b)]));
        let own_weights = Mat::from_fn(block.len(), intents, |a, intent| weights[(block[a], intent)]);
        let residual = own.llt(Side::Lower).map_err(|_| Singular)?.solve(&own_weights);
        for (a, &row) in block.iter().enumerate() {
            for intent in 0..intents {
                without_row[(row, intent)] = y[(row, intent)] - own_weights[(a, intent)] / own[(a, a)];
                without_intent[(row, intent)] = y[(row, intent)] - residual[(a, intent)];
            }
        }
    }
    Ok(Solution { weights, without_row, without_intent })
}

/// Conjugate gradients, each intent's by itself but their products together.
fn descend(gram: &Gram, near: &Preconditioner, y: &Mat<f64>, ridge: f32) -> Result<Mat<f64>, Singular> {
    let (rows, intents) = (y.nrows(), y.ncols());
    let mut missing = Mat::from_fn(rows, intents, |row, intent| y[(row, intent)] as f32);
    let mut weights: Mat<f32> = Mat::zeros(rows, intents);
    let wanted: Vec<f64> = (0..intents).map(|intent| ENOUGH * ENOUGH * product(&missing, &missing, intent)).collect();
    let mut conditioned = near.solve(&missing);
    let mut direction = conditioned.clone();
    let mut sizes: Vec<f64> = (0..intents).map(|intent| product(&missing, &conditioned, intent)).collect();
    for _ in 0..MOST_STEPS {
        let image = gram.times(&direction, ridge);
        let mut is_enough = true;
        for intent in 0..intents {
            let curvature = product(&direction, &image, intent);
            let step = if curvature > 0.0 { (sizes[intent] / curvature) as f32 } else { 0.0 };
            add(&mut weights, step, &direction, intent);
            add(&mut missing, -step, &image, intent);
            let left = product(&missing, &missing, intent);
            if !left.is_finite() {
                return Err(Singular);
            }
            is_enough &= left <= wanted[intent];
        }
        if is_enough {
            break;
        }
        conditioned = near.solve(&missing);
        for (intent, before) in sizes.iter_mut().enumerate() {
            let size = product(&missing, &conditioned, intent);
            let kept = if *before > 0.0 { (size / *before) as f32 } else { 0.0 };
            *before = size;
            let direction = direction.col_as_slice_mut(intent).iter_mut();
            direction.zip(conditioned.col_as_slice(intent)).for_each(|(d, z)| *d = z + kept * *d);
        }
    }
    Ok(Mat::from_fn(rows, intents, |row, intent| f64::from(weights[(row, intent)])))
}

fn product(a: &Mat<f32>, b: &Mat<f32>, column: usize) -> f64 {
    a.col_as_slice(column).iter().zip(b.col_as_slice(column)).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum()
}

fn add(to: &mut Mat<f32>, step: f32, what: &Mat<f32>, column: usize) {
    to.col_as_slice_mut(column).iter_mut().zip(what.col_as_slice(column)).for_each(|(to, what)| *to += step * what);
}

/// `M⁻¹ = Λ⁻¹ − VVᵀ`.
struct Preconditioner {
    /// The rows of each intent, and of nobody.
    blocks: Vec<Vec<usize>>,
    /// `Λ⁻¹`, by block.
    inverses: Vec<Mat<f32>>,
    /// `Vᵀ`, landmarks × rows.
    shared: Mat<f32>,
}

impl Preconditioner {
    fn new(gram: &Gram, landmarks: usize, owners: &[usize], intents: usize, ridge: f64) -> Result<Self, Singular> {
        let mut blocks = ridge::blocks(owners, intents);
        let nobodys: Vec<usize> = (0..owners.len()).filter(|&row| owners[row] == ridge::NOBODY).collect();
        if !nobodys.is_empty() {
            blocks.push(nobodys);
        }
        let landmarks = nystrom::landmarks(owners, intents, landmarks);
        let count = landmarks.len();
        // Landmarks that repeat one another leave W singular; an approximation may have a little more on its diagonal.
        let between = Mat::from_fn(count, count, |a, b| {
            f64::from(gram.at(landmarks[a], landmarks[b])) + if a == b { ridge / 1000.0 } else { 0.0 }
        });
        let factor = between.llt(Side::Lower).map_err(|_| Singular)?;
        let root = Mat::from_fn(count, count, |a, b| factor.L()[(a, b)] as f32);
        drop((between, factor));
        // Bᵀ, which becomes Vᵀ.
        let mut shared = Mat::from_fn(count, owners.len(), |k, row| gram.at(landmarks[k], row));
        solve_lower_triangular_in_place(root.as_ref(), shared.as_mut(), Par::Seq);
        drop(root);

        let mut inner: Mat<f32> = Mat::identity(count, count);
        let mut inverses = Vec::with_capacity(blocks.len());
        for block in &blocks {
            let own = Mat::from_fn(count, block.len(), |k, a| shared[(k, block[a])]);
            let explained = own.transpose() * &own;
            let rest = Mat::from_fn(block.len(), block.len(), |a, b| {
                f64::from(gram.at(block[a], block[b])) - f64::from(explained[(a, b)]) + if a == b { ridge } else { 0.0 }
            });
            let inverse = rest.llt(Side::Lower).map_err(|_| Singular)?.inverse();
            let inverse = Mat::from_fn(block.len(), block.len(), |a, b| inverse[(a, b)] as f32);
            let scaled = &own * &inverse;
            let (lower, whole) = (BlockStructure::TriangularLower, BlockStructure::Rectangular);
            let into = inner.as_mut();
            triangular::matmul(into, lower, Accum::Add, &scaled, whole, own.transpose(), whole, 1.0f32, Par::Seq);
            for (a, &row) in block.iter().enumerate() {
                shared.col_as_slice_mut(row).copy_from_slice(scaled.col_as_slice(a));
            }
            inverses.push(inverse);
        }
        let factor = inner.llt(Side::Lower).map_err(|_| Singular)?;
        solve_lower_triangular_in_place(factor.L(), shared.as_mut(), Par::Seq);
        Ok(Self { blocks, inverses, shared })
    }

    /// `M⁻¹X`.
    fn solve(&self, x: &Mat<f32>) -> Mat<f32> {
        let mut solved = Mat::zeros(x.nrows(), x.ncols());
        let along = &self.shared * x;
        matmul(solved.as_mut(), Accum::Replace, self.shared.transpose(), &along, -1.0, Par::Seq);
        for (block, inverse) in self.blocks.iter().zip(&self.inverses) {
            let own = inverse * Mat::from_fn(block.len(), x.ncols(), |a, column| x[(block[a], column)]);
            for column in 0..x.ncols() {
                for (a, &row) in block.iter().enumerate() {
                    solved[(row, column)] += own[(a, column)];
                }
            }
        }
        solved
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const INTENTS: usize = 4;

    fn likeness(a: usize, b: usize) -> f64 {
        let place = |row: usize| (row * 37 % 101) as f64 / 7.0;
        (-(place(a) - place(b)).powi(2)).exp()
    }

    fn owners(rows: usize) -> Vec<usize> {
        (0..rows).map(|row| if row % 50 == 49 { ridge::NOBODY } else { (row * 37 % 101) / 26 }).collect()
    }

    fn gram(rows: usize) -> Gram {
        Gram::new(rows, |columns| {
            Mat::from_fn(rows - columns.start, columns.len(), |row, column| {
                likeness(columns.start + row, columns.start + column) as f32
            })
        })
    }

    fn largest_difference(a: &Mat<f64>, b: &Mat<f64>, keep: impl Fn(usize, usize) -> bool) -> f64 {
        let places = (0..a.nrows()).flat_map(|row| (0..a.ncols()).map(move |column| (row, column)));
        places.filter(|&(row, column)| keep(row, column)).fold(0.0, |most, at| (a[at] - b[at]).abs().max(most))
    }

    #[test]
    fn strips_multiply_like_the_whole_matrix() {
        let rows = Gram::STRIP * 2 + 30;
        let x = Mat::from_fn(rows, 3, |row, column| ((row * 3 + column) % 17) as f32 / 17.0 - 0.5);

        let product = gram(rows).times(&x, 0.5);

        for row in (0..rows).step_by(97) {
            for column in 0..3 {
                let sum: f64 = (0..rows).map(|other| likeness(row, other) * f64::from(x[(other, column)])).sum();
                let right = sum + 0.5 * f64::from(x[(row, column)]);
                assert!((f64::from(product[(row, column)]) - right).abs() < 1e-3, "{row} {column}");
            }
        }
    }

    #[test]
    fn it_equals_the_direct_solution() {
        let rows = Gram::STRIP * 2 + 30;
        let owners = owners(rows);
        let owned = |row: usize| owners[row] != ridge::NOBODY;

        let direct = ridge::solve(Mat::from_fn(rows, rows, likeness), &owners, INTENTS, 0.1).unwrap();
        let found = solve_with(&gram(rows), 60, &owners, INTENTS, 0.1).unwrap();

        let scores = |solution: &Solution| Mat::from_fn(rows, rows, likeness) * &solution.weights;
        let means_something = |row, intent| owned(row) && owners[row] != intent;
        let whole = largest_difference(&scores(&direct), &scores(&found), |_, _| true);
        let row = largest_difference(&direct.without_row, &found.without_row, |row, _| owned(row));
        let intent = largest_difference(&direct.without_intent, &found.without_intent, means_something);
        assert!(whole < 1e-2 && row < 2e-2 && intent < 2e-2, "{whole} {row} {intent}");
    }

    #[test]
    fn without_rows_of_nobody_it_solves_as_well() {
        let owners: Vec<usize> = (0..200).map(|row| row % INTENTS).collect();

        let direct = ridge::solve(Mat::from_fn(200, 200, likeness), &owners, INTENTS, 0.1).unwrap();
        let few = solve_with(&gram(200), 20, &owners, INTENTS, 0.1).unwrap();
        let many = solve_with(&gram(200), 100, &owners, INTENTS, 0.1).unwrap();

        // What is left out is as good as the landmarks, the solution is not theirs alone.
        let scores = |solution: &Solution| Mat::from_fn(200, 200, likeness) * &solution.weights;
        let whole = largest_difference(&scores(&direct), &scores(&few), |_, _| true);
        let row = largest_difference(&direct.without_row, &many.without_row, |_, _| true);
        assert!(whole < 3e-2 && row < 2e-2, "{whole} {row}");
    }

    #[test]
    fn numbers_that_are_none_are_refused() {
        let broken = Gram::new(40, |columns| Mat::from_fn(40 - columns.start, columns.len(), |_, _| f32::NAN));

        assert!(solve(&broken, &owners(40), INTENTS, 0.1).is_err());
    }
}
