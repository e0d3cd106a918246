//! Calls: requests that are made within a session, of the routes that HTTP has, so that what is allowed, limited, refused and traced is the same.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::Request;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use domain::id::{CommandId, Position};
use hyper::service::Service as _;
use hyper_util::service::TowerToHyperService;
use tokio::sync::Mutex;
use tokio_util::task::AbortOnDropHandle;

use super::commands::UnderWay;
use super::incoming::Call;
use super::outgoing::{Answered, called, refused};
use crate::caller::{Device, InSession};
use crate::error::Error;
use crate::limits::forwarded;
use crate::position::HEADER;
use crate::server::Connection;

/// No page is as long.
const ANSWER_MAX_BYTES: usize = 16 * 1024 * 1024;

/// What the calls of a session have in common.
#[derive(Debug)]
pub(super) struct Calls {
    connection: Connection,
    /// For whom it is, if a proxy connected.
    forwarded: HeaderMap,
    /// The greatest position that the session was told; 0: none yet.
    position: AtomicI64,
    /// Given in the order in which calls came.
    turn: Mutex<()>,
}

impl Calls {
    /// Of a session that was asked for on this connection.
    pub(super) fn new(connection: Connection, headers: &HeaderMap) -> Self {
        Self {
            connection,
            forwarded: forwarded(headers),
            position: AtomicI64::new(0),
            turn: Mutex::new(()),
        }
    }

    /// From now on answers include this, too.
    pub(super) fn include(&self, position: Option<Position>) {
        if let Some(position) = position {
            self.position.fetch_max(position.get(), Ordering::Relaxed);
        }
    }

    /// Begins a call, once those before it were answered.
    pub(super) fn begin(self: &Arc<Self>, device: Device, id: CommandId, call: Call) -> UnderWay {
        let calls = Arc::clone(self);
        Box::pin(async move {
            let _turn = calls.turn.lock().await;
            let routes = calls.connection.routes().clone();
            // By itself, as marks are made: it may have a connection to the database.
            let carrying = AbortOnDropHandle::new(tokio::spawn(carry_out(routes, id, calls.request(device, id, call))));
            let answered = match carrying.await {
                Ok(answered) => answered,
                Err(broken) => Err(Error::Internal(format!("a call could not be carried out: {broken}"))),
            };
            let answered = answered.unwrap_or_else(|error| refused(Some(id), &error).into());
            // The next one may go on before this one is told.
            calls.include(answered.position);
            answered
        })
    }

    fn request(&self, device: Device, id: CommandId, call: Call) -> Request {
        let body = call
            .body
            .map_or_else(Body::empty, |body| Body::from(Box::<str>::from(body).into_string()));
        let mut request = Request::new(body);
        *request.method_mut() = call.method;
        *request.uri_mut() = call.path;
        let headers = request.headers_mut();
        headers.clone_from(&self.forwarded);
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let key = HeaderValue::try_from(id.to_string()).expect("a UUID is ASCII");
        headers.insert("idempotency-key", key);
        let position = self.position.load(Ordering::Relaxed);
        if position > 0 {
            headers.insert(HEADER, HeaderValue::from(position));
        }
        let extensions = request.extensions_mut();
        extensions.insert(self.connection.clone());
        extensions.insert(InSession(device));
        request
    }
}

async fn carry_out(routes: Router, id: CommandId, request: Request) -> Result<Answered, Error> {
    let Ok(response) = TowerToHyperService::new(routes).call(request).await;
    let (head, body) = response.into_parts();
    let body = to_bytes(body, ANSWER_MAX_BYTES).await;
    let body = body.map_err(|error| Error::Internal(format!("a call's answer could not be taken in: {error}")))?;
    told(id, head.status, &head.headers, &body)
}

fn told(id: CommandId, status: StatusCode, headers: &HeaderMap, body: &Bytes) -> Result<Answered, Error> {
    let position = headers.get(HEADER).and_then(|position| position.to_str().ok()?.parse().ok());
    let body = std::str::from_utf8(body).map_err(|_| Error::Internal("a call was answered by what is no text".to_owned()))?;
    called(id, status, position, body)
}
