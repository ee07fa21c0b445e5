//! Somebody enters a room with a large real document: how long until they have all of it, when the
//! server has just been started and when the document is in its memory already.

use std::time::{Duration, Instant};

use clap::Args;
use tokio::time::sleep;

use super::{against::Against, replay};
use crate::{
    bench::{
        machine,
        reader::Reader,
        run::{Run, Seen},
    },
    cluster::Programs,
    failure::Failure,
    target::{Dialect, Target},
    trace::Trace,
};

/// How long somebody stays to see whether more comes: servers that send a document twice do so at once.
const STAY: Duration = Duration::from_millis(300);
/// More than this of the document's own size has been sent twice, at least in part.
const MAX_SENT: f64 = 1.1;

/// The paper of the trace, entered again and again
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    #[command(flatten)]
    against: Against,
    /// How many keystrokes of it; by default all 259,778
    #[arg(long)]
    keystrokes: Option<usize>,
    /// How many keystrokes make an update while it is written: some servers take hours for single ones
    #[arg(long, default_value_t = 1)]
    per_update: usize,
    /// Seconds between the writing and the first restart: some servers store a document only then
    #[arg(long, default_value_t = 15)]
    rest_s: u64,
    /// How often the server is started anew, to be entered cold
    #[arg(long, default_value_t = 7)]
    rounds: usize,
    /// How many enter after the first of each round
    #[arg(long, default_value_t = 5)]
    warm: usize,
}

/// What entering came to.
struct Joined {
    /// From before the connection until the last byte of the document.
    ms: f64,
    /// The same from the end of the handshake.
    open_ms: f64,
    /// Bytes of all messages, those that came a little later included.
    bytes: usize,
    frames: usize,
    is_whole: bool,
}

pub(crate) async fn run(programs: &Programs, options: &Options) -> Result<Run, Failure> {
    let trace = match options.keystrokes {
        Some(keystrokes) => Trace::first(keystrokes, options.per_update)?,
        None => Trace::whole(options.per_update)?,
    };
    let (mut target, dialect) = options.against.start(programs).await?;
    let rooms = target.rooms(2).await?;
    {
        let (writer, reader) = replay::enter(&target, dialect, &rooms[0]).await?;
        replay::write(&writer, &reader, &trace, replay::WINDOW).await?;
    }
    sleep(Duration::from_secs(options.rest_s)).await;

    let (before, own, began) = (target.usage()?.resident_bytes, machine::own_cpu()?, Instant::now());
    let (mut cold, mut warm) = (Vec::new(), Vec::new());
    for _ in 0..options.rounds {
        target.kill().await?;
        target.restart().await?;
        // What a server does once after its start is not what a document costs.
        drop(replay::enter(&target, dialect, &rooms[1]).await?);
        let (first, joined) = join(&target, dialect, &rooms[0], &trace).await?;
        cold.push(joined);
        for _ in 0..options.warm {
            warm.push(join(&target, dialect, &rooms[0], &trace).await?.1);
        }
        drop(first);
    }

    // Of the server's CPU only the last round is known: it was started anew for each.
    let seen = Seen {
        seconds: began.elapsed().as_secs_f64(),
        delivered: (cold.len() + warm.len()) as u64,
        frames: 0,
        server_cpu_s: 0.0,
        database_cpu_s: 0.0,
        own_cpu_s: machine::own_cpu()?.saturating_sub(own).as_secs_f64(),
        resident_bytes: target.usage()?.resident_bytes,
    };
    let mut run = Run::without_latencies("join", (target.kind(), dialect), before, &seen);
    run.parameter("keystrokes", trace.keystrokes);
    run.parameter("per-update", options.per_update);
    run.parameter("rounds", options.rounds);
    run.parameter("warm", options.warm);
    let document_bytes = trace.document_bytes()?;
    run.figure("document_bytes", document_bytes);
    run.converged = true;
    for (name, joined) in [("cold", &cold), ("warm", &warm)] {
        note(&mut run, name, joined, document_bytes);
    }
    target.stop().await?;
    Ok(run)
}

/// Enters, and waits until the whole paper has been told.
async fn join(target: &Target, dialect: Dialect, room: &str, trace: &Trace) -> Result<(Reader, Joined), Failure> {
    let began = Instant::now();
    let person = Reader::enter(target, dialect, room).await?;
    let opened = person.opened;
    while person.keystrokes() < trace.keystrokes || !person.has_answer.get() {
        replay::in_time(person.read()).await?;
    }
    let complete = person.told.borrow().last_news;
    while let Ok(read) = tokio::time::timeout(STAY, person.read()).await {
        read?;
    }
    let told = person.told.borrow();
    let ms = |since: Instant| complete.duration_since(since).as_secs_f64() * 1e3;
    let (ms, open_ms, bytes, frames) = (ms(began), ms(opened), told.bytes, told.frames);
    let joined = Joined { ms, open_ms, bytes, frames, is_whole: told.is_whole(trace) };
    drop(told);
    Ok((person, joined))
}

fn note(run: &mut Run, name: &str, joined: &[Joined], document_bytes: usize) {
    let bytes = median(joined.iter().map(|joined| joined.bytes as f64));
    run.figure(&format!("{name}_ms"), median(joined.iter().map(|joined| joined.ms)));
    run.figure(&format!("{name}_ms_from_open"), median(joined.iter().map(|joined| joined.open_ms)));
    run.figure(&format!("{name}_bytes"), bytes);
    run.figure(&format!("{name}_frames"), median(joined.iter().map(|joined| joined.frames as f64)));
    run.figure(&format!("{name}_sent_once"), bytes <= MAX_SENT * document_bytes as f64);
    let other = joined.iter().filter(|joined| !joined.is_whole).count();
    run.converged &= other == 0;
    run.require(other == 0, || format!("{other} {name} joiners were given another text"));
}

/// The one in the middle; zero of none.
fn median(figures: impl Iterator<Item = f64>) -> f64 {
    let mut figures: Vec<f64> = figures.collect();
    figures.sort_unstable_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or_default()
}
