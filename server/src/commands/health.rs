//! `gala health`: whether the server on this machine lives, for images without a shell.

use std::{
    error::Error,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    time::Duration,
};

use reqwest::Client;

use crate::{config::HttpConfig, tls};

/// How long the server may take to answer.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Fails unless the server that listens as the settings say answers that it lives.
pub(super) async fn run(http: &HttpConfig) -> Result<(), Box<dyn Error>> {
    tls::use_ring();
    // The certificate names the public address, and nobody comes between a machine and itself.
    let client = Client::builder().timeout(TIMEOUT).no_proxy().tls_danger_accept_invalid_certs(true).build()?;
    let scheme = if http.tls().is_some() { "https" } else { "http" };
    let address = reachable(http.listen);
    client.get(format!("{scheme}://{address}/health/live")).send().await?.error_for_status()?;
    Ok(())
}

/// Where to find who listens there: on every address means on this machine, too.
fn reachable(listen: SocketAddr) -> SocketAddr {
    let address = match listen.ip() {
        IpAddr::V4(address) if address.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(address) if address.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        address => address,
    };
    SocketAddr::new(address, listen.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_listens_everywhere_is_found_here() {
        let found = |listen: &str| reachable(listen.parse().unwrap()).to_string();

        assert_eq!(found("0.0.0.0:80"), "127.0.0.1:80");
        assert_eq!(found("[::]:80"), "[::1]:80");
        assert_eq!(found("192.0.2.1:80"), "192.0.2.1:80");
    }
}
