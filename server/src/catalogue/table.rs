//! A file of rows under a line of names, with commas, semicolons or tabs between the cells.

use std::collections::HashMap;

/// A row: its line in the file, and its cells by the lower-case names of their columns.
pub(super) type Row = (u64, HashMap<String, String>);

/// A table with its rows, and the rows that could not be read.
pub(super) struct Table {
    columns: Vec<String>,
    rows: Vec<Row>,
}

impl Table {
    /// # Errors
    /// Where the first line holds no names, or a row cannot be read, with its line.
    pub(super) fn of(text: &str) -> Result<Self, String> {
        let head = text.lines().next().unwrap_or_default();
        let count = |sign: char| head.matches(sign).count();
        let delimiter = [b'\t', b';', b','].into_iter().max_by_key(|sign| count(char::from(*sign))).unwrap_or(b',');
        // Feeds with tabs hold quotes as they are.
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(delimiter)
            .quoting(delimiter != b'\t')
            .flexible(true)
            .from_reader(text.as_bytes());
        let names = reader.headers().map_err(|error| error.to_string())?;
        let columns: Vec<String> =
            names.iter().map(|name| name.trim().trim_matches('"').to_lowercase().replace('_', " ")).collect();
        let mut rows = Vec::new();
        for record in reader.records() {
            let record = record.map_err(|error| error.to_string())?;
            let line = record.position().map_or(0, csv::Position::line);
            let cells = columns.iter().cloned().zip(record.iter().map(|cell| cell.trim().to_owned()));
            rows.push((line, cells.filter(|(_, cell)| !cell.is_empty()).collect()));
        }
        Ok(Self { columns, rows })
    }

    pub(super) fn has(&self, column: &str) -> bool {
        self.columns.iter().any(|name| name == column)
    }

    pub(super) fn rows(&self) -> &[Row] {
        &self.rows
    }
}
