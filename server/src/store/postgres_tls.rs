//! How connections to Postgres are secured, as the parameters of the database URL say:
//!
//! | `sslmode` | |
//! |---|---|
//! | `disable`, `prefer` (where it is not said) | not at all |
//! | `require` | encrypted, whoever it is that answers |
//! | `verify-full` | encrypted, and the server's certificate is for its name or address, and vouched for |
//!
//! `sslrootcert=FILE` names, in PEM, those who may vouch for it; with it `require` is `verify-full`. Without
//! it those do whom browsers trust.

use std::{path::PathBuf, sync::Arc};

use rustls::{
    ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, ServerName, UnixTime, pem::PemObject},
};
use tokio_postgres::{Config, config::SslMode};
use tokio_postgres_rustls::MakeRustlsConnect;
use url::form_urlencoded;

use super::error::OpenError;

/// Parameters that libpq knows and the driver does not.
const MODE: &str = "sslmode";
const ROOT_CERTIFICATES: &str = "sslrootcert";

/// What a database URL says: how to connect, and how to secure it; `None` for not at all.
///
/// # Errors
///
/// [`OpenError::Url`] and [`OpenError::Tls`].
pub(super) fn parse(url: &str) -> Result<(Config, Option<MakeRustlsConnect>), OpenError> {
    let (url, mut wanted) = Wanted::take(url);
    let mut config: Config = url.parse().map_err(OpenError::Url)?;
    if wanted.verifies {
        config.ssl_mode(SslMode::Require);
    }
    if config.get_ssl_mode() != SslMode::Require {
        return Ok((config, None));
    }
    wanted.verifies |= wanted.roots.is_some();
    Ok((config, Some(MakeRustlsConnect::new(wanted.client()?))))
}

/// What a URL wants of TLS beyond what the driver understands.
#[derive(Debug, Default, PartialEq, Eq)]
struct Wanted {
    verifies: bool,
    roots: Option<PathBuf>,
}

impl Wanted {
    /// Takes it out of a URL.
    fn take(url: &str) -> (String, Self) {
        let mut wanted = Self::default();
        // A password may hold a question mark.
        let login = url.find('@').unwrap_or(0);
        let Some(query) = url[login..].find('?').map(|at| login + at) else { return (url.to_owned(), wanted) };
        let rest = url[query + 1..].split('&').filter(|parameter| !wanted.is_of(parameter)).collect::<Vec<_>>();
        (format!("{}?{}", &url[..query], rest.join("&")), wanted)
    }

    /// Takes note of a parameter that the driver does not understand.
    fn is_of(&mut self, parameter: &str) -> bool {
        // In a URL of Postgres a plus is a plus.
        let parameter = parameter.replace('+', "%2B");
        let Some((name, value)) = form_urlencoded::parse(parameter.as_bytes()).next() else { return false };
        match (&*name, &*value) {
            (MODE, "verify-full") => self.verifies = true,
            (ROOT_CERTIFICATES, file) => self.roots = Some(file.into()),
            _ => return false,
        }
        true
    }

    fn client(self) -> Result<ClientConfig, OpenError> {
        let provider = Arc::new(ring::default_provider());
        let config = ClientConfig::builder_with_provider(Arc::clone(&provider)).with_safe_default_protocol_versions();
        let config = config.map_err(|error| OpenError::Tls(error.into()))?;
        let config = if self.verifies {
            config.with_root_certificates(roots(self.roots)?)
        } else {
            config.dangerous().with_custom_certificate_verifier(Arc::new(Anybody(provider)))
        };
        Ok(config.with_no_client_auth())
    }
}

/// Who may vouch for a server.
fn roots(file: Option<PathBuf>) -> Result<RootCertStore, OpenError> {
    let Some(file) = file else { return Ok(webpki_roots::TLS_SERVER_ROOTS.iter().cloned().collect()) };
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(file).map_err(|error| OpenError::Tls(error.into()))? {
        let certificate = certificate.map_err(|error| OpenError::Tls(error.into()))?;
        roots.add(certificate).map_err(|error| OpenError::Tls(error.into()))?;
    }
    Ok(roots)
}

/// Takes every certificate, as `sslmode=require` asks: who listens in learns nothing, but who answers may
/// be anybody.
#[derive(Debug)]
struct Anybody(Arc<CryptoProvider>);

impl ServerCertVerifier for Anybody {
    fn verify_server_cert(
        &self,
        _certificate: &CertificateDer<'_>,
        _vouching: &[CertificateDer<'_>],
        _name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signed, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signed, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_driver_does_not_understand_is_taken_out_of_the_url() {
        let take = |url| {
            let (url, Wanted { verifies, roots }) = Wanted::take(url);
            (url, verifies, roots)
        };
        let (full, plain) = (
            "postgres://me:a?b@db/gala?sslmode=verify-full&sslrootcert=%2Fetc/a+b.pem&application_name=x",
            "postgres://me@db/gala",
        );

        assert_eq!(
            take(full),
            ("postgres://me:a?b@db/gala?application_name=x".to_owned(), true, Some("/etc/a+b.pem".into()))
        );
        assert_eq!(take(plain), (plain.to_owned(), false, None));
        let required = "postgres://me@db/gala?sslmode=require";
        assert_eq!(take(required), (required.to_owned(), false, None));
    }

    #[test]
    fn a_mode_nobody_knows_is_refused() {
        for mode in ["verify-ca", "allow", "on"] {
            let parsed = parse(&format!("postgres://me@db/gala?sslmode={mode}"));
            assert!(matches!(parsed, Err(OpenError::Url(_))), "{mode}");
        }
        let no_file = parse("postgres://me@db/gala?sslmode=require&sslrootcert=/not/there");
        assert!(matches!(no_file, Err(OpenError::Tls(_))));
    }
}
