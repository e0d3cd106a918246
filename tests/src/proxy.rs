//! A network of a test's own between a client and a server, that loses answers and cuts connections.

use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// What the network does.
#[derive(Debug, Clone, Copy, Default)]
struct Weather {
    /// Carries to the server; what the server says is lost.
    deaf: bool,
    /// New connections are closed at once.
    cut: bool,
    /// How often all connections were closed: a connection of an earlier time ends.
    cuts: u64,
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
        let weather = Arc::new(watch::Sender::new(Weather::default()));
        let task = tokio::spawn(serve(listener, server, Arc::clone(&weather)));
        Self { port, weather, task }
    }

    /// Where clients connect instead.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Requests arrive, answers are lost.
    pub fn lose_answers(&self) {
        self.weather.send_modify(|weather| weather.deaf = true);
    }

    /// Closes all connections and refuses new ones.
    pub fn cut(&self) {
        self.weather.send_modify(|weather| {
            weather.cut = true;
            weather.cuts += 1;
        });
    }

    /// Lets new connections through.
    pub fn mend(&self) {
        self.weather.send_modify(|weather| (weather.cut, weather.deaf) = (false, false));
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.cut();
        self.task.abort();
    }
}

async fn serve(listener: TcpListener, server: u16, weather: Arc<watch::Sender<Weather>>) {
    while let Ok((client, _)) = listener.accept().await {
        if weather.borrow().cut {
            continue;
        }
        let Ok(server) = TcpStream::connect(("127.0.0.1", server)).await else {
            continue;
        };
        let (from_client, to_client) = client.into_split();
        let (from_server, to_server) = server.into_split();
        tokio::spawn(carry(from_client, to_server, weather.subscribe(), false));
        tokio::spawn(carry(from_server, to_client, weather.subscribe(), true));
    }
}

async fn carry(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, mut weather: watch::Receiver<Weather>, answers: bool) {
    let mut buffer = vec![0; 64 * 1024];
    let mut deaf = false;
    let cuts = weather.borrow().cuts;
    loop {
        let now = *weather.borrow_and_update();
        // A connection that lost an answer stays deaf: half an answer would be nonsense.
        deaf |= now.deaf;
        if now.cuts != cuts {
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
