//! Conversations while they are held: the desk takes turns, the hub tells whoever listens, tokens say who may.

pub mod hub;
pub mod token;
