//! How soon the server is ready with fifty intents, what it holds in memory then, and how large the program is.

use std::fmt::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use sidedoor::understand;

use crate::process::{self, Fault};

const INTENTS: usize = 50;
/// A server with nothing to do is idle this long after its start: the allocator has given back what starting took.
const IDLE: Duration = Duration::from_secs(4);

pub async fn print(starts: usize, folder: &Path) -> Result<(), Fault> {
    // A folder of its own: what another start has kept of its training must not make the first one faster.
    let folder = &folder.join("start");
    let intents = folder.join("intents");
    std::fs::create_dir_all(&intents)?;
    for (name, text) in fifty_intents()? {
        std::fs::write(intents.join(name), text)?;
    }
    let mut waits = Vec::new();
    let mut idle = Vec::new();
    for start in 0..=starts {
        let begun = Instant::now();
        let server = process::start_server(folder, "start", |config| config.intents = Some(intents.clone())).await?;
        waits.push(begun.elapsed());
        if start == 0 || start == starts {
            tokio::time::sleep(IDLE).await;
            idle.push(server.resident_kib()? as f64 * 1_024.0 / 1e6);
        }
    }
    let first = waits.remove(0);
    waits.sort();
    let program = std::fs::metadata(env!("CARGO_BIN_EXE_sidedoor"))?.len();
    println!("\nthe program, with {INTENTS} intents in English and Spanish");
    println!("  ready, first start        {:>7} ms (new database, nothing kept of training)", first.as_millis());
    println!("  ready, later starts       {:>7} ms (median of {starts})", waits[waits.len() / 2].as_millis());
    println!("  memory, idle              {:>7.1} MB after the first start", idle[0]);
    println!("  memory, idle              {:>7.1} MB after a later one", idle[1]);
    println!("  size of the binary        {:>7.1} MB", program as f64 / 1e6);
    Ok(())
}

/// The starter pack, and as many intents about single products as are missing from fifty.
fn fifty_intents() -> Result<Vec<(String, String)>, Fault> {
    let mut files = Vec::new();
    let mut starter = 0;
    for file in understand::built_in() {
        starter += file.text.lines().filter(|line| line.trim() == "[[intent]]").count();
        files.push((file.path.replace('/', "-"), file.text));
    }
    let nouns = [
        "candle",
        "teapot",
        "blanket",
        "necklace",
        "notebook",
        "lamp",
        "perfume",
        "raincoat",
        "puzzle",
        "guitar strap",
        "yoga mat",
        "cutting board",
        "wallet",
        "umbrella",
        "cushion",
        "vase",
        "apron",
        "calendar",
        "mirror",
        "hammock",
    ];
    let missing = INTENTS.saturating_sub(starter);
    let mut text = String::new();
    for noun in nouns.iter().take(missing) {
        let examples = [
            "tell me about the {}",
            "what is the {} made of",
            "do you make the {} yourselves",
            "{} care instructions",
            "how big is the {}",
            "which colours does the {} come in",
            "is the {} handmade",
            "how heavy is the {}",
            "can the {} be engraved",
            "who designed the {}",
            "does the {} come in a box",
            "is there a matching {} set",
            "the {} from your last reel",
            "more photos of the {} please",
            "{}?",
        ];
        let examples: Vec<String> = examples.iter().map(|it| format!("{:?}", it.replace("{}", noun))).collect();
        writeln!(
            text,
            "[[intent]]\nname = \"about.{}\"\nlabel = \"The {noun}\"\nexamples = [{}]\nreply = [\"The {noun} is made by hand.\"]\n",
            noun.replace(' ', "_"),
            examples.join(", ")
        )?;
    }
    files.push(("products-of-our-own.toml".to_owned(), text));
    Ok(files)
}
