//! Text in, ranking out: what a message means among a site's intents.
