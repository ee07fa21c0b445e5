//! Why a socket is closed, in numbers (RFC 6455 §7.4; 4000 and above are ours to give).
//!
//! `y-websocket` gives up for good on 4400–4499 and tries again on every other code, so what no
//! retry can mend is in that band.

/// Why the server closes a socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CloseCode {
    /// The client asked for it, or has left.
    Normal,
    /// A text frame, which no dialect has.
    UnsupportedData,
    /// A frame or a message is larger than we take.
    TooBig,
    /// The client does not keep up with what it is sent, or the server has too much to do.
    TryAgainLater,
    /// A frame that was not understood.
    Malformed,
    /// Nobody is signed in (any more), or the token is wrong or no longer valid.
    Unauthorized,
    /// Whoever it is may not be in the room, or may not any more.
    Forbidden,
    /// There is no such room, or it is in the trash.
    NotFound,
    /// The client did not say who it is in time.
    Timeout,
    /// What the client has, or sends, was deleted here for good. It drops its copy.
    Erased,
    /// The document would grow beyond its limit.
    DocumentFull,
    /// An update was understood and not taken: what it asks for cannot be done to this room.
    Refused,
    /// The room starts anew from its log. The client comes back and sends again what was not saved.
    Restarting,
    /// The room cannot be opened or written at the moment.
    Unavailable,
}

impl CloseCode {
    /// The number in the close frame.
    pub const fn code(self) -> u16 {
        match self {
            Self::Normal => 1000,
            Self::UnsupportedData => 1003,
            Self::TooBig => 1009,
            Self::TryAgainLater => 1013,
            Self::Malformed => 4400,
            Self::Unauthorized => 4401,
            Self::Forbidden => 4403,
            Self::NotFound => 4404,
            Self::Timeout => 4408,
            Self::Erased => 4410,
            Self::DocumentFull => 4413,
            Self::Refused => 4422,
            Self::Restarting => 4500,
            Self::Unavailable => 4503,
        }
    }

    /// The reason in the close frame, fit to be shown: at most 123 bytes (RFC 6455 §5.5).
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Normal => "closed",
            Self::UnsupportedData => "only binary messages are understood",
            Self::TooBig => "message too big",
            Self::TryAgainLater => "too much at once, try again later",
            Self::Malformed => "message not understood",
            Self::Unauthorized => "not signed in, or the token is not valid",
            Self::Forbidden => "not allowed in this room",
            Self::NotFound => "no such room",
            Self::Timeout => "no token in time",
            Self::Erased => "this content was erased; drop your copy",
            Self::DocumentFull => "the document is full",
            Self::Refused => "update refused",
            Self::Restarting => "the room is restarting",
            Self::Unavailable => "the room is unavailable",
        }
    }

    /// Whether a client should come back after it.
    pub const fn is_permanent(self) -> bool {
        matches!(self.code(), 4400..=4499)
    }
}

#[cfg(test)]
mod tests {
    use super::CloseCode;

    const ALL: [CloseCode; 14] = [
        CloseCode::Normal,
        CloseCode::UnsupportedData,
        CloseCode::TooBig,
        CloseCode::TryAgainLater,
        CloseCode::Malformed,
        CloseCode::Unauthorized,
        CloseCode::Forbidden,
        CloseCode::NotFound,
        CloseCode::Timeout,
        CloseCode::Erased,
        CloseCode::DocumentFull,
        CloseCode::Refused,
        CloseCode::Restarting,
        CloseCode::Unavailable,
    ];

    #[test]
    fn every_reason_fits_into_a_close_frame() {
        for code in ALL {
            assert!((1..=123).contains(&code.reason().len()), "{code:?}");
        }
    }

    #[test]
    fn clients_come_back_after_what_passes() {
        let permanent: Vec<_> = ALL.into_iter().filter(|code| code.is_permanent()).collect();

        assert_eq!(permanent, ALL[4..12]);
    }
}
