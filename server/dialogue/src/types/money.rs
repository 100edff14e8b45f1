//! Amounts of money.

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

impl Money {
    /// The amount in euros to the order of magnitude; good enough to tell a large budget from a small one, for nothing else.
    pub fn magnitude(&self) -> i64 {
        let per_euro = match self.currency.as_str() {
            "JPY" | "INR" | "RUB" | "PHP" => 100,
            "KRW" | "CLP" | "ARS" | "HUF" | "NGN" => 1_000,
            "COP" | "IDR" | "VND" => 5_000,
            "MXN" | "TRY" | "CZK" | "UAH" | "ZAR" | "THB" => 20,
            "SEK" | "NOK" | "DKK" | "CNY" | "HKD" | "BRL" | "PLN" | "PEN" | "RON" | "AED" | "ILS" => 6,
            _ => 1,
        };
        self.cents / 100 / per_euro
    }
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
