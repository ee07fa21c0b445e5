//! What a room does with each message.

use actix::prelude::{AsyncContext, Context, Handler, ResponseFuture};
use bytes::Bytes;
use tokio::sync::oneshot;

use super::{
    actor::{RoomActor, Session},
    content::page,
    messages::{Close, EditRequest, Flush, Join, Knows, Leave, PageContent, ReadPage, ReadState, Receive, RoomError},
    presence::GRACE_MS,
    version::Version,
};

impl Handler<Join> for RoomActor {
    type Result = ();

    fn handle(&mut self, join: Join, ctx: &mut Context<Self>) {
        let Join { session, principal, access, format, outbox } = join;
        self.sessions.insert(session, Session::new(format, outbox));
        let effects = self.state.join(session, principal, access);
        self.carry_out(effects, ctx);
    }
}

impl Handler<Receive> for RoomActor {
    type Result = ();

    fn handle(&mut self, receive: Receive, ctx: &mut Context<Self>) {
        if self.state.document().is_made() || !self.state.needs_document(&receive.message) {
            self.receive(receive, ctx);
        } else {
            self.with_document(ctx, |room, ctx| room.receive(receive, ctx));
        }
    }
}

impl Handler<Leave> for RoomActor {
    type Result = ();

    fn handle(&mut self, Leave(session): Leave, ctx: &mut Context<Self>) {
        if let Some(gone) = self.sessions.remove(&session) {
            gone.leave();
        }
        self.state.leave(session, self.clock.now());
        ctx.run_later(std::time::Duration::from_millis(GRACE_MS + 50), Self::sweep_presence);
        self.watch_idleness(ctx);
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
    type Result = ();

    fn handle(&mut self, Close(code): Close, ctx: &mut Context<Self>) {
        self.end(code, ctx);
    }
}

impl Handler<EditRequest> for RoomActor {
    type Result = ResponseFuture<Result<Version, RoomError>>;

    fn handle(&mut self, edit: EditRequest, ctx: &mut Context<Self>) -> Self::Result {
        let (caller, answered) = self.register_caller();
        self.watch_idleness(ctx);
        self.with_document(ctx, move |room, ctx| {
            match room.state.edit(edit.author, edit.change, edit.expected, caller) {
                Ok(effects) => {
                    room.carry_out(effects, ctx);
                    room.post_flush(ctx);
                }
                Err(error) => room.answer(caller, Err(error)),
            }
        });
        Box::pin(async { answered.await.unwrap_or(Err(RoomError::Restarting)) })
    }
}

impl Handler<ReadPage> for RoomActor {
    type Result = ResponseFuture<Result<PageContent, RoomError>>;

    fn handle(&mut self, ReadPage: ReadPage, ctx: &mut Context<Self>) -> Self::Result {
        self.read(ctx, |room| {
            let version = room.state.version();
            let doc = room.state.document_mut().make().map_err(|_damaged| RoomError::Restarting)?;
            Ok(PageContent { version, title: page::title(doc), content: page::blocks(doc) })
        })
    }
}

impl Handler<ReadState> for RoomActor {
    type Result = ResponseFuture<Result<(Version, Bytes), RoomError>>;

    fn handle(&mut self, ReadState: ReadState, ctx: &mut Context<Self>) -> Self::Result {
        self.read(ctx, |room| {
            let state = room.state.document_mut().diff(&[0]).map_err(RoomError::from)?;
            Ok((room.state.version(), state))
        })
    }
}

impl RoomActor {
    fn read<T: 'static>(
        &mut self,
        ctx: &mut Context<Self>,
        read: impl FnOnce(&mut Self) -> Result<T, RoomError> + 'static,
    ) -> ResponseFuture<Result<T, RoomError>> {
        let (answer, answered) = oneshot::channel();
        self.watch_idleness(ctx);
        self.with_document(ctx, move |room, _| drop(answer.send(read(room))));
        Box::pin(async { answered.await.unwrap_or(Err(RoomError::Restarting)) })
    }
}
