//! How the server listens: an HTTP service whose sockets are taken over from it.
//!
//! A request that asks for a WebSocket goes through the same app as any other, middleware included. Once it
//! is answered with 101 the connection is the socket's own: what HTTP keeps for a connection (two buffers of
//! 8 KiB, and what it takes to parse and answer requests) is given back.

use std::{error::Error, io, net::TcpListener, rc::Rc, time::Duration};

use actix_http::{HttpService, Request, body::MessageBody};
use actix_server::{Server, ServerBuilder};
use actix_service::{IntoServiceFactory, ServiceFactory, ServiceFactoryExt, fn_factory, fn_service, map_config};
use actix_tls::accept::rustls_0_23::TlsStream;
use actix_web::{
    dev::{AppConfig, ServiceResponse},
    rt::net::TcpStream,
};
use rustls::ServerConfig;
use socket2::SockRef;

use crate::{api::limits, ws};

/// How long requests that are being served may take to finish when the server stops, and sockets to end.
pub(crate) const FINISH_TIMEOUT: Duration = Duration::from_secs(5);

/// Has `app` answer whoever connects, on threads each of which begins with `begin`. It is called twice on each:
/// once for requests, once for sockets.
///
/// # Errors
///
/// When the listener cannot be used.
pub(crate) fn serve<F, I, S, B>(
    listener: TcpListener,
    tls: Option<ServerConfig>,
    workers: usize,
    begin: impl Fn() + Send + Clone + 'static,
    app: F,
) -> io::Result<Server>
where
    F: Fn() -> I + Send + Clone + 'static,
    I: IntoServiceFactory<S, Request>,
    S: ServiceFactory<
            Request,
            Config = AppConfig,
            Response = ServiceResponse<B>,
            Error = actix_web::Error,
            InitError = (),
        > + 'static,
    S::Service: 'static,
    B: MessageBody + 'static,
{
    let builder: ServerBuilder = Server::build()
        .workers(workers)
        .max_concurrent_connections(limits::MAX_CONNECTIONS_PER_WORKER)
        .shutdown_timeout(FINISH_TIMEOUT.as_secs())
        .disable_signals();
    let stopping = builder.graceful_shutdown_signal();
    let address = listener.local_addr()?;
    // Both kinds of connections are served alike, but are of different types.
    macro_rules! http {
        ($stream:ty, $tcp:expr, $finish:expr) => {
            builder.listen("http", listener, move || {
                begin();
                let (sockets, stopping) = (app.clone(), stopping.clone());
                let service = HttpService::<$stream, _, _>::build()
                    .graceful_shutdown_signal(move || {
                        let stopping = stopping.clone();
                        async move { stopping.notified().await }
                    })
                    .keep_alive(limits::KEEP_ALIVE)
                    .client_request_timeout(limits::REQUEST_HEAD_TIMEOUT)
                    .client_disconnect_timeout(limits::DISCONNECT_TIMEOUT)
                    .tcp_nodelay(true)
                    .local_addr(address)
                    .on_connect_ext(|connection: &$stream, _| give_up_on_the_unread($tcp(connection)))
                    .upgrade(fn_factory(move || {
                        let app = map_config(sockets(), |()| AppConfig::default()).new_service(());
                        async move {
                            let app = Rc::new(app.await?);
                            Ok::<_, ()>(fn_service(move |(request, connection)| {
                                ws::take_over(Rc::clone(&app), request, connection)
                            }))
                        }
                    }))
                    .finish(map_config(app().into_factory().map_err(|error| error.error_response()), |()| {
                        AppConfig::default()
                    }));
                $finish(service)
            })
        };
    }
    let builder = match tls {
        Some(tls) => {
            http!(TlsStream<TcpStream>, tcp_of, |service: HttpService<_, _, _, _, _>| service.rustls_0_23(tls.clone()))
        }
        None => http!(TcpStream, std::convert::identity, |service: HttpService<_, _, _, _, _>| service.tcp()),
    };
    Ok(builder?.run())
}

fn tcp_of(secured: &TlsStream<TcpStream>) -> &TcpStream {
    secured.get_ref().0
}

/// Has the kernel end a connection whose peer takes nothing of what is written to it (tcp(7)). The
/// server cannot: what it would say, closing included, waits behind what is not read.
fn give_up_on_the_unread(connection: &TcpStream) {
    let given_up = SockRef::from(connection).set_tcp_user_timeout(Some(limits::UNREAD_TIMEOUT));
    if let Err(error) = given_up {
        tracing::warn!(error = &error as &dyn Error, "a connection may outlive a client that does not read");
    }
}
