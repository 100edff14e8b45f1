//! Conversations while they are held: the desk takes turns, the hub tells whoever listens, tokens say who may.

pub mod desk;
mod draft;
pub mod hub;
mod identity;
mod seats;
pub mod suggestions;
pub mod token;
pub mod visitor;
