//! What people do: how many are there, in rooms of which sizes, and what they do in them.

use std::io;

use clap::ValueEnum;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::failure::Failure;

/// People at their busiest hour. All shares are between 0 and 1.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Workload {
    /// People who have an account.
    pub(crate) users: f64,
    /// The share of them who are connected.
    pub(crate) online: f64,
    /// Rooms somebody who is connected has open, each with a connection of its own.
    pub(crate) rooms_per_user: f64,
    /// People in the smallest rooms, on average: below one, most of the time nobody or one.
    pub(crate) smallest_room: f64,
    /// How fast rooms become rarer as they become larger: of all rooms, the share with more than s people
    /// falls as s to the power of minus this (Pareto).
    pub(crate) tail: f64,
    /// People in the largest room.
    pub(crate) largest_room: f64,
    /// The share of those in a room who would be typing.
    pub(crate) typing: f64,
    /// How many type in one room at the same time, at most; others wait, or read.
    pub(crate) writers_at_most: f64,
    /// How long somebody types without a pause, seconds.
    pub(crate) burst_s: f64,
    /// Edits a second of somebody who types; each moves the cursor as well.
    pub(crate) keystrokes: f64,
    /// Moves of the cursor a second of everybody in a room, typing aside.
    pub(crate) cursor: f64,
    /// Rooms somebody enters in an hour.
    pub(crate) joins_per_hour: f64,
    /// Requests over HTTP of somebody who is connected in an hour, those of programs in their name included.
    pub(crate) requests_per_hour: f64,
    /// The share of rooms in which an agent writes.
    pub(crate) agents: f64,
    /// The share of time such an agent writes while somebody is there, and edits a second meanwhile.
    pub(crate) agent_busy: f64,
    pub(crate) agent_tokens: f64,
    /// The share of those who enter at another node than the room's: Hocuspocus sockets that are shared
    /// by rooms, and clients of another proxy.
    pub(crate) astray: f64,
    /// The size of a document, bytes.
    pub(crate) document_bytes: f64,
}

/// Workloads with a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Preset {
    /// An ordinary working day at eleven: four in ten are connected, one in twenty of them types
    OfficeDay,
    /// The same with everybody connected
    Everybody,
    /// Rooms of thirty in which half of those who may type do so
    Classroom,
    /// An ordinary day with an agent at work in one room of five
    Agents,
}

impl Preset {
    pub(crate) fn workload(self) -> Workload {
        let office = Workload {
            users: 1_000_000.0,
            online: 0.4,
            rooms_per_user: 1.3,
            smallest_room: 0.5,
            tail: 1.8,
            largest_room: 500.0,
            typing: 0.05,
            writers_at_most: 8.0,
            burst_s: 8.0,
            keystrokes: 4.0,
            cursor: 0.1,
            joins_per_hour: 12.0,
            requests_per_hour: 60.0,
            agents: 0.01,
            agent_busy: 0.2,
            agent_tokens: 30.0,
            astray: 0.02,
            document_bytes: 20_000.0,
        };
        match self {
            Self::OfficeDay => office,
            Self::Everybody => Workload { online: 1.0, ..office },
            Self::Classroom => Workload {
                smallest_room: 20.0,
                tail: 3.0,
                largest_room: 60.0,
                rooms_per_user: 1.0,
                typing: 0.2,
                writers_at_most: 10.0,
                joins_per_hour: 2.0,
                ..office
            },
            Self::Agents => Workload { agents: 0.2, ..office },
        }
    }
}

impl Workload {
    /// The same with other values, each as `NAME=VALUE`.
    ///
    /// # Errors
    ///
    /// [`Failure::Unknown`] if there is no such name, or it is no number.
    pub(crate) fn with(self, changes: &[String]) -> Result<Self, Failure> {
        let mut all = serde_json::to_value(self).map_err(io::Error::from)?;
        for change in changes {
            let unknown = || Failure::Unknown(change.clone());
            let (name, value) = change.split_once('=').ok_or_else(unknown)?;
            let value: f64 = value.parse().map_err(|_no_number| unknown())?;
            *all.get_mut(name).ok_or_else(unknown)? = Value::from(value);
        }
        Ok(serde_json::from_value(all).map_err(io::Error::from)?)
    }

    /// Connections at the same time.
    pub(crate) fn sessions(&self) -> f64 {
        self.users * self.online * self.rooms_per_user
    }

    /// Of one connection, how often a second it goes to another room.
    pub(crate) fn switches_per_s(&self) -> f64 {
        self.joins_per_hour / 3600.0 / self.rooms_per_user
    }

    /// Requests a second of everybody.
    pub(crate) fn requests_per_s(&self) -> f64 {
        self.users * self.online * self.requests_per_hour / 3600.0
    }

    /// Edits a second of the agents of a room, averaged over all rooms in which somebody is.
    pub(crate) fn agent_edits(&self) -> f64 {
        self.agents * self.agent_busy * self.agent_tokens
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_replaced_by_its_name_and_no_other_name_is_taken() {
        let office = Preset::OfficeDay.workload();

        let changed = office.clone().with(&["typing=0.2".to_owned(), "tail=2".to_owned()]).unwrap();

        assert_eq!(changed, Workload { typing: 0.2, tail: 2.0, ..office.clone() });
        assert!(office.clone().with(&["typeing=0.2".to_owned()]).is_err());
        assert!(office.with(&["typing=much".to_owned()]).is_err());
    }
}
