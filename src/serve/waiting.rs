//! Who answers at the door while the rest is still being opened: `/healthz` says ok, everything else 503.

use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use serde_json::json;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// Answers until it is closed.
#[derive(Debug)]
pub struct Room(JoinHandle<()>);

/// Opens a waiting room on the same port.
pub fn room(door: &TcpListener) -> std::io::Result<Room> {
    let twin = rustix::io::dup(door)?;
    let listener = TcpListener::from_std(twin.into())?;
    let room = Router::new().fallback(answer);
    Ok(Room(tokio::spawn(async move {
        // Ends by being aborted; a port that fails shows at the real door too.
        let _ = axum::serve(listener, room).await;
    })))
}

impl Room {
    /// Leaves the door to others.
    pub async fn close(self) {
        self.0.abort();
        let _ = self.0.await;
    }
}

async fn answer(uri: Uri) -> Response {
    if uri.path() == "/healthz" {
        return Json(json!({ "status": "ok" })).into_response();
    }
    let body = match uri.path() {
        "/readyz" => json!({ "ready": false, "reasons": ["starting"] }),
        _ => {
            json!({ "error": { "code": "unavailable", "message": "the server is starting: it waits for its log or database", "retry_after_ms": 1000 } })
        }
    };
    (StatusCode::SERVICE_UNAVAILABLE, [("retry-after", "1")], Json(body)).into_response()
}
