//! The server is killed when somebody has just been told the last of some edits. Of those that were
//! acknowledged none may be gone.

use std::time::Duration;

use clap::Args;
use protocol::wire::update::{self, Visit};
use tokio::{
    task::yield_now,
    time::{Instant, sleep},
};

use super::against::Against;
use crate::{
    bench::{
        crowd::{Crowd, Size},
        joiner, pace,
        room::Room,
        run::{Run, Watch},
        tally::Tally,
    },
    cluster::Programs,
    failure::Failure,
    target::Dialect,
};

/// How long the last edit may take to be told.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long what the server has sent before its end may take.
const ON_THE_WAY: Duration = Duration::from_millis(200);
/// How long a server may take to read what it stored.
const READS: Duration = Duration::from_secs(1);
/// Who writes.
const WRITER: usize = 0;
const READER: usize = 1;

/// 500 edits, then an end like that of a power cut
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    #[command(flatten)]
    against: Against,
    #[arg(long, default_value_t = 500)]
    edits: usize,
    /// Edits a second
    #[arg(long, default_value_t = 100.0)]
    rate: f64,
}

pub(crate) async fn run(programs: &Programs, options: &Options) -> Result<Run, Failure> {
    let Options { against, edits, rate } = options;
    let (mut target, dialect) = against.start(programs).await?;
    // Gala speaks the one in which edits are acknowledged, too.
    let dialect = if target.kind().is_gala() { against.dialect.unwrap_or(Dialect::Hocuspocus) } else { dialect };
    let size = Size { rooms: 1, clients_per_room: 2, writers_per_room: 1 };
    let crowd = Crowd::enter(&target, dialect, size).await?;
    crowd.listen().await?;
    let watch = Watch::begin(&target, &crowd)?;
    pace::in_turns(&[WRITER], *rate, Duration::from_secs_f64(*edits as f64 / rate), |nth| crowd.write(nth, 1)).await?;
    let written = crowd.rooms[0].writers[WRITER].edits.borrow().len();
    let until = Instant::now() + PATIENCE;
    while (crowd.clients[READER].told.borrow().edits[WRITER] as usize) < written {
        if Instant::now() > until {
            return Err(Failure::Unready("the last edit".to_owned()));
        }
        yield_now().await;
    }
    let seen = watch.look(&target, &crowd)?;
    target.kill().await?;
    // Acknowledgements that are on their way count: somebody may act on them.
    sleep(ON_THE_WAY).await;
    let saved = crowd.clients[WRITER].saved.get();
    crowd.end_span();
    crowd.ended.borrow_mut().clear();
    target.restart().await?;

    let kept = Kept::in_room(&joiner::document_and_more(&target, dialect, &crowd.rooms[0].name, READS).await?)?;
    let mut run = Run::of("acknowledged", &target, &crowd, &watch, &seen);
    run.parameter("edits", written);
    run.parameter("rate", *rate);
    run.figure("acknowledged", if dialect == Dialect::Hocuspocus { Some(saved) } else { None });
    run.figure("lost_of_all", written.saturating_sub(kept));
    let lost = saved.saturating_sub(kept);
    run.figure("lost_of_acknowledged", lost);
    // That a peer loses edits is a figure; that Gala does is a mistake.
    run.require(lost == 0 || !target.kind().is_gala(), || format!("{lost} edits are gone that were acknowledged"));
    // Whoever has something the server has lost gives it back.
    for nth in [WRITER, READER] {
        crowd.reconnect(&target, nth).await?;
    }
    crowd.all_have_content().await?;
    run.conclude(&target, &crowd).await?;
    target.stop().await?;
    Ok(run)
}

/// How much of a writer's edits a document has without a gap.
struct Kept(Tally);

impl Kept {
    fn in_room(updates: &[Vec<u8>]) -> Result<usize, Failure> {
        let mut kept = Self(Tally::of(1));
        for update in updates {
            update::scan(update, &mut kept)?;
        }
        Ok(kept.0.next(0) as usize)
    }
}

impl Visit for Kept {
    fn block(&mut self, client: u64, clock: u32, len: u32) {
        if client == Room::client_id(WRITER) {
            self.0.tell(0, clock..clock + len);
        }
    }
    fn skip(&mut self, _client: u64, _clock: u32, _len: u32) {}
    fn reference(&mut self, _client: u64, _clock: u32) {}
    fn deletion(&mut self, _client: u64, _clock: u32, _len: u32) {}
}
