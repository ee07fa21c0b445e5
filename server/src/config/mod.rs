//! What the operator decides: flags, each with an environment variable `GALA_*`. Nothing else in
//! the program reads the environment.

mod accounts;
mod cluster;
mod command_line;
mod http;
mod mail;

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    str::FromStr,
    time::Duration,
};

use clap::{Args, ValueEnum};
use protocol::{accounts::Registration, wire::MAX_FRAME_BYTES};
use tracing_subscriber::EnvFilter;

pub use self::{
    accounts::{AccountsConfig, ProvidersConfig},
    cluster::{ClusterConfig, RedisUrl},
    command_line::{
        AuditCommand, Cli, Command, DoctorArgs, ExportArgs, ImportArgs, InstallationConfig, KeysCommand, SecretCommand,
        SecretName, UserArgs, UserCommand, VaultCommand,
    },
    http::{HttpConfig, LimitsConfig, PublicUrl},
    mail::{MailConfig, SmtpUrl},
};

/// Every setting of a server.
#[derive(Args, Clone, Debug)]
pub struct Config {
    /// How it is reached.
    #[command(flatten)]
    pub http: HttpConfig,
    /// Where things are kept.
    #[command(flatten)]
    pub database: DatabaseConfig,
    /// How it speaks to other nodes.
    #[command(flatten)]
    pub cluster: ClusterConfig,
    /// What it signs with.
    #[command(flatten)]
    pub secret: SecretConfig,
    /// Who may make an account.
    #[command(flatten)]
    pub accounts: AccountsConfig,
    /// Where else people sign in.
    #[command(flatten)]
    pub providers: ProvidersConfig,
    /// How mails go out.
    #[command(flatten)]
    pub mail: MailConfig,
    /// How often anybody may ask.
    #[command(flatten)]
    pub limits: LimitsConfig,
    /// How long rooms stay in memory.
    #[command(flatten)]
    pub rooms: RoomsConfig,
    /// How it stops.
    #[command(flatten)]
    pub shutdown: ShutdownConfig,
    /// What it says of itself.
    #[command(flatten)]
    pub log: LogConfig,
}

/// Where the server keeps things.
#[derive(Args, Clone, Debug)]
pub struct DatabaseConfig {
    /// Directory of the SQLite file and the generated secret; made when missing
    #[arg(long, env = "GALA_DATA_DIR", default_value = "./data", value_name = "DIRECTORY")]
    pub data_dir: PathBuf,
    /// Postgres to use instead of SQLite: postgres://user:password@host/database
    #[arg(long, env = "GALA_DATABASE_URL", hide_env_values = true, value_name = "URL")]
    pub database_url: Option<DatabaseUrl>,
}

/// What the server signs with.
#[derive(Args, Clone, Debug)]
pub struct SecretConfig {
    /// 32 bytes in base64; better set as a variable, since other users can see arguments. Generated
    /// into the data directory when unset
    #[arg(
        long,
        env = "GALA_SECRET_KEY",
        hide_env_values = true,
        value_name = "BASE64",
        conflicts_with = "secret_key_file"
    )]
    pub secret_key: Option<SecretText>,
    /// File that holds the secret key
    #[arg(long, env = "GALA_SECRET_KEY_FILE", value_name = "FILE")]
    pub secret_key_file: Option<PathBuf>,
}

/// How long rooms stay in memory.
#[derive(Args, Clone, Debug)]
pub struct RoomsConfig {
    /// Seconds after which a room nobody uses leaves memory
    #[arg(long, env = "GALA_ROOM_IDLE_TIMEOUT_S", default_value_t = 60, value_name = "SECONDS")]
    pub room_idle_timeout_s: u32,
}

/// How the server stops.
#[derive(Args, Clone, Debug)]
pub struct ShutdownConfig {
    /// Seconds between saying that the server is not ready any more and closing sockets: what a proxy
    /// needs to notice, so that nobody who comes back is sent here again
    #[arg(long, env = "GALA_DRAIN_DELAY_S", default_value_t = 0, value_name = "SECONDS")]
    pub drain_delay_s: u32,
    /// Seconds that closing the open sockets takes at most when the server is told to stop
    #[arg(long, env = "GALA_DRAIN_WINDOW_S", default_value_t = 20, value_name = "SECONDS")]
    pub drain_window_s: u32,
}

/// What the server says of itself, on standard error.
#[derive(Args, Clone, Debug)]
pub struct LogConfig {
    /// How the log is written
    #[arg(long, env = "GALA_LOG_FORMAT", value_enum, default_value_t = LogFormat::Pretty)]
    pub log_format: LogFormat,
    /// What is logged: off, error, warn, info, debug, trace, or directives such as info,server::store=debug
    #[arg(long, env = "GALA_LOG_LEVEL", default_value = "info,actix_server=warn", value_name = "LEVEL")]
    pub log_level: LogLevel,
}

/// How the log is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people: one coloured line per event.
    Pretty,
    /// For machines: one JSON object per event.
    Json,
}

impl Config {
    /// Settings for tests: any free port, everything in one directory, everybody may come in, nothing
    /// waited for.
    pub fn for_testing(data_dir: &Path) -> Self {
        Self {
            http: HttpConfig {
                listen: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0),
                public_url: None,
                tls_certificate: None,
                tls_key: None,
                trusted_proxies: Vec::new(),
                allowed_origins: Vec::new(),
                max_body_bytes: MAX_FRAME_BYTES,
            },
            database: DatabaseConfig { data_dir: data_dir.to_owned(), database_url: None },
            cluster: ClusterConfig { redis_url: None },
            secret: SecretConfig { secret_key: None, secret_key_file: None },
            accounts: AccountsConfig { registration: Registration::Open },
            providers: ProvidersConfig::none(),
            mail: MailConfig { smtp_url: None, mail_from: None },
            limits: LimitsConfig { requests_per_address_s: 0, requests_per_principal_s: 0 },
            rooms: RoomsConfig { room_idle_timeout_s: 60 },
            shutdown: ShutdownConfig { drain_delay_s: 0, drain_window_s: 0 },
            log: LogConfig { log_format: LogFormat::Pretty, log_level: LogLevel("off".to_owned()) },
        }
    }
}

impl RoomsConfig {
    /// How long a room nobody uses stays in memory.
    pub fn idle_timeout(&self) -> Duration {
        Duration::from_secs(self.room_idle_timeout_s.into())
    }
}

impl ShutdownConfig {
    /// How long the server serves on after it has said that it is not ready any more.
    pub fn drain_delay(&self) -> Duration {
        Duration::from_secs(self.drain_delay_s.into())
    }

    /// How long closing the open sockets takes at most; few are closed in less.
    pub fn drain_window(&self) -> Duration {
        Duration::from_secs(self.drain_window_s.into())
    }
}

/// Where Postgres is and how to get in. Displayed without what must not be seen.
#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseUrl(String);

impl DatabaseUrl {
    /// The URL with its password.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl FromStr for DatabaseUrl {
    type Err = InvalidSetting;

    fn from_str(text: &str) -> Result<Self, InvalidSetting> {
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidSetting("a URL that begins with postgres:// is expected"))
        }
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Passwords may hold `@` and `/`; parameters may be passwords.
        let place = self
            .0
            .rsplit_once('@')
            .map_or_else(|| self.0.split_once("://").map_or("", |(_scheme, place)| place), |(_login, place)| place);
        write!(f, "postgres://{}", place.split('?').next().unwrap_or_default())
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A text nobody may see.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretText(String);

impl SecretText {
    /// The text.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl From<String> for SecretText {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Debug for SecretText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

/// Which events are logged, in the notation of `tracing_subscriber::EnvFilter`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLevel(String);

impl LogLevel {
    /// The filter this describes.
    pub fn filter(&self) -> EnvFilter {
        EnvFilter::builder().parse_lossy(&self.0)
    }
}

impl FromStr for LogLevel {
    type Err = InvalidSetting;

    fn from_str(text: &str) -> Result<Self, InvalidSetting> {
        match EnvFilter::builder().parse(text) {
            Ok(_filter) => Ok(Self(text.to_owned())),
            Err(_invalid) => Err(InvalidSetting("a level or directives such as info,server::store=debug are expected")),
        }
    }
}

/// What would have been a right value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct InvalidSetting(&'static str);

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    fn parse(arguments: &[&str]) -> Cli {
        Cli::try_parse_from(std::iter::once("gala").chain(arguments.iter().copied())).unwrap()
    }

    #[test]
    fn a_database_url_is_shown_without_its_password() {
        for url in ["postgres://me:pa@ss/w@db:5432/gala?sslmode=disable", "postgresql://db:5432/gala?password=pass"] {
            let url: DatabaseUrl = url.parse().unwrap();

            assert_eq!(url.to_string(), "postgres://db:5432/gala");
            assert_eq!(format!("{url:?}"), "postgres://db:5432/gala");
        }
        assert!("mysql://db".parse::<DatabaseUrl>().is_err());
    }

    #[test]
    fn every_setting_has_its_variable() {
        use clap::CommandFactory;

        for argument in Cli::command().get_arguments().filter(|argument| argument.get_id() != "help") {
            let Some(long) = argument.get_long().filter(|long| !matches!(*long, "help" | "version")) else { continue };
            let variable = format!("GALA_{}", long.replace('-', "_").to_uppercase());
            assert_eq!(argument.get_env().and_then(|name| name.to_str()), Some(variable.as_str()), "--{long}");
        }
    }

    #[test]
    fn a_server_asks_for_invitations_unless_it_is_told_otherwise() {
        let registration = |arguments: &[&str]| parse(arguments).config.accounts.registration;

        assert_eq!(registration(&[]), Registration::Invite);
        assert_eq!(registration(&["--registration", "open"]), Registration::Open);
        assert_eq!(registration(&["--registration", "closed"]), Registration::Closed);
        assert!(Cli::try_parse_from(["gala", "--registration", "everybody"]).is_err());
    }

    #[test]
    fn half_a_provider_or_mail_server_is_refused() {
        for half in [
            ["--smtp-url", "smtps://mail.example.org"],
            ["--google-client-secret", "x"],
            ["--github-client-secret", "x"],
            ["--oidc-issuer", "https://login.example.org"],
            ["--oidc-client-id", "gala"],
        ] {
            assert!(Cli::try_parse_from(std::iter::once("gala").chain(half)).is_err(), "{half:?}");
        }
    }

    #[test]
    fn no_secret_is_shown() {
        let secrets = [
            ["--google-client-secret", "hunter2"],
            ["--google-client-id", "gala"],
            ["--smtp-url", "smtp://me:hunter2@mail.example.org"],
            ["--mail-from", "gala@example.org"],
            ["--database-url", "postgres://me:hunter2@db/gala"],
            ["--redis-url", "redis://me:hunter2@redis"],
            ["--secret-key", "hunter2"],
        ];

        let shown = format!("{:?}", parse(secrets.as_flattened()).config);

        assert!(!shown.contains("hunter2"), "{shown}");
    }
}
