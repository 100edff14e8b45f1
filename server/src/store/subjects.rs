//! What the law asks for: everything about the person behind an email address, to hand over or to erase.

mod address;
mod as_json;

use std::collections::HashSet;

use futures_util::TryStreamExt;
use serde_json::{Value, json};
use sqlx::Row as _;

use address::Address;
use as_json::{conversation_json, lead_json, parsed};

use super::{Db, Store, StoreError, conversations, leads};
use crate::clock::rfc3339;
use crate::id::{ConversationId, LeadId};

/// How often a row is read again that is written to at the same time.
const MAX_RACES: usize = 8;

/// How many rows an erasure touched.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Erased {
    /// Conversations deleted, with all their events, leads and tasks.
    pub conversations: u64,
    /// Leads of plain forms deleted, with their tasks.
    pub leads: u64,
    /// Further tasks deleted: mail to the address.
    pub tasks: u64,
    /// Rows of other people's conversations and leads in which the address was blotted out.
    pub mentions: u64,
}

/// Everything about `email` as JSON: the conversations whose lead has it, with all events; the leads; the mail about
/// them; and where others mention it.
///
/// # Errors
///
/// [`StoreError`].
pub async fn export(store: &Store, email: &str) -> Result<Value, StoreError> {
    let subject = Subject::find(store, email).await?;
    let mut told = Vec::new();
    for &id in &subject.conversations {
        if let Some(conversation) = conversations::load(store, id).await? {
            let (events, _) = conversations::events_after(store, id, 0, usize::MAX).await?;
            told.push(conversation_json(&conversation, &events));
        }
    }
    let mut found = Vec::new();
    for &id in &subject.leads {
        found.extend(leads::load(store, id).await?.as_ref().map(lead_json));
    }
    let tasks = subject.tasks.iter().map(|task| {
        json!({
            "id": task.id,
            "message_id": task.message_id,
            "payload": parsed(&task.payload),
            "status": task.status,
            "attempts": task.attempts,
            "error": task.last_error,
            "queued_at": rfc3339(task.created_at),
        })
    });
    let mentions = subject
        .mentions
        .iter()
        .filter(|mention| mention.table == "events")
        .map(|mention| json!({ "conversation": mention.key, "seq": mention.seq, "body": parsed(&mention.text) }));
    Ok(json!({
        "email": subject.address.normal(),
        "conversations": told,
        "leads": found,
        "mail": tasks.collect::<Vec<_>>(),
        "mentions": mentions.collect::<Vec<_>>(),
    }))
}

/// Deletes the conversations whose lead has `email`, the leads and the mail about them, and blots the address out
/// wherever else it stands. Then rewrites the database file, so that nothing of it is left there or in the WAL; turns
/// wait meanwhile (some seconds for each gigabyte). Copies elsewhere, such as backups, the operator must see to.
///
/// # Errors
///
/// [`StoreError`]; erasing again is harmless and completes what was begun.
pub async fn erase(store: &Store, email: &str) -> Result<Erased, StoreError> {
    let subject = Subject::find(store, email).await?;
    let erased = delete(store, &subject).await?;
    rewrite(store).await?;
    Ok(erased)
}

/// What there is about an address.
struct Subject {
    address: Address,
    conversations: Vec<ConversationId>,
    leads: Vec<LeadId>,
    tasks: Vec<AboutTask>,
    mentions: Vec<Mention>,
}

columns! {
    struct AboutTask {
        id: String,
        conversation_id: Option<String>,
        lead_id: Option<String>,
        dedup_key: String,
        payload: String,
        message_id: String,
        status: String,
        attempts: i64,
        last_error: Option<String>,
        created_at: i64,
    }
}

/// A column of somebody else's row that mentions the address.
struct Mention {
    table: &'static str,
    column: &'static str,
    key: String,
    seq: i64,
    text: String,
}

impl Subject {
    /// Looks through every table. On PostgreSQL without the time limit of other statements: a scan of many gigabytes takes
    /// minutes.
    async fn find(store: &Store, email: &str) -> Result<Self, StoreError> {
        let address = Address::new(email);
        if !address.is_whole() {
            return Ok(Self { address, conversations: vec![], leads: vec![], tasks: vec![], mentions: vec![] });
        }
        match &store.db {
            Db::Sqlite { read, .. } => sqlite::find(&mut *read.acquire().await?, address).await,
            Db::Postgres { read, .. } => {
                let mut connection = read.acquire().await?;
                // With its limit lifted it is not for anybody else.
                connection.close_on_drop();
                sqlx::query("set statement_timeout = 0").execute(&mut *connection).await?;
                postgres::find(&mut connection, address).await
            }
        }
    }
}

/// Columns with what people wrote: the table, its key, a number that completes the key or stands for one, and the columns.
const PLACES: [(&str, &str, &str, &[&str]); 3] = [
    ("events", "conversation_id", "seq", &["body", "staff_name"]),
    ("conversations", "id", "last_seq", &["dialogue", "first_page", "page"]),
    ("leads", "id", "score", &["message", "fields", "page", "utm", "name", "company"]),
];

for_both! {
    pub(super) async fn find(connection: &mut Connection, address: Address) -> Result<Subject, StoreError> {
        let mut subject =
            Subject { address, conversations: Vec::new(), leads: Vec::new(), tasks: Vec::new(), mentions: Vec::new() };
        find_leads(connection, &mut subject).await?;
        find_tasks(connection, &mut subject).await?;
        find_mentions(connection, &mut subject).await?;
        Ok(subject)
    }

    async fn find_leads(connection: &mut Connection, subject: &mut Subject) -> Result<(), StoreError> {
        let mut rows = sqlx::query_as::<_, (String, Option<String>, Option<String>, Option<String>)>(
            "select id, conversation_id, email, email_normal
             from leads
             where lower(email_normal) like $1 escape '\\' or lower(email) like $1 escape '\\'
             order by id",
        )
        .bind(subject.address.pattern())
        .fetch(connection);
        while let Some((id, conversation, email, normal)) = rows.try_next().await? {
            if [email, normal].into_iter().flatten().any(|email| subject.address.is(&email)) {
                subject.leads.push(id.parse().map_err(|error| StoreError::corrupt("leads", "id", error))?);
                if let Some(id) = conversation {
                    let id = id.parse().map_err(|error| StoreError::corrupt("leads", "conversation_id", error))?;
                    subject.conversations.push(id);
                }
            }
        }
        Ok(())
    }

    async fn find_tasks(connection: &mut Connection, subject: &mut Subject) -> Result<(), StoreError> {
        const COLUMNS: &str = "select id, conversation_id, lead_id, dedup_key, payload, message_id, status, attempts,
            last_error, created_at from outbox ";
        let mut found = Vec::new();
        {
            let sql = format!(
                "{COLUMNS} where lower(payload) like $1 escape '\\' or lower(dedup_key) like $1 escape '\\'
                    or lower(last_error) like $1 escape '\\'"
            );
            let mut rows = sqlx::query_as::<_, AboutTask>(sqlx::AssertSqlSafe(sql))
                .bind(subject.address.pattern())
                .fetch(&mut *connection);
            while let Some(row) = rows.try_next().await? {
                let texts = [Some(&row.dedup_key), Some(&row.payload), row.last_error.as_ref()];
                if texts.into_iter().flatten().any(|text| subject.address.blotted(text).is_some()) {
                    found.push(row);
                }
            }
        }
        let keys = (subject.conversations.iter().map(|id| ("conversation_id", id.to_string())))
            .chain(subject.leads.iter().map(|id| ("lead_id", id.to_string())));
        for (column, id) in keys {
            let sql = format!("{COLUMNS} where {column} = $1");
            found.extend(
                sqlx::query_as::<_, AboutTask>(sqlx::AssertSqlSafe(sql)).bind(id).fetch_all(&mut *connection).await?,
            );
        }
        found.sort_by(|a, b| a.id.cmp(&b.id));
        found.dedup_by(|a, b| a.id == b.id);
        subject.tasks = found;
        Ok(())
    }

    /// Row by row: only what does hold the address is kept.
    async fn find_mentions(connection: &mut Connection, subject: &mut Subject) -> Result<(), StoreError> {
        let own: HashSet<String> = (subject.conversations.iter().map(ToString::to_string))
            .chain(subject.leads.iter().map(ToString::to_string))
            .collect();
        for (table, key, seq, columns) in PLACES {
            let holds: Vec<String> =
                columns.iter().map(|column| format!("lower({column}) like $1 escape '\\'")).collect();
            let sql =
                format!("select {key}, {seq}, {} from {table} where {}", columns.join(", "), holds.join(" or "));
            let mut rows =
                sqlx::query(sqlx::AssertSqlSafe(sql)).bind(subject.address.pattern()).fetch(&mut *connection);
            while let Some(row) = rows.try_next().await? {
                let key: String = row.try_get(0)?;
                if own.contains(&key) {
                    continue;
                }
                for (index, &column) in columns.iter().enumerate() {
                    let text: Option<String> = row.try_get(index + 2)?;
                    if let Some(text) = text.filter(|text| subject.address.blotted(text).is_some()) {
                        subject.mentions.push(Mention { table, column, key: key.clone(), seq: row.try_get(1)?, text });
                    }
                }
            }
        }
        Ok(())
    }
}

async fn delete(store: &Store, subject: &Subject) -> Result<Erased, StoreError> {
    let conversations: Vec<String> = subject.conversations.iter().map(ToString::to_string).collect();
    let leads: Vec<String> = subject.leads.iter().map(ToString::to_string).collect();
    Ok(transact!(&store.db, connection => {
        let mut erased = Erased::default();
        for task in &subject.tasks {
            let deleted = sqlx::query("delete from outbox where id = $1")
                .bind(&task.id)
                .execute(&mut *connection)
                .await?
                .rows_affected();
            let own = task.conversation_id.as_ref().is_some_and(|id| conversations.contains(id))
                || task.lead_id.as_ref().is_some_and(|id| leads.contains(id));
            erased.tasks += if own { 0 } else { deleted };
        }
        for id in &conversations {
            sqlx::query("delete from identities where conversation_id = $1").bind(id).execute(&mut *connection).await?;
            sqlx::query(
                "insert into erased_conversations (conversation_id, erased_at) values ($1, $2)
                 on conflict (conversation_id) do nothing",
            )
            .bind(id)
            .bind(store.clock.now())
            .execute(&mut *connection)
            .await?;
            erased.conversations += sqlx::query("delete from conversations where id = $1")
                .bind(id)
                .execute(&mut *connection)
                .await?
                .rows_affected();
        }
        for id in &leads {
            erased.leads += sqlx::query("delete from leads where id = $1")
                .bind(id)
                .execute(&mut *connection)
                .await?
                .rows_affected();
        }
        for mention in &subject.mentions {
            // Read again: a turn may have been committed since, and its words are not to be lost.
            for _ in 0..MAX_RACES {
                let place = mention.place();
                let sql = format!("select {} from {} where {place}", mention.column, mention.table);
                let text: Option<Option<String>> = sqlx::query_scalar(sqlx::AssertSqlSafe(sql))
                    .bind(&mention.key)
                    .bind(mention.seq)
                    .fetch_optional(&mut *connection)
                    .await?;
                let Some(text) = text.flatten() else { break };
                let Some(blotted) = subject.address.blotted(&text) else { break };
                let sql = format!(
                    "update {} set {column} = $3{} where {place} and {column} = $4",
                    mention.table,
                    mention.moves(),
                    column = mention.column
                );
                let changed = sqlx::query(sqlx::AssertSqlSafe(sql))
                    .bind(&mention.key)
                    .bind(mention.seq)
                    .bind(blotted)
                    .bind(text)
                    .execute(&mut *connection)
                    .await?
                    .rows_affected();
                if changed > 0 {
                    erased.mentions += changed;
                    break;
                }
            }
        }
        erased
    }))
}

impl Mention {
    /// The condition that finds its row by `$1` and `$2`.
    fn place(&self) -> &'static str {
        match self.table {
            "events" => "conversation_id = $1 and seq = $2",
            // The number only has to be bound.
            _ => "id = $1 and $2 is not null",
        }
    }

    /// What else changes with it: the version moves, so that no turn that knows the old row can bring it back.
    fn moves(&self) -> &'static str {
        if self.table == "conversations" { ", version = version + 1" } else { "" }
    }
}

/// Deleted rows leave traces in free space and in the WAL; this leaves none.
async fn rewrite(store: &Store) -> Result<(), StoreError> {
    match &store.db {
        Db::Sqlite { write, .. } => {
            sqlx::query("vacuum").execute(write).await?;
            // Waits for readers as long as the busy timeout says.
            let busy: i64 = sqlx::query_scalar("pragma wal_checkpoint(truncate)").fetch_one(write).await?;
            if busy != 0 {
                let why = "another program reads the database, so that its WAL cannot be emptied; erase again";
                return Err(StoreError::Unavailable(why.to_owned()));
            }
        }
        Db::Postgres { write, .. } => {
            let mut connection = write.acquire().await?;
            // Its statement timeout is lifted, so it is not for anybody else.
            connection.close_on_drop();
            sqlx::query("set statement_timeout = 0").execute(&mut *connection).await?;
            sqlx::query("vacuum (full) conversations, events, leads, outbox").execute(&mut *connection).await?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
