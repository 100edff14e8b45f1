//! Kernel ridge regression in closed form, with what every example and every intent would have scored if left out.
//!
//! With gram matrix `K`, ridge `λ`, targets `Y` (one-hot less `1/k` for `k` intents, plus one for "none of them") and
//! `G = K + λI`, the weights are `A = G⁻¹Y`. The same inverse answers two questions without training again (Rifkin &
//! Lippert 2007; the second is its block form):
//!
//! - an example left out of its own training scores `yᵢ − aᵢ / (G⁻¹)ᵢᵢ`;
//! - all examples `B` of one intent left out together score `Y_B − ((G⁻¹)_BB)⁻¹ A_B`.

use faer::linalg::solvers::Solve;
use faer::linalg::triangular_inverse::invert_lower_triangular;
use faer::{Mat, Par, Side};

/// A trained model's weights and the scores of what was left out.
#[derive(Debug, Clone)]
pub struct Solution {
    /// One row per kernel column (an example or a landmark), one column per intent.
    pub weights: Mat<f64>,
    /// The scores of each row had it not been there; rows × intents.
    pub without_row: Mat<f64>,
    /// The scores of each row had its whole intent not been there; its own column means nothing.
    pub without_intent: Mat<f64>,
}

/// The equations have no stable solution; the examples hold values that are not numbers.
#[derive(Debug, thiserror::Error)]
#[error("the examples' similarities are not a valid kernel; the encoder may have returned invalid numbers")]
pub struct Singular;

/// The owner of a row that belongs to no intent: its target is 0 everywhere.
pub const NOBODY: usize = usize::MAX;

/// One-hot targets, less the same amount everywhere, so that a message like no example scores about 0 everywhere.
pub fn targets(owners: &[usize], intents: usize) -> Mat<f64> {
    let rest = offset(intents);
    Mat::from_fn(owners.len(), intents, |row, intent| match owners[row] {
        NOBODY => 0.0,
        owner if owner == intent => 1.0 - rest,
        _ => -rest,
    })
}

/// What is taken off each target: the share of one intent among all, "none" included.
pub fn offset(intents: usize) -> f64 {
    1.0 / (intents + 1) as f64
}

/// Solves exactly. `gram` is symmetric, only its lower triangle is read; `owners[row]` is the row's intent. Costs rows³.
pub fn solve(mut gram: Mat<f64>, owners: &[usize], intents: usize, ridge: f64) -> Result<Solution, Singular> {
    let rows = owners.len();
    for row in 0..rows {
        gram[(row, row)] += ridge;
    }
    let y = targets(owners, intents);
    let factor = gram.llt(Side::Lower).map_err(|_| Singular)?;
    drop(gram);
    let weights = factor.solve(&y);
    // With G = LLᵀ, G⁻¹ = (L⁻¹)ᵀL⁻¹. Of it only the diagonal and the intents' blocks are asked for, which are products of
    // a few columns of L⁻¹.
    let mut root: Mat<f64> = Mat::zeros(rows, rows);
    invert_lower_triangular(root.as_mut(), factor.L(), Par::Seq);
    drop(factor);

    let diagonal: Vec<f64> = (0..rows).map(|row| root.col_as_slice(row)[row..].iter().map(|x| x * x).sum()).collect();

    let without_row =
        Mat::from_fn(rows, intents, |row, intent| y[(row, intent)] - weights[(row, intent)] / diagonal[row]);
    let mut without_intent = Mat::zeros(rows, intents);
    // Rows of nobody are never left out: they stand for themselves.
    for block in blocks(owners, intents) {
        let columns = Mat::from_fn(rows, block.len(), |row, a| root[(row, block[a])]);
        let own = columns.transpose() * &columns;
        let own_weights = Mat::from_fn(block.len(), intents, |a, intent| weights[(block[a], intent)]);
        let residual = own.llt(Side::Lower).map_err(|_| Singular)?.solve(&own_weights);
        for (a, &row) in block.iter().enumerate() {
            for intent in 0..intents {
                without_intent[(row, intent)] = y[(row, intent)] - residual[(a, intent)];
            }
        }
    }
    Ok(Solution { weights, without_row, without_intent })
}

/// The rows of each intent; those of nobody are in none.
pub fn blocks(owners: &[usize], intents: usize) -> Vec<Vec<usize>> {
    let mut blocks = vec![Vec::new(); intents];
    for (row, &owner) in owners.iter().enumerate() {
        if owner != NOBODY {
            blocks[owner].push(row);
        }
    }
    blocks
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A small valid kernel over points on a line.
    fn gram(points: &[f64]) -> Mat<f64> {
        Mat::from_fn(points.len(), points.len(), |a, b| (-(points[a] - points[b]).powi(2)).exp())
    }

    fn pick(points: &[f64], owners: &[usize], keep: impl Fn(usize) -> bool) -> (Vec<f64>, Vec<usize>) {
        (0..points.len()).filter(|&row| keep(row)).map(|row| (points[row], owners[row])).unzip()
    }

    fn score(at: f64, points: &[f64], solution: &Solution, intent: usize) -> f64 {
        points.iter().enumerate().map(|(row, p)| (-(at - p).powi(2)).exp() * solution.weights[(row, intent)]).sum()
    }

    const POINTS: [f64; 6] = [0.0, 0.4, 1.1, 2.0, 2.3, 3.9];
    const OWNERS: [usize; 6] = [0, 0, 1, 1, 2, 2];

    #[test]
    fn leaving_an_example_out_equals_training_without_it() {
        let all = solve(gram(&POINTS), &OWNERS, 3, 0.1).unwrap();

        for (row, &point) in POINTS.iter().enumerate() {
            let (points, owners) = pick(&POINTS, &OWNERS, |other| other != row);
            let rest = solve(gram(&points), &owners, 3, 0.1).unwrap();
            for intent in 0..3 {
                let expected = score(point, &points, &rest, intent);
                assert!((all.without_row[(row, intent)] - expected).abs() < 1e-9);
            }
        }
    }

    #[test]
    fn leaving_an_intent_out_equals_training_without_its_examples() {
        let all = solve(gram(&POINTS), &OWNERS, 3, 0.1).unwrap();

        for (row, &point) in POINTS.iter().enumerate() {
            let (points, owners) = pick(&POINTS, &OWNERS, |other| OWNERS[other] != OWNERS[row]);
            let rest = solve(gram(&points), &owners, 3, 0.1).unwrap();
            for intent in (0..3).filter(|&intent| intent != OWNERS[row]) {
                let expected = score(point, &points, &rest, intent);
                assert!((all.without_intent[(row, intent)] - expected).abs() < 1e-9);
            }
        }
    }
}
