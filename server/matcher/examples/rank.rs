//! `sidedoor rank` without the server: `rank [--no-encoder] [--table FILE] [--caution 0.5] TRAIN.jsonl`, driven by bench/intents/evaluate.py.

use std::io::{BufReader, stdin, stdout};
use std::sync::Arc;

use sidedoor_matcher::{Encoder, Options, StaticEncoder, serve_lines};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut options = Options::default();
    let mut encoder: Option<Arc<dyn Encoder>> = Some(Arc::new(StaticEncoder::built_in()?));
    let mut file = None;
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--no-encoder" => encoder = None,
            "--table" => {
                let table = std::fs::read(arguments.next().ok_or("--table needs a file")?)?;
                encoder = Some(Arc::new(StaticEncoder::from_table(Box::leak(table.into_boxed_slice()))?));
            }
            "--no-spelling" => options.spelling = false,
            "--other-language" => options.encoder_knows_language = false,
            "--caution" => options.caution = arguments.next().ok_or("--caution needs a number")?.parse()?,
            _ => file = Some(argument),
        }
    }
    let file = std::fs::File::open(file.ok_or("give a training file")?)?;
    serve_lines(BufReader::new(file), stdin().lock(), stdout().lock(), encoder, &options, &mut |_| ())?;
    Ok(())
}
