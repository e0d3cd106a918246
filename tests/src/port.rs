//! Ports for servers of the tests' own.

use std::net::TcpListener;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::time::Instant;

/// How long a server may take to open its port.
const PATIENCE: Duration = Duration::from_secs(30);

/// A port of 127.0.0.1 that nobody uses now.
pub fn free() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("it is bound").port()
}

/// Waits until the port is open; `alive` says why it never will be.
pub async fn opens(port: u16, mut alive: impl FnMut() -> Result<(), String>) {
    let deadline = Instant::now() + PATIENCE;
    while TcpStream::connect(("127.0.0.1", port)).await.is_err() {
        if let Err(why) = alive() {
            panic!("{why}");
        }
        assert!(Instant::now() < deadline, "port {port} stays closed");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
