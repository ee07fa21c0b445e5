//! What programs do over HTTP, mixed: they read pages, write some, list them and make new ones, each
//! asking again as soon as it is answered. Only Gala has pages.

use std::{cell::RefCell, collections::BTreeMap, rc::Rc, time::Duration};

use clap::Args;
use reqwest::{
    Method,
    header::{ACCEPT, CONTENT_TYPE},
};
use serde_json::json;
use tokio::{task::spawn_local, time::Instant};

use super::against::Against;
use crate::{
    account::{Account, good},
    bench::{
        crowd::{Crowd, Size},
        run::{Latency, Run, Watch, per},
    },
    cluster::Programs,
    failure::Failure,
    random::Random,
};

/// The form in which pages are read and written.
const MARKDOWN: &str = "text/markdown";
/// Of 100 requests, how many read, write and list; the others make pages.
const READS: u64 = 60;
const WRITES: u64 = 25;
const LISTS: u64 = 10;
/// Paragraphs of a page that is written, about a kilobyte.
const PARAGRAPHS: usize = 10;

/// Eight programs and 80 pages
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    #[command(flatten)]
    against: Against,
    /// Programs that ask at the same time
    #[arg(long, default_value_t = 8)]
    programs: usize,
    /// Pages that each of them writes; all read all
    #[arg(long, default_value_t = 10)]
    pages: usize,
    #[arg(long, default_value_t = 20)]
    seconds: u64,
}

/// What all programs share.
struct Desk {
    account: Account,
    url: String,
    /// Where pages are made and listed.
    collection: String,
    pages: Vec<String>,
    /// By what was asked, how long the answers took, in microseconds.
    took: RefCell<BTreeMap<&'static str, Vec<u32>>>,
    /// By page, what was written last.
    written: RefCell<BTreeMap<usize, String>>,
}

pub(crate) async fn run(programs: &Programs, options: &Options) -> Result<Run, Failure> {
    let Options { against, programs: askers, pages, seconds } = options;
    let (target, dialect) = against.start(programs).await?;
    let account = target.account().ok_or(Failure::Incomplete("REST API"))?.clone();
    let collection = account.pages(&target.url()).await?;
    let pages_of_all = target.rooms(askers * pages).await?;
    let (took, written) = (RefCell::default(), RefCell::default());
    let desk = Rc::new(Desk { account, url: target.url(), collection, pages: pages_of_all, took, written });
    let nobody = Size { rooms: 0, clients_per_room: 0, writers_per_room: 0 };
    let crowd = Crowd::enter_rooms(&target, dialect, Vec::new(), nobody).await?;

    let watch = Watch::begin(&target, &crowd)?;
    let until = Instant::now() + Duration::from_secs(*seconds);
    let asking = |nth| spawn_local(ask_until(Rc::clone(&desk), nth * pages..(nth + 1) * pages, until));
    let asking: Vec<_> = (0..*askers).map(asking).collect();
    for asker in asking {
        asker.await??;
    }
    let seen = watch.look(&target, &crowd)?;

    let mut run = Run::of("rest-mix", &target, &crowd, &watch, &seen);
    run.parameter("programs", *askers);
    run.parameter("pages", *pages);
    run.parameter("seconds", *seconds);
    let mut all: Vec<u32> = desk.took.borrow().values().flatten().copied().collect();
    run.figure("requests", all.len());
    run.figure("requests_per_s", per(all.len() as f64, seen.seconds));
    run.figure("server_cpu_ms_per_request", per(1000.0 * seen.server_cpu_s, all.len() as f64));
    run.latency = Latency::of(&mut all);
    for (what, mut took) in desk.took.take() {
        run.figure(what, json!(Latency::of(&mut took)));
    }
    run.wrong = differences(&desk).await?;
    run.converged = run.wrong.is_empty();
    target.stop().await?;
    Ok(run)
}

async fn ask_until(desk: Rc<Desk>, own: std::ops::Range<usize>, until: Instant) -> Result<(), Failure> {
    let mut random = Random::seeded(own.start as u64);
    let mut count = 0;
    while Instant::now() < until {
        count += 1;
        let began = Instant::now();
        let what = ask(&desk, &own, count, &mut random).await?;
        let took_us = began.elapsed().as_micros() as u32;
        desk.took.borrow_mut().entry(what).or_default().push(took_us);
    }
    Ok(())
}

/// Asks for something by chance; answers with what that was.
async fn ask(
    desk: &Desk,
    own: &std::ops::Range<usize>,
    count: usize,
    random: &mut Random,
) -> Result<&'static str, Failure> {
    let chance = random.below(100);
    if chance < READS {
        let page = random.below(desk.pages.len() as u64) as usize;
        desk.account.content(&desk.url, &desk.pages[page], MARKDOWN).await?;
        return Ok("read");
    }
    let account = &desk.account;
    let (what, request) = if chance < READS + WRITES {
        let page = own.start + random.below(own.len() as u64) as usize;
        let mark = format!("Version {count} of page {page}.");
        let text = vec![format!("{mark} It says this, and then that, as most pages do at some length."); PARAGRAPHS];
        desk.written.borrow_mut().insert(page, mark);
        let request = account.request(Method::PUT, &format!("{}/api/v1/pages/{}/content", desk.url, desk.pages[page]));
        ("write", request.header(CONTENT_TYPE, MARKDOWN).body(text.join("\n\n")))
    } else if chance < READS + WRITES + LISTS {
        ("list", account.request(Method::GET, &desk.collection).header(ACCEPT, "application/json"))
    } else {
        ("create", account.request(Method::POST, &desk.collection).json(&json!({ "title": format!("Page {count}") })))
    };
    good(request).await?.bytes().await?;
    Ok(what)
}

/// Pages that do not say what was written last.
async fn differences(desk: &Desk) -> Result<Vec<String>, Failure> {
    let mut wrong = Vec::new();
    for (page, mark) in desk.written.take() {
        let content = desk.account.content(&desk.url, &desk.pages[page], MARKDOWN).await?;
        let content = String::from_utf8_lossy(&content);
        if content.matches(&mark).count() != PARAGRAPHS {
            wrong.push(format!("page {page} does not say what was written last"));
        }
    }
    Ok(wrong)
}
