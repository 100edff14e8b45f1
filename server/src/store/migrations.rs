//! The migrations, compiled in, so that the binary needs no files.

use std::sync::LazyLock;

use rust_embed::RustEmbed;
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::{AssertSqlSafe, SqlSafeStr as _};

/// What `sqlx::migrate!` would embed; see `columns!` for why that is not used.
#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/../migrations"]
#[include = "*.sql"]
struct Files;

pub(super) static MIGRATIONS: LazyLock<Migrator> = LazyLock::new(|| {
    let migrations = Files::iter().map(|name| {
        migration(&name).unwrap_or_else(|| panic!("migrations/{name} must be called NUMBER_NOUN.sql and be UTF-8"))
    });
    Migrator::with_migrations(migrations.collect())
});

fn migration(name: &str) -> Option<Migration> {
    let (version, noun) = name.strip_suffix(".sql")?.split_once('_')?;
    let sql = String::from_utf8(Files::get(name)?.data.into_owned()).ok()?;
    let sql = AssertSqlSafe(sql).into_sql_str();
    Some(Migration::new(version.parse().ok()?, noun.replace('_', " ").into(), MigrationType::Simple, sql, false))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[tokio::test]
    async fn what_is_embedded_is_what_sqlx_finds_in_the_folder() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../migrations");
        let known = |migrator: &Migrator| -> Vec<_> {
            let known = migrator.iter().map(|migration| {
                (migration.version, migration.description.to_string(), migration.checksum.to_vec(), migration.no_tx)
            });
            known.collect()
        };

        let found = Migrator::new(folder.as_path()).await.unwrap();

        assert!(!known(&found).is_empty());
        assert_eq!(known(&MIGRATIONS), known(&found));
    }
}
