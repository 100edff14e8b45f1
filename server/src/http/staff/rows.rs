//! The inbox's rows, for pages that are live and for those that are not.

use serde_json::{Value, json};

use super::dispatch::out_of_reach;
use crate::clock::rfc3339;
use crate::http::Shared;
use crate::id::ConversationId;
use crate::model::{Body, Event, Right};
use crate::staff::StaffSession;
use crate::store::staff::inbox::{self, After, Filter, Row};
use crate::wire::{self, StaffRefusal};

/// Rows of a page: a screen and a half.
const PAGE: usize = 40;
/// The newest words of a row.
const MAX_EXCERPT: usize = 140;

/// A page of rows, and where the next one begins.
pub(super) struct Page {
    pub rows: Vec<Row>,
    pub next: Option<String>,
}

/// The rows that the member may see.
pub(super) async fn page(
    shared: &Shared,
    session: &StaffSession,
    filter: Filter,
    site: Option<&str>,
    after: Option<&str>,
) -> Result<Page, StaffRefusal> {
    let after = after.and_then(parse_after);
    let mut rows = Vec::new();
    if session.is_account() {
        for id in session.member.sites(Right::Look).filter(|id| site.is_none_or(|site| site == *id)) {
            let found = inbox::page(&shared.store, id, session.member.number, filter, after, PAGE + 1).await;
            rows.extend(found.map_err(|error| out_of_reach(&error))?);
        }
    }
    rows.sort_by_key(|row| std::cmp::Reverse((row.at, row.id.to_string())));
    let more = rows.len() > PAGE;
    rows.truncate(PAGE);
    let next = rows.last().filter(|_| more).map(|row| format!("{}_{}", row.at, row.id));
    Ok(Page { rows, next })
}

/// The answer to `list`.
pub(super) async fn list(
    shared: &Shared,
    session: &StaffSession,
    filter: &str,
    site: Option<&str>,
    after: Option<&str>,
) -> Result<Value, StaffRefusal> {
    let filter = Filter::parse(filter).ok_or_else(|| {
        StaffRefusal::new("invalid_field", "\"filter\" is open, mine, waiting, unread, closed or all")
    })?;
    let Page { rows, next } = page(shared, session, filter, site, after).await?;
    let rows: Vec<Value> = rows.iter().map(row_json).collect();
    Ok(json!({"type": "list", "filter": filter.as_str(), "rows": rows, "after": next}))
}

/// That a row has changed.
pub(super) fn hint(conversation: ConversationId, event: &Event) -> String {
    let text = match &event.body {
        Body::Text { text, .. } | Body::Choices { text, .. } | Body::Form { text, .. } | Body::State { text, .. } => {
            text
        }
        Body::Rating { .. } => "",
    };
    json!({
        "type": "row",
        "conversation": conversation,
        "seq": event.seq,
        "from": event.from,
        "text": excerpt(text),
        "at": rfc3339(event.at),
    })
    .to_string()
}

fn row_json(row: &Row) -> Value {
    json!({
        "conversation": row.id,
        "site": row.site,
        "state": row.phase,
        "at": rfc3339(row.at),
        "seq": row.last_seq,
        "text": excerpt(&row.text),
        "who": row.who,
        "assignee": row.assignee,
        "score": row.score,
        "unread": row.read < row.last_seq,
    })
}

/// The first words on one line.
pub(super) fn excerpt(text: &str) -> String {
    let cleaned = wire::clean(text);
    let line = cleaned.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= MAX_EXCERPT {
        return line;
    }
    line.chars().take(MAX_EXCERPT).chain(['…']).collect()
}

/// `1795425000123_018f…`: whatever else it says is the first page.
fn parse_after(text: &str) -> Option<After> {
    let (at, id) = text.split_once('_')?;
    Some(After { at: at.parse().ok()?, id: id.parse().ok()? })
}
