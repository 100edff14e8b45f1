//! Staff: who they are here and now, by which door they come in, and what they are told of each other.

mod doors;
mod links;
mod members;
mod mode;
mod office;
mod records;
mod secret;
mod session;
mod sign_in;
mod switchboard;
mod tries;

pub use doors::{Claim, Entered, Refused};
pub use members::display_name;
pub use office::Staff;
pub use records::{NotRecorded, Record};
pub use session::StaffSession;
pub use sign_in::SIGN_IN_MS;
pub use switchboard::News;
