//! Staff: who they are, how they got in, what they noted, and what they see of the conversations.

pub mod canned;
pub mod desk_log;
pub mod inbox;
pub mod log;
pub mod members;
pub mod sessions;
pub mod sign_ins;
