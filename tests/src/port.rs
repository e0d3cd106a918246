//! Ports for servers of the tests' own.

use std::net::TcpListener;

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use tokio::net::TcpStream;
use tokio::time::Instant;

use crate::chance::command_id;
use crate::deadline::PATIENCE;

/// Below those that the system gives out by itself: a server that is away for a while finds its port free when it comes back.
const RANGE: std::ops::Range<u16> = 10_000..32_000;

/// A port of 127.0.0.1 that nobody uses now, and that nobody is given who does not ask for it.
pub fn free() -> u16 {
    let mut chance = StdRng::seed_from_u64(command_id().as_u64_pair().1);
    std::iter::repeat_with(|| chance.random_range(RANGE))
        .take(1_000)
        .find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok())
        .expect("a free port")
}

/// Waits until the port is open; `alive` says why it never will be.
pub async fn opens(port: u16, mut alive: impl FnMut() -> Result<(), String>) {
    let deadline = Instant::now() + PATIENCE;
    while TcpStream::connect(("127.0.0.1", port)).await.is_err() {
        if let Err(why) = alive() {
            panic!("{why}");
        }
        assert!(Instant::now() < deadline, "port {port} stays closed");
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}
