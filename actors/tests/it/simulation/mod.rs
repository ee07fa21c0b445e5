//! Worlds of several nodes, a database, a bus and people, each made by one number, in virtual time.
//!
//! The rooms are those of production: the actors, their registry, handles and outboxes. What they ask for is
//! simulated (the log with its committer, the bus, the clock), and goes wrong as often as the world's
//! [plan] says. In the end nothing that was acknowledged may be missing, nothing doubled, and everybody has
//! the same ([judgement]). The same number makes the same world, to the millisecond.
//!
//! More worlds: `GALA_TEST_SEEDS=100000 cargo test -p actors --test it worlds -- --nocapture`.
//! One world, with a diary: `GALA_TEST_SEED=42 cargo test -p actors --test it one_world -- --nocapture`.

mod acts;
mod caller;
mod clock;
mod committer;
mod database;
mod document;
mod fate;
mod judgement;
mod kept;
mod ledger;
mod life;
mod link;
mod log;
mod network;
mod node;
mod person;
mod plan;
mod scene;
mod speech;
mod table;
mod world;

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    rc::Rc,
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::Instant,
};

use self::{scene::Scene, world::World};

/// What has come of a world.
struct End {
    diary: Vec<String>,
    wrongs: Vec<String>,
}

/// Makes the world of this number and looks at it until its end.
fn live(seed: u64, diary: bool) -> End {
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    actix::System::with_tokio_rt(runtime).block_on(async move {
        let scene = Rc::new(Scene::new(seed, diary));
        let mut world = World::new(&scene);
        world.live().await;
        world.heal().await;
        world.judge().await;
        let (diary, wrongs) = scene.fate.end();
        End { diary, wrongs }
    })
}

/// What is wrong with the worlds of these numbers, on as many threads as there are processors.
fn explore(seeds: std::ops::Range<u64>) -> Vec<(u64, Vec<String>)> {
    let (next, failed) = (AtomicU64::new(seeds.start), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= seeds.end {
                        return;
                    }
                    let wrongs = match catch_unwind(AssertUnwindSafe(|| live(seed, false))) {
                        Ok(end) => end.wrongs,
                        Err(_panic) => vec!["the world panicked".to_owned()],
                    };
                    if !wrongs.is_empty() {
                        failed.lock().unwrap().push((seed, wrongs));
                    }
                }
            });
        }
    });
    let mut failed = failed.into_inner().unwrap();
    failed.sort();
    failed
}

fn setting(name: &str, default: u64) -> u64 {
    #[expect(clippy::disallowed_methods, reason = "a setting of the tests, not of the server")]
    std::env::var(name).ok().and_then(|value| value.parse().ok()).unwrap_or(default)
}

#[expect(clippy::print_stdout, reason = "the figures are for whoever runs it")]
#[test]
fn nothing_is_lost_or_doubled_in_thousands_of_worlds() {
    let (first, count) = (setting("GALA_TEST_FIRST_SEED", 1), setting("GALA_TEST_SEEDS", 2_000));
    let began = Instant::now();

    let failed = explore(first..first + count);

    println!("{count} worlds, {:.0} in a second", count as f64 / began.elapsed().as_secs_f64());
    let list: Vec<String> = failed.iter().map(|(seed, wrongs)| format!("seed {seed}: {}", wrongs.join("; "))).collect();
    assert!(list.is_empty(), "{} of {count} worlds:\n{}", list.len(), list[..list.len().min(20)].join("\n"));
}

#[test]
fn the_same_seed_makes_the_same_world() {
    for seed in 1..20 {
        let (one, other) = (live(seed, true), live(seed, true));

        assert!(one.diary.len() > 20, "seed {seed}");
        assert_eq!(one.diary, other.diary, "seed {seed}");
    }
}

#[expect(clippy::print_stdout, reason = "the diary is for whoever runs it")]
#[test]
fn one_world_tells_its_story() {
    let End { diary, wrongs } = live(setting("GALA_TEST_SEED", 1), true);

    println!("{}", diary.join("\n"));
    assert_eq!(wrongs, Vec::<String>::new());
}
