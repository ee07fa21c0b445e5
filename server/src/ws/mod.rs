//! The sockets: where a Yjs client's bytes become what rooms are told, and back.
//!
//! ```text
//! frames ──▶ y_websocket │ hocuspocus ──▶ RoomHandle::receive      (socket.rs, one task a socket)
//! body   ◀── Outbox ◀── the room                                   (body.rs, another task)
//! ```
//!
//! The two directions meet nowhere but in the room: a client that does not read cannot hold up
//! what it writes, nor a room.

mod admission;
mod body;
mod frames;
mod hocuspocus;
mod socket;
mod sockets;
mod stay;
mod takeover;
mod y_websocket;

use actix_http::ws::handshake;
use actix_web::{
    HttpMessage, HttpRequest, HttpResponse,
    body::BoxBody,
    get,
    http::header::{self, HeaderValue},
    web::{Data, Path, Query, ServiceConfig},
};
use actors::{room::OpenError, session::Outbox};
use protocol::{
    problem::{ErrorCode, Problem},
    wire::close::CloseCode,
};
use serde::Deserialize;

pub use self::sockets::Sockets;
pub(crate) use self::takeover::take_over;
use self::{socket::Opening, takeover::Agreed};
use crate::{
    api::{FloodLimits, address, caller, problem::Failure},
    services::Services,
};

/// A subprotocol that is a room token.
const TOKEN_PROTOCOL: &str = "gala.token.";

/// What sockets need of the server. Cheap to clone.
#[derive(Clone)]
pub struct Collab {
    /// Who may enter which room.
    pub services: Services,
    /// The open sockets.
    pub sockets: Sockets,
    /// How often anybody may ask: a token is a question like any other.
    pub flood: FloodLimits,
}

#[derive(Deserialize)]
struct Parameters {
    token: Option<String>,
}

/// Adds the sockets' routes.
pub fn routes(app: &mut ServiceConfig) {
    app.service(open_shared).service(open_shared_slash).service(open_room);
}

/// Hocuspocus: many rooms on one socket, each with a token of its own.
#[get("/collab")]
async fn open_shared(request: HttpRequest) -> Result<HttpResponse, Failure> {
    let opener = caller::of(&request).await?.caller;
    upgrade(&request, Opening::Shared(opener, address::of(&request)))
}

/// The same for clients that write the base address with a slash at its end.
#[get("/collab/")]
async fn open_shared_slash(request: HttpRequest) -> Result<HttpResponse, Failure> {
    let opener = caller::of(&request).await?.caller;
    upgrade(&request, Opening::Shared(opener, address::of(&request)))
}

/// y-websocket: the socket is the room.
#[get("/collab/{room}")]
async fn open_room(request: HttpRequest, room: Path<String>) -> Result<HttpResponse, Failure> {
    let told = collab(&request)?.services.changes.told();
    let opener = caller::of(&request).await?.caller;
    let parameters = Query::<Parameters>::from_query(request.query_string());
    let parameter = parameters.ok().and_then(|parameters| parameters.into_inner().token);
    let token = parameter.as_deref().or_else(|| token_protocol(&request).map(|(_, token)| token));
    let opening = match room.parse() {
        Ok(room) => {
            let services = &collab(&request)?.services;
            let admitted = match (token.filter(|token| !token.is_empty()), &opener) {
                (None, Some(opener)) => admission::admit_caller(services, opener, room, told).await,
                (token, opener) => admission::admit(services, opener.as_ref(), room, token).await,
            };
            match admitted {
                Ok(admitted) => Opening::Room(room, admitted),
                Err(code) => Opening::Refused(code),
            }
        }
        Err(_invalid) => Opening::Refused(CloseCode::NotFound),
    };
    upgrade(&request, opening)
}

/// Answers the handshake. Whether a room can be had is said by the close code: a browser tells its
/// page nothing of a handshake that failed.
fn upgrade(request: &HttpRequest, opening: Opening) -> Result<HttpResponse, Failure> {
    let collab = collab(request)?;
    let mut response = handshake(request.head()).map_err(|_error| not_a_handshake())?;
    let (outbox, reader) = Outbox::new();
    let Some(registered) = collab.sockets.register(outbox.clone()) else {
        return Err(Problem::new(ErrorCode::Unavailable, "this server takes no sockets now").into());
    };
    if let Some((protocol, _)) = token_protocol(request)
        && let Ok(protocol) = HeaderValue::from_str(protocol)
    {
        response.insert_header((header::SEC_WEBSOCKET_PROTOCOL, protocol));
    }
    let response = response.message_body(BoxBody::new(())).map_err(|_error| not_a_handshake())?;
    let agreed = Agreed { collab: collab.clone(), opening, outbox, reader, registered };
    request.extensions_mut().insert(agreed);
    Ok(response.into())
}

fn collab(request: &HttpRequest) -> Result<&Data<Collab>, Failure> {
    let collab = request.app_data::<Data<Collab>>();
    collab.ok_or_else(|| Problem::new(ErrorCode::Internal, "the server failed").into())
}

fn not_a_handshake() -> Failure {
    Problem::new(ErrorCode::Malformed, "this path is for WebSocket handshakes (RFC 6455)").into()
}

/// The first offered subprotocol that is a token, and the token in it.
fn token_protocol(request: &HttpRequest) -> Option<(&str, &str)> {
    let offered = request.headers().get_all(header::SEC_WEBSOCKET_PROTOCOL);
    let mut offered = offered.filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(',')).map(str::trim);
    offered.find_map(|protocol| protocol.strip_prefix(TOKEN_PROTOCOL).map(|token| (protocol, token)))
}

/// How a socket learns that its room could not be opened.
fn close_code(error: OpenError) -> CloseCode {
    match error {
        OpenError::NotFound => CloseCode::NotFound,
        OpenError::Unavailable | OpenError::Damaged | OpenError::Stopping => CloseCode::Unavailable,
    }
}
