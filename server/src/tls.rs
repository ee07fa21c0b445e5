//! TLS, with ring's cryptography: in the server itself, for those who have no proxy in front of it
//! (version 1.3 only), and towards others.

use std::{path::PathBuf, sync::Arc};

use rustls::{
    ServerConfig,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, pem, pem::PemObject},
    version::TLS13,
};

/// Where the certificate and its key are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFiles {
    /// The certificate and those that vouch for it, in PEM, its own first.
    pub certificate: PathBuf,
    /// Its private key, in PEM.
    pub key: PathBuf,
}

/// Why there is no TLS.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file is not there, or not in PEM.
    #[error("{} cannot be read", .0.display())]
    File(PathBuf, #[source] pem::Error),
    /// The certificate and the key do not fit each other, or are of no known kind.
    #[error("the certificate cannot be used")]
    Certificate(#[source] rustls::Error),
}

impl TlsFiles {
    /// What connections are secured with.
    ///
    /// # Errors
    ///
    /// [`TlsError`].
    pub fn load(&self) -> Result<ServerConfig, TlsError> {
        let unread = |path: &PathBuf| {
            let path = path.clone();
            move |error| TlsError::File(path, error)
        };
        let chain = CertificateDer::pem_file_iter(&self.certificate).map_err(unread(&self.certificate))?;
        let chain = chain.collect::<Result<Vec<_>, _>>().map_err(unread(&self.certificate))?;
        let key = PrivateKeyDer::from_pem_file(&self.key).map_err(unread(&self.key))?;
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_protocol_versions(&[&TLS13])
            .map_err(TlsError::Certificate)?;
        config.with_no_client_auth().with_single_cert(chain, key).map_err(TlsError::Certificate)
    }
}

/// Chooses ring for connections to others. Whoever makes the first one calls this; the others may.
pub fn use_ring() {
    // Somebody was faster, and has chosen the same.
    drop(ring::default_provider().install_default());
}
