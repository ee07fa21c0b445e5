//! Where a request comes from: what limits are counted by and what the audit keeps.

use std::{net::IpAddr, sync::Arc};

use actix_web::{HttpRequest, web::Data};
use ipnet::IpNet;

/// Proxies that are believed when they say for whom they ask.
#[derive(Clone, Debug, Default)]
pub struct TrustedProxies(Arc<[IpNet]>);

impl TrustedProxies {
    /// Believes what comes from these networks.
    pub fn new(networks: &[IpNet]) -> Self {
        Self(networks.into())
    }

    /// Who asks, when `peer` has sent these `X-Forwarded-For` addresses: the last one that is not
    /// itself a proxy of ours. What stands before it anybody can have written.
    fn origin(&self, peer: IpAddr, forwarded: &str) -> IpAddr {
        let mut origin = peer;
        for hop in forwarded.rsplit(',') {
            if !self.trusts(origin) {
                break;
            }
            match hop.trim().parse() {
                Ok(address) => origin = address,
                Err(_not_an_address) => break,
            }
        }
        origin
    }

    fn trusts(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address.to_canonical()))
    }
}

/// The address of whoever sends a request; `None` for one that came over no network.
pub(crate) fn of(request: &HttpRequest) -> Option<IpAddr> {
    let peer = request.peer_addr()?.ip().to_canonical();
    let proxies: Option<&Data<TrustedProxies>> = request.app_data();
    let forwarded: Vec<&str> =
        request.headers().get_all("x-forwarded-for").filter_map(|value| value.to_str().ok()).collect();
    Some(proxies.map_or(peer, |proxies| proxies.origin(peer, &forwarded.join(","))).to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(peer: &str, forwarded: &str) -> String {
        let proxies = TrustedProxies::new(&["10.0.0.0/8".parse().unwrap(), "::1/128".parse().unwrap()]);
        proxies.origin(peer.parse().unwrap(), forwarded).to_string()
    }

    #[test]
    fn a_proxy_of_ours_is_believed() {
        assert_eq!(origin("10.0.0.1", "203.0.113.7"), "203.0.113.7");
        assert_eq!(origin("::1", "203.0.113.7, 10.1.2.3"), "203.0.113.7");
    }

    #[test]
    fn nobody_else_is_and_nobody_hides_behind_invented_hops() {
        assert_eq!(origin("203.0.113.7", "198.51.100.1"), "203.0.113.7");
        assert_eq!(origin("10.0.0.1", "198.51.100.1, 203.0.113.7"), "203.0.113.7");
        assert_eq!(origin("10.0.0.1", "198.51.100.1, nonsense"), "10.0.0.1");
        assert_eq!(origin("10.0.0.1", ""), "10.0.0.1");
    }
}
