//! Clocks that jump: positions, leases and acknowledgements do not depend on what a node takes for
//! the time.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use super::{crew::Crew, nodes::Cluster};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clock_that_jumps_changes_nothing_but_times() {
    let Some(mut cluster) = Cluster::start(2).await else { return };
    let clock = Clock::in_directory(cluster.directory());
    cluster.kill(0);
    cluster.nodes[0].environment = clock.environment();
    cluster.restart(0).await;
    let crew = Crew::start(&mut cluster, 3).await;

    for hours in [1, -2, 0] {
        tokio::time::sleep(Duration::from_secs(1)).await;
        clock.show_hours_from_now(hours);
    }
    tokio::time::sleep(Duration::from_secs(1)).await;

    let crew = cluster.check(crew.stop().await).await;
    assert_eq!(crew.iter().map(|typist| typist.interruptions).sum::<u32>(), 0);
}

/// What a process takes for the time that is started with its [`Clock::environment`].
struct Clock {
    library: PathBuf,
    /// Nanoseconds the clock is ahead: eight bytes.
    ahead: PathBuf,
}

impl Clock {
    fn in_directory(directory: &Path) -> Self {
        let (source, library) = (directory.join("clock.c"), directory.join("clock.so"));
        fs::write(&source, SOURCE).unwrap();
        let compiled = Command::new("cc").args(["-shared", "-fPIC", "-O1", "-o"]).arg(&library).arg(&source).status();
        assert!(compiled.unwrap().success());
        let clock = Self { library, ahead: directory.join("ahead") };
        clock.show_hours_from_now(0);
        clock
    }

    fn environment(&self) -> Vec<(String, String)> {
        let path = |path: &Path| path.to_str().unwrap().to_owned();
        vec![("LD_PRELOAD".to_owned(), path(&self.library)), ("CLOCK_AHEAD".to_owned(), path(&self.ahead))]
    }

    fn show_hours_from_now(&self, hours: i64) {
        // In place, for the process has it mapped.
        let ahead = (hours * 3600 * 1_000_000_000).to_ne_bytes();
        let mut file = fs::File::options().write(true).create(true).truncate(false).open(&self.ahead).unwrap();
        std::io::Write::write_all(&mut file, &ahead).unwrap();
    }
}

/// Stands before the C library's clock.
const SOURCE: &str = r#"
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>

int clock_gettime(clockid_t clock, struct timespec *time) {
    static int (*real)(clockid_t, struct timespec *);
    static volatile long long *ahead;
    if (!ahead) {
        real = dlsym(RTLD_NEXT, "clock_gettime");
        ahead = mmap(0, 8, PROT_READ, MAP_SHARED, open(getenv("CLOCK_AHEAD"), O_RDONLY), 0);
    }
    int failed = real(clock, time);
    if (!failed && clock == CLOCK_REALTIME) {
        long long shown = time->tv_sec * 1000000000LL + time->tv_nsec + *ahead;
        time->tv_sec = shown / 1000000000LL;
        time->tv_nsec = shown % 1000000000LL;
    }
    return failed;
}
"#;
