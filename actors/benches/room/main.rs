//! What a room costs: taking in what is said, telling it to the others, and who is there.
//!
//! `cargo bench -p actors`. Every figure is per item: an update, a delivery, a message.
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot be set up has nothing to measure")]

mod desk;
mod typing;

use bytes::Bytes;
use divan::{Bencher, counter::ItemsCount};
use protocol::wire::Inbound;

use self::{
    desk::{Desk, Scene},
    typing::{Writer, presence_of},
};

/// Updates in one measurement.
const UPDATES: usize = 1_024;
/// Characters of a block that is pasted, and how many are: the document that is written in has as many.
const PASTED_CHARACTERS: usize = 1_000;
const PASTED_BLOCKS: usize = 100;
/// Updates told to many, one after the other.
const TOLD: usize = 64;
/// Clients that say where they are.
const PRESENT: usize = 100;

/// What is written.
#[derive(Clone, Copy, Debug)]
enum Writing {
    AtTheEnd,
    Anywhere,
    Deleting,
    PastingBlocks,
    /// Right behind a block as long as a document: yrs counts its characters at every keystroke.
    BehindALongBlock,
}

const WRITINGS: [Writing; 5] =
    [Writing::AtTheEnd, Writing::Anywhere, Writing::Deleting, Writing::PastingBlocks, Writing::BehindALongBlock];

fn main() {
    divan::main();
}

/// The way of a message alone.
#[divan::bench(sample_count = 50, sample_size = 1)]
fn a_message_that_says_nothing(bencher: Bencher<'_, '_>) {
    let desk = Desk::new();
    let scene = desk.scene(1, &[]);
    bencher.counter(ItemsCount::new(UPDATES)).bench_local(|| {
        desk.run(async {
            for _ in 0..UPDATES {
                scene.say(0, Inbound::Stateless).await;
            }
            scene.heard(0).await;
        });
    });
}

/// Applying, and handing over to a log; nobody else is there.
#[divan::bench(args = WRITINGS, sample_count = 50, sample_size = 1)]
fn apply(bencher: Bencher<'_, '_>, writing: Writing) {
    let desk = Desk::new();
    let (before, updates) = writing.updates();
    bencher
        .counter(ItemsCount::new(updates.len()))
        .with_inputs(|| desk.scene(1, &before))
        .bench_local_values(|scene| burst(&desk, scene, &updates, updates.len()));
}

/// Typing in bursts, with one reader: how much telling costs, and what merging a burst saves or costs.
#[divan::bench(args = [1, 8, 64], sample_count = 50, sample_size = 1)]
fn relay_in_bursts_of(bencher: Bencher<'_, '_>, burst_updates: usize) {
    let desk = Desk::new();
    let (before, updates) = Writing::AtTheEnd.updates();
    bencher
        .counter(ItemsCount::new(updates.len()))
        .with_inputs(|| desk.scene(2, &before))
        .bench_local_values(|scene| burst(&desk, scene, &updates, burst_updates));
}

/// Single updates to many: applying it, encoding it once, and into and out of as many outboxes.
#[divan::bench(args = [1, 10, 100, 500], sample_count = 30, sample_size = 1)]
fn fan_out_to(bencher: Bencher<'_, '_>, receivers: usize) {
    let desk = Desk::new();
    let (before, updates) = Writing::AtTheEnd.updates();
    let updates = &updates[..TOLD];
    bencher
        .counter(ItemsCount::new(TOLD * receivers))
        .with_inputs(|| desk.scene(1 + receivers, &before))
        .bench_local_values(|scene| burst(&desk, scene, updates, 1));
}

/// Everybody moves their cursor; everybody is told now and then (at most every 40 ms).
#[divan::bench(sample_count = 100, sample_size = 1)]
fn merge_presence_of_a_hundred(bencher: Bencher<'_, '_>) {
    let desk = Desk::new();
    let mut scene = desk.scene(PRESENT, &[]);
    let mut clock = 0;
    let said = |clock: &mut u32| {
        *clock += 1;
        (0..PRESENT).map(|person| presence_of(person as u64 + 1, *clock)).collect::<Vec<_>>()
    };
    bencher.counter(ItemsCount::new(PRESENT)).with_inputs(|| said(&mut clock)).bench_local_values(|said| {
        desk.run(async {
            for (person, payload) in said.into_iter().enumerate() {
                scene.say(person, Inbound::Presence(payload)).await;
            }
            scene.heard(0).await;
        });
        scene.read()
    });
}

/// Has the first person say the updates, so many at a time, and everybody read after each time.
fn burst(desk: &Desk, mut scene: Scene, updates: &[Bytes], burst_updates: usize) -> Scene {
    for burst in updates.chunks(burst_updates) {
        desk.run(async {
            for update in burst {
                scene.say(0, Inbound::Update(update.clone())).await;
            }
            scene.heard(0).await;
        });
        scene.read();
    }
    scene
}

impl Writer {
    fn pastes_blocks(&self) -> Vec<Bytes> {
        (0..PASTED_BLOCKS).map(|_| self.pastes(PASTED_CHARACTERS)).collect()
    }
}

impl Writing {
    /// What is there before, and what is measured.
    fn updates(self) -> (Vec<Bytes>, Vec<Bytes>) {
        let writer = Writer::new();
        let before = match self {
            Self::BehindALongBlock => vec![writer.pastes(PASTED_BLOCKS * PASTED_CHARACTERS)],
            _ => writer.pastes_blocks(),
        };
        let updates = match self {
            Self::AtTheEnd | Self::BehindALongBlock => writer.types(UPDATES),
            Self::Anywhere => writer.types_anywhere(UPDATES),
            Self::Deleting => writer.deletes(UPDATES),
            Self::PastingBlocks => writer.pastes_blocks(),
        };
        (before, updates)
    }
}
