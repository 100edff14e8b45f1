//! The tokenizer against the reference: `wordpiece.jsonl` was made by Hugging Face's `tokenizers` 0.23 with the
//! tokenizer.json of all-MiniLM-L6-v2, without special tokens.

use sidedoor_matcher::Tokenizer;

#[derive(serde::Deserialize)]
struct Case {
    text: String,
    ids: Vec<u32>,
}

#[test]
fn every_text_of_the_corpus_is_cut_as_the_reference_cuts_it() {
    let tokenizer = Tokenizer::new(include_str!("../data/vocab.txt"));
    let mut wrong = Vec::new();

    for line in include_str!("wordpiece.jsonl").lines() {
        let case: Case = serde_json::from_str(line).expect("each line is a case");
        let ids = tokenizer.tokenize(&case.text);
        if ids != case.ids {
            wrong.push(format!("{:?}: {ids:?}, not {:?}", case.text, case.ids));
        }
    }

    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
