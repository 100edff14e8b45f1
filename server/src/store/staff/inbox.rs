//! The inbox's rows: the newest first, a page at a time, each filter by an index of its own.

use crate::clock::Millis;
use crate::id::ConversationId;
use crate::model::{Body, Phase};
use crate::store::row::phase_from;
use crate::store::{Store, StoreError};

/// Which conversations are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Filter {
    /// Passed on, or a person answers.
    Open,
    /// Open, and this member's.
    Mine,
    /// Passed on, and nobody has answered.
    Waiting,
    /// Open, with something that this member has not read.
    Unread,
    /// Over.
    Closed,
    /// All, the newest begun first.
    All,
}

impl Filter {
    /// Every filter, in the order in which it is shown.
    pub const ALL: [Self; 6] = [Self::Open, Self::Mine, Self::Waiting, Self::Unread, Self::Closed, Self::All];

    /// As it stands in an address.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Mine => "mine",
            Self::Waiting => "waiting",
            Self::Unread => "unread",
            Self::Closed => "closed",
            Self::All => "all",
        }
    }

    /// The filter of that name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|filter| filter.as_str() == name)
    }
}

/// After which row a page begins: its time and its id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct After {
    /// When it was last spoken in; for [`Filter::All`], when it began.
    pub at: Millis,
    /// Its id.
    pub id: ConversationId,
}

/// A conversation as a row shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Its id.
    pub id: ConversationId,
    /// The site's id.
    pub site: String,
    /// Who answers.
    pub phase: Phase,
    /// What it is sorted by.
    pub at: Millis,
    /// The newest event.
    pub last_seq: i64,
    /// Its words.
    pub text: String,
    /// Whose it is.
    pub assignee: Option<String>,
    /// The visitor's name or address, where they gave one.
    pub who: Option<String>,
    /// What the lead is worth.
    pub score: Option<i64>,
    /// How far the member has read.
    pub read: i64,
}

columns! {
    struct Stored {
        id: String,
        site: String,
        phase: String,
        at: i64,
        last_seq: i64,
        body: Option<String>,
        assignee: Option<String>,
        name: Option<String>,
        email: Option<String>,
        phone: Option<String>,
        score: Option<i64>,
        read: Option<i64>,
    }
}

/// The page's ids first, by its index alone; what a row shows is looked up for these only.
macro_rules! page {
    ($at:literal, $from:literal, $and:literal) => {
        concat!(
            "select c.id, c.site, c.phase, c.",
            $at,
            " as at, c.last_seq, e.body, m.name as assignee, l.name, l.email, l.phone, l.score, r.seq as read
             from (
                select c.id
                from ",
            $from,
            "
                where c.site = $1 and (c.",
            $at,
            " < $2 or (c.",
            $at,
            " = $2 and c.id < $3)) and ",
            $and,
            "
                order by c.",
            $at,
            " desc, c.id desc
                limit $5) as page
             inner join conversations as c on c.id = page.id
             left join events as e on e.conversation_id = c.id and e.seq = c.last_seq
             left join leads as l on l.conversation_id = c.id
             left join assignments as a on a.conversation_id = c.id
             left join members as m on m.number = a.member
             left join staff_reads as r on r.conversation_id = c.id and r.member = $4
             order by c.",
            $at,
            " desc, c.id desc"
        )
    };
}

const OPEN: &str = page!("updated_at", "conversations as c", "c.phase in ('waiting', 'staff')");
const WAITING: &str = page!("updated_at", "conversations as c", "c.phase = 'waiting'");
const CLOSED: &str = page!("updated_at", "conversations as c", "c.phase = 'closed'");
const ALL: &str = page!("created_at", "conversations as c", "1 = 1");
const MINE: &str = page!(
    "updated_at",
    "assignments as mine inner join conversations as c on c.id = mine.conversation_id",
    "mine.member = $4 and c.phase in ('waiting', 'staff')"
);
const UNREAD: &str = page!(
    "updated_at",
    "conversations as c left join staff_reads as seen on seen.conversation_id = c.id and seen.member = $4",
    "c.phase in ('waiting', 'staff') and coalesce(seen.seq, 0) < c.last_seq"
);

/// A page of one site's conversations, as `member` sees them, from the row after `after` on.
///
/// # Errors
///
/// [`StoreError`].
pub async fn page(
    store: &Store,
    site: &str,
    member: u32,
    filter: Filter,
    after: Option<After>,
    limit: usize,
) -> Result<Vec<Row>, StoreError> {
    let sql = match filter {
        Filter::Open => OPEN,
        Filter::Mine => MINE,
        Filter::Waiting => WAITING,
        Filter::Unread => UNREAD,
        Filter::Closed => CLOSED,
        Filter::All => ALL,
    };
    let rows: Vec<Stored> = read!(store, pool => sqlx::query_as(sql)
        .bind(site)
        .bind(after.map_or(Millis::MAX, |after| after.at))
        .bind(after.map(|after| after.id.to_string()).unwrap_or_default())
        .bind(i64::from(member))
        .bind(i64::try_from(limit).unwrap_or(i64::MAX))
        .fetch_all(pool)
        .await)?;
    rows.into_iter().map(Row::try_from).collect()
}

/// The visitor's other conversations on the site by a lead's address: the newest `limit` of them. Nobody has proven to own the
/// address, so they are shown to staff as such, and never merged.
///
/// # Errors
///
/// [`StoreError`].
pub async fn with_email(
    store: &Store,
    site: &str,
    email_normal: &str,
    but: ConversationId,
    limit: i64,
) -> Result<Vec<(ConversationId, Millis)>, StoreError> {
    let rows: Vec<(String, i64)> = read!(store, pool => sqlx::query_as(
        "select c.id, c.created_at
         from leads as l
         inner join conversations as c on c.id = l.conversation_id
         where l.email_normal = $1 and l.site = $2 and c.id <> $3
         order by c.id desc
         limit $4",
    )
    .bind(email_normal)
    .bind(site)
    .bind(but.to_string())
    .bind(limit)
    .fetch_all(pool)
    .await)?;
    let read = |(id, at): (String, i64)| {
        let id = id.parse().map_err(|error| StoreError::corrupt("conversations", "id", error))?;
        Ok((id, at))
    };
    rows.into_iter().map(read).collect()
}

impl TryFrom<Stored> for Row {
    type Error = StoreError;

    fn try_from(row: Stored) -> Result<Self, StoreError> {
        let text = match row.body.as_deref().map(serde_json::from_str::<Body>) {
            Some(Ok(
                Body::Text { text, .. }
                | Body::Choices { text, .. }
                | Body::Form { text, .. }
                | Body::State { text, .. },
            )) => text,
            Some(Ok(Body::Rating { score, .. })) => "★".repeat(usize::from(score)),
            Some(Err(error)) => return Err(StoreError::corrupt("events", "body", error)),
            None => String::new(),
        };
        Ok(Self {
            id: row.id.parse().map_err(|error| StoreError::corrupt("conversations", "id", error))?,
            site: row.site,
            phase: phase_from(&row.phase)?,
            at: row.at,
            last_seq: row.last_seq,
            text,
            assignee: row.assignee,
            who: row.name.or(row.email).or(row.phone),
            score: row.score,
            read: row.read.unwrap_or(0),
        })
    }
}
