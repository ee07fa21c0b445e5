//! What was acknowledged, on the disk before anything else happens with it.

use std::{
    fs::{self, File},
    io::Write,
    path::{Path, PathBuf},
    sync::mpsc,
    thread,
};

use tokio::sync::oneshot;

/// Where acknowledgements are written down. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Ledger {
    path: PathBuf,
    lines: mpsc::Sender<Line>,
}

enum Line {
    Saved {
        room: String,
        token: String,
    },
    /// Everything before it is on the disk.
    Synced(oneshot::Sender<()>),
}

impl Ledger {
    pub(crate) fn in_directory(directory: &Path) -> Self {
        let path = directory.join("ledger");
        let mut file = File::create(&path).unwrap();
        let (lines, written) = mpsc::channel::<Line>();
        thread::spawn(move || {
            while let Ok(first) = written.recv() {
                let mut waiting = Vec::new();
                for line in std::iter::once(first).chain(written.try_iter()) {
                    match line {
                        Line::Saved { room, token } => writeln!(file, "{room} {token}").unwrap(),
                        Line::Synced(done) => waiting.push(done),
                    }
                }
                file.sync_data().unwrap();
                for done in waiting {
                    // Whoever has gone does not want to know.
                    done.send(()).ok();
                }
            }
        });
        Self { path, lines }
    }

    pub(crate) fn saved(&self, room: &str, token: String) {
        self.lines.send(Line::Saved { room: room.to_owned(), token }).expect("the writer lives");
    }

    /// The tokens that were acknowledged in a room, as the disk has them.
    pub(crate) async fn of(&self, room: &str) -> Vec<String> {
        let (done, synced) = oneshot::channel();
        self.lines.send(Line::Synced(done)).expect("the writer lives");
        synced.await.expect("the writer lives");
        let text = fs::read_to_string(&self.path).unwrap();
        text.lines().filter_map(|line| line.strip_prefix(room)?.strip_prefix(' ')).map(str::to_owned).collect()
    }
}
