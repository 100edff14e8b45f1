//! Sidedoor: the chat that stays up when the platform's DMs are down.
//!
//! Modules in reading order; `ARCHITECTURE.md` draws the flow between them.

pub mod app;
#[cfg(feature = "bert")]
pub mod bert;
pub mod bus;
pub mod catalogue;
pub mod channel;
pub mod clock;
pub mod config;
pub mod desk;
pub mod encode;
pub mod fetch;
pub mod http;
pub mod hub;
pub mod id;
pub mod metrics;
pub mod model;
pub mod outbox;
pub mod staff;
pub mod store;
pub mod token;
pub mod understand;
pub mod wire;
