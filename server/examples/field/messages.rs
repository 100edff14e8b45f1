//! Judges `messages.jsonl`: the intent that the starter pack answers a first message with, and the language of the answer.

use std::path::Path;

use serde::Deserialize;
use sidedoor_dialogue::locale;

use crate::data::{self, Tally, Verdict};
use crate::shop::{self, Shop};

#[derive(Deserialize)]
struct Row {
    locale: String,
    input: String,
    expected: Vec<String>,
    language: Option<String>,
}

pub fn judge_all(folder: &Path, shop: &Shop) -> Result<Tally, String> {
    let mut tally = Tally::default();
    for row in data::rows::<Row>(folder, "messages.jsonl")? {
        let mut visit = shop.visited(&row.locale, data::region_of(&row.locale));
        let turn = visit.says(&row.input)?;
        let got = shop::intent(&turn).unwrap_or("none");
        let language = visit.language();
        let expected_language = row.language.as_deref().map(locale::language);
        let verdict = match row.expected.iter().any(|expected| expected == got) {
            _ if expected_language.is_some_and(|expected| expected != language) => Verdict::Language,
            true => Verdict::Right,
            false if got == "none" => Verdict::Missed,
            false => Verdict::Wrong,
        };
        tally.add("messages", verdict, || {
            format!("{} {:?}: {got} in {language}, not {}", row.locale, row.input, row.expected.join("|"))
        });
    }
    Ok(tally)
}
