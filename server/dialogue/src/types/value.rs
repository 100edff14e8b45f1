//! What makes an inquiry worth more: what was heard, and the points that a site gives for it.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The occasions that the program knows by itself, and the points of each.
pub const OCCASIONS: [(&str, i32); 12] = [
    ("wedding", 15),
    ("corporate_gifts", 20),
    ("event", 10),
    ("hotel", 20),
    ("restaurant", 15),
    ("resale", 25),
    ("baptism", 10),
    ("birthday", 5),
    ("anniversary", 5),
    ("funeral", 5),
    ("christmas", 5),
    ("fundraiser", 5),
];

/// What a visitor wants, as far as it tells what the inquiry is worth.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Interest {
    /// The largest quantity that was named.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quantity: Option<Quantity>,
    /// The occasions that were named, each once, as [`OCCASIONS`] or the site calls them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub occasions: Vec<String>,
    /// They order regularly, or have ordered before.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub repeat: bool,
}

/// How many of what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quantity {
    /// How many.
    pub count: u32,
    /// As it was typed: `300 candles`.
    pub text: String,
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// The points of a site; each key that is left out keeps its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ValueRules {
    /// Points by quantity: the highest step that is reached counts.
    pub quantity: Vec<Step>,
    /// Points by budget, in euros; other currencies by their order of magnitude.
    pub budget: Vec<Step>,
    /// Points of occasions, and occasions of the site's own.
    pub occasion: Vec<OccasionRule>,
    /// Points for those who order regularly or have ordered before.
    pub repeat: i32,
    /// Points for being in a hurry.
    pub urgent: i32,
}

/// So many points from so many on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// The least that counts.
    pub from: u32,
    /// From -100 to 100.
    pub points: i32,
}

/// What an occasion is worth.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OccasionRule {
    /// One of [`OCCASIONS`], or the site's own name for it, which staff read.
    pub name: String,
    /// From -100 to 100.
    pub points: i32,
    /// What visitors write; a known occasion has words already and may get more.
    #[serde(default)]
    pub words: Vec<String>,
}

impl Default for ValueRules {
    fn default() -> Self {
        let step = |from, points| Step { from, points };
        Self {
            quantity: vec![step(20, 10), step(100, 20)],
            budget: vec![step(1, 5), step(500, 15), step(5_000, 25)],
            occasion: Vec::new(),
            repeat: 15,
            urgent: 10,
        }
    }
}

impl ValueRules {
    /// The points of an occasion.
    pub fn of_occasion(&self, name: &str) -> i32 {
        let own = self.occasion.iter().find(|rule| rule.name == name).map(|rule| rule.points);
        own.or_else(|| OCCASIONS.iter().find(|(known, _)| *known == name).map(|(_, points)| *points)).unwrap_or(0)
    }
}

/// The points of the highest step that is reached.
pub fn points(steps: &[Step], reached: i64) -> i32 {
    let reached = steps.iter().filter(|step| reached >= i64::from(step.from));
    reached.max_by_key(|step| step.from).map_or(0, |step| step.points)
}
