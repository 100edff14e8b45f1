//! What the dialogue speaks of: plain values that know nothing of words, readers and policies.

pub mod context;
pub mod email;
pub mod hours;
pub mod intent;
pub mod introduction;
pub mod item;
pub mod lead;
pub mod locale;
pub mod money;
pub mod nearest;
pub mod phase;
pub mod ranking;
pub mod shown;
pub mod state;
pub mod template;
pub mod turn;
pub mod value;
