//! What the bot says next: a pure step from a state and an input to a state and actions.
