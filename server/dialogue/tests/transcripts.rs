//! Plays the conversations in `transcripts/` and compares what is said, saved and passed on, word by word.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use sidedoor_dialogue::{
    Action, Candidate, Context, Hours, Input, Intents, Page, Part, Phase, Profile, Ranking, Rejected, SourceFile,
    State, Turn, parse, step,
};

/// The score from which the transcripts' rankings count as understood.
const THRESHOLD: f32 = 0.5;

/// Monday, 23 November 2026, 10:00 in Madrid.
const NOW: &str = "2026-11-23T10:00:00+01:00";

#[test]
fn each_transcript_is_played_word_by_word() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/transcripts");
    let bless = std::env::var_os("BLESS").is_some();
    let mut paths: Vec<_> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "txt"))
        .collect();
    paths.sort();
    let mut wrong = Vec::new();
    for path in &paths {
        let written = std::fs::read_to_string(path).unwrap();
        let played = Player::new(&folder).play(&written);
        if played != written {
            if bless {
                std::fs::write(path, &played).unwrap();
            } else {
                wrong.push(format!("{}:\n{}", path.display(), difference(&written, &played)));
            }
        }
    }
    assert!(paths.len() >= 30, "only {} transcripts", paths.len());
    assert!(
        wrong.is_empty(),
        "{}\nIf this is how it should be: BLESS=1 cargo test -p sidedoor-dialogue --test transcripts",
        wrong.join("\n")
    );
}

struct Player<'a> {
    folder: &'a Path,
    intents: Intents,
    profile: Profile,
    page: Page,
    locale: String,
    now_ms: i64,
    state: State,
}

impl<'a> Player<'a> {
    fn new(folder: &'a Path) -> Self {
        let now_ms = NOW.parse::<jiff::Timestamp>().unwrap().as_millisecond();
        let mut profile = Profile::new("Acme", "en");
        profile.region = Some("ES".into());
        let mut player = Self {
            folder,
            intents: Intents::default(),
            profile,
            page: Page::default(),
            locale: "en".into(),
            now_ms,
            state: State::default(),
        };
        player.set("intents", "shop.toml");
        player
    }

    /// The transcript as it should read: what is said to the program as it stands, what it answers as it answers now.
    fn play(mut self, written: &str) -> String {
        let mut played = String::new();
        for line in written.lines() {
            if line.starts_with(' ') {
                continue;
            }
            let (sign, rest) = line.split_at(line.find(' ').unwrap_or(line.len()));
            let rest = rest.trim();
            match sign {
                "@" => {
                    let (key, value) = rest.split_once(' ').unwrap_or((rest, ""));
                    self.set(key, value.trim());
                }
                "" | "#" | ">" | ">>" | "%" | "!" => {}
                _ => continue,
            }
            writeln!(played, "{line}").unwrap();
            match sign {
                ">" => played += &self.hear(rest),
                ">>" => played += &self.press(rest),
                "%" => played += &self.submit(rest),
                "!" => played += &self.staff(rest),
                _ => {}
            }
        }
        played
    }

    fn set(&mut self, key: &str, value: &str) {
        match key {
            "intents" => {
                let text = std::fs::read_to_string(self.folder.join(value)).unwrap();
                self.intents =
                    parse(&[SourceFile { path: value.into(), text }]).unwrap_or_else(|faults| panic!("{faults:?}"));
            }
            "site" => self.profile.locale = value.into(),
            "region" => self.profile.region = Some(value.into()),
            "visitor" => self.locale = value.into(),
            "high_value" => self.profile.high_value = Some(value.parse().unwrap()),
            "page" => self.page.url = value.into(),
            "referrer" => self.page.referrer = value.into(),
            "now" => {
                self.now_ms =
                    value.parse::<jiff::Timestamp>().unwrap_or_else(|error| panic!("{value}: {error}")).as_millisecond()
            }
            "hours" => {
                let table = value.split(';').map(|entry| entry.split_once('=').unwrap());
                let table = table.map(|(key, value)| (key.trim().to_owned(), value.trim().to_owned())).collect();
                self.profile.hours = Some(Hours::parse(&table).unwrap());
            }
            other => panic!("@ {other}: unknown setting"),
        }
    }

    fn hear(&mut self, line: &str) -> String {
        // A name may hold the sign as well.
        let line = line.replace("] & ", "]\n");
        let mut parts = line.split('\n');
        let (text, mut ranking) = read_message(parts.next().unwrap_or_default());
        ranking.parts =
            parts.map(read_message).map(|(text, ranking)| Part { text: text.into(), ranking, denied: false }).collect();
        self.take(Input::Message { text, ranking: &ranking })
    }

    fn press(&mut self, option: &str) -> String {
        self.take(Input::Choose { option })
    }

    fn submit(&mut self, line: &str) -> String {
        let (form, rest) = line.split_once(':').unwrap();
        let mut fields = BTreeMap::new();
        let mut consent = false;
        for field in rest.split(';').map(str::trim).filter(|field| !field.is_empty()) {
            match field.split_once('=') {
                Some((name, value)) => drop(fields.insert(name.trim().to_owned(), value.trim().to_owned())),
                None => consent = field == "agreed",
            }
        }
        self.take(Input::Form { form: form.trim(), fields: &fields, consent })
    }

    fn staff(&mut self, what: &str) -> String {
        match what {
            "staff reply" => self.take(Input::StaffReplied),
            "staff give back" => self.take(Input::StaffReleased),
            "staff close" => self.take(Input::StaffClosed),
            other => self.take(Input::Rate { score: other.trim_start_matches("rated ").parse().unwrap() }),
        }
    }

    fn take(&mut self, input: Input) -> String {
        let context =
            Context { profile: &self.profile, now_ms: self.now_ms, page: &self.page, locale: &self.locale, seed: 0 };
        // Through JSON, as the store keeps it.
        let json = serde_json::to_string(&self.state).unwrap();
        let state = serde_json::from_str(&json).unwrap();
        match step(&self.intents, &context, state, input) {
            Ok(turn) => {
                let told = tell(&turn);
                self.state = turn.state;
                told
            }
            Err(Rejected::InvalidFields(fields)) => {
                fields.iter().fold(String::new(), |told, (name, reason)| told + &format!("x {name}: {reason}\n"))
            }
            Err(rejected) => format!("x {rejected}\n"),
        }
    }
}

/// `how long does it take  [shipping.time 0.83]`
fn read_message(line: &str) -> (&str, Ranking) {
    match line.rsplit_once('[').filter(|_| line.ends_with(']')) {
        Some((text, ranking)) => (text.trim(), read_ranking(ranking.trim_end_matches(']'))),
        None => (line, read_ranking("")),
    }
}

/// `shipping.time 0.83, returns 0.41 in es`
fn read_ranking(text: &str) -> Ranking {
    let (scores, locale) = match text.rsplit_once(" in ") {
        Some((scores, locale)) => (scores, Some(locale.trim().to_owned())),
        None => (text, None),
    };
    let candidates: Vec<Candidate> = scores
        .split(',')
        .filter_map(|entry| entry.trim().rsplit_once(' '))
        .map(|(intent, score)| Candidate { intent: intent.into(), score: score.parse().unwrap() })
        .collect();
    let in_scope = candidates.first().is_some_and(|best| best.score >= THRESHOLD);
    Ranking { candidates, threshold: THRESHOLD, in_scope, locale, parts: Vec::new() }
}

fn tell(turn: &Turn) -> String {
    let mut told = String::new();
    for action in &turn.actions {
        match action {
            Action::Say { text } => told += &format!("< {text}\n"),
            Action::Offer { text, options } => {
                told += &format!("< {text}\n");
                for option in options {
                    told += &format!("  ({}) {}\n", option.label, option.value);
                }
            }
            Action::Ask { text, form } => {
                let fields: Vec<_> = form
                    .fields
                    .iter()
                    .map(|field| format!("{}{}", field.name, if field.required { "*" } else { "" }))
                    .collect();
                told += &format!("< {text}\n  form {}: {}\n", form.name, fields.join(", "));
            }
            Action::Enter { phase, text } => {
                let phase = match phase {
                    Phase::Bot => "bot",
                    Phase::Waiting => "waiting",
                    Phase::Staff => "staff",
                    Phase::Closed => "closed",
                };
                told += format!("= {phase} {}", text.as_deref().unwrap_or_default()).trim_end();
                told += "\n";
            }
            Action::SaveLead(lead) => {
                let items = (!lead.items.is_empty()).then(|| lead.items.join(", "));
                let interest = [("quantity", &lead.quantity), ("occasion", &lead.occasion), ("about", &items)];
                let details: Vec<_> = lead
                    .details
                    .to_map()
                    .into_iter()
                    .chain(interest.into_iter().filter_map(|(name, value)| Some((name, value.clone()?))))
                    .map(|(name, value)| format!("{name} {value}"))
                    .collect();
                let reasons: Vec<_> =
                    lead.reasons.iter().map(|reason| format!("{} {}", reason.points, reason.why)).collect();
                told += &format!("* lead {}: {}\n", lead.score, details.join(", "));
                told += &format!("  because {}\n", reasons.join(", "));
                if let Some(message) = &lead.message {
                    told += &format!("  wants {}\n", message.replace('\n', " / "));
                }
                if let Some(consent) = &lead.consent {
                    told += &format!("  agreed to \"{}\"\n", consent.wording);
                }
            }
            Action::Escalate(escalation) => {
                let open = match escalation.open {
                    Some(true) => ", open",
                    Some(false) => ", closed",
                    None => "",
                };
                let intent = escalation.intent.as_deref().map(|intent| format!(" ({intent})")).unwrap_or_default();
                told += &format!("* staff are told: {}{intent}{open}\n", escalation.reason.as_str());
            }
        }
    }
    if told.is_empty() {
        told += "(silence)\n";
    }
    told
}

fn difference(written: &str, played: &str) -> String {
    let (written, played): (Vec<_>, Vec<_>) = (written.lines().collect(), played.lines().collect());
    let at = (0..).find(|&at| written.get(at) != played.get(at)).unwrap();
    let line = |lines: &[&str]| lines.get(at).copied().unwrap_or("(the end)").to_owned();
    format!("  line {}\n    written: {}\n    played:  {}", at + 1, line(&written), line(&played))
}
