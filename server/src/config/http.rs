//! How the server is reached, and how often.

use std::{
    fmt,
    net::{IpAddr, SocketAddr},
    path::PathBuf,
    str::FromStr,
};

use actix_web::http::Uri;
use clap::Args;
use ipnet::IpNet;
use protocol::wire::MAX_FRAME_BYTES;

use super::InvalidSetting;
use crate::tls::TlsFiles;

/// How the server is reached.
#[derive(Args, Clone, Debug)]
pub struct HttpConfig {
    /// Address and port to listen on; port 0 takes a free one
    #[arg(long, env = "GALA_LISTEN", default_value = "127.0.0.1:8080", value_name = "ADDRESS:PORT")]
    pub listen: SocketAddr,
    /// Origin under which browsers reach the server, where that is not this machine
    #[arg(long, env = "GALA_PUBLIC_URL", value_name = "URL")]
    pub public_url: Option<PublicUrl>,
    /// Certificate chain in PEM: the server speaks TLS 1.3 itself; leave it out behind a proxy
    #[arg(long, env = "GALA_TLS_CERTIFICATE", value_name = "FILE", requires = "tls_key")]
    pub tls_certificate: Option<PathBuf>,
    /// Private key of the certificate, in PEM
    #[arg(long, env = "GALA_TLS_KEY", value_name = "FILE", requires = "tls_certificate")]
    pub tls_key: Option<PathBuf>,
    /// Addresses or networks of proxies whose X-Forwarded-For is believed, with commas between
    #[arg(long, env = "GALA_TRUSTED_PROXIES", value_delimiter = ',', value_name = "NETWORK", value_parser = network)]
    pub trusted_proxies: Vec<IpNet>,
    /// Origins of other sites whose pages may use the API with tokens, with commas between
    #[arg(long, env = "GALA_ALLOWED_ORIGINS", value_delimiter = ',', value_name = "URL")]
    pub allowed_origins: Vec<PublicUrl>,
    /// Bytes of a request's body at most; a socket's frame has 16 MiB
    #[arg(long, env = "GALA_MAX_BODY_BYTES", default_value_t = MAX_FRAME_BYTES, value_name = "BYTES")]
    pub max_body_bytes: usize,
}

/// How often anybody may ask for anything. Ten seconds of it may come at once.
#[derive(Args, Clone, Debug)]
pub struct LimitsConfig {
    /// Requests per second from one address (IPv6: one /64); 0 for any number
    #[arg(long, env = "GALA_REQUESTS_PER_ADDRESS_S", default_value_t = 2000, value_name = "REQUESTS")]
    pub requests_per_address_s: u32,
    /// Requests per second of one person, service or guest; 0 for any number
    #[arg(long, env = "GALA_REQUESTS_PER_PRINCIPAL_S", default_value_t = 1000, value_name = "REQUESTS")]
    pub requests_per_principal_s: u32,
}

impl HttpConfig {
    /// The files TLS is made of; `None` when a proxy takes care of it, or nobody does.
    pub fn tls(&self) -> Option<TlsFiles> {
        let (certificate, key) = self.tls_certificate.clone().zip(self.tls_key.clone())?;
        Some(TlsFiles { certificate, key })
    }

    /// The origin under which browsers reach the server.
    pub fn origin(&self) -> PublicUrl {
        let of_listener = || PublicUrl { is_https: self.tls_certificate.is_some(), authority: self.listen.to_string() };
        self.public_url.clone().unwrap_or_else(of_listener)
    }
}

/// A network, or an address for a network of one.
fn network(text: &str) -> Result<IpNet, InvalidSetting> {
    let address = || text.parse::<IpAddr>().map(IpNet::from);
    text.parse()
        .or_else(|_| address())
        .map_err(|_neither| InvalidSetting("an address or a network such as 10.0.0.0/8 is expected"))
}

/// The origin under which browsers reach the server: scheme, host and port, no path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicUrl {
    is_https: bool,
    authority: String,
}

impl PublicUrl {
    /// Whether browsers come over TLS.
    pub const fn is_https(&self) -> bool {
        self.is_https
    }

    /// Host and port, as in a `Host` header.
    pub fn authority(&self) -> &str {
        &self.authority
    }
}

impl fmt::Display for PublicUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", if self.is_https { "https" } else { "http" }, self.authority)
    }
}

impl FromStr for PublicUrl {
    type Err = InvalidSetting;

    fn from_str(text: &str) -> Result<Self, InvalidSetting> {
        let expected = InvalidSetting("an origin such as https://gala.example.org is expected");
        let uri: Uri = text.parse().map_err(|_not_a_uri| expected)?;
        let is_https = match uri.scheme_str() {
            Some("https") => true,
            Some("http") => false,
            _ => return Err(expected),
        };
        let authority = uri.authority().filter(|authority| !authority.as_str().contains('@')).ok_or(expected)?;
        if uri.path() != "/" || uri.query().is_some() {
            return Err(expected);
        }
        let authority = authority.as_str().to_ascii_lowercase();
        // Browsers leave the usual port out, and so do we.
        let authority = authority.strip_suffix(if is_https { ":443" } else { ":80" }).unwrap_or(&authority);
        Ok(Self { is_https, authority: authority.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_public_url_is_an_origin() {
        let url: PublicUrl = "https://Gala.Example.org:8443/".parse().unwrap();

        assert_eq!((url.is_https(), url.authority()), (true, "gala.example.org:8443"));
        assert_eq!(url.to_string(), "https://gala.example.org:8443");
        assert_eq!("http://a:80".parse::<PublicUrl>().unwrap().authority(), "a");
        for wrong in ["gala.example.org", "ftp://a", "https://a/path", "https://me@a", "https://a?b"] {
            assert!(wrong.parse::<PublicUrl>().is_err(), "{wrong}");
        }
    }
}
