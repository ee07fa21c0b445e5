//! `gala doctor`: what is wrong with an installation, and what to do about it.

use std::{
    error::Error,
    io::{self, Write},
    process::ExitCode,
    sync::Arc,
};

use actors::clock::{Clock, SystemClock};
use protocol::{
    audit::Audited,
    doctor::{Finding, Report, RoomSize},
    ids::RoomId,
};

use super::{in_one_line, require_database};
use crate::{
    config::{DatabaseConfig, DoctorArgs},
    startup::{engine, open_store},
    store::{Inspection, NewEvent},
};

/// What it answers to a shell when something was found.
const FOUND: u8 = 1;
/// And when it could not look.
const NOT_LOOKED: u8 = 2;

pub(super) async fn run(args: &DoctorArgs) -> ExitCode {
    let done = match (args.set_aside, args.let_back) {
        (Some(room), _) => set_aside(&args.database, room).await,
        (None, Some(room)) => let_back(&args.database, room).await,
        (None, None) => look(args).await,
    };
    done.unwrap_or_else(|error| {
        eprintln!("gala: {}", in_one_line(error.as_ref()));
        ExitCode::from(NOT_LOOKED)
    })
}

async fn look(args: &DoctorArgs) -> Result<ExitCode, Box<dyn Error>> {
    require_database(&args.database)?;
    let report = Inspection::open(&engine(&args.database), args.workspace).await?.report().await?;
    if args.json {
        serde_json::to_writer_pretty(io::stdout(), &report)?;
        writeln!(io::stdout())?;
    } else {
        print(&report)?;
    }
    Ok(if report.findings.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(FOUND) })
}

async fn set_aside(database: &DatabaseConfig, room: RoomId) -> Result<ExitCode, Box<dyn Error>> {
    require_database(database)?;
    let left_out = Inspection::open(&engine(database), None).await?.left_out(room).await?;
    let left_out = left_out.ok_or("there is no such room")?;
    let updates: u64 = left_out.iter().map(|left_out| left_out.count()).sum();
    if updates > 0 {
        let event = NewEvent::of_operator(SystemClock.now(), Audited::UpdatesSetAside, room, updates);
        open_store(database, Arc::new(SystemClock)).await?.set_aside(room, &left_out, &event).await?;
    }
    writeln!(
        io::stdout(),
        "{updates} updates of room {room} are set aside; they stay stored, and --let-back tries them again"
    )?;
    Ok(ExitCode::SUCCESS)
}

async fn let_back(database: &DatabaseConfig, room: RoomId) -> Result<ExitCode, Box<dyn Error>> {
    require_database(database)?;
    let event = NewEvent::of_operator(SystemClock.now(), Audited::UpdatesLetBack, room, "");
    let updates = open_store(database, Arc::new(SystemClock)).await?.let_back(room, &event).await?;
    writeln!(
        io::stdout(),
        "nothing of room {room} is set aside any more; {updates} updates can be read, and are tried again"
    )?;
    Ok(ExitCode::SUCCESS)
}

fn print(report: &Report) -> io::Result<()> {
    let Report { schema_version, rooms, updates, set_aside, audit_events, findings, largest } = report;
    let mut out = io::stdout().lock();
    writeln!(out, "looked at schema {schema_version}, {rooms} rooms, {updates} updates, {audit_events} audit events")?;
    if *set_aside > 0 {
        writeln!(out, "{set_aside} updates are set aside, as the operator has decided")?;
    }
    if !largest.is_empty() {
        writeln!(out, "\nthe largest rooms, in elements and bytes:")?;
        writeln!(
            out,
            "{:<36} {:>9} {:>9} {:>10} {:>10} {:>10}  title",
            "room", "live", "deleted", "snapshots", "log", "history"
        )?;
    }
    for RoomSize { room_id, title, live, deleted, snapshot_bytes, log_bytes, history_bytes, .. } in largest {
        let title: String = title.chars().filter(|letter| !letter.is_control()).take(40).collect();
        writeln!(
            out,
            "{room_id} {live:>9} {deleted:>9} {snapshot_bytes:>10} {log_bytes:>10} {history_bytes:>10}  {title}"
        )?;
    }
    for (number, finding) in (1..).zip(findings) {
        writeln!(out, "\n{number}. {}", headline(finding))?;
        writeln!(out, "   {}", finding.kind.meaning())?;
        writeln!(out, "   {}", finding.kind.advice())?;
    }
    match findings.len() {
        0 => writeln!(out, "\nnothing is wrong"),
        count => writeln!(out, "\n{count} findings"),
    }
}

fn headline(finding: &Finding) -> String {
    let Finding { kind, workspace_id, room_id, seqs, detail } = finding;
    let mut line = kind.name().to_owned();
    if let Some(room) = room_id {
        line.push_str(&format!(", room {room}"));
    }
    if let Some(workspace) = workspace_id {
        line.push_str(&format!(", workspace {workspace}"));
    }
    match seqs {
        Some((first, last)) if first == last => line.push_str(&format!(", update {first}")),
        Some((first, last)) => line.push_str(&format!(", updates {first} to {last}")),
        None => (),
    }
    if !detail.is_empty() {
        line.push_str(&format!(": {detail}"));
    }
    line
}
