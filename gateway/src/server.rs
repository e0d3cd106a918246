//! The door: accepts connections, serves HTTP/1.1 on them, and closes in order.

use std::io;
use std::net::IpAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};
use tokio_io_timeout::TimeoutStream;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower_http::add_extension::AddExtension;

use crate::Shared;
use crate::routes::router;

/// Bytes of a request's head, at most; also what a connection's reading buffer may grow to.
const HEAD_MAX_BYTES: usize = 16 * 1024;

/// How long to wait when the system has no more sockets to give.
const EXHAUSTED_PAUSE: Duration = Duration::from_millis(100);

/// A connection: who is at its other end, the routes that it leads to, and its place among those allowed, which is given back when its
/// last holder is dropped.
#[derive(Debug, Clone)]
pub(crate) struct Connection {
    peer: IpAddr,
    routes: Router,
    #[expect(dead_code, reason = "held, not read")]
    place: Arc<Place>,
}

impl Connection {
    /// The address at its other end.
    pub(crate) fn peer(&self) -> IpAddr {
        self.peer
    }

    /// What is called from within a session goes where requests go.
    pub(crate) fn routes(&self) -> &Router {
        &self.routes
    }
}

#[derive(Debug)]
struct Place(#[expect(dead_code, reason = "held, not read")] OwnedSemaphorePermit);

impl Place {
    fn taken(permit: OwnedSemaphorePermit) -> Self {
        metrics::gauge!("heliograph_connections").increment(1.0);
        Self(permit)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        metrics::gauge!("heliograph_connections").decrement(1.0);
    }
}

/// Serves until `shutdown`, then lets requests and sessions end, at most for [`crate::Config::drain_max`].
pub async fn serve(listener: TcpListener, gateway: Shared, shutdown: CancellationToken) -> io::Result<()> {
    // Accepted sockets inherit it: a client that reads nothing costs the kernel no more than this.
    socket2::SockRef::from(&listener).set_send_buffer_size(gateway.config.send_buffer_bytes)?;
    let app = router(Shared::clone(&gateway));
    let places = Arc::new(Semaphore::new(gateway.config.connections_max));
    let connections = TaskTracker::new();
    let cut = CancellationToken::new();
    let (keeping, all_said) = keep_said(&gateway);
    loop {
        let (stream, peer, permit) = tokio::select! {
            accepted = accept(&listener, &places) => accepted,
            () = shutdown.cancelled() => break,
        };
        let place = Arc::new(Place::taken(permit));
        let routes = app.clone();
        let service = AddExtension::new(app.clone(), Connection { peer, routes, place });
        let (gateway, cut) = (Shared::clone(&gateway), cut.clone());
        connections.spawn(async move {
            tokio::select! {
                () = connection(&gateway, stream, service) => {}
                () = cut.cancelled() => {}
            }
        });
    }
    drop(listener);
    gateway.stopping.cancel();
    connections.close();
    gateway.sessions.close();
    let ended = async {
        tokio::join!(connections.wait(), gateway.sessions.wait());
        // What the last of them began.
        gateway.steps.close();
        gateway.steps.wait().await;
    };
    if timeout(gateway.config.drain_max, ended).await.is_err() {
        tracing::warn!("some connections did not end in time and are cut");
    }
    cut.cancel();
    all_said.cancel();
    // A defect there was told where it happened.
    let _ = keeping.await;
    Ok(())
}

/// Writes down what devices acknowledge and that they were seen, until the token says that nobody says more.
fn keep_said(gateway: &Shared) -> (JoinHandle<()>, CancellationToken) {
    let (gateway, all_said) = (Shared::clone(gateway), CancellationToken::new());
    let closed = all_said.clone();
    let keeping = tokio::spawn(async move {
        let (state, clock) = (&gateway.models.state, &gateway.clock);
        tokio::join!(
            gateway.acks.keep(state, clock, closed.clone()),
            gateway.seen.keep(state, clock, closed.clone()),
            gateway.keep_presence(closed)
        );
    });
    (keeping, all_said)
}

/// Serves one connection until its client leaves; at shutdown, until the request under way is answered.
async fn connection(gateway: &Shared, stream: TcpStream, service: AddExtension<Router, Connection>) {
    // Who takes nothing in is let go, whatever is being written.
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(gateway.config.write_timeout));
    let served = http1(gateway).serve_connection(TokioIo::new(Box::pin(stream)), TowerToHyperService::new(service));
    let mut served = pin!(served.with_upgrades());
    // How a client breaks off is its own business.
    tokio::select! {
        _ = served.as_mut() => return,
        () = gateway.stopping.cancelled() => {}
    }
    served.as_mut().graceful_shutdown();
    let _ = served.await;
}

async fn accept(listener: &TcpListener, places: &Arc<Semaphore>) -> (TcpStream, IpAddr, OwnedSemaphorePermit) {
    let permit = Arc::clone(places).acquire_owned().await.expect("the semaphore is never closed");
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => {
                // Without it small frames wait for acknowledgements. A socket that refuses is broken and says so soon.
                let _ = stream.set_nodelay(true);
                return (stream, peer.ip(), permit);
            }
            Err(error) if is_of_the_client(&error) => {}
            Err(error) => {
                tracing::warn!(error.reason = %error, "no connection could be accepted");
                sleep(EXHAUSTED_PAUSE).await;
            }
        }
    }
}

fn is_of_the_client(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionRefused | io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset
    )
}

fn http1(gateway: &Shared) -> http1::Builder {
    let mut builder = http1::Builder::new();
    builder
        .timer(TokioTimer::new())
        .header_read_timeout(gateway.config.head_timeout)
        .max_buf_size(HEAD_MAX_BYTES)
        .half_close(false);
    builder
}
