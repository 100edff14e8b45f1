//! Leads: saved with their turn or from a plain form, read by staff.

use std::sync::Arc;

use super::row::{LeadRow, StoredLead};
use super::task_row::TaskRow;
use super::write::Write;
use super::writer;
use super::{CommitError, Store, StoreError};
use crate::clock::Millis;
use crate::id::{ConversationId, LeadId};
use crate::model::{Committed, FormLead, Lead, NewTask, Tally};

/// All columns, in one place for the queries below.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "select id, site, conversation_id, email, email_normal, phone, name, company, budget, fields, message,
                intents, score, reasons, consent_at, consent_wording, page, utm, created_at, updated_at
             from leads ",
            $rest
        )
    };
}

/// Stores the lead of a plain form with its tasks, through the writer, durably. A form that is there already stays as it is,
/// and so do its tasks. (A chat's lead goes with its turn: [`Store::commit`].)
///
/// # Errors
///
/// See [`CommitError`]; nothing was stored then.
pub async fn save(store: &Store, form: &FormLead, tasks: &[NewTask]) -> Result<Arc<Committed>, CommitError> {
    let write = Write {
        conversation: None,
        events: Vec::new(),
        lead: Some(LeadRow::from(form)),
        tasks: tasks.iter().map(TaskRow::from).collect(),
        now: 0,
        told: Committed {
            conversation: None,
            site: form.lead.site.clone(),
            version: 0,
            events: Vec::new(),
            queued: Vec::new(),
            tally: Tally::default(),
        },
    };
    writer::submit(&store.writer, write).await
}

/// The lead with this id.
///
/// # Errors
///
/// [`StoreError`].
pub async fn load(store: &Store, id: LeadId) -> Result<Option<Lead>, StoreError> {
    let row: Option<StoredLead> = read!(store, pool => sqlx::query_as(select!("where id = $1"))
        .bind(id.to_string())
        .fetch_optional(pool)
        .await)?;
    row.map(Lead::try_from).transpose()
}

/// The conversation's lead.
///
/// # Errors
///
/// [`StoreError`].
pub async fn of_conversation(store: &Store, id: ConversationId) -> Result<Option<Lead>, StoreError> {
    let row: Option<StoredLead> = read!(store, pool => sqlx::query_as(select!("where conversation_id = $1"))
        .bind(id.to_string())
        .fetch_optional(pool)
        .await)?;
    row.map(Lead::try_from).transpose()
}

/// The site's leads with this normalised email, in the order of their ids. They may be different people: nobody has proven to own
/// the address, so they are pointed out and never merged.
///
/// # Errors
///
/// [`StoreError`].
pub async fn with_email(store: &Store, site: &str, email_normal: &str) -> Result<Vec<Lead>, StoreError> {
    let rows: Vec<StoredLead> = read!(store, pool => sqlx::query_as(select!(
            "where email_normal = $1 and site = $2 and held = 0
             order by id"
        ))
        .bind(email_normal)
        .bind(site)
        .fetch_all(pool)
        .await)?;
    rows.into_iter().map(Lead::try_from).collect()
}

/// A page of leads in the order they were made: those of `site` (or of all), first saved at `since` or later, after the
/// lead `after`; `limit` at most. The last page is shorter than `limit`. Either those that were kept aside (`held`), or the others.
///
/// # Errors
///
/// [`StoreError`].
pub async fn export(
    store: &Store,
    site: Option<&str>,
    since: Option<Millis>,
    held: bool,
    after: Option<LeadId>,
    limit: usize,
) -> Result<Vec<Lead>, StoreError> {
    let rows: Vec<StoredLead> = read!(store, pool => sqlx::query_as(select!(
            "where (cast($1 as text) is null or site = $1)
                and created_at >= $2
                and id > $3
                and held = $5
             order by id
             limit $4"
        ))
        .bind(site)
        .bind(since.unwrap_or(Millis::MIN))
        .bind(after.map(|id| id.to_string()).unwrap_or_default())
        .bind(i64::try_from(limit).unwrap_or(i64::MAX))
        .bind(i64::from(held))
        .fetch_all(pool)
        .await)?;
    rows.into_iter().map(Lead::try_from).collect()
}

/// Deletes what was kept aside before `before`; gives how many there were.
///
/// # Errors
///
/// [`StoreError`].
pub async fn expire_held(store: &Store, before: Millis) -> Result<u64, StoreError> {
    let deleted = transact!(&store.db, connection => {
        sqlx::query("delete from leads where held = 1 and created_at < $1")
            .bind(before)
            .execute(connection)
            .await?
            .rows_affected()
    });
    Ok(deleted)
}
