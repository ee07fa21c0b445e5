//! Backups made while people write, and restored: everything acknowledged until then is there.

use std::{
    path::{Path, PathBuf},
    process::Command,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use tempfile::TempDir;
use tokio::task::JoinHandle;
use yrs::{GetString, Transact, Update, updates::decoder::Decode};

use crate::{
    engines::{TestDatabase, query_sqlite},
    process::{Gala, command, free_port},
    yjs_client::{Dialect, YjsClient, new_doc},
};

const WRITERS: usize = 6;

/// A server into which people write as long as this lives.
struct Busy {
    gala: Gala,
    room: String,
    directory: TempDir,
    saved: Arc<Mutex<Vec<String>>>,
    stop: Arc<AtomicBool>,
    writers: Vec<JoinHandle<()>>,
}

impl Busy {
    async fn start(database_url: Option<&str>) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let gala = Gala::start(free_port(), directory.path(), database_url).await;
        let room = gala.create_page("Room").await;
        let (saved, stop) = (Arc::default(), Arc::default());
        let writer = |number| {
            tokio::spawn(write(gala.owner.clone(), room.clone(), number, Arc::clone(&saved), Arc::clone(&stop)))
        };
        let writers = (0..WRITERS).map(writer).collect();
        Self { gala, room, directory, saved, stop, writers }
    }

    /// Everything acknowledged so far, once there are this many more.
    async fn saved(&self, more: usize) -> Vec<String> {
        let enough = self.saved.lock().unwrap().len() + more;
        while self.saved.lock().unwrap().len() < enough {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        self.saved.lock().unwrap().clone()
    }

    async fn end(self) -> (TempDir, String) {
        self.stop.store(true, Ordering::Relaxed);
        for writer in self.writers {
            writer.await.unwrap();
        }
        self.gala.kill();
        (self.directory, self.room)
    }
}

/// Writes a token after the other, each once the one before is saved.
async fn write(
    who: crate::signed_in::SignedIn,
    room: String,
    number: usize,
    saved: Arc<Mutex<Vec<String>>>,
    stop: Arc<AtomicBool>,
) {
    let mut client = YjsClient::connect(&who, &room, None, Dialect::Hocuspocus, new_doc()).await.unwrap();
    for edit in 0.. {
        if stop.load(Ordering::Relaxed) {
            return;
        }
        let token = format!("<{number}.{edit}>");
        client.append(&token).await.unwrap();
        client.hear_until_saved().await;
        saved.lock().unwrap().push(token);
    }
}

/// Everything that is restored in a room.
async fn restored(directory: &Path, database_url: Option<&str>, room: &str) -> String {
    let gala = Gala::start(free_port(), directory, database_url).await;
    let doc = new_doc();
    doc.transact_mut().apply_update(Update::decode_v1(&gala.state(room).await).unwrap()).unwrap();
    let text = doc.get_or_insert_text("t").get_string(&doc.transact());
    gala.kill();
    text
}

#[track_caller]
fn check(saved: &[String], text: &str) {
    assert!(saved.len() > WRITERS);
    for token in saved {
        assert_eq!(text.matches(token).count(), 1, "{token} was acknowledged before the backup began");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_of_sqlite_under_load_has_everything_acknowledged() {
    let busy = Busy::start(None).await;
    let there = tempfile::tempdir().unwrap();
    let copy = there.path().join("gala.db");
    let (from, to) = (busy.directory.path().to_owned(), copy.to_str().unwrap().to_owned());

    let saved = busy.saved(50).await;
    let (code, said) = tokio::task::spawn_blocking(move || command(&from, None, &["backup", &to])).await.unwrap();
    busy.saved(50).await;
    let (directory, room) = busy.end().await;

    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("checked and on the disk") && said.contains("keep the secret key as well"), "{said}");
    assert_eq!(std::fs::read_dir(there.path()).unwrap().count(), 1, "nothing but the copy is left");
    std::fs::copy(directory.path().join("secret.key"), there.path().join("secret.key")).unwrap();
    assert_eq!(command(there.path(), None, &["doctor"]).0, Some(0));
    check(&saved, &restored(there.path(), None, &room).await);
}

#[tokio::test]
async fn a_backup_takes_the_place_of_no_file_and_leaves_none_of_a_damaged_database() {
    let directory = tempfile::tempdir().unwrap();
    let data_dir = directory.path().join("data");
    assert_eq!(command(&data_dir, None, &["migrate"]).0, Some(0));
    let copy = directory.path().join("copy");
    let name = copy.to_str().unwrap();

    assert_eq!(command(&data_dir, None, &["backup", name]).0, Some(0));
    let again = command(&data_dir, None, &["backup", name]);
    assert_eq!(again, (Some(1), "gala: there is a file of this name already\n".to_owned()));

    std::fs::remove_file(&copy).unwrap();
    let database = data_dir.join("gala.db");
    let root = "SELECT (rootpage - 1) * 4096 FROM sqlite_schema WHERE name = 'migration'";
    let page: usize = query_sqlite(&database, root).unwrap()[0].parse().unwrap();
    let mut bytes = std::fs::read(&database).unwrap();
    bytes[page..page + 4096].fill(0x5a);
    std::fs::write(&database, bytes).unwrap();
    let (code, said) = command(&data_dir, None, &["backup", name]);
    assert_eq!((code, copy.exists()), (Some(1), false), "{said}");
    assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 1);
}

#[test]
fn postgres_is_left_to_its_own_tools() {
    let directory = tempfile::tempdir().unwrap();

    let (code, said) = command(directory.path(), Some("postgres://127.0.0.1:1/gala"), &["backup", "x"]);

    assert_eq!((code, said.contains("docs/backup.md")), (Some(1), true), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dump_of_postgres_under_load_has_everything_acknowledged() {
    let (Some(from), Some(to), Some(tools)) = (TestDatabase::postgres().await, TestDatabase::postgres().await, tools())
    else {
        return;
    };
    from.run(async |from| to.run(async |to| dump_and_restore(from, to, &tools).await).await).await;
}

async fn dump_and_restore(from: &TestDatabase, to: &TestDatabase, tools: &Path) {
    let busy = Busy::start(from.url()).await;
    let directory = tempfile::tempdir().unwrap();
    let dump = directory.path().join("gala.dump");

    let saved = busy.saved(50).await;
    let mut dumping = Command::new(tools.join("pg_dump"));
    dumping.arg("--format=custom").arg("--file").arg(&dump).arg(from.url().unwrap());
    run(dumping).await;
    busy.saved(50).await;
    let (secret, room) = busy.end().await;
    let mut restoring = Command::new(tools.join("pg_restore"));
    restoring.args(["--exit-on-error", "--no-owner", "--dbname", to.url().unwrap()]).arg(&dump);
    run(restoring).await;

    assert_eq!(command(secret.path(), to.url(), &["doctor"]).0, Some(0));
    check(&saved, &restored(secret.path(), to.url(), &room).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_owner_of_the_database_without_privileges_dumps_all_of_it() {
    let (Some(from), Some(to), Some(tools)) = (TestDatabase::postgres().await, TestDatabase::postgres().await, tools())
    else {
        return;
    };
    from.run(async |from| to.run(async |to| dump_as_owner(from, to, &tools).await).await).await;
}

async fn dump_as_owner(from: &TestDatabase, to: &TestDatabase, tools: &Path) {
    let directory = tempfile::tempdir().unwrap();
    let dump = directory.path().join("gala.dump");
    // Roles belong to all databases of a server: another test may have made it.
    from.query(
        "DO $$ BEGIN CREATE ROLE gala_test_dumper LOGIN; EXCEPTION WHEN duplicate_object OR unique_violation THEN \
         NULL; END $$",
    )
    .await;
    let name = from.query("SELECT current_database()").await.remove(0);
    from.query(&format!("ALTER DATABASE {name} OWNER TO gala_test_dumper")).await;
    from.query("ALTER SCHEMA public OWNER TO gala_test_dumper").await;
    let owner = from.url().unwrap().replacen("//postgres@", "//gala_test_dumper@", 1);
    let create = ["user", "create", "--email", "ada@example.org", "--name", "Ada"];
    assert_eq!(command(directory.path(), Some(&owner), &create).0, Some(0));

    let mut dumping = Command::new(tools.join("pg_dump"));
    dumping.env("PGOPTIONS", "-c gala.scope=server").arg("--enable-row-security");
    dumping.arg("--format=custom").arg("--file").arg(&dump).arg(&owner);
    run(dumping).await;
    let mut restoring = Command::new(tools.join("pg_restore"));
    restoring.args(["--exit-on-error", "--no-owner", "--dbname", to.url().unwrap()]).arg(&dump);
    run(restoring).await;

    for table in ["account", "workspace", "member", "audit_event"] {
        assert_ne!(to.query(&format!("SELECT count(*) FROM {table}")).await, ["0"], "{table}");
    }
    assert_eq!(command(directory.path(), to.url(), &["doctor"]).0, Some(0));
}

/// Where the programs of Postgres are.
#[expect(clippy::disallowed_methods, reason = "where the programs for tests are is no setting of the program")]
fn tools() -> Option<PathBuf> {
    std::env::var("GALA_TEST_POSTGRES_BIN").ok().map(PathBuf::from)
}

async fn run(mut command: Command) {
    let status = tokio::task::spawn_blocking(move || command.status()).await.unwrap().unwrap();
    assert!(status.success());
}
