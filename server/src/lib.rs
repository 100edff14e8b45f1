//! Sidedoor: the chat that stays up when the platform's DMs are down.
