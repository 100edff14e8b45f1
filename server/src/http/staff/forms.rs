//! The conversation's page without script: what is posted by its forms.

use axum::Router;
use axum::extract::{DefaultBodyLimit, Path, RawForm, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::post;

use super::admit::{self, Signed};
use super::dispatch;
use super::pages::{conversation_page, not_found};
use crate::http::Shared;
use crate::id::{ClientId, ConversationId};
use crate::model::Right;
use crate::store;
use crate::store::staff::canned::{self, Canned};
use crate::wire::{Act, StaffPost, StaffRefusal, words};

/// A long answer, percent-encoded.
const MAX_BODY_BYTES: usize = 64 * 1024;
const MAX_SHORTCUT: usize = 40;

pub(super) fn router() -> Router<Shared> {
    Router::new().route("/staff/c/{id}", post(take)).layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
}

/// What a form holds.
#[derive(Default)]
struct Posted {
    csrf: String,
    act: String,
    id: String,
    text: String,
    seen: i64,
    to: String,
    shortcut: String,
}

impl Posted {
    fn read(body: &[u8]) -> Self {
        let mut posted = Self::default();
        for (name, value) in url::form_urlencoded::parse(body) {
            match &*name {
                "csrf" => posted.csrf = value.into_owned(),
                "act" => posted.act = value.into_owned(),
                "id" => posted.id = value.into_owned(),
                "text" => posted.text = value.into_owned(),
                "seen" => posted.seen = value.parse().unwrap_or(0),
                "to" => posted.to = value.into_owned(),
                "shortcut" => posted.shortcut = value.into_owned(),
                _ => {}
            }
        }
        posted
    }

    fn act(&self) -> Result<Act, StaffRefusal> {
        Ok(match self.act.as_str() {
            "reply" => {
                let text = words(Some(&self.text))?;
                if let Some(variable) = unfilled(&text) {
                    tracing::debug!("a reply with {variable} was held back");
                    return Err(StaffRefusal::new("invalid_field", "a {variable} of a canned answer is not filled in"));
                }
                Act::Reply { text, seen: self.seen }
            }
            "note" => Act::Note { text: words(Some(&self.text))? },
            "take" => Act::Take,
            "hand_back" => Act::HandBack,
            "close" => Act::Close,
            "assign" => Act::Assign { to: Some(self.to.clone()).filter(|to| !to.is_empty()) },
            _ => return Err(StaffRefusal::new("unknown_type", "this page knows no such form")),
        })
    }
}

/// The first `{name}` that stands in an answer: nobody means to send that.
fn unfilled(text: &str) -> Option<&str> {
    text.match_indices('{').find_map(|(at, _)| {
        let end = text[at..].find('}')? + at;
        let name = &text[at + 1..end];
        let is_name = !name.is_empty() && name.len() <= 20 && name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
        is_name.then(|| &text[at..=end])
    })
}

async fn take(
    State(shared): State<Shared>,
    Path(id): Path<String>,
    headers: HeaderMap,
    RawForm(body): RawForm,
) -> Response {
    let signed = match admit::signed(&shared, &headers).await {
        Ok(Some(signed)) => signed,
        Ok(None) => return admit::refused(axum::http::StatusCode::FORBIDDEN),
        Err(response) => return response,
    };
    let posted = Posted::read(&body);
    let knows = signed.session.knows(&posted.csrf) || admit::knows_token(&signed.session, &headers);
    if !admit::is_own(&shared.config, &headers) || !knows {
        return admit::refused(axum::http::StatusCode::FORBIDDEN);
    }
    let Ok(conversation) = id.parse::<ConversationId>() else { return not_found() };
    if posted.act == "canned" {
        return save_canned(&shared, &signed, conversation, &posted).await;
    }
    let done = match (posted.act(), posted.id.parse::<ClientId>()) {
        (Ok(act), Ok(key)) => dispatch::post(&shared, &signed.session, &StaffPost { id: key, conversation, act }).await,
        (Ok(_), Err(_)) => Err(StaffRefusal::new("bad_frame", "this form is not whole; load the page again")),
        (Err(refusal), _) => Err(refusal),
    };
    match done {
        Ok(answer) if answer["type"] == "conflict" => {
            let events = store::conversations::events_after(&shared.store, conversation, posted.seen, 50).await;
            let events = events.map(|(events, _)| events).unwrap_or_default();
            conversation_page(&shared, &signed, &id, &posted.text, &events, "").await
        }
        Ok(_) => Redirect::to(&format!("/staff/c/{conversation}#end")).into_response(),
        Err(refusal) if refusal.code == "unknown_conversation" => not_found(),
        Err(refusal) => conversation_page(&shared, &signed, &id, &posted.text, &[], refusal.message).await,
    }
}

/// Keeps what stands in the reply as a canned answer, or deletes the one of that name where nothing stands in it.
async fn save_canned(shared: &Shared, signed: &Signed, id: ConversationId, posted: &Posted) -> Response {
    let found = match dispatch::reach(shared, &signed.session, Right::Answer, id).await {
        Ok(found) => found,
        Err(_) => return not_found(),
    };
    let shortcut: String = posted
        .shortcut
        .trim()
        .trim_start_matches('/')
        .chars()
        .filter(|c| !c.is_whitespace())
        .take(MAX_SHORTCUT)
        .collect();
    let text = posted.text.trim();
    let saved = match (shortcut.is_empty(), text.is_empty()) {
        (true, _) => {
            return conversation_page(shared, signed, &id.to_string(), &posted.text, &[], "give it a name").await;
        }
        (false, true) => canned::delete(&shared.store, &found.site, &shortcut).await.map(drop),
        (false, false) => {
            let body: String = text.chars().take(crate::wire::MAX_TEXT_CHARS).collect();
            canned::save(&shared.store, &found.site, &Canned { shortcut, body }, shared.clock.now()).await
        }
    };
    match saved {
        Ok(()) => Redirect::to(&format!("/staff/c/{id}")).into_response(),
        Err(error) => admit::unavailable(&error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_that_nobody_filled_in_is_found() {
        assert_eq!(unfilled("Hi {name}, your order"), Some("{name}"));
        assert_eq!(unfilled("Use { and } as you like {1}, {}"), None);
    }
}
