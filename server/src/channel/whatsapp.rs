//! WhatsApp by Meta's Cloud API.

pub mod inbound;
pub mod signature;
