//! The real model against embeddings of an independent implementation, and folders that cannot be used.
//!
//! Built with the feature `bert` only, so the set-up is there or the test says how to get it.

use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use sidedoor_matcher::Encoder;
use tempfile::TempDir;

use super::{Bert, BertError, cheapest_passes, full_passes, start};
use crate::encode::{Limits, Model, Status};

/// Texts in several scripts, one of them longer than the model reads. The embeddings were computed in 64 bits by a
/// direct transcription of the network into numpy, with Hugging Face's `tokenizers`, from the same weights.
const REFERENCE: &str = include_str!("reference.json");
const LEAST_COSINE: f32 = 0.99999;

#[derive(Deserialize)]
struct Known {
    text: String,
    embedding: Vec<f32>,
}

fn folder() -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../models/all-MiniLM-L6-v2");
    assert!(folder.exists(), "no model in {}; run bin/setup-bert", folder.display());
    folder
}

/// The real folder's small files, for a test to spoil one.
fn copy_without_weights() -> TempDir {
    let copy = TempDir::new().unwrap();
    fs::create_dir(copy.path().join("1_Pooling")).unwrap();
    for file in ["config.json", "sentence_bert_config.json", "vocab.txt", "1_Pooling/config.json"] {
        fs::copy(folder().join(file), copy.path().join(file)).unwrap();
    }
    copy
}

fn refusal(folder: &Path) -> BertError {
    match Bert::load(folder) {
        Ok(_) => panic!("{} was loaded", folder.display()),
        Err(error) => error,
    }
}

fn cosine(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[test]
fn embeddings_equal_the_reference() {
    let known: Vec<Known> = serde_json::from_str(REFERENCE).unwrap();
    let texts: Vec<&str> = known.iter().map(|known| known.text.as_str()).collect();
    let mut bert = Bert::load(&folder()).unwrap();

    let together = bert.encode(&texts).unwrap();

    for (known, embedding) in known.iter().zip(&together) {
        let cosine = cosine(&known.embedding, embedding);
        assert!(cosine > LEAST_COSINE, "{:?}: cosine {cosine}", known.text);
    }
    // A text's neighbours in its batch do not show in its embedding.
    for (text, embedding) in texts.iter().zip(&together) {
        let alone = bert.encode(&[text]).unwrap();
        assert!(cosine(&alone[0], embedding) > LEAST_COSINE, "{text:?} alone");
    }
}

#[test]
fn any_text_gives_an_embedding_of_length_one() {
    let mut bert = Bert::load(&folder()).unwrap();
    let long = "word ".repeat(2_000);

    for text in ["", " ", "\u{0}\u{7}\u{200b}", "🙂", "\u{202e}desrever", &long, &"x".repeat(4_000)] {
        let embedding = bert.encode(&[text]).unwrap().remove(0);
        assert!((cosine(&embedding, &embedding) - 1.0).abs() < 1e-3, "{:?}", text.chars().take(20).collect::<String>());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_at_once_share_batches() {
    let front = tokio::task::spawn_blocking(|| start(&folder(), Limits::default())).await.unwrap().unwrap();
    let asked: Vec<_> = (0..32)
        .map(|number| {
            let front = front.clone();
            tokio::spawn(async move { front.embed(&format!("question number {number}")).await })
        })
        .collect();

    let mut shed = 0;
    for asked in asked {
        match asked.await.unwrap() {
            Ok(embedding) => assert_eq!(embedding.len(), front.dimensions()),
            Err(_) => shed += 1,
        }
    }

    let counters = front.counters();
    assert_eq!(counters.shed_late, shed, "only a slow machine may shed here");
    assert!(counters.batches < 32, "{counters:?}");
    assert_eq!(front.status(), Status::Ready);
}

#[test]
fn a_missing_folder_says_how_to_get_it() {
    let error = refusal(Path::new("models/nowhere"));

    assert!(matches!(error, BertError::Missing(_)));
    assert!(error.to_string().contains("run bin/setup-bert"), "{error}");
    assert!(error.to_string().contains("models/nowhere/config.json"), "{error}");
}

#[test]
fn missing_weights_say_how_to_get_them() {
    let folder = copy_without_weights();

    let error = refusal(folder.path());

    assert!(matches!(&error, BertError::Missing(path) if path.ends_with("model.safetensors")), "{error}");
}

#[test]
fn weights_cut_short_are_refused_with_the_remedy() {
    let folder = copy_without_weights();
    let whole = fs::read(self::folder().join("model.safetensors")).unwrap();
    fs::write(folder.path().join("model.safetensors"), &whole[..whole.len() / 2]).unwrap();

    let error = refusal(folder.path());

    assert!(matches!(error, BertError::Altered { .. }), "{error}");
    assert!(error.to_string().contains("run bin/setup-bert"), "{error}");
}

#[test]
fn a_sum_beside_the_weights_is_the_one_they_must_have() {
    let folder = copy_without_weights();
    fs::write(folder.path().join("model.safetensors"), b"not what its sum says").unwrap();
    fs::write(folder.path().join("model.safetensors.sha256"), "00ff  model.safetensors\n").unwrap();

    let error = refusal(folder.path());

    assert!(matches!(&error, BertError::Altered { expected, .. } if expected == "00ff"), "{error}");
}

#[test]
fn a_folder_of_another_kind_of_model_is_refused() {
    let folder = copy_without_weights();
    fs::write(
        folder.path().join("1_Pooling/config.json"),
        r#"{"pooling_mode_mean_tokens": false, "pooling_mode_cls_token": true}"#,
    )
    .unwrap();
    assert!(refusal(folder.path()).to_string().contains("only mean pooling is known"));

    let folder = copy_without_weights();
    fs::write(folder.path().join("vocab.txt"), "[PAD]\n[CLS]\n[SEP]\n").unwrap();
    assert!(refusal(folder.path()).to_string().contains("vocab_size"));

    let folder = copy_without_weights();
    fs::write(folder.path().join("config.json"), "{\"hidden_size\": ").unwrap();
    assert!(refusal(folder.path()).to_string().contains("config.json: cannot be read"));
}

#[test]
fn a_long_message_does_not_make_short_ones_as_dear_as_itself() {
    assert_eq!(cheapest_passes(&[4, 5, 5, 6, 250]), [4, 1]);
    // Too little padding to be worth another pass.
    assert_eq!(cheapest_passes(&[8, 9, 10, 10]), [4]);
    assert_eq!(cheapest_passes(&[]), [0usize; 0]);
}

#[test]
fn no_pass_is_larger_than_memory_was_set_aside_for() {
    assert_eq!(full_passes(&[256; 10]), [4, 4, 2]);
    assert_eq!(full_passes(&[3; 400]), [341, 59]);
    assert_eq!(cheapest_passes(&[512, 512, 512]).iter().max(), Some(&2));
    assert_eq!(cheapest_passes(&[2_000]), [1], "one row goes through, however long");
}
