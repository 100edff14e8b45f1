//! The languages that the program speaks itself: its sentences, and the small words it knows without the matcher.

pub mod cues;
pub mod facts;
pub mod phrases;
pub mod talk;
