//! A paper written again, keystroke by keystroke, as fast as the server takes it: updates a second, and
//! what each costs. One writes, another reads.

use std::time::{Duration, Instant};

use clap::Args;
use tokio::time::{MissedTickBehavior, interval, sleep};

use super::against::Against;
use crate::{
    bench::{
        machine,
        reader::Reader,
        run::{MIB, Run, Seen, per},
    },
    cluster::Programs,
    failure::Failure,
    target::{Dialect, Target, Usage},
    trace::Trace,
};

/// How long nothing may come until what is owed counts as lost. Servers pause to write a whole document.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long after the end servers are watched: some write what they were told only then.
const AFTERMATH: Duration = Duration::from_secs(5);

/// How many updates the writer is ahead by default. y-sweet drops what a reader has not taken beyond 1,024.
pub(super) const WINDOW: usize = 1_000;
/// The same where the writer waits for commits as well.
const WINDOW_ACKNOWLEDGED: usize = 4_096;

/// The whole paper, one update for each keystroke
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    #[command(flatten)]
    against: Against,
    /// How many keystrokes of it; by default all 259,778
    #[arg(long)]
    keystrokes: Option<usize>,
    /// How many keystrokes make an update
    #[arg(long, default_value_t = 1)]
    per_update: usize,
    /// How many updates the writer may be ahead of the reader, and of what is acknowledged; by default
    /// 1,000, and 4,096 where they are acknowledged
    #[arg(long)]
    window: Option<usize>,
}

/// How long it took, since the first update was sent.
pub(super) struct Written {
    /// Until the reader had all of it.
    pub(super) told: Duration,
    /// Until all of it was acknowledged, where the dialect knows acknowledgements.
    pub(super) saved: Option<Duration>,
}

pub(crate) async fn run(programs: &Programs, options: &Options) -> Result<Run, Failure> {
    let trace = match options.keystrokes {
        Some(keystrokes) => Trace::first(keystrokes, options.per_update)?,
        None => Trace::whole(options.per_update)?,
    };
    let (target, dialect) = options.against.start(programs).await?;
    let window = options.window.unwrap_or(match dialect {
        Dialect::YWebsocket => WINDOW,
        Dialect::Hocuspocus => WINDOW_ACKNOWLEDGED,
    });
    let room = target.rooms(1).await?.remove(0);
    let (writer, reader) = enter(&target, dialect, &room).await?;
    let (before, own) = (target.usage()?, machine::own_cpu()?);
    let written = write(&writer, &reader, &trace, window).await?;
    let (after, own) = (target.usage()?, machine::own_cpu()?.saturating_sub(own));
    sleep(AFTERMATH).await;
    let later = target.usage()?;

    let updates = trace.len();
    let seen = Seen {
        seconds: written.saved.unwrap_or_default().max(written.told).as_secs_f64(),
        delivered: updates as u64,
        frames: reader.told.borrow().frames as u64,
        server_cpu_s: cpu_s(&after) - cpu_s(&before),
        database_cpu_s: after.database_cpu.saturating_sub(before.database_cpu).as_secs_f64(),
        own_cpu_s: own.as_secs_f64(),
        resident_bytes: after.resident_bytes,
    };
    let mut run = Run::without_latencies("replay", (target.kind(), dialect), before.resident_bytes, &seen);
    run.parameter("keystrokes", trace.keystrokes);
    run.parameter("per-update", options.per_update);
    run.parameter("window", window);
    run.figure("frames", seen.frames);
    run.figure("updates_per_s", per(updates as f64, written.told.as_secs_f64()));
    run.figure("cpu_us_per_update", per(seen.server_cpu_s * 1e6, updates as f64));
    run.figure("cpu_us_per_update_in_the_end", per((cpu_s(&later) - cpu_s(&before)) * 1e6, updates as f64));
    run.figure("resident_mib_in_the_end", later.resident_bytes as f64 / MIB);
    if let Some(saved) = written.saved {
        run.figure("acknowledged_per_s", per(updates as f64, saved.as_secs_f64()));
    }
    conclude(&mut run, (&target, dialect, &room), (&writer, &reader), &trace).await?;
    target.stop().await?;
    Ok(run)
}

/// Lets two into a room, and waits until both have been told what there is.
pub(super) async fn enter(target: &Target, dialect: Dialect, room: &str) -> Result<(Reader, Reader), Failure> {
    let (writer, reader) = (Reader::enter(target, dialect, room).await?, Reader::enter(target, dialect, room).await?);
    for person in [&writer, &reader] {
        while !person.has_answer.get() {
            in_time(person.read()).await?;
        }
    }
    Ok((writer, reader))
}

/// Has one write all of it, each update as a frame of its own, and another read. The writer is never
/// further ahead than the window allows.
///
/// # Errors
///
/// [`Failure::Unready`] when nothing has come for long, [`Failure::Closed`].
pub(super) async fn write(writer: &Reader, reader: &Reader, trace: &Trace, window: usize) -> Result<Written, Failure> {
    let mut looks = interval(PATIENCE);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    looks.reset();
    let (mut next, mut seen_at_last_look) = (0, (0, 0));
    let (mut told, mut saved) = (None, None);
    let began = Instant::now();
    loop {
        if told.is_none() && reader.keystrokes() >= trace.keystrokes {
            told = Some(began.elapsed());
        }
        if saved.is_none() && next == trace.len() && writer.unsaved() == 0 {
            saved = Some(began.elapsed());
        }
        if let (Some(told), Some(saved)) = (told, saved) {
            let saved = (writer.wire.dialect() == Dialect::Hocuspocus).then_some(saved);
            return Ok(Written { told, saved });
        }
        let told_updates = reader.keystrokes() * trace.len() / trace.keystrokes.max(1);
        let ahead = next.saturating_sub(told_updates).max(writer.unsaved());
        let more = window.saturating_sub(ahead).min(trace.len() - next);
        // Few at a time would be as many writes.
        if more >= window.div_ceil(4) || more == trace.len() - next {
            (next..next + more).for_each(|number| writer.queue(trace.update(number)));
            next += more;
            writer.socket.flush()?;
        }
        tokio::select! {
            read = reader.read() => read?,
            read = writer.read() => read?,
            _ = looks.tick() => {
                let seen = (reader.keystrokes(), writer.saved.get());
                if seen == seen_at_last_look {
                    return Err(Failure::Unready(format!("the rest of {} keystrokes", trace.keystrokes)));
                }
                seen_at_last_look = seen;
            }
        }
    }
}

/// Looks at what the reader has been told, and at what somebody is given who enters now.
async fn conclude(
    run: &mut Run,
    (target, dialect, room): (&Target, Dialect, &str),
    (writer, reader): (&Reader, &Reader),
    trace: &Trace,
) -> Result<(), Failure> {
    let late = Reader::enter(target, dialect, room).await?;
    while late.keystrokes() < trace.keystrokes || !late.has_answer.get() {
        in_time(late.read()).await?;
    }
    run.lost = (trace.keystrokes - reader.keystrokes().min(trace.keystrokes)) as u64;
    run.doubled = reader.told.borrow().doubled();
    let (told, given) = (reader.told.borrow().is_whole(trace), late.told.borrow().is_whole(trace));
    run.converged = told && given;
    run.require(told, || "the reader was told another text".to_owned());
    run.require(given, || "whoever enters now is given another text".to_owned());
    run.require(writer.refused.get() == 0, || format!("{} updates were refused", writer.refused.get()));
    Ok(())
}

/// The same, unless it takes too long.
pub(super) async fn in_time(work: impl Future<Output = Result<(), Failure>>) -> Result<(), Failure> {
    let done = tokio::time::timeout(PATIENCE, work).await;
    done.unwrap_or_else(|_elapsed| Err(Failure::Unready("the content of a room".to_owned())))
}

fn cpu_s(usage: &Usage) -> f64 {
    (usage.cpu + usage.database_cpu).as_secs_f64()
}
