//! SMS by Twilio and servers that speak its dialect.

pub mod inbound;
pub mod signature;
