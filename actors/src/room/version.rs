//! Which state of a room: its generation and the position of the last update in it.

use std::{fmt, num::ParseIntError, str::FromStr};

use protocol::rooms::Seq;

/// A state of a room. Written `generation.seq`; the strong `ETag` of its content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Version {
    /// The room's generation.
    pub generation: u64,
    /// Position of the last update that is part of the state.
    pub seq: Seq,
}

/// The text was not `generation.seq`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a version")]
pub struct InvalidVersion;

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.generation, self.seq)
    }
}

impl FromStr for Version {
    type Err = InvalidVersion;

    fn from_str(text: &str) -> Result<Self, InvalidVersion> {
        let (generation, seq) = text.split_once('.').ok_or(InvalidVersion)?;
        let number = |digits: &str| digits.parse().map_err(|_not_a_number: ParseIntError| InvalidVersion);
        Ok(Self { generation: number(generation)?, seq: number(seq)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_reads_back_as_it_was_written() {
        let version = Version { generation: 3, seq: 141 };

        assert_eq!(version.to_string(), "3.141");
        assert_eq!("3.141".parse(), Ok(version));
        assert_eq!("3".parse::<Version>(), Err(InvalidVersion));
        assert_eq!("3.-1".parse::<Version>(), Err(InvalidVersion));
    }
}
