//! Which servers there are, and which languages they speak.

use clap::ValueEnum;
use serde::{Deserialize, Serialize};

/// A server that can be measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Kind {
    /// Gala with SQLite, every commit synced
    Gala,
    /// Gala with PostgreSQL, every commit synced
    GalaPostgres,
    /// Hocuspocus with its SQLite extension
    Hocuspocus,
    /// @y/websocket-server, which keeps documents in memory
    YWebsocket,
    /// @y/websocket-server with LevelDB
    YWebsocketLeveldb,
    /// y-sweet with a directory
    YSweet,
    /// Passes frames on and does nothing else: the floor, not a peer
    Relay,
}

/// How a client and a server talk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Dialect {
    /// One room per socket; no acknowledgement
    YWebsocket,
    /// Every frame names its room; edits are acknowledged
    Hocuspocus,
}

impl Kind {
    /// In the order of tables.
    pub(crate) const ALL: [Self; 7] = [
        Self::Gala,
        Self::GalaPostgres,
        Self::Hocuspocus,
        Self::YWebsocket,
        Self::YWebsocketLeveldb,
        Self::YSweet,
        Self::Relay,
    ];

    /// As it is given on the command line.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Gala => "gala",
            Self::GalaPostgres => "gala-postgres",
            Self::Hocuspocus => "hocuspocus",
            Self::YWebsocket => "y-websocket",
            Self::YWebsocketLeveldb => "y-websocket-leveldb",
            Self::YSweet => "y-sweet",
            Self::Relay => "relay",
        }
    }

    /// As it is called in tables.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Gala => "Gala",
            Self::GalaPostgres => "Gala, Postgres",
            Self::Hocuspocus => "Hocuspocus",
            Self::YWebsocket => "y-websocket",
            Self::YWebsocketLeveldb => "y-websocket, LevelDB",
            Self::YSweet => "y-sweet",
            Self::Relay => "bare relay",
        }
    }

    /// The dialect it is measured in unless another one is asked for.
    pub(crate) fn dialect(self) -> Dialect {
        match self {
            Self::Hocuspocus => Dialect::Hocuspocus,
            _ => Dialect::YWebsocket,
        }
    }

    pub(crate) fn is_gala(self) -> bool {
        matches!(self, Self::Gala | Self::GalaPostgres)
    }

    /// Whether somebody who comes later is told what was written before.
    pub(crate) fn keeps_documents(self) -> bool {
        self != Self::Relay
    }

    /// Whether Gala is compared with it: a server for documents by somebody else.
    pub(crate) fn is_peer(self) -> bool {
        matches!(self, Self::Hocuspocus | Self::YWebsocket | Self::YWebsocketLeveldb | Self::YSweet)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_has_one_name_everywhere() {
        for kind in Kind::ALL {
            assert_eq!(kind.to_possible_value().unwrap().get_name(), kind.name());
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.name());
        }
    }
}
