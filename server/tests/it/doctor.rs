//! `gala doctor`, beside a running server: what it finds, and how it ends.

use serde_json::Value;

use crate::{
    app::TestApp,
    engines::{TestDatabase, on_both},
    process::command,
};

/// A server with one page in which something was written, and the doctor beside it.
struct Patient<'a> {
    app: TestApp,
    page: String,
    database: &'a TestDatabase,
}

impl<'a> Patient<'a> {
    async fn new(database: &'a TestDatabase) -> Self {
        let app = TestApp::on(database).await;
        let page = app.create_page("Plan", "one").await;
        for text in ["two", "three"] {
            app.put_content(&page, "text/markdown", text).await.expect(204);
        }
        Self { app, page, database }
    }

    fn doctor(&self, arguments: &[&str]) -> (Option<i32>, String) {
        command(self.app.data_dir(), self.database.url(), &[&["doctor"], arguments].concat())
    }

    /// What is found, and where: `updates_lost 2-3`.
    #[track_caller]
    fn findings(&self) -> Vec<String> {
        let (code, said) = self.doctor(&["--json"]);
        let report: Value = serde_json::from_str(&said).expect(&said);
        let findings = report["findings"].as_array().unwrap();
        assert_eq!(code, Some(i32::from(!findings.is_empty())), "{said}");
        let found = findings.iter().map(|finding| match finding["seqs"].as_array() {
            Some(seqs) => format!("{} {}-{}", finding["kind"].as_str().unwrap(), seqs[0], seqs[1]),
            None => finding["kind"].as_str().unwrap().to_owned(),
        });
        found.collect()
    }

    /// Runs SQL on the rows of the page: `$` is its id.
    async fn harm(&self, sql: &str) {
        let id = match self.database.url() {
            Some(_) => format!("'{}'", self.page),
            None => format!("x'{}'", self.page.replace('-', "")),
        };
        self.app.query(self.database, &sql.replace('$', &id)).await;
    }
}

on_both! {
    async fn an_installation_that_is_well_is_said_to_be(database) {
        let patient = Patient::new(database).await;

        let (code, said) = patient.doctor(&[]);

        assert_eq!(code, Some(0), "{said}");
        assert!(said.contains("1 rooms, 3 updates") && said.ends_with("\nnothing is wrong\n"), "{said}");
        assert!(patient.findings().is_empty());
        assert_eq!(patient.doctor(&["--workspace", &patient.app.workspace]).0, Some(0));
    }

    async fn damaged_updates_are_found_explained_and_set_aside(database) {
        let patient = Patient::new(database).await;
        patient.harm("UPDATE room_log SET checksum = checksum + 1 WHERE room_id = $ AND first_seq = 2").await;

        // What the second update wrote is replaced by the third, which builds on it.
        assert_eq!(patient.findings(), ["updates_unreadable 2-2", "update_waits 3-3"]);
        let (_, said) = patient.doctor(&[]);
        assert!(said.contains("The stored bytes of updates are not what was written."), "{said}");
        assert!(said.contains(&format!("room {}", patient.page)), "{said}");

        let (code, said) = patient.doctor(&["--set-aside", &patient.page]);
        assert_eq!((code, said.contains("2 updates of room")), (Some(0), true), "{said}");
        assert!(patient.findings().is_empty());
        let (_, said) = patient.doctor(&[]);
        assert!(said.contains("2 updates are set aside, as the operator has decided"), "{said}");

        patient.harm("UPDATE room_log SET checksum = checksum - 1 WHERE room_id = $ AND first_seq = 2").await;
        let (code, said) = patient.doctor(&["--let-back", &patient.page]);
        assert_eq!((code, said.contains("2 updates can be read")), (Some(0), true), "{said}");
        assert!(patient.findings().is_empty());
        assert_eq!(patient.app.markdown(&patient.page).await.trim(), "three");
    }

    async fn lost_updates_and_a_log_beyond_its_room_are_found(database) {
        let patient = Patient::new(database).await;

        patient.harm("DELETE FROM room_log WHERE room_id = $ AND first_seq = 3").await;
        assert_eq!(patient.findings(), ["updates_lost 3-3"]);

        patient.harm("UPDATE room SET head_seq = 1 WHERE id = $").await;
        assert_eq!(patient.findings(), ["log_beyond_head"]);
    }

    async fn snapshots_are_compared_with_the_log(database) {
        let patient = Patient::new(database).await;
        let snapshot = |seq: u64, payload: &str, checksum: u32| {
            let bytes = if database.url().is_some() { format!("'\\x{payload}'") } else { format!("x'{payload}'") };
            let at = if database.url().is_some() { "now()" } else { "0" };
            format!("INSERT INTO room_snapshot (room_id, generation, seq, encoding, verified_at, checksum, payload) \
                     VALUES ($, 1, {seq}, 'yjs-v1', {at}, {checksum}, {bytes})")
        };

        // A snapshot of nothing, where there is something.
        patient.harm(&snapshot(3, "0000", crc32fast::hash(&[0, 0]))).await;
        patient.harm("UPDATE room SET snapshot_seq = 3 WHERE id = $").await;
        assert_eq!(patient.findings(), ["snapshot_differs 3-3"]);

        patient.harm("UPDATE room_snapshot SET checksum = 1 WHERE room_id = $").await;
        assert_eq!(patient.findings(), ["snapshot_unreadable 3-3"]);
    }

    async fn what_refers_to_nothing_is_found(database) {
        let patient = Patient::new(database).await;

        patient.harm("UPDATE page SET parent_id = id WHERE id = $").await;
        patient.harm("UPDATE member SET role = 'viewer'").await;

        assert_eq!(patient.findings(), ["page_unreachable", "workspace_without_owner"]);
    }

    async fn a_schema_of_another_version_is_not_looked_at(database) {
        let patient = Patient::new(database).await;

        patient.app.query(database, "UPDATE migration SET version = 9999 WHERE version = 1").await;
        let newer = patient.doctor(&[]);
        patient.app.query(database, "DELETE FROM migration").await;
        let older = patient.doctor(&[]);

        assert!(newer.0 == Some(2) && newer.1.contains("start the newer version"), "{newer:?}");
        assert!(older.0 == Some(2) && older.1.contains("run gala migrate first"), "{older:?}");
    }
}

#[test]
fn where_there_is_no_database_there_is_nothing_to_look_at() {
    let directory = tempfile::tempdir().unwrap();

    let (code, said) = command(directory.path(), None, &["doctor"]);

    assert_eq!((code, said.starts_with("gala: there is no database at ")), (Some(2), true), "{said}");
    std::fs::write(directory.path().join("gala.db"), "x".repeat(5000)).unwrap();
    assert_eq!(command(directory.path(), None, &["doctor"]).0, Some(2));
}
