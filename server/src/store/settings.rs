//! What the program itself remembers, shared by all nodes that use the database.

use super::{Store, StoreError};

/// Bytes of a secret: as many as HMAC-SHA256 can use.
const SECRET_BYTES: usize = 32;

impl Store {
    /// Whether a turn could be stored now, or within the last seconds.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] with the reason.
    pub async fn can_write(&self) -> Result<(), StoreError> {
        self.probe.ask(|bytes| write_probe(self, bytes)).await
    }
}

async fn write_probe(store: &Store, bytes: usize) -> Result<(), StoreError> {
    transact!(&store.db, connection => {
        sqlx::query(
            "insert into settings (name, value) values ('write_probe', $1)
             on conflict (name) do update set value = excluded.value",
        )
        .bind(" ".repeat(bytes))
        .execute(connection)
        .await?;
    });
    Ok(())
}

/// The secret called `name`: made at random the first time, the same for ever after and on every node.
///
/// # Errors
///
/// [`StoreError`].
pub async fn secret(store: &Store, name: &str) -> Result<[u8; SECRET_BYTES], StoreError> {
    if let Some(stored) = read_secret(store, name).await? {
        return Ok(stored);
    }
    let mut fresh = [0; SECRET_BYTES];
    getrandom::fill(&mut fresh)
        .map_err(|error| StoreError::Unavailable(format!("the system gives no random bytes: {error}")))?;
    let text: String = fresh.iter().map(|byte| format!("{byte:02x}")).collect();
    transact!(&store.db, connection => {
        sqlx::query("insert into settings (name, value) values ($1, $2) on conflict (name) do nothing")
            .bind(name)
            .bind(text)
            .execute(connection)
            .await?;
    });
    // Another node may have been first.
    let stored = read_secret(store, name).await?;
    stored.ok_or_else(|| StoreError::corrupt("settings", "value", "a secret vanished as it was made"))
}

async fn read_secret(store: &Store, name: &str) -> Result<Option<[u8; SECRET_BYTES]>, StoreError> {
    let stored: Option<String> = read!(store, pool => sqlx::query_scalar("select value from settings where name = $1")
        .bind(name)
        .fetch_optional(pool)
        .await)?;
    stored.map(|text| from_hex(&text)).transpose()
}

fn from_hex(text: &str) -> Result<[u8; SECRET_BYTES], StoreError> {
    let bad = || StoreError::corrupt("settings", "value", "not 64 hexadecimal digits");
    if text.len() != 2 * SECRET_BYTES || !text.is_ascii() {
        return Err(bad());
    }
    let mut secret = [0; SECRET_BYTES];
    for (index, byte) in secret.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&text[2 * index..2 * index + 2], 16).map_err(|_| bad())?;
    }
    Ok(secret)
}
