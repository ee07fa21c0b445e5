//! What the server uses outside of itself, made of the settings and of what the vault keeps.

use std::error::Error;

use tokio::sync::mpsc;

use crate::{
    adapters::{
        mail::{Mailer, MailerError},
        oauth::KeptSecrets,
    },
    config::{MailConfig, SecretName},
    services::{
        post::Letter,
        vault::{Vault, VaultFailure},
    },
};

/// Why mails cannot go out.
#[derive(Debug, thiserror::Error)]
pub enum MailSetupError {
    /// The settings are wrong.
    #[error(transparent)]
    Mailer(#[from] MailerError),
    /// The vault does not open.
    #[error(transparent)]
    Vault(#[from] VaultFailure),
}

/// What sends mails, with the password from the vault where the settings have none.
///
/// # Errors
///
/// [`MailSetupError`].
pub async fn mailer(config: &MailConfig, vault: &Vault) -> Result<Mailer, MailSetupError> {
    let (Some(url), Some(from)) = (&config.smtp_url, &config.mail_from) else {
        tracing::info!("no mail server is set: mails are written here, with the links in them");
        return Ok(Mailer::log());
    };
    let password = vault.text(SecretName::SmtpPassword.name()).await?;
    Ok(Mailer::smtp(url.expose(), password.as_ref().map(|password| password.expose()), from)?)
}

/// The client secrets in the vault.
///
/// # Errors
///
/// [`VaultFailure`].
pub async fn kept_secrets(vault: &Vault) -> Result<KeptSecrets, VaultFailure> {
    Ok(KeptSecrets {
        google: vault.text(SecretName::GoogleClientSecret.name()).await?,
        github: vault.text(SecretName::GithubClientSecret.name()).await?,
        oidc: vault.text(SecretName::OidcClientSecret.name()).await?,
    })
}

/// Sends mails, one after the other.
pub async fn deliver(mailer: Mailer, mut letters: mpsc::Receiver<Letter>) {
    while let Some(Letter { to, mail }) = letters.recv().await {
        if let Err(error) = mailer.send(&to, &mail.subject, &mail.body).await {
            tracing::warn!(error = &error as &dyn Error, "a mail was not sent");
        }
    }
}
