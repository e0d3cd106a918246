//! A network of a test's own between a client and a server, that loses answers and cuts connections.

use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// What the network does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Weather {
    /// Carries both ways.
    Fair,
    /// Carries to the server; what the server says is lost.
    Deaf,
    /// Carries nothing: connections are closed, new ones too.
    Cut,
}

/// A TCP proxy on a port of its own.
#[derive(Debug)]
pub struct Proxy {
    port: u16,
    weather: Arc<watch::Sender<Weather>>,
    task: tokio::task::JoinHandle<()>,
}

impl Proxy {
    /// Starts one in front of a port of 127.0.0.1.
    pub async fn start(server: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("it is bound").port();
        let weather = Arc::new(watch::Sender::new(Weather::Fair));
        let task = tokio::spawn(serve(listener, server, Arc::clone(&weather)));
        Self { port, weather, task }
    }

    /// Where clients connect instead.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Requests arrive, answers are lost.
    pub fn lose_answers(&self) {
        self.weather.send_replace(Weather::Deaf);
    }

    /// Closes all connections and refuses new ones.
    pub fn cut(&self) {
        self.weather.send_replace(Weather::Cut);
    }

    /// Lets new connections through.
    pub fn mend(&self) {
        self.weather.send_replace(Weather::Fair);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.weather.send_replace(Weather::Cut);
        self.task.abort();
    }
}

async fn serve(listener: TcpListener, server: u16, weather: Arc<watch::Sender<Weather>>) {
    while let Ok((client, _)) = listener.accept().await {
        if *weather.borrow() == Weather::Cut {
            continue;
        }
        let Ok(server) = TcpStream::connect(("127.0.0.1", server)).await else { continue };
        let (from_client, to_client) = client.into_split();
        let (from_server, to_server) = server.into_split();
        tokio::spawn(carry(from_client, to_server, weather.subscribe(), false));
        tokio::spawn(carry(from_server, to_client, weather.subscribe(), true));
    }
}

async fn carry(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, mut weather: watch::Receiver<Weather>, answers: bool) {
    let mut buffer = vec![0; 64 * 1024];
    let mut deaf = false;
    loop {
        let now = *weather.borrow_and_update();
        // A connection that lost an answer stays deaf: half an answer would be nonsense.
        deaf |= now == Weather::Deaf;
        if now == Weather::Cut {
            return;
        }
        tokio::select! {
            changed = weather.changed() => if changed.is_err() { return },
            read = from.read(&mut buffer) => match read {
                Ok(1..) if deaf && answers => {}
                Ok(bytes @ 1..) => if to.write_all(&buffer[..bytes]).await.is_err() { return },
                Ok(0) | Err(_) => return,
            },
        }
    }
}
