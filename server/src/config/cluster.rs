//! How a node speaks to others.

use std::{fmt, str::FromStr};

use clap::Args;

use super::InvalidSetting;

/// How the server speaks to other nodes of the same installation.
#[derive(Args, Clone, Debug)]
pub struct ClusterConfig {
    /// Redis by which nodes on one Postgres tell each other what happens: redis://host. Without it they
    /// find out from the database, a little later
    #[arg(long, env = "GALA_REDIS_URL", hide_env_values = true, value_name = "URL", requires = "database_url")]
    pub redis_url: Option<RedisUrl>,
}

/// Where Redis is and how to get in. Displayed without what must not be seen.
#[derive(Clone, PartialEq, Eq)]
pub struct RedisUrl(String);

impl RedisUrl {
    /// The URL with its password.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl FromStr for RedisUrl {
    type Err = InvalidSetting;

    fn from_str(text: &str) -> Result<Self, InvalidSetting> {
        if text.starts_with("redis://") || text.starts_with("redis+unix://") {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidSetting("a URL that begins with redis:// is expected"))
        }
    }
}

impl fmt::Debug for RedisUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redis]")
    }
}
