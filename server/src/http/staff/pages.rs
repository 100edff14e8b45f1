//! The pages: the door, signing in, the inbox, one conversation.

use askama::Template;
use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use serde::Deserialize;

use super::admit::{self, Signed};
use super::assets::{ASSETS, Assets};
use super::dispatch::reach;
use super::doors::is_own_page;
use super::rows;
use super::view::{self, Fact, Line};
use crate::clock::rfc3339;
use crate::http::Shared;
use crate::id::{ClientId, ConversationId};
use crate::model::{Event, Right, ScoreReason};
use crate::store;
use crate::store::staff::canned::{self, Canned};
use crate::store::staff::inbox::{Filter, Row};
use crate::store::staff::{desk_log, inbox};
use crate::wire::{MAX_EVENTS, StaffRefusal};

#[derive(Template)]
#[template(path = "staff/door.html")]
struct DoorPage<'a> {
    assets: &'a Assets,
    fault: &'a str,
}

#[derive(Template)]
#[template(path = "staff/sign-in.html")]
struct SignInPage<'a> {
    assets: &'a Assets,
    address: &'a str,
    next: &'a str,
    fault: &'a str,
    sent: bool,
}

#[derive(Template)]
#[template(path = "staff/conversation.html")]
struct ConversationPage<'a> {
    assets: &'a Assets,
    csrf: &'a str,
    me: &'a str,
    id: String,
    site: &'a str,
    is_account: bool,
    may_answer: bool,
    state: &'static str,
    phase: &'static str,
    who: String,
    seen: i64,
    desk_seen: i64,
    more: bool,
    lines: Vec<Line>,
    facts: Vec<Fact>,
    score: Option<i32>,
    reasons: Vec<ScoreReason>,
    assignee: Option<String>,
    earlier: Vec<(String, String)>,
    canned: Vec<Canned>,
    members: Vec<(String, String)>,
    reply_id: String,
    other_id: String,
    draft: &'a str,
    conflict: Vec<Line>,
    fault: &'a str,
}

#[derive(Template)]
#[template(path = "staff/inbox.html")]
struct InboxPage<'a> {
    assets: &'a Assets,
    csrf: &'a str,
    me: &'a str,
    filters: Vec<(&'static str, bool)>,
    filter: &'a str,
    sites: Vec<(String, String, bool)>,
    site: &'a str,
    rows: Vec<ShownRow>,
    next: Option<String>,
}

struct ShownRow {
    id: String,
    who: String,
    text: String,
    state: &'static str,
    phase: &'static str,
    site: String,
    assignee: Option<String>,
    score: Option<i64>,
    unread: bool,
    at: String,
    clock: String,
}

pub(super) fn router() -> Router<Shared> {
    Router::new()
        .route("/r", get(door))
        .route("/r/", get(door))
        .route("/r/{*rest}", get(door))
        .route("/staff", get(async || Redirect::permanent("/staff/")))
        .route("/staff/", get(inbox_page))
        .route("/staff/sign-in", get(sign_in))
        .route("/staff/c/{id}", get(conversation))
}

async fn door() -> Response {
    link_page_with("")
}

/// The page behind a link. It is the same for every link, and knows nothing until its button is pressed.
pub(super) fn link_page_with(fault: &str) -> Response {
    page(&DoorPage { assets: &ASSETS, fault })
}

fn page(template: &impl Template) -> Response {
    match template.render() {
        Ok(html) => ([(header::CONTENT_TYPE, "text/html; charset=utf-8")], html).into_response(),
        Err(error) => admit::unavailable(&error),
    }
}

/// Unknown, another's, another site's: one answer.
pub(super) fn not_found() -> Response {
    (StatusCode::NOT_FOUND, "there is no such page for you\n").into_response()
}

fn refusal(refusal: &StaffRefusal) -> Response {
    if refusal.code == "unavailable" { admit::unavailable(&refusal.message) } else { not_found() }
}

#[derive(Deserialize)]
struct Next {
    #[serde(default)]
    next: String,
}

async fn sign_in(Query(Next { next }): Query<Next>) -> Response {
    let next = if is_own_page(&next) { next.as_str() } else { "" };
    page(&SignInPage { assets: &ASSETS, address: "", next, fault: "", sent: false })
}

pub(super) fn code_page(address: &str, next: &str, fault: &str) -> Response {
    let next = if is_own_page(next) { next } else { "" };
    page(&SignInPage { assets: &ASSETS, address, next, fault, sent: true })
}

async fn conversation(State(shared): State<Shared>, Path(id): Path<String>, headers: HeaderMap) -> Response {
    match admit::signed(&shared, &headers).await {
        Ok(Some(signed)) => conversation_page(&shared, &signed, &id, "", &[], "").await,
        Ok(None) => Redirect::to(&format!("/staff/sign-in?next=/staff/c/{}", ascii(&id))).into_response(),
        Err(response) => response,
    }
}

fn ascii(id: &str) -> String {
    id.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').take(36).collect()
}

/// The conversation's page; with a draft that was not sent, and what kept it.
pub(super) async fn conversation_page(
    shared: &Shared,
    signed: &Signed,
    id: &str,
    draft: &str,
    conflict: &[Event],
    fault: &str,
) -> Response {
    let Ok(id) = id.parse::<ConversationId>() else { return not_found() };
    match shown(shared, signed, id, draft, conflict, fault).await {
        Ok(response) => response,
        Err(why) => refusal(&why),
    }
}

async fn shown(
    shared: &Shared,
    signed: &Signed,
    id: ConversationId,
    draft: &str,
    conflict: &[Event],
    fault: &str,
) -> Result<Response, StaffRefusal> {
    let session = &signed.session;
    let away = |error: store::StoreError| super::dispatch::out_of_reach(&error);
    let found = reach(shared, session, Right::Look, id).await?;
    let resumed = store::conversations::resume(&shared.store, id, 0, MAX_EVENTS).await.map_err(away)?;
    let (conversation, events, more) = resumed.ok_or_else(StaffRefusal::unknown_conversation)?;
    let lead = store::leads::of_conversation(&shared.store, id).await.map_err(away)?;
    let records = desk_log::after(&shared.store, id, 0, super::frames::MAX_DESK).await.map_err(away)?;
    let assignee = match desk_log::assignee(&shared.store, id).await.map_err(away)? {
        Some(number) => shared.staff.member(number).await.map_err(away)?.map(|member| member.name),
        None => None,
    };
    let earlier = match lead.as_ref().and_then(|lead| lead.email_normal.as_deref()) {
        Some(email) => {
            inbox::with_email(&shared.store, &found.site, email, id, super::frames::MAX_EARLIER).await.map_err(away)?
        }
        None => Vec::new(),
    };
    let members = shared.staff.who_may_answer(&found.site).await.map_err(away)?;
    let site = shared.site(&found.site).map_or("", |site| site.name.as_str());
    let who = lead.as_ref().and_then(|lead| lead.name.clone().or_else(|| lead.email.clone()));
    Ok(page(&ConversationPage {
        assets: &ASSETS,
        csrf: &session.csrf,
        me: &session.member.name,
        id: id.to_string(),
        site,
        is_account: session.is_account(),
        may_answer: session.may(Right::Answer, &found.site, id),
        state: view::state(conversation.phase),
        phase: conversation.phase.as_str(),
        who: who.unwrap_or_else(|| "Visitor".to_owned()),
        seen: conversation.last_seq,
        desk_seen: records.last().map_or(0, |record| record.n),
        more,
        lines: view::lines(&events, &records),
        facts: view::facts(&conversation, lead.as_ref()),
        score: lead.as_ref().map(|lead| lead.score),
        reasons: lead.as_ref().map(|lead| lead.reasons.clone()).unwrap_or_default(),
        assignee,
        earlier: earlier.iter().map(|(id, at)| (id.to_string(), view::clock(*at))).collect(),
        canned: canned::list(&shared.store, &found.site).await.map_err(away)?,
        members: members.into_iter().map(|member| (member.address, member.name)).collect(),
        reply_id: ClientId::new().to_string(),
        other_id: ClientId::new().to_string(),
        draft,
        conflict: view::lines(conflict, &[]),
        fault,
    }))
}

#[derive(Deserialize)]
struct Wanted {
    #[serde(default)]
    filter: String,
    #[serde(default)]
    site: String,
    #[serde(default)]
    after: String,
}

async fn inbox_page(State(shared): State<Shared>, Query(wanted): Query<Wanted>, headers: HeaderMap) -> Response {
    let signed = match admit::signed(&shared, &headers).await {
        Ok(Some(signed)) if signed.session.is_account() => signed,
        Ok(_) => return Redirect::to("/staff/sign-in?next=/staff/").into_response(),
        Err(response) => return response,
    };
    let session = &signed.session;
    let filter = Filter::parse(&wanted.filter).unwrap_or(Filter::Open);
    let site = Some(wanted.site.as_str()).filter(|site| !site.is_empty());
    match rows::page(&shared, session, filter, site, Some(&wanted.after)).await {
        Ok(found) => page(&InboxPage {
            assets: &ASSETS,
            csrf: &session.csrf,
            me: &session.member.name,
            filters: Filter::ALL.into_iter().map(|it| (it.as_str(), it == filter)).collect(),
            filter: filter.as_str(),
            sites: session
                .member
                .sites(Right::Look)
                .filter_map(|id| shared.site(id))
                .map(|known| (known.id.clone(), known.name.clone(), site == Some(known.id.as_str())))
                .collect(),
            site: site.unwrap_or_default(),
            rows: found.rows.into_iter().map(ShownRow::from).collect(),
            next: found.next,
        }),
        Err(why) => refusal(&why),
    }
}

impl From<Row> for ShownRow {
    fn from(row: Row) -> Self {
        Self {
            id: row.id.to_string(),
            who: row.who.unwrap_or_else(|| "Visitor".to_owned()),
            text: rows::excerpt(&row.text),
            state: view::state(row.phase),
            phase: row.phase.as_str(),
            site: row.site,
            assignee: row.assignee,
            score: row.score,
            unread: row.read < row.last_seq,
            at: rfc3339(row.at),
            clock: view::clock(row.at),
        }
    }
}
