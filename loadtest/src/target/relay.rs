//! The floor: passes every frame on to the others of its room and does nothing else. It holds no
//! document and stores nothing, so that whoever comes later is told nothing.

use std::{cell::RefCell, collections::HashMap, net::SocketAddr, rc::Rc};

use actix_web::{
    App, HttpRequest, HttpResponse, HttpServer, rt,
    web::{Data, Payload, get},
};
use actix_ws::{AggregatedMessage, Session};
use bytes::Bytes;
use clap::Args;
use futures_util::StreamExt;

use crate::failure::Failure;

/// The first bytes of what asks for a document (`y-protocols/sync.js`); then the whole of it from one who
/// has nothing, and the answer to it: an empty update.
const STEP_1: [u8; 2] = [0, 0];
const HAS_NOTHING: &[u8] = &[0, 0, 1, 0];
const EMPTY_STEP_2: &[u8] = &[0, 1, 2, 0, 0];
/// Bytes of a frame at most, as Gala has it.
const MAX_FRAME_BYTES: usize = 16 * 1024 * 1024;

/// Passes frames on between the clients of a room
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    #[arg(long)]
    listen: SocketAddr,
}

/// Who is in which room. Rooms live on one thread.
#[derive(Default)]
struct Rooms {
    rooms: RefCell<HashMap<String, Rc<RefCell<Vec<Member>>>>>,
    entered: std::cell::Cell<u64>,
}

struct Member {
    number: u64,
    session: Session,
}

/// Serves until it is killed.
///
/// # Errors
///
/// [`Failure::Io`].
pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    let serve = async {
        let app = || App::new().app_data(Data::new(Rooms::default())).route("/{room}", get().to(enter));
        HttpServer::new(app).workers(1).tcp_nodelay(true).bind(options.listen)?.run().await
    };
    Ok(rt::System::new().block_on(serve)?)
}

async fn enter(rooms: Data<Rooms>, request: HttpRequest, body: Payload) -> actix_web::Result<HttpResponse> {
    let (answer, mut session, messages) = actix_ws::handle(&request, body)?;
    let members = Rc::clone(rooms.rooms.borrow_mut().entry(request.path().to_owned()).or_default());
    let number = rooms.entered.replace(rooms.entered.get() + 1);
    members.borrow_mut().push(Member { number, session: session.clone() });
    let mut messages = messages.max_frame_size(MAX_FRAME_BYTES).aggregate_continuations();
    rt::spawn(async move {
        if session.binary(Bytes::from_static(HAS_NOTHING)).await.is_ok() {
            while let Some(Ok(AggregatedMessage::Binary(frame))) = messages.next().await {
                relay(&members, number, &mut session, frame).await;
            }
        }
        members.borrow_mut().retain(|member| member.number != number);
    });
    Ok(answer)
}

async fn relay(members: &RefCell<Vec<Member>>, from: u64, session: &mut Session, frame: Bytes) {
    if frame.starts_with(&STEP_1) {
        session.binary(Bytes::from_static(EMPTY_STEP_2)).await.ok();
        return;
    }
    if frame == EMPTY_STEP_2 {
        return;
    }
    let others: Vec<Session> = {
        let members = members.borrow();
        members.iter().filter(|member| member.number != from).map(|member| member.session.clone()).collect()
    };
    for mut other in others {
        // Who has gone is taken off by their own task.
        other.binary(frame.clone()).await.ok();
    }
}
