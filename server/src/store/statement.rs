//! The writer's statements: many rows each, since one statement a row would cost more than the rows do.

use std::collections::{HashMap, HashSet};

use sqlx::{Connection as _, QueryBuilder, Row as _};

use super::CommitError;
use super::due;
use super::pieces::pieces;
use super::row::{ConversationRow, EventRow, LeadRow, Text};
use super::task_row::TaskRow;
use super::write::{Stored, Write};
use crate::id::TaskId;

/// What became of each write, in their order.
pub(super) type Outcomes = Vec<Result<Stored, CommitError>>;

for_both! {
    /// All writes in one transaction with one commit; `None` where one of them comes too late, and then nothing is stored.
    /// Nor is it after an error, unless the connection broke within the commit.
    pub(in crate::store) async fn all_at_once(
        pool: &sqlx::Pool<Driver>,
        writes: &[&Write],
    ) -> Result<Option<Outcomes>, sqlx::Error> {
        let mut connection = pool.acquire().await?;
        let mut transaction = connection.begin_with(BEGIN).await?;
        let stored = put(&mut transaction, writes).await;
        if let Ok(Some(_)) = &stored {
            transaction.commit().await?;
        } else {
            // Waited for, so that the next transaction finds the connection free.
            transaction.rollback().await?;
        }
        Ok(stored?.map(|outcomes| outcomes.into_iter().map(Ok).collect()))
    }

    /// Answers the writes that come too late and stores the rest, in one transaction with one commit. `None` where that
    /// changes while it is done, and then nothing is stored; nor is it after an error.
    pub(in crate::store) async fn without_late(
        pool: &sqlx::Pool<Driver>,
        writes: &[&Write],
    ) -> Result<Option<Outcomes>, sqlx::Error> {
        let mut connection = pool.acquire().await?;
        let mut transaction = connection.begin_with(BEGIN).await?;
        let late = late(&mut transaction, writes).await?;
        let rest: Vec<&Write> =
            writes.iter().zip(&late).filter(|(_, late)| late.is_none()).map(|(write, _)| *write).collect();
        let stored = put(&mut transaction, &rest).await;
        let stored = match stored {
            Ok(Some(stored)) => {
                transaction.commit().await?;
                stored
            }
            refused => {
                transaction.rollback().await?;
                return refused.map(|_| None);
            }
        };
        let mut stored = stored.into_iter();
        let outcomes = late.into_iter().map(|late| match late {
            Some(late) => Err(late),
            None => stored.next().ok_or(CommitError::Conflict),
        });
        Ok(Some(outcomes.collect()))
    }

    /// Which writes come too late: those whose message is stored already, and those whose conversation has moved on. The rows
    /// are locked in the order of their ids, as every writer does.
    async fn late(connection: &mut Connection, writes: &[&Write]) -> Result<Vec<Option<CommitError>>, sqlx::Error> {
        let rows: Vec<&ConversationRow> = writes.iter().filter_map(|write| write.conversation.as_ref()).collect();
        let mut versions: HashMap<String, i64> = HashMap::new();
        for rows in pieces(&rows) {
            let mut query = QueryBuilder::<Driver>::new("select id, version from conversations where id in (");
            let mut ids = query.separated(", ");
            rows.for_each(|row| {
                ids.push_bind(row.map(|row| row.id.clone()));
            });
            query.push(") order by id").push(FOR_UPDATE);
            versions.extend(query.build_query_as::<(String, i64)>().fetch_all(&mut *connection).await?);
        }
        let new: Vec<&ConversationRow> = rows.iter().copied().filter(|row| row.version == 0).collect();
        for rows in pieces(&new) {
            let mut query = QueryBuilder::<Driver>::new(
                "select conversation_id, -1 from erased_conversations where conversation_id in (",
            );
            let mut ids = query.separated(", ");
            rows.for_each(|row| {
                ids.push_bind(row.map(|row| row.id.clone()));
            });
            query.push(")");
            let erased = query.build_query_as::<(String, i32)>().fetch_all(&mut *connection).await?;
            versions.extend(erased.into_iter().map(|(id, never)| (id, i64::from(never))));
        }
        let ids: Vec<(&Text, &Text)> = writes.iter().flat_map(|write| client_ids(write)).collect();
        let mut stored: HashMap<(String, String), (i64, i64)> = HashMap::new();
        for rows in pieces(&ids) {
            let mut query = QueryBuilder::<Driver>::new(
                "select e.conversation_id, e.client_id, e.seq, e.at
                 from (",
            );
            query.push_values(rows, |mut values, row| {
                values.push_bind(row.map(|(id, _)| Text::clone(id))).push_bind(row.map(|(_, id)| Text::clone(id)));
            });
            query.push(
                ") as v
                 inner join events as e on e.conversation_id = v.column1 and e.client_id = v.column2",
            );
            let rows = query.build_query_as::<(String, String, i64, i64)>().fetch_all(&mut *connection).await?;
            stored.extend(rows.into_iter().map(|(conversation, id, seq, at)| ((conversation, id), (seq, at))));
        }
        let late = writes.iter().map(|write| {
            let again = client_ids(write).find_map(|(conversation, id)| stored.get(&(conversation.to_string(), id.to_string())));
            if let Some(&(seq, at)) = again {
                return Some(CommitError::Duplicate { seq, at });
            }
            let row = write.conversation.as_ref()?;
            let is_here = versions.get(&*row.id).map_or(row.version == 0, |version| *version == row.version);
            (!is_here).then_some(CommitError::Conflict)
        });
        Ok(late.collect())
    }

    /// Each write in a savepoint of its own, all in one transaction with one commit: one that is refused takes no other
    /// with it.
    pub(in crate::store) async fn one_by_one(
        pool: &sqlx::Pool<Driver>,
        writes: &[&Write],
    ) -> Result<Outcomes, sqlx::Error> {
        let mut connection = pool.acquire().await?;
        let mut transaction = connection.begin_with(BEGIN).await?;
        let mut outcomes = Vec::with_capacity(writes.len());
        for write in writes {
            let mut savepoint = transaction.begin().await?;
            let outcome = match put(&mut savepoint, &[write]).await {
                Ok(Some(mut stored)) => {
                    savepoint.commit().await?;
                    stored.pop().ok_or(CommitError::Conflict)
                }
                refused => {
                    let why = match refused {
                        Ok(_) => CommitError::Conflict,
                        Err(error) if super::super::error::is_refusal(&error) => CommitError::Refused(error.to_string()),
                        Err(error) => return Err(error),
                    };
                    savepoint.rollback().await?;
                    Err(already_stored(&mut transaction, write).await?.unwrap_or(why))
                }
            };
            outcomes.push(outcome);
        }
        transaction.commit().await?;
        Ok(outcomes)
    }

    /// Puts the rows of all writes; `None` where a conversation is no longer at the version that its turn was computed from, and
    /// then what was put must be rolled back.
    async fn put(connection: &mut Connection, writes: &[&Write]) -> Result<Option<Vec<Stored>>, sqlx::Error> {
        if !move_conversations(connection, writes).await? {
            return Ok(None);
        }
        insert_events(connection, &writes.iter().flat_map(|write| &write.events).collect::<Vec<_>>()).await?;
        let leads: Vec<_> = writes.iter().filter_map(|write| write.lead.as_ref()).collect();
        let mut forms = save_leads(connection, &leads).await?;
        let tasks: Vec<_> = writes.iter().flat_map(|write| write.tasks.iter().map(|task| (task, write.now))).collect();
        let mut queued = queue_tasks(connection, &tasks).await?;
        // Taken out by the first: where several bring the same, it is new once.
        let stored = writes.iter().map(|write| Stored {
            queued: write.tasks.iter().map(|task| task.task).filter(|task| queued.remove(task)).collect(),
            is_new_form: write.lead.as_ref().is_some_and(|lead| forms.remove(&*lead.id) && lead.held == 0),
        });
        Ok(Some(stored.collect()))
    }

    /// Writes the conversations' rows; says whether all of them were where their turns expected them. The count says it
    /// without a row for each on its way back.
    async fn move_conversations(connection: &mut Connection, writes: &[&Write]) -> Result<bool, sqlx::Error> {
        let (new, known): (Vec<_>, Vec<_>) =
            writes.iter().filter_map(|write| write.conversation.as_ref()).partition(|row| row.version == 0);
        let mut moved = 0;
        for rows in pieces(&new) {
            moved += insert_conversations(rows).build().execute(&mut *connection).await?.rows_affected();
        }
        for rows in pieces(&known) {
            moved += update_conversations(rows).build().execute(&mut *connection).await?.rows_affected();
        }
        Ok(moved == (new.len() + known.len()) as u64)
    }

    fn insert_conversations<'a>(
        rows: impl Iterator<Item = Option<&'a &'a ConversationRow>>,
    ) -> QueryBuilder<Driver> {
        let mut query = QueryBuilder::new(
            "insert into conversations (id, site, locale, phase, version, last_seq, dialogue, first_page, page,
                created_at, updated_at)
             select * from (",
        );
        query.push_values(rows, |mut values, row| {
            values
                .push_bind(row.map(|row| row.id.clone()))
                .push_bind(row.map(|row| row.site.clone()))
                .push_bind(row.map(|row| row.locale.clone()))
                .push_bind(row.map(|row| row.phase))
                .push_bind(row.map(|row| row.version + 1))
                .push_bind(row.map(|row| row.last_seq))
                .push_bind(row.map(|row| row.dialogue.clone()))
                .push_bind(row.map(|row| row.first_page.clone()))
                .push_bind(row.map(|row| row.page.clone()))
                .push_bind(row.map(|row| row.created_at))
                .push_bind(row.map(|row| row.updated_at));
        });
        // One that was erased must not come back under its old id.
        query.push(
            ") as v
             where column1 is not null
                and not exists (select 1 from erased_conversations as e where e.conversation_id = column1)
             on conflict (id) do nothing",
        );
        query
    }

    /// The version is compared and set in the statement that writes the row.
    fn update_conversations<'a>(
        rows: impl Iterator<Item = Option<&'a &'a ConversationRow>>,
    ) -> QueryBuilder<Driver> {
        let mut query = QueryBuilder::new(
            "update conversations as c
             set locale = v.column3, phase = v.column4, version = v.column2 + 1, last_seq = v.column5,
                dialogue = v.column6, page = v.column7, updated_at = v.column8
             from (",
        );
        query.push_values(rows, |mut values, row| {
            values
                .push_bind(row.map(|row| row.id.clone()))
                .push_bind(row.map(|row| row.version))
                .push_bind(row.map(|row| row.locale.clone()))
                .push_bind(row.map(|row| row.phase))
                .push_bind(row.map(|row| row.last_seq))
                .push_bind(row.map(|row| row.dialogue.clone()))
                .push_bind(row.map(|row| row.page.clone()))
                .push_bind(row.map(|row| row.updated_at));
        });
        query.push(") as v where c.id = v.column1 and c.version = v.column2");
        query
    }

    async fn insert_events(connection: &mut Connection, rows: &[&EventRow]) -> Result<(), sqlx::Error> {
        for rows in pieces(rows) {
            let mut query = QueryBuilder::<Driver>::new(
                "insert into events (conversation_id, seq, at, author, staff_name, client_id, body) select * from (",
            );
            query.push_values(rows, |mut values, row| {
                values
                    .push_bind(row.map(|row| row.conversation_id.clone()))
                    .push_bind(row.map(|row| row.seq))
                    .push_bind(row.map(|row| row.at))
                    .push_bind(row.map(|row| row.author))
                    .push_bind(row.and_then(|row| row.staff_name.clone()))
                    .push_bind(row.and_then(|row| row.client_id.clone()))
                    .push_bind(row.map(|row| row.body.clone()));
            });
            query.push(") as v where column1 is not null");
            query.build().execute(&mut *connection).await?;
        }
        Ok(())
    }

    /// A conversation has one lead: it keeps the id and the time that it was first saved with. A plain form's is never replaced:
    /// what was agreed to is evidence. The same form sent twice is one lead. Gives the ids of the forms that are new.
    async fn save_leads(connection: &mut Connection, rows: &[&LeadRow]) -> Result<HashSet<String>, sqlx::Error> {
        let mut new_forms = HashSet::new();
        let (chat, form): (Vec<&LeadRow>, Vec<&LeadRow>) = rows.iter().copied().partition(|row| row.conversation_id.is_some());
        const SAVED_ANEW: &str = " on conflict (conversation_id) where conversation_id is not null
            do update set email = excluded.email, email_normal = excluded.email_normal,
                phone = excluded.phone, name = excluded.name, company = excluded.company,
                budget = excluded.budget, fields = excluded.fields, message = excluded.message,
                intents = excluded.intents, score = excluded.score, reasons = excluded.reasons,
                consent_at = excluded.consent_at, consent_wording = excluded.consent_wording,
                page = excluded.page, utm = excluded.utm, updated_at = excluded.updated_at";
        const KEPT: &str = " on conflict (form_key) where form_key is not null do nothing returning id";
        for (rows, conflict) in [(chat, SAVED_ANEW), (form, KEPT)] {
            for rows in pieces(&rows) {
                let mut query = QueryBuilder::<Driver>::new(
                    "insert into leads (id, site, conversation_id, email, email_normal, phone, name, company, budget,
                        fields, message, intents, score, reasons, consent_at, consent_wording, page, utm, created_at,
                        updated_at, form_key, held)
                     select * from (",
                );
                query.push_values(rows, |mut values, row| {
                    values
                        .push_bind(row.map(|row| row.id.clone()))
                        .push_bind(row.map(|row| row.site.clone()))
                        .push_bind(row.and_then(|row| row.conversation_id.clone()))
                        .push_bind(row.and_then(|row| row.email.clone()))
                        .push_bind(row.and_then(|row| row.email_normal.clone()))
                        .push_bind(row.and_then(|row| row.phone.clone()))
                        .push_bind(row.and_then(|row| row.name.clone()))
                        .push_bind(row.and_then(|row| row.company.clone()))
                        .push_bind(row.and_then(|row| row.budget.clone()))
                        .push_bind(row.map(|row| row.fields.clone()))
                        .push_bind(row.and_then(|row| row.message.clone()))
                        .push_bind(row.map(|row| row.intents.clone()))
                        .push_bind(row.map(|row| row.score))
                        .push_bind(row.map(|row| row.reasons.clone()))
                        .push_bind(row.and_then(|row| row.consent_at))
                        .push_bind(row.and_then(|row| row.consent_wording.clone()))
                        .push_bind(row.map(|row| row.page.clone()))
                        .push_bind(row.map(|row| row.utm.clone()))
                        .push_bind(row.map(|row| row.created_at))
                        .push_bind(row.map(|row| row.updated_at))
                        .push_bind(row.and_then(|row| row.form_key.clone()))
                        .push_bind(row.map(|row| row.held));
                });
                query.push(") as v where column1 is not null").push(conflict);
                new_forms.extend(query.build_query_scalar::<String>().fetch_all(&mut *connection).await?);
            }
        }
        Ok(new_forms)
    }

    /// Queues the tasks whose `dedup_key` is new, and gives their ids.
    async fn queue_tasks(
        connection: &mut Connection,
        rows: &[(&TaskRow, i64)],
    ) -> Result<HashSet<TaskId>, sqlx::Error> {
        let mut queued: HashSet<String> = HashSet::new();
        for rows in pieces(rows) {
            let mut query = QueryBuilder::<Driver>::new(
                "insert into outbox (id, dedup_key, conversation_id, lead_id, payload, message_id, due_at, created_at,
                    waits_since, lane, order_key, batch_key, expires_at, status, attempts, lease_until)
                 select column1, column2, column3, column4, column5, column6, column7, column8, column9, column10,
                    column11, column12, column13, 'pending', 0, 0 from (",
            );
            query.push_values(rows, |mut values, row| {
                let (task, now) = (row.map(|(task, _)| task), row.map(|(_, now)| *now));
                let (due_at, waits_since) = row.map(|(task, now)| due::queued(task.due_at, *now)).unzip();
                values
                    .push_bind(task.map(|task| task.id.clone()))
                    .push_bind(task.map(|task| task.dedup_key.clone()))
                    .push_bind(task.and_then(|task| task.conversation_id.clone()))
                    .push_bind(task.and_then(|task| task.lead_id.clone()))
                    .push_bind(task.map(|task| task.payload.clone()))
                    .push_bind(task.map(|task| task.message_id.clone()))
                    .push_bind(due_at)
                    .push_bind(now)
                    .push_bind(waits_since)
                    .push_bind(task.map(|task| task.lane))
                    .push_bind(task.and_then(|task| task.order_key.clone()))
                    .push_bind(task.and_then(|task| task.batch_key.clone()))
                    .push_bind(task.and_then(|task| task.expires_at));
            });
            query.push(") as v where column1 is not null on conflict (dedup_key) do nothing returning id");
            let ids = query.build_query_scalar::<String>().fetch_all(&mut *connection).await?;
            queued.extend(ids);
        }
        Ok(rows.iter().map(|(task, _)| *task).filter(|task| queued.contains(&*task.id)).map(|task| task.task).collect())
    }

    /// Whether a client id of this write is in its conversation already, by an earlier sending.
    async fn already_stored(
        connection: &mut Connection,
        write: &Write,
    ) -> Result<Option<CommitError>, sqlx::Error> {
        for event in &write.events {
            let Some(client_id) = &event.client_id else { continue };
            let stored = sqlx::query("select seq, at from events where conversation_id = $1 and client_id = $2")
                .bind(Text::clone(&event.conversation_id))
                .bind(Text::clone(client_id))
                .fetch_optional(&mut *connection)
                .await?;
            if let Some(row) = stored {
                return Ok(Some(CommitError::Duplicate { seq: row.try_get("seq")?, at: row.try_get("at")? }));
            }
        }
        Ok(None)
    }
}

/// What the clients call this write's events, each with its conversation.
fn client_ids(write: &Write) -> impl Iterator<Item = (&Text, &Text)> {
    write.events.iter().filter_map(|event| Some((&event.conversation_id, event.client_id.as_ref()?)))
}
