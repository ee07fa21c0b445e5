//! Postgres over TLS: that what is wanted is what happens, or nothing.

use std::{error::Error, sync::Arc};

use actors::clock::SystemClock;
use server::store::{Engine, OpenError, Store};

use crate::engines::TestDatabase;

/// Where the certificate of the server for tests is.
#[expect(clippy::disallowed_methods, reason = "the server for tests is no setting of the program")]
fn certificate() -> Option<String> {
    std::env::var("GALA_TEST_DATABASE_CERTIFICATE").ok()
}

/// Opens a store with these parameters in its URL.
async fn open(url: &str, parameters: &str) -> Result<Store, OpenError> {
    let separator = if url.contains('?') { '&' } else { '?' };
    Store::open(&Engine::Postgres(format!("{url}{separator}{parameters}")), Arc::new(SystemClock)).await
}

/// How many connections this database has: all of them, and those that are encrypted.
const CONNECTIONS: &str = "SELECT count(*) || ' ' || count(*) FILTER (WHERE ssl) FROM pg_stat_ssl \
    JOIN pg_stat_activity USING (pid) WHERE datname = current_database() AND application_name = 'gala'";

async fn on_tls(test: impl AsyncFnOnce(&TestDatabase, &str, &str)) {
    let (Some(database), Some(certificate)) = (TestDatabase::postgres().await, certificate()) else { return };
    database.run(async |database| test(database, database.url().unwrap(), &certificate).await).await;
}

#[tokio::test]
async fn connections_are_encrypted_where_that_is_wanted() {
    on_tls(async |database, url, certificate| {
        for parameters in ["sslmode=require".to_owned(), format!("sslmode=verify-full&sslrootcert={certificate}")] {
            let store = open(url, &parameters).await.unwrap();
            store.health().await.unwrap();
            let connections = database.query(CONNECTIONS).await.remove(0);
            let (all, encrypted) = connections.split_once(' ').unwrap();
            assert_eq!(all, encrypted, "{parameters}");
            assert_ne!(all, "0", "{parameters}");
            drop(store);
        }
        open(url, "sslmode=disable").await.unwrap().health().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_server_whose_certificate_is_not_for_it_or_not_vouched_for_is_refused() {
    on_tls(async |_database, url, certificate| {
        let by_name = url.replace("127.0.0.1", "localhost");
        assert_ne!(url, by_name);
        let refused = [
            (url, "sslmode=verify-full".to_owned(), "UnknownIssuer"),
            (&by_name, format!("sslmode=verify-full&sslrootcert={certificate}"), "not valid for name"),
            (&by_name, format!("sslmode=require&sslrootcert={certificate}"), "not valid for name"),
        ];

        for (url, parameters, why) in refused {
            let error = open(url, &parameters).await.err().unwrap();
            assert!(matches!(error, OpenError::Store(_)), "{error:?}");
            let causes = std::iter::successors(Some(&error as &dyn Error), |error| Error::source(*error));
            let said = causes.map(ToString::to_string).collect::<Vec<_>>().join(": ");
            assert!(said.contains(why), "{said}");
        }
    })
    .await;
}
