//! What can be read out of a visitor's words: addresses, numbers, names, money, dates.

mod email;
mod money;

pub use email::EmailAddress;
pub use money::Money;
