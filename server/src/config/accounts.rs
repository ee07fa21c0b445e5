//! How people come in.

use clap::{
    Args,
    builder::{PossibleValuesParser, TypedValueParser},
};
use protocol::accounts::Registration;
use url::Url;

use super::SecretText;

/// What an OpenID Connect provider is called when nobody has named it.
const OIDC_NAME: &str = "Single sign-on";

/// Who may make an account.
#[derive(Args, Clone, Debug)]
pub struct AccountsConfig {
    /// Who may make an account; the first account may always be made, and becomes owner
    #[arg(long, env = "GALA_REGISTRATION", value_parser = registration(), default_value = "invite", value_name = "WHO")]
    pub registration: Registration,
}

/// Where else people sign in. A client secret may be kept in the vault instead.
#[derive(Args, Clone, Debug)]
pub struct ProvidersConfig {
    /// Client id at Google; people can sign in there when it is set
    #[arg(long, env = "GALA_GOOGLE_CLIENT_ID", value_name = "ID")]
    pub google_client_id: Option<String>,
    /// Client secret at Google; better set as a variable, since other users can see arguments
    #[arg(
        long,
        env = "GALA_GOOGLE_CLIENT_SECRET",
        hide_env_values = true,
        value_name = "SECRET",
        requires = "google_client_id"
    )]
    pub google_client_secret: Option<SecretText>,
    /// Client id at GitHub; people can sign in there when it is set
    #[arg(long, env = "GALA_GITHUB_CLIENT_ID", value_name = "ID")]
    pub github_client_id: Option<String>,
    /// Client secret at GitHub; better set as a variable
    #[arg(
        long,
        env = "GALA_GITHUB_CLIENT_SECRET",
        hide_env_values = true,
        value_name = "SECRET",
        requires = "github_client_id"
    )]
    pub github_client_secret: Option<SecretText>,
    /// GitHub Enterprise server to use instead of github.com
    #[arg(long, env = "GALA_GITHUB_URL", value_name = "URL", requires = "github_client_id")]
    pub github_url: Option<Url>,
    /// Issuer of an OpenID Connect provider; people can sign in there when it is set
    #[arg(long, env = "GALA_OIDC_ISSUER", value_name = "URL", requires = "oidc_client_id")]
    pub oidc_issuer: Option<Url>,
    /// Client id at that provider
    #[arg(long, env = "GALA_OIDC_CLIENT_ID", value_name = "ID", requires = "oidc_issuer")]
    pub oidc_client_id: Option<String>,
    /// Client secret at that provider; better set as a variable
    #[arg(
        long,
        env = "GALA_OIDC_CLIENT_SECRET",
        hide_env_values = true,
        value_name = "SECRET",
        requires = "oidc_issuer"
    )]
    pub oidc_client_secret: Option<SecretText>,
    /// What people call that provider: it stands on the button
    #[arg(long, env = "GALA_OIDC_NAME", default_value = OIDC_NAME, value_name = "NAME")]
    pub oidc_name: String,
}

impl ProvidersConfig {
    /// Nowhere else.
    pub fn none() -> Self {
        Self {
            google_client_id: None,
            google_client_secret: None,
            github_client_id: None,
            github_client_secret: None,
            github_url: None,
            oidc_issuer: None,
            oidc_client_id: None,
            oidc_client_secret: None,
            oidc_name: OIDC_NAME.to_owned(),
        }
    }
}

/// The notation of [`Registration`] in the API, so that it has one spelling.
fn registration() -> impl TypedValueParser<Value = Registration> {
    PossibleValuesParser::new(["open", "invite", "closed"]).map(|who| match who.as_str() {
        "open" => Registration::Open,
        "closed" => Registration::Closed,
        _ => Registration::Invite,
    })
}
