//! Breaks things at random under constant typing, and looks for every acknowledged token.
//!
//! A run is rounds: things break for a while, everything is mended, and everything is looked at. The
//! seed decides what breaks, and how long; when a node notices is up to the machine.

use std::{collections::BTreeMap, io::Write, sync::Arc, time::Duration};

use clap::Args;
use tokio::time::{Instant, sleep, sleep_until};

use super::{
    client, desk,
    faults::{Fault, Kind},
    note,
};
use crate::{
    checker::{self, Findings},
    client::{Client, Keeps},
    cluster::{Cluster, Programs},
    crew::Crew,
    desk::Desk,
    failure::Failure,
    random::Random,
    report::Report,
};

/// How long somebody waits for an acknowledgement before going to another node.
const PATIENCE: Duration = Duration::from_secs(5);
/// Things that are broken at the same time, at most.
const MAX_BROKEN: usize = 2;
/// How long is typed before a round's first fault, and after its last.
const CALM: Duration = Duration::from_secs(3);
/// Rounds for which people stay in their rooms; then they get new ones.
const ROUNDS_IN_ROOMS: u32 = 5;

#[derive(Args)]
pub(crate) struct Options {
    /// How long things break
    #[arg(long, default_value_t = 30.0)]
    minutes: f64,
    /// Nodes
    #[arg(long, default_value_t = 3)]
    nodes: usize,
    /// Clients that type
    #[arg(long, default_value_t = 30)]
    clients: u32,
    /// Rooms they type in
    #[arg(long, default_value_t = 10)]
    rooms: usize,
    /// Milliseconds between two tokens of one client
    #[arg(long, default_value_t = 300)]
    pause_ms: u64,
    /// Seconds in which things break before everything is mended and looked at
    #[arg(long, default_value_t = 45)]
    round_seconds: u64,
    /// Decides what breaks
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Put Postgres on a disk of this size, in memory, and fill that up as well; needs to mount
    #[arg(long, value_name = "MIB")]
    disk_mib: Option<u32>,
    /// Also put Postgres back to a backup of the same round
    #[arg(long)]
    put_back: bool,
}

/// A run in progress.
struct Run<'a> {
    options: &'a Options,
    cluster: Cluster,
    desk: Arc<Desk>,
    random: Random,
    faults: BTreeMap<Kind, u32>,
    /// Where nobody types any more.
    left: Vec<String>,
    next_client: u32,
    findings: Findings,
}

pub(crate) async fn run(programs: &Programs, options: &Options) -> Result<Report, Failure> {
    let cluster = Cluster::start(programs, options.nodes, options.disk_mib).await?;
    let desk = desk(&cluster, PATIENCE)?;
    let mut run = Run {
        options,
        cluster,
        desk,
        random: Random::seeded(options.seed),
        faults: BTreeMap::new(),
        left: Vec::new(),
        next_client: 0,
        findings: Findings::default(),
    };
    let began = Instant::now();
    let rounds = run.all_rounds(began + Duration::from_secs_f64(options.minutes * 60.0)).await?;
    let mut report = Report::of("nemesis");
    report.set("seed", options.seed);
    report.set("minutes", (began.elapsed().as_secs_f64() / 6.0).round() / 10.0);
    report.set("nodes", options.nodes);
    report.set("rounds", rounds);
    report.set("operations", run.desk.typed_tokens());
    report.set("acknowledged", run.desk.acknowledged_tokens());
    report.set("faults", &run.faults);
    report.set("typed to saved", run.desk.time_to_saved());
    report.set("connections made anew", run.desk.returns().len());
    note(&run.findings, &mut report);
    if !report.is_good() {
        report.set("what is left", run.cluster.keep());
    }
    Ok(report)
}

impl Run<'_> {
    /// Rounds until it is time, or something is wrong; answers how many.
    async fn all_rounds(&mut self, end: Instant) -> Result<u32, Failure> {
        let mut clients = Vec::new();
        let mut round = 0;
        while Instant::now() < end && self.findings.wrong.is_empty() {
            if round % ROUNDS_IN_ROOMS == 0 {
                clients = self.newcomers().await?;
            }
            round += 1;
            clients = self.round(round, clients).await?;
        }
        let left = std::mem::take(&mut self.left);
        self.findings.add(checker::check_left(&self.cluster, &self.desk, &left).await?);
        Ok(round)
    }

    /// People in new rooms; the old ones are left.
    async fn newcomers(&mut self) -> Result<Vec<Client>, Failure> {
        let rooms = self.cluster.create_pages(self.options.rooms).await?;
        let (first, nodes) = (self.next_client, self.cluster.nodes.len());
        self.next_client += self.options.clients;
        let clients = (first..self.next_client).map(|number| {
            let (room, node) = (number as usize % rooms.len(), number as usize / rooms.len() % nodes);
            client(&self.cluster, &self.desk, number, &rooms[room], (node, Keeps::Everything))
        });
        let clients = clients.collect();
        self.left.extend(rooms);
        Ok(clients)
    }

    /// Breaks things for a while, mends everything, and looks at everything.
    async fn round(&mut self, round: u32, clients: Vec<Client>) -> Result<Vec<Client>, Failure> {
        let pause = Duration::from_millis(self.options.pause_ms);
        self.desk.enter("before");
        if self.options.put_back {
            self.cluster.postgres.back_up().await?;
        }
        let crew = Crew::start(clients, |_| Some(pause));
        sleep(CALM).await;
        let broken = self.break_things(Instant::now() + Duration::from_secs(self.options.round_seconds)).await?;
        self.desk.enter("mending");
        self.cluster.mend().await?;
        self.desk.enter("mended");
        sleep(CALM).await;
        let mut clients = crew.stop().await?;
        let found = checker::check(&self.cluster, &self.desk, &mut clients).await?;
        let (typed, saved) = (self.desk.typed_tokens(), self.desk.acknowledged_tokens());
        writeln!(
            std::io::stderr(),
            "round {round}: {typed} typed, {saved} acknowledged, {} lost, {} doubled; {broken:?}",
            found.lost,
            found.doubled
        )?;
        self.findings.add(found);
        Ok(clients)
    }

    /// Breaks one thing after the other, and mends each when its time has come; answers with what
    /// was broken.
    async fn break_things(&mut self, end: Instant) -> Result<Vec<Kind>, Failure> {
        let (mut broken, mut all): (Vec<(Instant, Fault)>, _) = (Vec::new(), Vec::new());
        let mut next = Instant::now();
        loop {
            let mended = broken.iter().map(|(until, _)| *until).min();
            let is_over = next >= end;
            let wake = if is_over { mended } else { Some(mended.map_or(next, |mended| mended.min(next))) };
            let Some(wake) = wake else { return Ok(all) };
            sleep_until(wake).await;
            if let Some(due) = broken.iter().position(|(until, _)| *until <= Instant::now()) {
                broken.remove(due).1.end(&mut self.cluster).await?;
            } else if !is_over {
                next = Instant::now() + self.random.time(200, 4_000);
                if let Some(fault) = self.draw(&broken) {
                    fault.begin(&mut self.cluster).await?;
                    *self.faults.entry(fault.kind).or_default() += 1;
                    all.push(fault.kind);
                    broken.push((Instant::now() + fault.lasts, fault));
                }
            }
            self.desk.enter(if broken.is_empty() { "between" } else { "broken" });
        }
    }

    fn draw(&mut self, broken: &[(Instant, Fault)]) -> Option<Fault> {
        let fault = Fault::draw(&mut self.random, &self.cluster, self.options.put_back)?;
        let is_free = broken.len() < MAX_BROKEN && broken.iter().all(|(_, other)| !fault.collides_with(other));
        is_free.then_some(fault)
    }
}
