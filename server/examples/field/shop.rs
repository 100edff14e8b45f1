//! A shop with the starter pack, and one visitor's conversation with it.

use sidedoor::config::{Config, Site};
use sidedoor::understand::{self, SiteIntents, Trainer};
use sidedoor_dialogue::{Action, Context, Input, Page, Profile, State, Turn, locale, step};

use crate::data::NOW_MS;

/// The starter pack, trained.
pub struct Shop {
    pub site_intents: SiteIntents,
}

impl Shop {
    pub fn open() -> Result<Self, String> {
        let site: Site =
            toml::from_str("id = \"field\"\nname = \"Tidewater Candles\"").map_err(|error| error.to_string())?;
        let config = Config { database_url: "sqlite://target/field/none.db".into(), ..Config::default() };
        let files = understand::files_of(&config, &site).map_err(|error| error.to_string())?;
        let site_intents =
            SiteIntents::build(&site, &files, &Trainer::new(&config)).map_err(|error| error.to_string())?;
        Ok(Self { site_intents })
    }

    /// A visitor of this locale on a site of the same, whose country is `region`.
    pub fn visited(&self, locale: &str, region: Option<String>) -> Visit<'_> {
        let profile = Profile { locale: locale.to_owned(), region, ..self.site_intents.profile.clone() };
        Visit { shop: self, profile, locale: locale.to_owned(), state: State::default() }
    }
}

/// A conversation.
pub struct Visit<'a> {
    shop: &'a Shop,
    profile: Profile,
    locale: String,
    pub state: State,
}

impl Visit<'_> {
    /// The visitor writes.
    pub fn says(&mut self, text: &str) -> Result<Turn, String> {
        let ranking = self.shop.site_intents.rank(text, &self.locale);
        self.take(Input::Message { text, ranking: &ranking })
    }

    /// The visitor presses a button.
    pub fn chooses(&mut self, option: &str) -> Result<Turn, String> {
        self.take(Input::Choose { option })
    }

    fn take(&mut self, input: Input<'_>) -> Result<Turn, String> {
        let page = Page::default();
        let context = Context { profile: &self.profile, now_ms: NOW_MS, page: &page, locale: &self.locale, seed: 0 };
        let turn = step(&self.shop.site_intents.intents, &context, std::mem::take(&mut self.state), input)
            .map_err(|error| error.to_string())?;
        self.state = turn.state.clone();
        Ok(turn)
    }

    /// The language that the visitor is answered in.
    pub fn language(&self) -> &str {
        locale::language(self.state.locale.as_deref().unwrap_or(&self.locale))
    }
}

/// All that the bot says in a turn.
pub fn spoken(turn: &Turn) -> String {
    let texts: Vec<&str> = turn
        .actions
        .iter()
        .filter_map(|action| match action {
            Action::Say { text } | Action::Offer { text, .. } | Action::Ask { text, .. } => Some(text.as_str()),
            Action::Enter { text, .. } => text.as_deref(),
            Action::SaveLead(_) | Action::Escalate(_) => None,
        })
        .collect();
    texts.join(" ")
}

/// The intent that was answered or handed over for, where one was.
pub fn intent(turn: &Turn) -> Option<&str> {
    turn.intent.as_deref().or_else(|| {
        turn.actions.iter().find_map(|action| match action {
            Action::Escalate(escalation) => escalation.intent.as_deref(),
            _ => None,
        })
    })
}

/// Whether staff hear of the turn.
pub fn is_passed_on(turn: &Turn) -> bool {
    turn.actions.iter().any(|action| matches!(action, Action::Escalate(_)))
}
