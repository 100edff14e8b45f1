//! Kernel ridge regression on landmarks, for more examples than an exact solution can afford.
//!
//! The Nyström method (Williams & Seeger 2001; as regularised least squares, Rudi et al. 2015): the function is a sum of
//! kernels at `m` landmarks only. With `C` the kernel between all rows and the landmarks and `W` between landmarks,
//! the weights are `M⁻¹CᵀY` with `M = CᵀC + λW`. The rows' hat matrix is `H = CM⁻¹Cᵀ`, hence with residuals `R = Y − CA`:
//! a row left out scores `yᵢ − rᵢ / (1 − hᵢᵢ)`, an intent left out `Y_B − (I − H_BB)⁻¹R_B`.

use faer::linalg::matmul::matmul;
use faer::linalg::solvers::Solve;
use faer::{Accum, Mat, Par, Side};

use crate::ridge::{self, Singular, Solution};

/// Solves on landmarks; `cross` is rows × landmarks, `landmarks[j]` the row that column `j` stands for. Costs
/// rows × landmarks².
pub fn solve(
    cross: &Mat<f64>,
    landmarks: &[usize],
    owners: &[usize],
    intents: usize,
    ridge: f64,
) -> Result<Solution, Singular> {
    let (rows, columns) = (owners.len(), landmarks.len());
    let y = ridge::targets(owners, intents);
    let mut m = Mat::from_fn(columns, columns, |a, b| ridge * cross[(landmarks[a], b)]);
    for column in 0..columns {
        // Landmarks that repeat one another leave W singular up to rounding.
        m[(column, column)] += 1e-6 * rows as f64;
    }
    matmul(m.as_mut(), Accum::Add, cross.transpose(), cross, 1.0, Par::Seq);
    let factor = m.llt(Side::Lower).map_err(|_| Singular)?;
    let weights = factor.solve(&(cross.transpose() * &y));
    let residual = &y - cross * &weights;

    let mut without_row = Mat::zeros(rows, intents);
    let mut without_intent = Mat::zeros(rows, intents);
    for block in ridge::blocks(owners, intents) {
        // M⁻¹C_Bᵀ serves both the diagonal and the block of the hat matrix.
        let own = Mat::from_fn(columns, block.len(), |column, a| cross[(block[a], column)]);
        let hat = own.transpose() * factor.solve(&own);
        let own_residual = Mat::from_fn(block.len(), intents, |a, intent| residual[(block[a], intent)]);
        let kept = Mat::from_fn(block.len(), block.len(), |a, b| f64::from(a == b) - hat[(a, b)]);
        let undone = kept.llt(Side::Lower).map_err(|_| Singular)?.solve(&own_residual);
        for (a, &row) in block.iter().enumerate() {
            for intent in 0..intents {
                without_row[(row, intent)] = y[(row, intent)] - own_residual[(a, intent)] / (1.0 - hat[(a, a)]);
                without_intent[(row, intent)] = y[(row, intent)] - undone[(a, intent)];
            }
        }
    }
    Ok(Solution { weights, without_row, without_intent })
}

/// `count` rows spread evenly over each intent's rows in their order, and every row of nobody: no chance involved,
/// every intent represented.
pub fn landmarks(owners: &[usize], intents: usize, count: usize) -> Vec<usize> {
    let blocks = ridge::blocks(owners, intents);
    let mut chosen: Vec<usize> = Vec::with_capacity(count + intents);
    for block in &blocks {
        let share = (block.len() * count).div_ceil(owners.len()).min(block.len());
        chosen.extend((0..share).map(|i| block[i * block.len() / share]));
    }
    chosen.extend((0..owners.len()).filter(|&row| owners[row] == ridge::NOBODY));
    chosen.sort_unstable();
    chosen
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kernel(a: usize, b: usize) -> f64 {
        (-((a as f64 - b as f64) / 3.0).powi(2)).exp()
    }

    #[test]
    fn with_every_row_a_landmark_it_equals_the_exact_solution() {
        let owners: Vec<usize> = (0..30).map(|row| row / 10).collect();
        let gram = Mat::from_fn(30, 30, kernel);

        let exact = ridge::solve(gram.clone(), &owners, 3, 0.1).unwrap();
        let on_landmarks = solve(&gram, &(0..30).collect::<Vec<_>>(), &owners, 3, 0.1).unwrap();

        for (row, &owner) in owners.iter().enumerate() {
            for intent in 0..3 {
                assert!((exact.without_row[(row, intent)] - on_landmarks.without_row[(row, intent)]).abs() < 1e-2);
                if intent != owner {
                    assert!(
                        (exact.without_intent[(row, intent)] - on_landmarks.without_intent[(row, intent)]).abs() < 1e-2
                    );
                }
            }
        }
    }

    #[test]
    fn every_intent_has_a_landmark() {
        let owners = [0, 0, 0, 0, 0, 0, 0, 0, 1];

        let chosen = landmarks(&owners, 2, 3);

        assert!(chosen.contains(&8) && chosen.len() <= 5, "{chosen:?}");
    }
}
