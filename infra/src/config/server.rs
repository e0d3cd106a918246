//! `[server]`: the door.

use std::net::{Ipv4Addr, SocketAddr};

use serde::{Deserialize, Serialize};

use super::secret::Secret;
use super::within;

/// The door.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Server {
    /// The address and port to listen on; port 0 takes a free one. There is no TLS here: listen on
    /// 127.0.0.1 behind a proxy, or on a trusted network.
    pub listen: SocketAddr,
    /// The operator's token, `admin.` and at least 32 further characters. Without it one is made on the first
    /// run and kept in `admin.token` in the data folder.
    pub admin_token: Option<Secret>,
    /// The most connections at once, 16 … 1,000,000; further ones wait until one ends. The limit of
    /// open files is raised to what the system allows.
    pub connections: u32,
    /// The most WebSockets of one account at once, 1 … 100,000, in each process.
    pub sessions: u32,
    /// Seconds that a client may take to send a request's head, and again for its body, 1 … 300.
    pub request_seconds: u64,
    /// Seconds between being told to stop and closing what is still open, 0 … 300.
    pub drain_seconds: u64,
}

impl Default for Server {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8080)),
            admin_token: None,
            connections: 100_000,
            sessions: 200,
            request_seconds: 30,
            drain_seconds: 10,
        }
    }
}

impl Server {
    pub(super) fn check(&self, wrong: &mut Vec<String>) {
        within(wrong, "server.connections", &self.connections, 16..=1_000_000);
        within(wrong, "server.sessions", &self.sessions, 1..=100_000);
        within(wrong, "server.request_seconds", &self.request_seconds, 1..=300);
        within(wrong, "server.drain_seconds", &self.drain_seconds, 0..=300);
        let strong = |token: &Secret| token.reveal().strip_prefix("admin.").is_some_and(|rest| rest.len() >= 32);
        if self.admin_token.as_ref().is_some_and(|token| !strong(token)) {
            wrong.push("server.admin_token: must be \"admin.\" and at least 32 further characters".to_owned());
        }
    }
}
