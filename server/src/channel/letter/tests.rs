//! What a letter says, and that nothing a visitor typed gets out of its place in it.
