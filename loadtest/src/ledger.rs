//! What was acknowledged, on the disk before anything else happens with it.

use std::{
    collections::HashMap,
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
    sync::mpsc,
    thread,
};

use tokio::sync::oneshot;

use crate::token::{self, Token};

/// Where acknowledgements are written down. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Ledger {
    path: PathBuf,
    lines: mpsc::Sender<Line>,
}

enum Line {
    Saved(String),
    /// Everything before it is on the disk, or why it is not.
    Synced(oneshot::Sender<io::Result<()>>),
}

impl Ledger {
    pub(crate) fn in_directory(directory: &Path) -> io::Result<Self> {
        let path = directory.join("ledger");
        let mut file = File::create(&path)?;
        let (lines, written) = mpsc::channel::<Line>();
        thread::spawn(move || {
            while let Ok(first) = written.recv() {
                let batch: Vec<Line> = std::iter::once(first).chain(written.try_iter()).collect();
                write(&mut file, batch);
            }
        });
        Ok(Self { path, lines })
    }

    /// Writes a token down.
    pub(crate) fn saved(&self, room: &str, token: Token) {
        // The writer ends with the last ledger.
        self.lines.send(Line::Saved(format!("{room} {token}{}\n", token::END))).ok();
    }

    /// The tokens that were acknowledged, by room, as the disk has them.
    ///
    /// # Errors
    ///
    /// When the disk does not have them.
    pub(crate) async fn read(&self) -> io::Result<HashMap<String, Vec<Token>>> {
        let (done, synced) = oneshot::channel();
        self.lines.send(Line::Synced(done)).map_err(io::Error::other)?;
        synced.await.map_err(io::Error::other)??;
        let mut rooms: HashMap<String, Vec<Token>> = HashMap::new();
        for line in fs::read_to_string(&self.path)?.lines() {
            let Some((room, token)) = line.split_once(' ') else { continue };
            rooms.entry(room.to_owned()).or_default().extend(token::find(token.as_bytes()));
        }
        Ok(rooms)
    }
}

fn write(file: &mut File, batch: Vec<Line>) {
    let mut waiting = Vec::new();
    let mut text = String::new();
    for line in batch {
        match line {
            Line::Saved(line) => text.push_str(&line),
            Line::Synced(done) => waiting.push(done),
        }
    }
    let written = file.write_all(text.as_bytes()).and_then(|()| file.sync_data());
    for done in waiting {
        let outcome = written.as_ref().copied().map_err(|error| error.kind().into());
        // Whoever has gone does not want to know.
        done.send(outcome).ok();
    }
}
