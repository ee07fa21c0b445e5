//! Brings the schema up to date at start (`migrations/README.md`).

use protocol::time::Timestamp;

use super::{
    database::{Database, Ddl, Scope},
    error::{OpenError, StoreError},
    sql::sql,
};

struct Migration {
    version: i64,
    name: &'static str,
    ddl: Ddl,
}

macro_rules! ddl {
    ($name:literal) => {
        Ddl::Both(include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../migrations/", $name, ".sql")))
    };
    ($name:literal each) => {
        Ddl::Each {
            postgres: include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../migrations/postgres/", $name, ".sql")),
            sqlite: include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../migrations/sqlite/", $name, ".sql")),
        }
    };
}

macro_rules! migrations {
    ($($version:literal => $name:literal $($each:ident)?;)*) => {
        &[$(Migration { version: $version, name: $name, ddl: ddl!($name $($each)?) }),*]
    };
}

/// Every migration there is, oldest first.
const MIGRATIONS: &[Migration] = migrations! {
    1 => "0001_rooms";
    2 => "0002_accounts";
    3 => "0003_isolation" each;
    4 => "0004_cluster";
    5 => "0005_history";
    6 => "0006_quarantine";
    7 => "0007_walls" each;
};

const MIGRATION_TABLE: Ddl = Ddl::Both(
    "CREATE TABLE IF NOT EXISTS migration (
    version BIGINT PRIMARY KEY,
    name TEXT NOT NULL,
    applied_at TIMESTAMPTZ NOT NULL
);",
);

/// The version of the schema this program works with.
pub(super) fn known() -> i64 {
    MIGRATIONS.last().map_or(0, |migration| migration.version)
}

/// Whether the schema is the one this program works with. Writes nothing.
///
/// # Errors
///
/// [`OpenError::NewerSchema`] and [`OpenError::OlderSchema`].
pub(super) async fn check(database: &Database) -> Result<(), OpenError> {
    let newest = database.query_opt(Scope::Server, sql("SELECT max(version) FROM migration")).await;
    let found: i64 = match newest {
        Ok(newest) => newest.map_or(Ok(None), |row| row.get(0))?.unwrap_or(0),
        // There is no such table: nobody has migrated it.
        Err(StoreError::Internal(_)) => 0,
        Err(error) => return Err(error.into()),
    };
    match (found, known()) {
        (found, known) if found > known => Err(OpenError::NewerSchema { found, known }),
        (found, known) if found < known => Err(OpenError::OlderSchema { found, known }),
        _ => Ok(()),
    }
}

/// Applies what is new, all or nothing.
///
/// # Errors
///
/// [`OpenError::NewerSchema`] for a database that a newer version has migrated.
pub(super) async fn migrate(database: &Database, at: Timestamp) -> Result<(), OpenError> {
    let mut tx = database.write(Scope::Server).await?;
    tx.lock_schema().await?;
    tx.migrate(&MIGRATION_TABLE).await?;
    let newest = tx.query_opt(sql("SELECT max(version) FROM migration")).await?;
    let found: i64 = newest.map_or(Ok(None), |row| row.get(0))?.unwrap_or(0);
    let known = known();
    if found > known {
        return Err(OpenError::NewerSchema { found, known });
    }
    for migration in MIGRATIONS.iter().filter(|migration| migration.version > found) {
        tx.migrate(&migration.ddl).await?;
        let record = sql("INSERT INTO migration (version, name, applied_at) VALUES ($1, $2, $3)");
        tx.execute(record.bind(migration.version).bind(migration.name).bind(at)).await?;
        tracing::info!(migration = migration.name, "migrated the database");
    }
    Ok(tx.commit().await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_is_a_migration_in_its_order() {
        let folder = |name: &str| {
            let files = std::fs::read_dir(format!("{}/../migrations{name}", env!("CARGO_MANIFEST_DIR"))).unwrap();
            let files = files.map(|entry| entry.unwrap().file_name().into_string().unwrap());
            files.filter_map(|name| name.strip_suffix(".sql").map(str::to_owned)).collect::<Vec<_>>()
        };
        let (mut files, mut postgres, mut sqlite) = (folder(""), folder("/postgres"), folder("/sqlite"));
        postgres.sort();
        sqlite.sort();
        assert_eq!(postgres, sqlite);
        files.extend(postgres);
        files.sort();

        let names: Vec<&str> = MIGRATIONS.iter().map(|migration| migration.name).collect();
        assert_eq!(files, names);
        for (migration, version) in MIGRATIONS.iter().zip(1..) {
            assert_eq!(migration.version, version);
            assert!(migration.name.starts_with(&format!("{version:04}_")), "{}", migration.name);
        }
    }
}
