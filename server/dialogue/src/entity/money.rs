//! Amounts of money as people write them.

use std::fmt;

use serde::{Deserialize, Serialize};

/// An amount with its currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Money {
    /// In hundredths of the currency, whatever its own smallest unit is.
    pub cents: i64,
    /// ISO 4217: `EUR`.
    pub currency: String,
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whole = (self.cents / 100).to_string();
        let mut grouped = String::new();
        for (at, digit) in whole.chars().enumerate() {
            if at > 0 && (whole.len() - at).is_multiple_of(3) {
                grouped.push(',');
            }
            grouped.push(digit);
        }
        match self.cents % 100 {
            0 => write!(f, "{} {grouped}", self.currency),
            cents => write!(f, "{} {grouped}.{cents:02}", self.currency),
        }
    }
}
