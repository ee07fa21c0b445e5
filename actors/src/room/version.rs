//! Which state of a room.

use std::{fmt, num::ParseIntError, str::FromStr};

use protocol::rooms::Seq;

use super::held::Turn;

/// A state of a room: what its log says up to a position, and perhaps what one node has applied
/// beyond. Two that are equal are the same state. Written `generation.seq` or
/// `generation.seq+opening.turn`; the strong `ETag` of its content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Version {
    /// The room's generation.
    pub generation: u64,
    /// Position up to which everything in the log is part of the state.
    pub seq: Seq,
    /// What is part of it besides, and known to one node only.
    pub ahead: Option<Ahead>,
}

/// A state that is not, or not yet, what the log says up to some position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ahead {
    /// Tells one opening of the room from all others.
    pub(super) opening: u32,
    /// How many updates the room had applied since.
    pub(super) turn: Turn,
}

/// The text was not the name of a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a version")]
pub struct InvalidVersion;

impl Version {
    /// What the log says up to a position.
    pub const fn of_log(generation: u64, seq: Seq) -> Self {
        Self { generation, seq, ahead: None }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.generation, self.seq)?;
        self.ahead.map_or(Ok(()), |ahead| write!(f, "+{:08x}.{}", ahead.opening, ahead.turn))
    }
}

impl FromStr for Version {
    type Err = InvalidVersion;

    fn from_str(text: &str) -> Result<Self, InvalidVersion> {
        let (log, ahead) = text.split_once('+').map_or((text, None), |(log, ahead)| (log, Some(ahead)));
        let (generation, seq) = pair(log)?;
        let ahead = ahead.map(pair).transpose()?.map(|(opening, turn)| {
            let opening = u32::from_str_radix(opening, 16).map_err(|_not_hex| InvalidVersion)?;
            Ok(Ahead { opening, turn: number(turn)? })
        });
        Ok(Self { generation: number(generation)?, seq: number(seq)?, ahead: ahead.transpose()? })
    }
}

fn pair(text: &str) -> Result<(&str, &str), InvalidVersion> {
    text.split_once('.').ok_or(InvalidVersion)
}

fn number(digits: &str) -> Result<u64, InvalidVersion> {
    digits.parse().map_err(|_not_a_number: ParseIntError| InvalidVersion)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_reads_back_as_it_was_written() {
        let version = Version::of_log(3, 141);
        assert_eq!(version.to_string(), "3.141");
        assert_eq!("3.141".parse(), Ok(version));

        let ahead = Version { ahead: Some(Ahead { opening: 0x1f, turn: 7 }), ..version };
        assert_eq!(ahead.to_string(), "3.141+0000001f.7");
        assert_eq!("3.141+0000001f.7".parse(), Ok(ahead));

        for wrong in ["3", "3.-1", "3.1+", "3.1+x.1", "3.1+1f"] {
            assert_eq!(wrong.parse::<Version>(), Err(InvalidVersion), "{wrong}");
        }
    }
}
