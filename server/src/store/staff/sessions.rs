//! Sessions of staff, by the hash of what their cookie holds.

use crate::clock::Millis;
use crate::id::ConversationId;
use crate::store::{Store, StoreError};

/// Expired rows deleted at a time.
const EXPIRE_BATCH: i64 = 500;

/// How a session began: what it may open follows from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// By a mailed link: the conversations of links only.
    Link,
    /// By signing in: whatever the member may.
    Account,
}

/// A conversation that a link has opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grant {
    /// Which.
    pub conversation: ConversationId,
    /// The second in which the link was made.
    pub issued: i64,
    /// When the link ends.
    pub expires_at: Millis,
}

/// A session's row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// The hash of what the cookie holds.
    pub id_hash: String,
    /// How it began.
    pub kind: Kind,
    /// Whose it is.
    pub member: u32,
    /// When it began: a fresh sign-in is asked for what cannot be undone.
    pub created_at: Millis,
    /// When it was last used, to within a minute.
    pub seen_at: Millis,
    /// When it ends at the latest.
    pub expires_at: Millis,
    /// What links have opened.
    pub grants: Vec<Grant>,
}

impl Kind {
    fn as_str(self) -> &'static str {
        match self {
            Self::Link => "link",
            Self::Account => "account",
        }
    }
}

/// Begins a session; `instead_of` ends, since more rights come with a new id.
///
/// # Errors
///
/// [`StoreError`].
pub async fn begin(store: &Store, session: &Session, instead_of: Option<&str>) -> Result<(), StoreError> {
    transact!(&store.db, connection => {
        if let Some(old) = instead_of {
            sqlx::query("delete from staff_sessions where id_hash = $1").bind(old).execute(&mut *connection).await?;
        }
        sqlx::query(
            "insert into staff_sessions (id_hash, kind, member, created_at, seen_at, expires_at)
             values ($1, $2, $3, $4, $5, $6)",
        )
        .bind(&session.id_hash)
        .bind(session.kind.as_str())
        .bind(i64::from(session.member))
        .bind(session.created_at)
        .bind(session.seen_at)
        .bind(session.expires_at)
        .execute(&mut *connection)
        .await?;
        for grant in &session.grants {
            sqlx::query(
                "insert into staff_grants (id_hash, conversation_id, issued, expires_at)
                 values ($1, $2, $3, $4)",
            )
            .bind(&session.id_hash)
            .bind(grant.conversation.to_string())
            .bind(grant.issued)
            .bind(grant.expires_at)
            .execute(&mut *connection)
            .await?;
        }
    });
    Ok(())
}

/// The session with this hash, whether or not it still holds.
///
/// # Errors
///
/// [`StoreError`].
pub async fn load(store: &Store, id_hash: &str) -> Result<Option<Session>, StoreError> {
    let row: Option<(String, i64, i64, i64, i64)> = read!(store, pool => sqlx::query_as(
        "select kind, member, created_at, seen_at, expires_at from staff_sessions where id_hash = $1",
    )
    .bind(id_hash)
    .fetch_optional(pool)
    .await)?;
    let Some((kind, member, created_at, seen_at, expires_at)) = row else { return Ok(None) };
    let grants: Vec<(String, i64, i64)> = read!(store, pool => sqlx::query_as(
        "select conversation_id, issued, expires_at from staff_grants where id_hash = $1 order by expires_at",
    )
    .bind(id_hash)
    .fetch_all(pool)
    .await)?;
    let grant = |(id, issued, expires_at): (String, i64, i64)| {
        let conversation = id.parse().map_err(|error| StoreError::corrupt("staff_grants", "conversation_id", error))?;
        Ok(Grant { conversation, issued, expires_at })
    };
    let grants: Result<_, StoreError> = grants.into_iter().map(grant).collect();
    Ok(Some(Session {
        id_hash: id_hash.to_owned(),
        kind: if kind == Kind::Account.as_str() { Kind::Account } else { Kind::Link },
        member: u32::try_from(member).map_err(|error| StoreError::corrupt("staff_sessions", "member", error))?,
        created_at,
        seen_at,
        expires_at,
        grants: grants?,
    }))
}

/// Remembers that the session is in use.
///
/// # Errors
///
/// [`StoreError`].
pub async fn touch(store: &Store, id_hash: &str, now: Millis) -> Result<(), StoreError> {
    transact!(&store.db, connection => {
        sqlx::query("update staff_sessions set seen_at = $2 where id_hash = $1")
            .bind(id_hash)
            .bind(now)
            .execute(connection)
            .await?;
    });
    Ok(())
}

/// Ends a session.
///
/// # Errors
///
/// [`StoreError`].
pub async fn end(store: &Store, id_hash: &str) -> Result<(), StoreError> {
    transact!(&store.db, connection => {
        sqlx::query("delete from staff_sessions where id_hash = $1").bind(id_hash).execute(connection).await?;
    });
    Ok(())
}

/// Deletes what has ended: sessions, codes and links, some at a time.
///
/// # Errors
///
/// [`StoreError`].
pub async fn expire(store: &Store, now: Millis) -> Result<(), StoreError> {
    transact!(&store.db, connection => {
        for sql in [
            "delete from staff_sessions where id_hash in
                (select id_hash from staff_sessions where expires_at < $1 order by expires_at limit $2)",
            "delete from sign_ins where member in (select member from sign_ins where expires_at < $1 limit $2)",
        ] {
            sqlx::query(sql).bind(now).bind(EXPIRE_BATCH).execute(&mut *connection).await?;
        }
        sqlx::query(
            "delete from staff_links where code_hash in
                (select code_hash from staff_links where expires_at < $1 order by expires_at limit $2)",
        )
        .bind(now / 1_000)
        .bind(EXPIRE_BATCH)
        .execute(connection)
        .await?;
    });
    Ok(())
}
