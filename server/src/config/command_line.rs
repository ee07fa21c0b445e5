//! What `gala` is told to do.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use protocol::{
    accounts::EmailAddress,
    ids::{RoomId, WorkspaceId},
};

use super::{Config, DatabaseConfig, HttpConfig, PublicUrl, SecretConfig};

/// The command line of `gala`.
#[derive(Parser)]
#[command(name = "gala", version, about = "A self-hosted live workspace", args_conflicts_with_subcommands = true)]
pub struct Cli {
    /// What to do; to serve when left out.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// The settings of `serve`, for when no command is given.
    #[command(flatten)]
    pub config: Box<Config>,
}

/// What `gala` can do.
#[derive(Subcommand)]
pub enum Command {
    /// Serve the workspace; what `gala` does without a command
    Serve(Box<Config>),
    /// Bring the database's schema up to date, and stop
    Migrate(DatabaseConfig),
    /// Look after accounts
    #[command(subcommand)]
    User(UserCommand),
    /// Look after the keys that access tokens are signed with
    #[command(subcommand)]
    Keys(KeysCommand),
    /// Look after what keeps secrets secret
    #[command(subcommand)]
    Vault(VaultCommand),
    /// Keep secrets sealed in the database instead of in settings
    #[command(subcommand)]
    Secret(SecretCommand),
    /// Look after the audit
    #[command(subcommand)]
    Audit(AuditCommand),
    /// Ask the server on this machine whether it lives; fails when it does not
    ///
    /// Takes the settings of the server. Says nothing of the database: a server without it still
    /// holds edits that nobody else has, and is not to be restarted for that.
    Health(HttpConfig),
    /// See whether everything stored is as it should be; changes nothing
    ///
    /// Answers 0 when nothing is wrong, 1 when something was found, 2 when it could not look.
    Doctor(DoctorArgs),
    /// Copy the SQLite database into a file while the server runs
    Backup {
        /// The new file
        file: PathBuf,
        /// Where the database is.
        #[command(flatten)]
        database: DatabaseConfig,
    },
    /// Write a workspace into a file that either engine takes
    Export(ExportArgs),
    /// Read a workspace from a file, all or nothing
    ///
    /// People are known by their addresses; who has no account gets one without a password.
    Import(ImportArgs),
    /// Print the OpenAPI document of the REST API
    Openapi,
    /// Print the version
    Version,
}

/// What to look at.
#[derive(Args, Clone, Debug)]
pub struct DoctorArgs {
    /// Look at one workspace only
    #[arg(long, value_name = "ID")]
    pub workspace: Option<WorkspaceId>,
    /// Print the report as JSON
    #[arg(long)]
    pub json: bool,
    /// Instead of looking: leave out for good what is damaged in this room. Nothing is deleted
    #[arg(long, value_name = "ROOM", conflicts_with_all = ["workspace", "json"])]
    pub set_aside: Option<RoomId>,
    /// Instead of looking: try again everything that was set aside in this room
    #[arg(long, value_name = "ROOM", conflicts_with_all = ["workspace", "json", "set_aside"])]
    pub let_back: Option<RoomId>,
    /// Where the database is.
    #[command(flatten)]
    pub database: DatabaseConfig,
}

/// What to write into which file.
#[derive(Args, Clone, Debug)]
pub struct ExportArgs {
    /// The workspace
    #[arg(required_unless_present = "verify")]
    pub workspace: Option<WorkspaceId>,
    /// The new file
    #[arg(required_unless_present = "verify")]
    pub file: Option<PathBuf>,
    /// Instead of exporting: see whether this file is whole
    #[arg(long, value_name = "FILE", conflicts_with_all = ["workspace", "file"])]
    pub verify: Option<PathBuf>,
    /// Where the workspace is.
    #[command(flatten)]
    pub database: DatabaseConfig,
}

/// What to read into which database.
#[derive(Args, Clone, Debug)]
pub struct ImportArgs {
    /// The file
    pub file: PathBuf,
    /// See whether the file is whole and can be imported here, and write nothing
    #[arg(long)]
    pub check: bool,
    /// Where the workspace goes.
    #[command(flatten)]
    pub database: DatabaseConfig,
}

/// Where an installation keeps things, and its secret.
#[derive(Args, Clone, Debug)]
pub struct InstallationConfig {
    /// Where things are kept.
    #[command(flatten)]
    pub database: DatabaseConfig,
    /// What it signs with.
    #[command(flatten)]
    pub secret: SecretConfig,
}

/// What `gala user` can do.
#[derive(Subcommand)]
pub enum UserCommand {
    /// Make an account; the first one owns the first workspace
    Create {
        /// The account.
        #[command(flatten)]
        user: UserArgs,
        /// The name others see
        #[arg(long, value_name = "NAME")]
        name: String,
    },
    /// Give an account a new password, sign every device out and end its personal API keys
    ///
    /// With a link, all that happens once the password is chosen. Of a password set here, running servers
    /// hear within a second: requests are refused at once, sockets that are open are closed then.
    ResetPassword(UserArgs),
}

/// An account, and how its password comes about.
#[derive(Args, Clone, Debug)]
pub struct UserArgs {
    /// The address to sign in with
    #[arg(long, value_name = "ADDRESS")]
    pub email: EmailAddress,
    /// Read the password from standard input; without it, print a link where its owner chooses one
    #[arg(long)]
    pub password_stdin: bool,
    /// Origin under which browsers reach the server
    #[arg(long, env = "GALA_PUBLIC_URL", default_value = "http://127.0.0.1:8080", value_name = "URL")]
    pub public_url: PublicUrl,
    /// Where the account is kept.
    #[command(flatten)]
    pub installation: InstallationConfig,
}

/// What `gala keys` can do.
#[derive(Subcommand)]
pub enum KeysCommand {
    /// Sign with a new key from now on; tokens signed before stay good
    Rotate(InstallationConfig),
}

/// What `gala vault` can do.
#[derive(Subcommand)]
pub enum VaultCommand {
    /// Lock the vault with another secret key; stop every server first
    Rotate {
        /// Where things are kept, and the present secret.
        #[command(flatten)]
        installation: InstallationConfig,
        /// File that holds the new secret key: 32 bytes in base64
        #[arg(long, value_name = "FILE")]
        new_secret_key_file: PathBuf,
    },
}

/// What `gala secret` can do.
#[derive(Subcommand)]
pub enum SecretCommand {
    /// Keep a secret, which is read from standard input
    Set {
        /// Which one
        name: SecretName,
        /// Where it is kept.
        #[command(flatten)]
        installation: InstallationConfig,
    },
    /// List the names of the secrets that are kept
    List(InstallationConfig),
    /// Forget a secret
    Delete {
        /// Which one
        name: SecretName,
        /// Where it is kept.
        #[command(flatten)]
        installation: InstallationConfig,
    },
}

/// A secret that an operator can keep in the vault. The setting of the same purpose goes before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SecretName {
    /// The password at the mail server, where `GALA_SMTP_URL` names a user without one.
    SmtpPassword,
    /// The client secret at Google.
    GoogleClientSecret,
    /// The client secret at GitHub.
    GithubClientSecret,
    /// The client secret at the OpenID Connect issuer.
    OidcClientSecret,
}

impl SecretName {
    /// The secret as it is named in the vault.
    pub const fn name(self) -> &'static str {
        match self {
            Self::SmtpPassword => "smtp-password",
            Self::GoogleClientSecret => "google-client-secret",
            Self::GithubClientSecret => "github-client-secret",
            Self::OidcClientSecret => "oidc-client-secret",
        }
    }
}

/// What `gala audit` can do.
#[derive(Subcommand)]
pub enum AuditCommand {
    /// See whether every event is as it was written
    Verify(DatabaseConfig),
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(arguments: &[&str]) -> Cli {
        Cli::try_parse_from(std::iter::once("gala").chain(arguments.iter().copied())).unwrap()
    }

    #[test]
    fn without_a_command_the_settings_are_those_of_serve() {
        assert_eq!(parse(&["--listen", "127.0.0.1:1"]).config.http.listen.port(), 1);
        let Some(Command::Serve(config)) = parse(&["serve", "--listen", "127.0.0.1:2"]).command else { panic!() };
        assert_eq!(config.http.listen.port(), 2);
    }

    #[test]
    fn a_secret_is_named_as_it_is_kept() {
        for secret in SecretName::value_variants() {
            assert_eq!(secret.to_possible_value().unwrap().get_name(), secret.name());
        }
    }
}
