//! Reads the configuration: the file, then the environment over it, then a check of every value.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use toml::{Table, Value};

use super::nearest::with_nearest;
use super::{Channel, ChannelKind, Config, Site, check};

/// Where the configuration is looked for when no `--config` is given.
const DEFAULT_PATHS: [&str; 2] = ["sidedoor.toml", "/etc/sidedoor/sidedoor.toml"];
/// The folder of intents that is used without being configured, where it is there: what a clone of the project has.
const INTENTS_HERE: &str = "intents";
/// What faults name as their place where there is no file.
const ENVIRONMENT: &str = "environment";
const PREFIX: &str = "SIDEDOOR_";
/// Names beginning with the prefix that are not keys of the configuration.
const NOT_KEYS: [&str; 5] =
    ["SIDEDOOR_CONFIG", "SIDEDOOR_LOG", "SIDEDOOR_LOG_FORMAT", "SIDEDOOR_BERT_DIR", "SIDEDOOR_BIN"];

/// A fault in the configuration: where, which key, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The file, or `environment`.
    pub place: String,
    /// The line in that file, from 1, where it is known.
    pub line: Option<usize>,
    /// What is wrong with which key, and the remedy.
    pub message: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}: {}", self.place, self.message),
            None => write!(f, "{}: {}", self.place, self.message),
        }
    }
}

/// A configuration, and where it came from.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The values.
    pub config: Config,
    /// The file that was read; none when there is none and the demo site runs.
    pub file: Option<PathBuf>,
}

/// Reads `path`, or the first of the default places that exists, or makes the demo configuration.
///
/// `environment` holds the process's variables (`std::env::vars`).
///
/// # Errors
/// Every fault found, each with its file, line and key where they are known.
pub fn load(path: Option<&Path>, environment: &[(String, String)]) -> Result<Loaded, Vec<Fault>> {
    let file = match path {
        Some(path) => Some(path.to_owned()),
        None => DEFAULT_PATHS.iter().map(PathBuf::from).find(|path| path.exists()),
    };
    let text = match &file {
        Some(file) => std::fs::read_to_string(file).map_err(|error| {
            let remedy =
                if error.kind() == std::io::ErrorKind::NotFound { "; write one with `sidedoor init`" } else { "" };
            vec![Fault {
                place: file.display().to_string(),
                line: None,
                message: format!("cannot be read: {error}{remedy}"),
            }]
        })?,
        None => String::new(),
    };
    let place = file.as_ref().map_or_else(|| ENVIRONMENT.to_owned(), |file| file.display().to_string());
    let config = parse(&place, &text, environment)?;
    Ok(Loaded { config, file })
}

/// Parses the text of a configuration file, lays the environment over it and checks every value.
///
/// # Errors
/// Every fault found.
pub fn parse(place: &str, text: &str, environment: &[(String, String)]) -> Result<Config, Vec<Fault>> {
    let from_file: Config = toml::from_str(text).map_err(|error| vec![toml_fault(place, text, &error)])?;
    let mut table: Table = toml::from_str(text).map_err(|error| vec![toml_fault(place, text, &error)])?;
    let mut config = from_file;
    let mut faults = Vec::new();
    let mut environment: Vec<_> = environment.iter().filter(|(name, _)| is_key(name)).collect();
    environment.sort();
    for (name, value) in environment {
        match overlay(&table, name, value) {
            Ok((with, parsed)) => {
                table = with;
                config = *parsed;
            }
            Err(message) => faults.push(Fault { place: ENVIRONMENT.to_owned(), line: None, message }),
        }
    }
    if config.public_url.is_empty() {
        config.public_url = format!("http://{}", config.listen);
    }
    if config.sites.is_empty() && !text_names_a_site(&table) {
        config.sites.push(demo_site(&config));
    }
    if config.intents.is_none() && place == ENVIRONMENT && Path::new(INTENTS_HERE).is_dir() {
        config.intents = Some(PathBuf::from(INTENTS_HERE));
    }
    let lines = Lines::of(text);
    faults.extend(check::faults(&config).into_iter().map(|(path, message)| Fault {
        place: place.to_owned(),
        line: lines.of_path(&path),
        message,
    }));
    if faults.is_empty() { Ok(config) } else { Err(faults) }
}

fn text_names_a_site(table: &Table) -> bool {
    table.get("site").and_then(Value::as_array).is_some_and(|sites| !sites.is_empty())
}

fn is_key(name: &str) -> bool {
    name.starts_with(PREFIX) && !NOT_KEYS.contains(&name)
}

/// The table with one variable laid over it, and what it parses to.
fn overlay(table: &Table, name: &str, value: &str) -> Result<(Table, Box<Config>), String> {
    let (key, value) = match name.strip_suffix("_FILE") {
        Some(key) => {
            let secret = std::fs::read_to_string(value)
                .map_err(|error| format!("{name}: {value} cannot be read: {error}; name a readable file"))?;
            (key, secret.trim_end_matches(['\r', '\n']).to_owned())
        }
        None => (name, value.to_owned()),
    };
    let path: Vec<String> = key.trim_start_matches(PREFIX).split("__").map(str::to_lowercase).collect();
    // "5" may be a number or a name, and only the key knows: the typed reading goes first, the plain words second.
    let mut last = String::new();
    for candidate in typed(&value).into_iter().chain([Value::String(value.clone())]) {
        let mut with = table.clone();
        set(&mut with, &path, candidate).map_err(|error| format!("{name}: {error}"))?;
        match Config::deserialize(Value::Table(with.clone())) {
            Ok(config) => return Ok((with, Box::new(config))),
            Err(error) => last = error.to_string(),
        }
    }
    Err(format!("{name}: {}", with_nearest(last.trim())))
}

/// The value as a number, a boolean, an array or a table, if it reads as one.
fn typed(value: &str) -> Option<Value> {
    let table: Table = toml::from_str(&format!("value = {value}")).ok()?;
    table.get("value").filter(|value| !value.is_str()).cloned()
}

fn set(table: &mut Table, path: &[String], value: Value) -> Result<(), String> {
    let [key, rest @ ..] = path else { return Err("names no key".to_owned()) };
    if rest.is_empty() {
        table.insert(key.clone(), value);
        return Ok(());
    }
    if let Some(index) = rest.first().and_then(|part| part.parse::<usize>().ok()) {
        let entry = table.entry(key.clone()).or_insert_with(|| Value::Array(Vec::new()));
        let list = entry.as_array_mut().ok_or_else(|| format!("{key} is not a list"))?;
        if index > list.len() {
            return Err(format!("{key} has {} entries; the next one is {key}__{}", list.len(), list.len()));
        }
        if rest.len() == 1 {
            if index == list.len() {
                list.push(value)
            } else {
                list[index] = value
            }
            return Ok(());
        }
        if index == list.len() {
            list.push(Value::Table(Table::new()));
        }
        let inner = list[index].as_table_mut().ok_or_else(|| format!("{key}__{index} has no keys below it"))?;
        return set(inner, &rest[1..], value);
    }
    let entry = table.entry(key.clone()).or_insert_with(|| Value::Table(Table::new()));
    set(entry.as_table_mut().ok_or_else(|| format!("{key} has no keys below it"))?, rest, value)
}

fn toml_fault(place: &str, text: &str, error: &toml::de::Error) -> Fault {
    let line = error.span().map(|span| line_of(text, span.start));
    Fault { place: place.to_owned(), line, message: with_nearest(error.message()) }
}

fn line_of(text: &str, offset: usize) -> usize {
    text.bytes().take(offset).filter(|byte| *byte == b'\n').count() + 1
}

/// On which line each key of a file stands.
struct Lines(BTreeMap<String, usize>);

impl Lines {
    fn of(text: &str) -> Self {
        let mut lines = BTreeMap::new();
        if let Ok(table) = toml::de::DeTable::parse(text) {
            collect(text, "", table.get_ref(), &mut lines);
        }
        Self(lines)
    }

    /// The line of `site.0.accent`, or of the nearest enclosing key that stands in the file.
    fn of_path(&self, path: &str) -> Option<usize> {
        let mut path = path;
        loop {
            if let Some(line) = self.0.get(path) {
                return Some(*line);
            }
            path = path.rsplit_once('.')?.0;
        }
    }
}

fn collect(text: &str, prefix: &str, table: &toml::de::DeTable<'_>, lines: &mut BTreeMap<String, usize>) {
    for (key, value) in table {
        let path = if prefix.is_empty() { key.get_ref().to_string() } else { format!("{prefix}.{}", key.get_ref()) };
        lines.insert(path.clone(), line_of(text, key.span().start));
        collect_value(text, &path, value.get_ref(), lines);
    }
}

fn collect_value(text: &str, path: &str, value: &toml::de::DeValue<'_>, lines: &mut BTreeMap<String, usize>) {
    match value {
        toml::de::DeValue::Table(table) => collect(text, path, table, lines),
        toml::de::DeValue::Array(array) => {
            for (index, item) in array.iter().enumerate() {
                let path = format!("{path}.{index}");
                lines.insert(path.clone(), line_of(text, item.span().start));
                collect_value(text, &path, item.get_ref(), lines);
            }
        }
        _ => {}
    }
}

impl Config {
    /// Lets the demo site's pages speak to the port that was really bound, where the configuration asked for any.
    pub fn adopt_port(&mut self, port: u16) {
        if self.public_url == format!("http://{}", self.listen) {
            let host = self.listen.rsplit_once(':').map_or("127.0.0.1", |(host, _)| host);
            self.public_url = format!("http://{host}:{port}");
        }
        let origins = own_origins(&self.public_url, &port.to_string());
        if let Some(demo) = self.sites.iter_mut().find(|site| site.id == "demo") {
            demo.origins = origins;
        }
    }
}

/// The origins that the server's own pages have.
fn own_origins(public_url: &str, port: &str) -> Vec<String> {
    let mut origins = vec![format!("http://127.0.0.1:{port}"), format!("http://localhost:{port}")];
    if let Some(origin) = check::origin_of(public_url)
        && !origins.contains(&origin)
    {
        origins.push(origin);
    }
    origins
}

/// The site that runs where no configuration names one: a shop on the server's own pages.
fn demo_site(config: &Config) -> Site {
    let port = config.listen.rsplit_once(':').map_or("8080", |(_, port)| port);
    Site {
        id: "demo".to_owned(),
        name: "Tidewater Candles".to_owned(),
        origins: own_origins(&config.public_url, port),
        allow_no_origin: false,
        locale: "en".to_owned(),
        region: Some("US".to_owned()),
        greeting: None,
        suggestions: None,
        staff: vec!["staff@demo.example".to_owned()],
        high_value: 50,
        value: sidedoor_dialogue::ValueRules::default(),
        retention_days: 30,
        hours: None,
        time_zone: None,
        accent: Some("#1f5c57".to_owned()),
        caution: None,
        notice: None,
        leads_redirect: None,
        identity_secrets: Vec::new(),
        channels: vec![
            Channel { kind: ChannelKind::Email, value: "hello@demo.example".to_owned(), label: None },
            Channel { kind: ChannelKind::Whatsapp, value: "+15551234567".to_owned(), label: None },
        ],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SITE: &str = "[[site]]\nid = \"acme\"\nname = \"Acme\"\norigins = [\"https://acme.example\"]\n";

    fn parsed(text: &str, environment: &[(&str, &str)]) -> Result<Config, Vec<String>> {
        let environment: Vec<_> =
            environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        parse("sidedoor.toml", text, &environment).map_err(|faults| faults.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn an_unknown_key_is_refused_with_its_line_and_the_nearest_known_one() {
        let faults = parsed("listen = \"127.0.0.1:8080\"\nlocal = 1\n", &[]).unwrap_err();
        let in_site = parsed(&format!("{SITE}orgins = []\n"), &[]).unwrap_err();

        assert!(faults[0].starts_with("sidedoor.toml:2: unknown key \"local\""), "{faults:?}");
        assert_eq!(in_site, ["sidedoor.toml:5: unknown key \"orgins\"; did you mean \"origins\"?"]);
    }

    #[test]
    fn what_inquiries_are_worth_is_set_key_by_key_and_checked() {
        let value = "[site.value]\nquantity = [{ from = 50, points = 30 }]\n[[site.value.occasion]]\nname = \"yoga studio\"\npoints = 10\nwords = [\"yoga retreat\"]\n";
        let config = parsed(&format!("{SITE}{value}"), &[]).unwrap();
        let faults = |value: &str| parsed(&format!("{SITE}[site.value]\n{value}\n"), &[]).unwrap_err();

        let rules = &config.sites[0].value;
        assert_eq!((rules.quantity[0].from, rules.repeat, rules.of_occasion("yoga studio")), (50, 15, 10));
        assert_eq!(rules.of_occasion("wedding"), 15, "what is not named keeps its own");
        assert_eq!(faults("repaet = 5"), ["sidedoor.toml:6: unknown key \"repaet\"; did you mean \"repeat\"?"]);
        assert!(faults("urgent = 500")[0].contains("points go from -100 to 100"));
        assert!(faults("occasion = [{ name = \"weding\", points = 5 }]")[0].contains("did you mean \"wedding\""));
        assert!(faults("quantity = [{ from = 0, points = 5 }]")[0].contains("counts from 1"));
    }

    #[test]
    fn every_faulty_value_is_named_with_its_line_and_remedy() {
        let faults = parsed(
            "listen = \"8080\"\n[[site]]\nid = \"acme\"\nname = \"Acme\"\norigins = [\"https://acme.example/shop\"]\naccent = \"blue\"\n",
            &[],
        )
        .unwrap_err();

        assert!(
            faults
                .iter()
                .any(|fault| fault.starts_with("sidedoor.toml:1: \"listen\"") && fault.contains("127.0.0.1:8080")),
            "{faults:?}"
        );
        assert!(
            faults
                .iter()
                .any(|fault| fault.starts_with("sidedoor.toml:5:") && fault.contains("\"https://acme.example\"")),
            "{faults:?}"
        );
        assert!(faults.iter().any(|fault| fault.starts_with("sidedoor.toml:6: \"accent\"")), "{faults:?}");
    }

    #[test]
    fn the_environment_lies_over_the_file() {
        let config = parsed(
            SITE,
            &[
                ("SIDEDOOR_LISTEN", "127.0.0.1:9000"),
                ("SIDEDOOR_LIMITS__CONNECTIONS", "7"),
                ("SIDEDOOR_SITE__0__NAME", "2024"),
                ("SIDEDOOR_SITE__0__STAFF", "[\"ana@acme.example\"]"),
            ],
        )
        .unwrap();

        assert_eq!(config.listen, "127.0.0.1:9000");
        assert_eq!(config.limits.connections, 7);
        assert_eq!(config.sites[0].name, "2024");
        assert_eq!(config.sites[0].staff, ["ana@acme.example"]);
    }

    #[test]
    fn an_unknown_variable_is_refused_like_an_unknown_key() {
        let faults = parsed(SITE, &[("SIDEDOOR_SMPT__URL", "smtp://127.0.0.1")]).unwrap_err();

        assert_eq!(faults, ["environment: SIDEDOOR_SMPT__URL: unknown key \"smpt\"; did you mean \"smtp\"?"]);
    }

    #[test]
    fn a_secret_may_lie_in_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("smtp");
        std::fs::write(&file, "smtps://me:secret@mail.example\n").unwrap();

        let config = parsed(SITE, &[("SIDEDOOR_SMTP__URL_FILE", file.to_str().unwrap())]).unwrap();

        assert_eq!(config.smtp.url, "smtps://me:secret@mail.example");
    }

    #[test]
    fn without_a_site_the_demo_runs() {
        let config = parsed("", &[("SIDEDOOR_LISTEN", "127.0.0.1:9000")]).unwrap();

        assert_eq!(config.sites[0].id, "demo");
        assert!(config.sites[0].origins.contains(&"http://localhost:9000".to_owned()));
    }
}
