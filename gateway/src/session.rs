//! `GET /v1/ws`: one device's WebSocket session. Opens with a token and a cursor, catches up from the table,
//! then passes on live updates; takes commands and answers them by id.

mod calls;
mod catching_up;
mod commands;
mod delivery;
mod following;
mod heartbeat;
mod incoming;
mod opening;
mod outgoing;
mod running;
mod socket;

use axum::extract::ws::WebSocketUpgrade;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::{Extension, State};
use axum::http::HeaderMap;
use axum::response::Response;

use std::sync::Arc;

use projections::feed::Closed;

use crate::Shared;
use crate::error::{Error, ErrorAnswer};
use crate::server::Connection;
use calls::Calls;
use socket::{Close, Socket};

/// Bytes read from a socket at a time: most frames are smaller, and idle sessions hold no more.
const READ_BUFFER_BYTES: usize = 4 * 1024;
/// Bytes collected before they are written without waiting for more.
const WRITE_BUFFER_BYTES: usize = 16 * 1024;

/// Opens a WebSocket session; the protocol is in `docs/API.md`.
#[utoipa::path(get, path = "/v1/ws", tag = "updates",
    responses((status = 101, description = "The WebSocket is open; the first frame is the client's `open`."), (status = "4XX", body = ErrorAnswer)))]
pub(crate) async fn upgrade(
    State(gateway): State<Shared>,
    Extension(connection): Extension<Connection>,
    headers: HeaderMap,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, Error> {
    let upgrade = upgrade.map_err(|_| Error::UpgradeRequired)?;
    if gateway.stopping.is_cancelled() {
        return Err(Error::ShuttingDown);
    }
    let config = &gateway.config;
    let token = gateway.sessions.token();
    let calls = Arc::new(Calls::new(connection, &headers));
    Ok(upgrade
        .read_buffer_size(READ_BUFFER_BYTES)
        .write_buffer_size(WRITE_BUFFER_BYTES)
        .max_message_size(config.frame_max_bytes)
        .max_frame_size(config.frame_max_bytes)
        .on_upgrade(move |socket| {
            Box::pin(async move {
                let socket = Socket::new(socket, gateway.config.write_timeout);
                serve(gateway, socket, calls).await;
                drop(token);
            })
        }))
}

async fn serve(gateway: Shared, mut socket: Socket, calls: Arc<Calls>) {
    metrics::gauge!("heliograph_websockets").increment(1.0);
    // In boxes of its own is what takes much memory and is over soon: most sessions only wait.
    let end = match Box::pin(opening::open(&gateway, &mut socket)).await {
        Ok(opened) => running::run(&gateway, &mut socket, calls, opened).await,
        Err(end) => end,
    };
    match end {
        End::Close(why) => socket.close(why).await,
        End::Gone => socket.leave().await,
    }
    metrics::gauge!("heliograph_websockets").decrement(1.0);
}

/// How a session ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// By the server, with a reason.
    Close(Close),
    /// By the client, or because it takes nothing in.
    Gone,
}

impl From<Closed> for End {
    fn from(why: Closed) -> Self {
        Self::Close(match why {
            Closed::Ended => Close::Unauthorized,
            Closed::Suspended => Close::Suspended,
        })
    }
}

impl From<socket::Gone> for End {
    fn from(_: socket::Gone) -> Self {
        Self::Gone
    }
}
