//! A provider of text messages of the tests' own: takes HTTP requests on a real socket, and keeps them.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::deadline::eventually;

/// A provider; ends with its owner.
#[derive(Debug)]
pub struct Provider {
    /// `http://127.0.0.1:40123`
    pub url: String,
    shared: Shared,
    serving: JoinHandle<()>,
}

/// A request that it got.
#[derive(Debug, Clone)]
pub struct Asked {
    /// How.
    pub method: Method,
    /// Path and query.
    pub path: String,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: String,
}

#[derive(Debug)]
struct Kept {
    asked: Vec<Asked>,
    /// What is answered next, the last one from then on.
    statuses: Vec<StatusCode>,
}

type Shared = Arc<Mutex<Kept>>;

impl Provider {
    /// One that takes everything.
    pub async fn start() -> Self {
        let shared = Arc::new(Mutex::new(Kept {
            asked: Vec::new(),
            statuses: vec![StatusCode::CREATED],
        }));
        let routes = Router::new().fallback(take).with_state(Arc::clone(&shared));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let url = format!("http://{}", listener.local_addr().expect("it is bound"));
        let serving = tokio::spawn(async move { axum::serve(listener, routes).await.expect("it serves") });
        Self { url, shared, serving }
    }

    /// Answers these one after the other, and the last one from then on.
    pub fn answers(&self, statuses: &[u16]) {
        let statuses = statuses.iter().rev().map(|status| StatusCode::from_u16(*status).expect("a status"));
        self.shared.lock().expect("nobody panics while holding it").statuses = statuses.collect();
    }

    /// What it was asked so far.
    pub fn asked(&self) -> Vec<Asked> {
        self.shared.lock().expect("nobody panics while holding it").asked.clone()
    }

    /// What it was asked, once that is so much.
    pub async fn asked_often(&self, number: usize) -> Vec<Asked> {
        eventually(&format!("{number} requests come"), async || {
            let asked = self.asked();
            (asked.len() >= number).then_some(asked)
        })
        .await
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn take(State(shared): State<Shared>, method: Method, uri: Uri, headers: HeaderMap, body: Bytes) -> StatusCode {
    let mut kept = shared.lock().expect("nobody panics while holding it");
    kept.asked.push(Asked {
        method,
        path: uri.to_string(),
        headers,
        body: String::from_utf8_lossy(&body).into_owned(),
    });
    if kept.statuses.len() > 1 {
        kept.statuses.pop().expect("there are several")
    } else {
        kept.statuses[0]
    }
}
