//! Which address a request counts for: the connection's other end, or, where that is a trusted proxy, whom the proxy names.

use std::net::{IpAddr, SocketAddr};
use std::sync::Once;

use axum::http::{HeaderMap, HeaderName};
use infra::config::limits::Limits;
use infra::config::networks::Networks;
use ipnet::IpNet;

/// The beginning of an address: those who have it in common count as one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Prefix(IpNet);

/// Where a proxy says for whom it asks.
const FORWARDED: HeaderName = HeaderName::from_static("x-forwarded-for");

/// What of a request's head says for whom it counts.
pub(crate) fn forwarded(headers: &HeaderMap) -> HeaderMap {
    let lists = headers.get_all(FORWARDED).iter();
    lists.map(|list| (FORWARDED, list.clone())).collect()
}

/// Whom to believe, and how much of an address counts.
#[derive(Debug)]
pub(super) struct Addresses {
    trusted: Networks,
    bits_v4: u8,
    bits_v6: u8,
    warned: Once,
}

impl Addresses {
    /// As they are configured.
    pub(super) fn of(figures: &Limits) -> Self {
        Self {
            trusted: figures.trusted_proxies.clone().unwrap_or_default(),
            bits_v4: figures.address_prefix_v4,
            bits_v6: figures.address_prefix_v6,
            warned: Once::new(),
        }
    }

    /// For whom a request counts that came over a connection with `peer`.
    pub(super) fn of_request(&self, peer: IpAddr, headers: &HeaderMap) -> Prefix {
        self.prefix(self.client(peer.to_canonical(), headers))
    }

    /// Each proxy adds at the end who asked it: from there on back, the first that is not itself a trusted one.
    fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        if !self.trusted.contain(peer) {
            self.warn(peer, headers);
            return peer;
        }
        let lists: Vec<&str> = headers
            .get_all(FORWARDED)
            .iter()
            .map(|list| list.to_str().unwrap_or_default())
            .collect();
        let mut client = peer;
        for named in lists.iter().rev().flat_map(|list| list.rsplit(',')) {
            // Behind what can't be read, anything may have been written by anybody.
            let Some(address) = address(named.trim()) else { break };
            client = address;
            if !self.trusted.contain(client) {
                break;
            }
        }
        client
    }

    /// A proxy on this machine that nobody listed has been forgotten, most likely.
    fn warn(&self, peer: IpAddr, headers: &HeaderMap) {
        if peer.is_loopback() && headers.contains_key(FORWARDED) {
            self.warned.call_once(|| {
                tracing::warn!(
                    "requests come through a proxy on this machine that limits.trusted_proxies does not list: all of them count as one address's"
                );
            });
        }
    }

    fn prefix(&self, address: IpAddr) -> Prefix {
        let bits = if address.is_ipv4() { self.bits_v4 } else { self.bits_v6 };
        Prefix(IpNet::new(address, bits).expect("the configuration was checked").trunc())
    }
}

/// An address as proxies write it: alone, or with a port.
fn address(text: &str) -> Option<IpAddr> {
    let alone = || text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    let with_port = || text.parse::<SocketAddr>().ok().map(|address| address.ip());
    alone()
        .parse()
        .ok()
        .or_else(with_port)
        .map(|address: IpAddr| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn addresses(trusted: &str) -> Addresses {
        Addresses::of(&Limits {
            trusted_proxies: Some(trusted.parse().unwrap()),
            ..Limits::default()
        })
    }

    fn counted(trusted: &str, peer: &str, forwarded: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        for list in forwarded {
            headers.append(FORWARDED, HeaderValue::from_str(list).unwrap());
        }
        addresses(trusted).of_request(peer.parse().unwrap(), &headers).0.to_string()
    }

    #[test]
    fn only_a_trusted_proxy_is_believed() {
        assert_eq!(counted("", "127.0.0.1", &["203.0.113.7"]), "127.0.0.0/24");
        assert_eq!(counted("10.0.0.0/8", "192.0.2.1", &["203.0.113.7"]), "192.0.2.0/24");
        assert_eq!(counted("10.0.0.0/8", "10.0.0.1", &["203.0.113.7"]), "203.0.113.0/24");
        assert_eq!(counted("10.0.0.0/8", "::ffff:10.0.0.1", &["203.0.113.7"]), "203.0.113.0/24");
        assert_eq!(counted("10.0.0.0/8", "10.0.0.1", &[]), "10.0.0.0/24");
    }

    #[test]
    fn what_a_client_writes_itself_stands_before_what_proxies_add() {
        let trusted = "10.0.0.0/8";
        assert_eq!(counted(trusted, "10.0.0.1", &["1.2.3.4, 203.0.113.7"]), "203.0.113.0/24");
        assert_eq!(counted(trusted, "10.0.0.1", &["1.2.3.4, 203.0.113.7, 10.0.0.2"]), "203.0.113.0/24");
        assert_eq!(counted(trusted, "10.0.0.1", &["1.2.3.4", "203.0.113.7"]), "203.0.113.0/24");
        assert_eq!(counted(trusted, "10.0.0.1", &["1.2.3.4, unknown, 10.0.0.2"]), "10.0.0.0/24");
        assert_eq!(counted(trusted, "10.0.0.1", &[""]), "10.0.0.0/24");
    }

    #[test]
    fn an_address_is_read_however_it_is_written() {
        for (written, counted_as) in [
            ("203.0.113.7:1234", "203.0.113.0/24"),
            ("2001:db8:1:2ff::7", "2001:db8:1:200::/56"),
            ("[2001:db8:1:2ff::7]", "2001:db8:1:200::/56"),
            ("[2001:db8:1:2ff::7]:1234", "2001:db8:1:200::/56"),
            ("::ffff:203.0.113.7", "203.0.113.0/24"),
        ] {
            assert_eq!(counted("::1", "::1", &[written]), counted_as, "{written}");
        }
    }
}
