//! What a room does with each message.

use std::time::Duration;

use actix::prelude::{AsyncContext, Context, Handler, ResponseFuture};
use bytes::Bytes;
use protocol::wire::close::CloseCode;
use tokio::sync::oneshot;

use super::{
    actor::RoomActor,
    content::page,
    messages::{
        Close, EditRequest, Flush, Join, Knows, Leave, PageContent, PutOut, ReadPage, ReadState, Receive, RoomError,
        SetAccess,
    },
    presence::GRACE_MS,
    session::Session,
    state::RoomState,
    version::Version,
};

/// When the presence of somebody who left is to be looked at: just after its grace.
const GRACE_OVER: Duration = Duration::from_millis(GRACE_MS + 50);

impl Handler<Join> for RoomActor {
    type Result = ();

    fn handle(&mut self, join: Join, ctx: &mut Context<Self>) {
        let Join { session, principal, access, format, outbox } = join;
        self.sessions.insert(session, Box::new(Session::new(format, outbox)));
        let effects = self.state.join(session, principal, access);
        self.carry_out(effects, ctx);
    }
}

impl Handler<Receive> for RoomActor {
    type Result = ();

    fn handle(&mut self, receive: Receive, ctx: &mut Context<Self>) {
        self.receive(receive, ctx);
    }
}

impl Handler<Leave> for RoomActor {
    type Result = ();

    fn handle(&mut self, Leave(session): Leave, ctx: &mut Context<Self>) {
        if let Some(gone) = self.sessions.remove(&session) {
            gone.leave();
        }
        self.state.leave(session, self.clock.now());
        self.look_after_leaving(ctx);
    }
}

impl Handler<SetAccess> for RoomActor {
    type Result = bool;

    fn handle(&mut self, set: SetAccess, ctx: &mut Context<Self>) -> bool {
        let effects = self.state.set_access(set.session, set.access);
        self.carry_out(effects, ctx);
        self.sessions.contains_key(&set.session)
    }
}

impl Handler<PutOut> for RoomActor {
    type Result = bool;

    fn handle(&mut self, PutOut { session, code }: PutOut, ctx: &mut Context<Self>) -> bool {
        let was_here = self.sessions.contains_key(&session);
        self.close_session(session, code);
        self.look_after_leaving(ctx);
        was_here
    }
}

impl Handler<Knows> for RoomActor {
    type Result = bool;

    fn handle(&mut self, Knows(session): Knows, _: &mut Context<Self>) -> bool {
        self.sessions.contains_key(&session)
    }
}

impl Handler<Flush> for RoomActor {
    type Result = ();

    fn handle(&mut self, Flush: Flush, ctx: &mut Context<Self>) {
        self.flush(ctx);
    }
}

impl Handler<Close> for RoomActor {
    type Result = ResponseFuture<()>;

    fn handle(&mut self, Close(code): Close, ctx: &mut Context<Self>) -> Self::Result {
        if matches!(code, CloseCode::NotFound | CloseCode::Erased) {
            // Nothing more can be saved.
            self.end(code, ctx);
            return Box::pin(async {});
        }
        let ended = self.end_when_saved(code, ctx);
        // A room that stops for another reason is just as ended.
        Box::pin(async { drop(ended.await) })
    }
}

impl Handler<EditRequest> for RoomActor {
    type Result = ResponseFuture<Result<Version, RoomError>>;

    fn handle(&mut self, edit: EditRequest, ctx: &mut Context<Self>) -> Self::Result {
        let (caller, answered) = self.register_caller();
        self.watch_idleness(ctx);
        let EditRequest { author, change, expected } = edit;
        let weight = self.state.weigh_change(&change);
        let decide = move |state: &mut RoomState| state.edit(author, change, expected, caller);
        self.work(weight, ctx, decide, move |room, decided, ctx| match decided {
            Ok(effects) => {
                room.carry_out(effects, ctx);
                room.post_flush(ctx);
            }
            Err(error) => room.answer(caller, Err(error)),
        });
        Box::pin(async { answered.await.unwrap_or(Err(RoomError::Restarting)) })
    }
}

impl Handler<ReadPage> for RoomActor {
    type Result = ResponseFuture<Result<PageContent, RoomError>>;

    fn handle(&mut self, ReadPage: ReadPage, ctx: &mut Context<Self>) -> Self::Result {
        self.read(ctx, |state| {
            let version = state.version();
            let doc = state.document_mut().doc().map_err(|_damaged| RoomError::Restarting)?;
            Ok(PageContent { version, title: page::title(doc).unwrap_or_default(), content: page::blocks(doc) })
        })
    }
}

impl Handler<ReadState> for RoomActor {
    type Result = ResponseFuture<Result<(Version, Bytes), RoomError>>;

    fn handle(&mut self, ReadState: ReadState, ctx: &mut Context<Self>) -> Self::Result {
        self.read(ctx, |state| {
            let update = state.document_mut().diff(&[0]).map_err(RoomError::from)?;
            Ok((state.version(), update))
        })
    }
}

impl RoomActor {
    /// A session has gone: its presence is to end, and perhaps the room.
    fn look_after_leaving(&mut self, ctx: &mut Context<Self>) {
        ctx.run_later(GRACE_OVER, Self::sweep_presence);
        self.watch_idleness(ctx);
    }

    fn read<T: Send + 'static>(
        &mut self,
        ctx: &mut Context<Self>,
        read: impl FnOnce(&mut RoomState) -> Result<T, RoomError> + Send + 'static,
    ) -> ResponseFuture<Result<T, RoomError>> {
        let (answer, answered) = oneshot::channel();
        self.watch_idleness(ctx);
        self.work(self.state.weigh_reading(), ctx, read, move |_, read, _| drop(answer.send(read)));
        Box::pin(async { answered.await.unwrap_or(Err(RoomError::Restarting)) })
    }
}
