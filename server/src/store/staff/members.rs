//! Members and their numbers, which links carry for ever.

use crate::clock::Millis;
use crate::id::ConversationId;
use crate::model::{Member, Role};
use crate::store::{Store, StoreError};

/// Stands for every site in a membership.
pub const ALL_SITES: &str = "*";
/// How often another node may take the next number first.
const MAX_RACES: usize = 16;

columns! {
    struct Stored {
        number: i64,
        address: String,
        name: String,
        not_before: i64,
        revoked_at: Option<i64>,
    }
}

impl Stored {
    fn member(self, roles: Vec<(String, Role)>) -> Result<Member, StoreError> {
        let Self { number, address, name, not_before, revoked_at } = self;
        let number = u32::try_from(number).map_err(|error| StoreError::corrupt("members", "number", error))?;
        Ok(Member { number, address, name, not_before, revoked_at, roles })
    }
}

/// The member with this address, made where there is none; what is known of one is left as it is.
///
/// # Errors
///
/// [`StoreError`].
pub async fn ensure(store: &Store, address: &str, name: &str) -> Result<Member, StoreError> {
    let normal = address.to_lowercase();
    for _ in 0..MAX_RACES {
        if let Some(member) = by_address(store, address).await? {
            return Ok(member);
        }
        transact!(&store.db, connection => {
            let next: i64 = sqlx::query_scalar("select coalesce(max(number), 0) + 1 from members")
                .fetch_one(&mut *connection)
                .await?;
            // Another node may be as fast: then the next look finds what it made, or the next number.
            sqlx::query(
                "insert into members (number, address, address_normal, name, not_before, created_at)
                 values ($1, $2, $3, $4, 0, $5)
                 on conflict do nothing",
            )
            .bind(next)
            .bind(address)
            .bind(&normal)
            .bind(name)
            .bind(store.clock.now())
            .execute(connection)
            .await?;
        });
    }
    Err(StoreError::Unavailable("members are made faster than they can be numbered".to_owned()))
}

/// Makes somebody a member with a role, on one site or on [`ALL_SITES`]; whoever was revoked is one again.
///
/// # Errors
///
/// [`StoreError`].
pub async fn add(store: &Store, address: &str, name: &str, site: &str, role: Role) -> Result<Member, StoreError> {
    let member = ensure(store, address, name).await?;
    transact!(&store.db, connection => {
        sqlx::query("update members set revoked_at = null where number = $1")
            .bind(i64::from(member.number))
            .execute(&mut *connection)
            .await?;
        sqlx::query(
            "insert into memberships (member, site, role)
             values ($1, $2, $3)
             on conflict (member, site) do update set role = excluded.role",
        )
        .bind(i64::from(member.number))
        .bind(site)
        .bind(role.as_str())
        .execute(connection)
        .await?;
    });
    let member = by_number(store, member.number).await?;
    member.ok_or_else(|| StoreError::corrupt("members", "number", "a member vanished as it was made"))
}

/// The member with this number, and the roles that were granted.
///
/// # Errors
///
/// [`StoreError`].
pub async fn by_number(store: &Store, number: u32) -> Result<Option<Member>, StoreError> {
    let row: Option<Stored> = read!(store, pool => sqlx::query_as(
        "select number, address, name, not_before, revoked_at from members where number = $1",
    )
    .bind(i64::from(number))
    .fetch_optional(pool)
    .await)?;
    with_roles(store, row).await
}

/// The member with this address, however it is written.
///
/// # Errors
///
/// [`StoreError`].
pub async fn by_address(store: &Store, address: &str) -> Result<Option<Member>, StoreError> {
    let row: Option<Stored> = read!(store, pool => sqlx::query_as(
        "select number, address, name, not_before, revoked_at from members where address_normal = $1",
    )
    .bind(address.to_lowercase())
    .fetch_optional(pool)
    .await)?;
    with_roles(store, row).await
}

/// Everybody, in the order in which they came.
///
/// # Errors
///
/// [`StoreError`].
pub async fn list(store: &Store) -> Result<Vec<Member>, StoreError> {
    let rows: Vec<Stored> = read!(store, pool => sqlx::query_as(
        "select number, address, name, not_before, revoked_at from members order by number",
    )
    .fetch_all(pool)
    .await)?;
    let mut members = Vec::with_capacity(rows.len());
    for row in rows {
        members.extend(with_roles(store, Some(row)).await?);
    }
    Ok(members)
}

async fn with_roles(store: &Store, row: Option<Stored>) -> Result<Option<Member>, StoreError> {
    let Some(row) = row else { return Ok(None) };
    let roles: Vec<(String, String)> = read!(store, pool => sqlx::query_as(
        "select site, role from memberships where member = $1 order by site",
    )
    .bind(row.number)
    .fetch_all(pool)
    .await)?;
    let read = |(site, role): (String, String)| {
        let role = Role::parse(&role).ok_or_else(|| StoreError::corrupt("memberships", "role", role))?;
        Ok((site, role))
    };
    let roles: Result<_, StoreError> = roles.into_iter().map(read).collect();
    row.member(roles?).map(Some)
}

/// Takes everything back: links that were made until `second`, granted roles, open sessions, codes.
///
/// # Errors
///
/// [`StoreError`].
pub async fn revoke(store: &Store, number: u32, now: Millis) -> Result<(), StoreError> {
    let number = i64::from(number);
    transact!(&store.db, connection => {
        sqlx::query("update members set revoked_at = $2, not_before = $3 where number = $1")
            .bind(number)
            .bind(now)
            .bind(now / 1_000)
            .execute(&mut *connection)
            .await?;
        sqlx::query("delete from memberships where member = $1").bind(number).execute(&mut *connection).await?;
        sqlx::query("delete from staff_sessions where member = $1").bind(number).execute(&mut *connection).await?;
        sqlx::query("delete from staff_links where member = $1").bind(number).execute(&mut *connection).await?;
        sqlx::query("delete from sign_ins where member = $1").bind(number).execute(connection).await?;
    });
    Ok(())
}

/// Takes back the links to one conversation that a member got until now. Says whether there is such a conversation.
///
/// # Errors
///
/// [`StoreError`].
pub async fn revoke_links(store: &Store, number: u32, id: ConversationId, now: Millis) -> Result<bool, StoreError> {
    let (number, id) = (i64::from(number), id.to_string());
    Ok(transact!(&store.db, connection => {
        let found: Option<(String,)> = sqlx::query_as("select id from conversations where id = $1")
            .bind(&id)
            .fetch_optional(&mut *connection)
            .await?;
        if found.is_some() {
            sqlx::query(
                "insert into revoked_links (member, conversation_id, not_before)
                 values ($1, $2, $3)
                 on conflict (member, conversation_id) do update set not_before = excluded.not_before",
            )
            .bind(number)
            .bind(&id)
            .bind(now / 1_000)
            .execute(&mut *connection)
            .await?;
            sqlx::query("delete from staff_links where member = $1 and conversation_id = $2")
                .bind(number)
                .bind(&id)
                .execute(&mut *connection)
                .await?;
            sqlx::query(
                "delete from staff_grants
                 where conversation_id = $2 and id_hash in (select id_hash from staff_sessions where member = $1)",
            )
            .bind(number)
            .bind(&id)
            .execute(&mut *connection)
            .await?;
        }
        found.is_some()
    }))
}

/// The second until which the member's links to a conversation were taken back.
///
/// # Errors
///
/// [`StoreError`].
pub async fn links_not_before(store: &Store, number: u32, id: ConversationId) -> Result<Option<i64>, StoreError> {
    Ok(read!(store, pool => sqlx::query_scalar(
        "select not_before from revoked_links where member = $1 and conversation_id = $2",
    )
    .bind(i64::from(number))
    .bind(id.to_string())
    .fetch_optional(pool)
    .await)?)
}

/// Remembers that a link was mailed, so that its code is found. Doing it again changes nothing.
///
/// # Errors
///
/// [`StoreError`].
pub async fn remember_link(
    store: &Store,
    number: u32,
    code_hash: &str,
    conversation: Option<ConversationId>,
    expires: u64,
) -> Result<(), StoreError> {
    transact!(&store.db, connection => {
        sqlx::query(
            "insert into staff_links (member, code_hash, conversation_id, expires_at)
             values ($1, $2, $3, $4)
             on conflict (member, code_hash) do nothing",
        )
        .bind(i64::from(number))
        .bind(code_hash)
        .bind(conversation.map(|id| id.to_string()))
        .bind(i64::try_from(expires).unwrap_or(i64::MAX))
        .execute(connection)
        .await?;
    });
    Ok(())
}

/// What the member's link with this code opens, and until which second.
///
/// # Errors
///
/// [`StoreError`].
pub async fn link_of_code(
    store: &Store,
    number: u32,
    code_hash: &str,
) -> Result<Option<(Option<ConversationId>, u64)>, StoreError> {
    let row: Option<(Option<String>, i64)> = read!(store, pool => sqlx::query_as(
        "select conversation_id, expires_at from staff_links where member = $1 and code_hash = $2",
    )
    .bind(i64::from(number))
    .bind(code_hash)
    .fetch_optional(pool)
    .await)?;
    let Some((conversation, expires)) = row else { return Ok(None) };
    let conversation = conversation.map(|id| id.parse()).transpose();
    let conversation = conversation.map_err(|error| StoreError::corrupt("staff_links", "conversation_id", error))?;
    Ok(Some((conversation, u64::try_from(expires).unwrap_or_default())))
}
