//! What the law asks for: everything about the person behind an email address, to hand over or to erase.

mod address;

use serde_json::{Value, json};

use address::Address;

use super::{Db, Store, StoreError, conversations, leads};
use crate::clock::{Millis, rfc3339};
use crate::id::{ConversationId, LeadId};
use crate::model::{Conversation, Event, Lead};

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

#[derive(sqlx::FromRow)]
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

/// A column of somebody else's row that mentions the address.
struct Mention {
    table: &'static str,
    column: &'static str,
    key: String,
    seq: i64,
    text: String,
}

impl Subject {
    async fn find(store: &Store, email: &str) -> Result<Self, StoreError> {
        let address = Address::new(email);
        if !address.is_whole() {
            return Ok(Self { address, conversations: vec![], leads: vec![], tasks: vec![], mentions: vec![] });
        }
        let pattern = address.pattern();
        #[derive(sqlx::FromRow)]
        struct Row {
            id: String,
            conversation_id: Option<String>,
            email: Option<String>,
            email_normal: Option<String>,
        }
        let found: Vec<Row> = read!(store, pool => sqlx::query_as(
            "select id, conversation_id, email, email_normal
             from leads
             where lower(email_normal) like $1 escape '\\' or lower(email) like $1 escape '\\'
             order by id",
        )
        .bind(&pattern)
        .fetch_all(pool)
        .await)?;
        let mut conversations = Vec::new();
        let mut leads = Vec::new();
        for row in found {
            if [row.email, row.email_normal].into_iter().flatten().any(|email| address.is(&email)) {
                leads.push(row.id.parse().map_err(|error| StoreError::corrupt("leads", "id", error))?);
                if let Some(id) = row.conversation_id {
                    let id = id.parse().map_err(|error| StoreError::corrupt("leads", "conversation_id", error))?;
                    conversations.push(id);
                }
            }
        }
        let mut subject = Self { address, conversations, leads, tasks: Vec::new(), mentions: Vec::new() };
        subject.find_tasks(store, &pattern).await?;
        subject.find_mentions(store, &pattern).await?;
        Ok(subject)
    }

    async fn find_tasks(&mut self, store: &Store, pattern: &str) -> Result<(), StoreError> {
        const COLUMNS: &str = "select id, conversation_id, lead_id, dedup_key, payload, message_id, status, attempts,
            last_error, created_at from outbox ";
        let mut rows: Vec<AboutTask> = read!(store, pool => sqlx::query_as(sqlx::AssertSqlSafe(format!(
            "{COLUMNS} where lower(payload) like $1 escape '\\' or lower(dedup_key) like $1 escape '\\'
                or lower(last_error) like $1 escape '\\'"
        )))
        .bind(pattern)
        .fetch_all(pool)
        .await)?;
        rows.retain(|row| {
            [Some(&row.dedup_key), Some(&row.payload), row.last_error.as_ref()]
                .into_iter()
                .flatten()
                .any(|text| self.address.blotted(text).is_some())
        });
        let keys = (self.conversations.iter().map(|id| ("conversation_id", id.to_string())))
            .chain(self.leads.iter().map(|id| ("lead_id", id.to_string())));
        for (column, id) in keys {
            rows.extend(read!(store, pool => sqlx::query_as::<_, AboutTask>(sqlx::AssertSqlSafe(format!(
                "{COLUMNS} where {column} = $1"
            )))
            .bind(id)
            .fetch_all(pool)
            .await)?);
        }
        rows.sort_by(|a, b| a.id.cmp(&b.id));
        rows.dedup_by(|a, b| a.id == b.id);
        self.tasks = rows;
        Ok(())
    }

    async fn find_mentions(&mut self, store: &Store, pattern: &str) -> Result<(), StoreError> {
        // Columns with what people wrote; the key column tells whose it is.
        const PLACES: [(&str, &str, &str, &str); 9] = [
            ("events", "body", "conversation_id", "seq"),
            ("events", "staff_name", "conversation_id", "seq"),
            ("conversations", "dialogue", "id", "last_seq"),
            ("conversations", "first_page", "id", "last_seq"),
            ("conversations", "page", "id", "last_seq"),
            ("leads", "message", "id", "score"),
            ("leads", "fields", "id", "score"),
            ("leads", "page", "id", "score"),
            ("leads", "utm", "id", "score"),
        ];
        for (table, column, key, seq) in PLACES {
            let rows: Vec<(String, i64, String)> = read!(store, pool => sqlx::query_as(sqlx::AssertSqlSafe(format!(
                "select {key}, {seq}, {column} from {table} where lower({column}) like $1 escape '\\'"
            )))
            .bind(pattern)
            .fetch_all(pool)
            .await)?;
            for (key, seq, text) in rows {
                let own = self.conversations.iter().any(|id| id.to_string() == key)
                    || self.leads.iter().any(|id| id.to_string() == key);
                if !own && self.address.blotted(&text).is_some() {
                    self.mentions.push(Mention { table, column, key, seq, text });
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
            let Some(blotted) = subject.address.blotted(&mention.text) else { continue };
            let sql = match mention.table {
                "events" => format!("update events set {} = $1 where conversation_id = $2 and seq = $3", mention.column),
                // The version moves, so that no turn that knows the old row can bring it back.
                "conversations" => format!(
                    "update conversations set {} = $1, version = version + 1 where id = $2 and last_seq >= $3",
                    mention.column
                ),
                table => format!("update {table} set {} = $1 where id = $2 and $3 is not null", mention.column),
            };
            erased.mentions += sqlx::query(sqlx::AssertSqlSafe(sql))
                .bind(blotted)
                .bind(&mention.key)
                .bind(mention.seq)
                .execute(&mut *connection)
                .await?
                .rows_affected();
        }
        erased
    }))
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

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned()))
}

fn conversation_json(conversation: &Conversation, events: &[Event]) -> Value {
    let said = events.iter().map(|event| {
        json!({
            "seq": event.seq,
            "at": rfc3339(event.at),
            "from": event.from,
            "name": event.name,
            "body": event.body,
        })
    });
    json!({
        "id": conversation.id,
        "site": conversation.site,
        "locale": conversation.locale,
        "state": conversation.phase,
        "dialogue": parsed(&conversation.dialogue),
        "first_page": conversation.first_page,
        "page": conversation.page,
        "created_at": rfc3339(conversation.created_at),
        "updated_at": rfc3339(conversation.updated_at),
        "events": said.collect::<Vec<_>>(),
    })
}

fn lead_json(lead: &Lead) -> Value {
    let at = |at: Millis| rfc3339(at);
    json!({
        "id": lead.id,
        "site": lead.site,
        "conversation": lead.conversation,
        "email": lead.email,
        "phone": lead.phone,
        "name": lead.name,
        "company": lead.company,
        "budget": lead.budget,
        "fields": lead.fields,
        "message": lead.message,
        "intents": lead.intents,
        "score": lead.score,
        "reasons": lead.reasons,
        "consent": lead.consent.as_ref().map(|consent| json!({ "at": at(consent.at), "wording": consent.wording })),
        "page": lead.page,
        "utm": lead.utm,
        "created_at": at(lead.created_at),
        "updated_at": at(lead.updated_at),
    })
}
