//! How each language writes numbers, days, amounts and wishes: one data file a language, read once.

mod file;
mod lexicon;
mod types;

use std::sync::LazyLock;

pub use lexicon::Words;
pub use types::Grammar;

const FILES: [(&str, &str); 6] = [
    ("en", include_str!("grammar/en.toml")),
    ("es", include_str!("grammar/es.toml")),
    ("pt", include_str!("grammar/pt.toml")),
    ("fr", include_str!("grammar/fr.toml")),
    ("de", include_str!("grammar/de.toml")),
    ("it", include_str!("grammar/it.toml")),
];

static GRAMMARS: LazyLock<Vec<Grammar>> =
    LazyLock::new(|| FILES.iter().map(|(tag, text)| file::read(tag, text)).collect());

/// All grammars.
pub fn all() -> &'static [Grammar] {
    &GRAMMARS
}

/// The grammar of a language, and then those of the others: people switch in mid-sentence.
pub fn own_first(tag: &str) -> impl Iterator<Item = &'static Grammar> {
    let own = move |grammar: &&Grammar| grammar.tag == tag;
    GRAMMARS.iter().filter(own).chain(GRAMMARS.iter().filter(move |grammar| !own(grammar)))
}

/// Reads all files.
pub fn prepare() {
    LazyLock::force(&GRAMMARS);
}
