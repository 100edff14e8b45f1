//! Rows in pieces of few different sizes, so that few different statements are prepared.

/// Rows in the largest statement. Its parameters stay far below SQLite's 32,766 and PostgreSQL's 65,535.
const MAX_ROWS: usize = 64;

/// Cuts rows into pieces of at most 64, each filled up with `None` to a power of two: one statement for most groups, and
/// few different ones, so that each is prepared once and kept.
pub(super) fn pieces<T>(rows: &[T]) -> impl Iterator<Item = impl Iterator<Item = Option<&T>>> {
    rows.chunks(MAX_ROWS).map(|piece| {
        let fill = piece.len().next_power_of_two() - piece.len();
        piece.iter().map(Some).chain(std::iter::repeat_n(None, fill))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_cut_into_few_different_sizes_and_none_is_lost() {
        let rows: Vec<usize> = (0..203).collect();

        let sizes: Vec<usize> = pieces(&rows).map(Iterator::count).collect();
        let all: Vec<usize> = pieces(&rows).flatten().flatten().copied().collect();

        assert_eq!(sizes, [64, 64, 64, 16]);
        assert_eq!(all, rows);
    }
}
