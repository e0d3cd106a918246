//! Networks of IP addresses, as an operator lists them: `10.0.0.0/8, 192.0.2.7`.

use std::fmt;
use std::net::{AddrParseError, IpAddr};
use std::str::FromStr;

use ipnet::IpNet;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Networks, with commas between; an address alone is a network of one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Networks(Vec<IpNet>);

impl Networks {
    /// Whether the address is in one of them.
    pub fn contain(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|network| network.contains(&address))
    }
}

impl FromStr for Networks {
    type Err = AddrParseError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let entries = text.split(',').map(str::trim).filter(|entry| !entry.is_empty());
        entries
            .map(|entry| entry.parse().or_else(|_| entry.parse::<IpAddr>().map(IpNet::from)))
            .collect::<Result<_, _>>()
            .map(Self)
    }
}

impl fmt::Display for Networks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let networks: Vec<String> = self.0.iter().map(IpNet::to_string).collect();
        f.write_str(&networks.join(", "))
    }
}

impl Serialize for Networks {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Networks {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse()
            .map_err(|_| D::Error::custom("must be networks with commas between, as in 10.0.0.0/8, 192.0.2.7, fd00::/8"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contain(networks: &str, address: &str) -> bool {
        networks.parse::<Networks>().unwrap().contain(address.parse().unwrap())
    }

    #[test]
    fn an_address_is_in_the_network_that_it_begins_like() {
        let networks = "10.0.0.0/8, 192.0.2.7,fd00::/8";
        for within in ["10.255.0.1", "::ffff:10.0.0.1", "192.0.2.7", "fdff::1"] {
            assert!(contain(networks, within), "{within}");
        }
        for without in ["11.0.0.1", "192.0.2.8", "fe80::1", "::ffff:11.0.0.1"] {
            assert!(!contain(networks, without), "{without}");
        }
        assert!(!contain("", "127.0.0.1"));
    }

    #[test]
    fn they_are_told_as_they_were_listed() {
        let networks: Networks = "10.0.0.0/8,::1".parse().unwrap();
        assert_eq!(networks.to_string(), "10.0.0.0/8, ::1/128");
        for wrong in ["localhost", "10.0.0.0/33", "10.0.0", "10.0.0.1:80"] {
            assert!(wrong.parse::<Networks>().is_err(), "{wrong}");
        }
    }
}
