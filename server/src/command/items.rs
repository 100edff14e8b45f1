//! `sidedoor items import`: writes a site's things down as items, from the exports, feeds and pages that the shop has already.

use std::fs;
use std::path::{Path, PathBuf};

use sidedoor::catalogue::{self, Changes, Edited, Product, Read, Setting};
use sidedoor::config::{Config, Site};
use sidedoor::{fetch, understand};
use sidedoor_dialogue::SourceFile;

use super::{Failure, Outcome, load_config, runtime, site_named};

/// A feed of some ten thousand products.
const MAX_BYTES: usize = 20 * 1024 * 1024;
/// What a file of intents may have, see the server's reader.
const MAX_WRITTEN_BYTES: usize = 4 * 1024 * 1024;
/// More lines that were left out than this help nobody.
const MOST_LEFT_OUT: usize = 20;

/// What is asked of an import.
pub(super) struct Import<'a> {
    pub(super) sources: &'a [String],
    pub(super) site: Option<&'a str>,
    pub(super) currency: Option<&'a str>,
    pub(super) dry_run: bool,
    pub(super) overwrite: bool,
}

pub(super) fn import(config: Option<&Path>, asked: &Import<'_>) -> Outcome {
    let config = load_config(config)?.config;
    let site = site_named(&config, asked.site)?;
    let path = target(&config, site)?;
    let before = written(&path, asked.overwrite)?;
    let (products, is_pages_only) = read_all(site, asked)?;
    let products = if is_pages_only { beside(&before, products) } else { products };
    if products.is_empty() {
        return Err(Failure::new("no product was found; nothing was written"));
    }
    let text = catalogue::write(&products, &site.locale);
    if text.len() > MAX_WRITTEN_BYTES {
        return Err(Failure::new(format!("{} products are more than one file can hold; import fewer", products.len())));
    }
    let warnings = check(&config, site, &path, &text)?;
    let changes = Changes::between(&before, &products);
    let Changes { new, changed, gone } = changes;
    let summary = format!("{} items: {new} new, {changed} changed, {gone} gone", products.len());
    if asked.dry_run {
        print!("{text}");
        eprintln!("{}: {summary}; nothing was written", path.display());
        return Ok(());
    }
    if changes == Changes::default() && path.exists() && !asked.overwrite {
        println!("{}: {summary}", path.display());
        return Ok(());
    }
    write_whole(&path, &text)?;
    println!("{}: {summary}", path.display());
    if warnings > 0 {
        println!("{warnings} warnings; `sidedoor check` shows them");
    }
    Ok(())
}

/// The file of the site's things: in its own folder, where there are several sites.
fn target(config: &Config, site: &Site) -> Result<PathBuf, Failure> {
    let Some(folder) = &config.intents else {
        return Err(Failure::new(
            "no folder of intents is configured; `sidedoor init` writes one, and \"intents\" in sidedoor.toml names it",
        ));
    };
    let folder = if config.sites.len() > 1 { folder.join(&site.id) } else { folder.clone() };
    Ok(folder.join("items.toml"))
}

/// What the last import has written.
fn written(path: &Path, overwrite: bool) -> Result<Vec<Product>, Failure> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(Failure::new(format!("{} cannot be read: {error}", path.display()))),
    };
    match catalogue::parse(&text) {
        Ok(written) => Ok(written.products),
        Err(Edited::ByHand | Edited::Broken) if overwrite => Ok(Vec::new()),
        Err(edited) => Err(Failure::new(format!("{} {edited}", path.display()))),
    }
}

/// The products of all sources, and whether all of these are pages of single products.
fn read_all(site: &Site, asked: &Import<'_>) -> Result<(Vec<Product>, bool), Failure> {
    let origin = site.origins.iter().find(|origin| origin.starts_with("https://")).map(String::as_str);
    let setting = Setting { currency: asked.currency, origin };
    let mut products = Vec::new();
    let mut is_pages_only = true;
    for (at, source) in asked.sources.iter().enumerate() {
        eprintln!("reading {} of {}: {source}", at + 1, asked.sources.len());
        let text = text_of(site, source)?;
        let Read { products: found, left_out, is_page } =
            catalogue::read(&text, setting).map_err(|why| Failure::new(format!("{source}: {why}")))?;
        for line in left_out.iter().take(MOST_LEFT_OUT) {
            eprintln!("{source}: {line}");
        }
        if left_out.len() > MOST_LEFT_OUT {
            eprintln!("{source}: … and {} more", left_out.len() - MOST_LEFT_OUT);
        }
        eprintln!("{source}: {} products, {} left out", found.len(), left_out.len());
        is_pages_only &= is_page;
        products = beside(&products, found);
    }
    Ok((products, is_pages_only))
}

fn text_of(site: &Site, source: &str) -> Result<String, Failure> {
    if source.contains("://") {
        return Ok(runtime()?.block_on(fetch::text(source, &site.origins, MAX_BYTES))?);
    }
    let unreadable = |why: String| Failure::new(format!("{source} cannot be read: {why}"));
    let size = fs::metadata(source).map_err(|error| unreadable(error.to_string()))?.len();
    if size > MAX_BYTES as u64 {
        return Err(unreadable(format!("it is larger than {} MB", MAX_BYTES / (1024 * 1024))));
    }
    let bytes = fs::read(source).map_err(|error| unreadable(error.to_string()))?;
    String::from_utf8(bytes).map_err(|_| unreadable("it is no text in UTF-8; save it as \"CSV UTF-8\"".to_owned()))
}

/// The products known, with these in place of those of the same name.
fn beside(known: &[Product], new: Vec<Product>) -> Vec<Product> {
    let mut products = known.to_vec();
    for product in new {
        match products.iter_mut().find(|known| known.name == product.name) {
            Some(known) => *known = product,
            None => products.push(product),
        }
    }
    products
}

/// Reads the intents as they will be: what is written must not keep the server from taking them up. Tells how many warnings there are.
fn check(config: &Config, site: &Site, path: &Path, text: &str) -> Result<usize, Failure> {
    let path = path.display().to_string();
    let mut files = understand::files_of(config, site)?;
    files.retain(|file| file.path != path);
    files.push(SourceFile { path, text: text.to_owned() });
    match sidedoor_dialogue::parse(&files) {
        Ok(intents) => Ok(intents.warnings().len()),
        Err(faults) => {
            let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
            Err(Failure::new(format!("{}\nnothing was written", faults.join("\n"))))
        }
    }
}

/// Whole or not at all: the server may read it at any time.
fn write_whole(path: &Path, text: &str) -> Result<(), Failure> {
    let failed = |error: std::io::Error| Failure::new(format!("{} cannot be written: {error}", path.display()));
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(failed)?;
    }
    let unfinished = path.with_extension("toml.part");
    fs::write(&unfinished, text).map_err(failed)?;
    fs::rename(&unfinished, path).map_err(failed)
}
