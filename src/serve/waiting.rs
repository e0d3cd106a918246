//! Who answers at the door while the rest is still being opened: `/healthz` says ok, everything else 503 and what is waited for.

use axum::extract::State;
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::patience::Part;

/// Whom the others wait for.
type WaitsFor = watch::Receiver<Option<Part>>;

/// Answers until it is closed.
#[derive(Debug)]
pub struct Room(JoinHandle<()>);

/// Opens a waiting room on the same port.
pub fn room(door: &TcpListener, waits_for: WaitsFor) -> std::io::Result<Room> {
    let twin = rustix::io::dup(door)?;
    let listener = TcpListener::from_std(twin.into())?;
    let room = Router::new().fallback(answer).with_state(waits_for);
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

async fn answer(State(waits_for): State<WaitsFor>, uri: Uri) -> Response {
    if uri.path() == "/healthz" {
        return Json(json!({ "status": "ok" })).into_response();
    }
    let part = *waits_for.borrow();
    let body = if uri.path() == "/readyz" {
        let reasons: Vec<&str> = ["starting"].into_iter().chain(part.map(Part::reason)).collect();
        json!({ "ready": false, "reasons": reasons })
    } else {
        let message = part.map_or_else(
            || "the server is starting".to_owned(),
            |part| format!("the server is starting: it waits for {part}"),
        );
        json!({ "error": { "code": "unavailable", "message": message, "retry_after_ms": 1000 } })
    };
    (StatusCode::SERVICE_UNAVAILABLE, [("retry-after", "1")], Json(body)).into_response()
}
