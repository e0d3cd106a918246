//! A WebSocket that buffers little, gives up on clients that take nothing in, and closes with a documented code.

use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, WebSocket};
use futures::{SinkExt, StreamExt};
use tokio::time::timeout;

/// Why the server closes a WebSocket; `docs/API.md` lists them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Close {
    /// The server is about to stop.
    GoingAway,
    /// What is no WebSocket protocol.
    Protocol,
    /// A binary frame.
    Binary,
    /// A text frame that is not UTF-8.
    NotUtf8,
    /// A frame over the limit.
    TooBig,
    /// The server met a defect, can't reach its log or database, or its read models are behind.
    Internal,
    /// Too many malformed frames, or a first frame that is not `open`.
    Malformed,
    /// No good token, or its device was ended.
    Unauthorized,
    /// The device's account is suspended.
    Suspended,
    /// No `open` in time, or silence.
    Silent,
    /// The cursor is of no use.
    Resync,
    /// Sessions are opened too often, or are too many.
    TooMany,
}

impl Close {
    /// The code and what it is called.
    pub(crate) const fn frame(self) -> (u16, &'static str) {
        match self {
            Self::GoingAway => (1001, "going away"),
            Self::Protocol => (1002, "protocol error"),
            Self::Binary => (1003, "text frames only"),
            Self::NotUtf8 => (1007, "not UTF-8"),
            Self::TooBig => (1009, "frame too big"),
            Self::Internal => (1011, "unavailable"),
            Self::Malformed => (4400, "malformed"),
            Self::Unauthorized => (4401, "unauthorized"),
            Self::Suspended => (4403, "account suspended"),
            Self::Silent => (4408, "silent"),
            Self::Resync => (4409, "resync"),
            Self::TooMany => (4429, "too many requests"),
        }
    }
}

/// The client is gone, or takes nothing in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Gone;

/// What came from the client.
#[derive(Debug)]
pub(crate) enum Received {
    /// A text frame.
    Text(axum::extract::ws::Utf8Bytes),
    /// A ping (answered by itself) or a pong: a sign of life.
    Life,
    /// Something that ends the session.
    Wrong(Close),
    /// The end.
    End,
}

/// A WebSocket with deadlines for writing.
#[derive(Debug)]
pub(crate) struct Socket {
    inner: WebSocket,
    write_timeout: Duration,
}

impl Socket {
    /// Around an open WebSocket.
    pub(crate) fn new(inner: WebSocket, write_timeout: Duration) -> Self {
        Self { inner, write_timeout }
    }

    /// The next thing from the client. May be cancelled without loss.
    pub(crate) async fn receive(&mut self) -> Received {
        match self.inner.next().await {
            Some(Ok(Message::Text(text))) => Received::Text(text),
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => Received::Life,
            Some(Ok(Message::Binary(_))) => Received::Wrong(Close::Binary),
            Some(Ok(Message::Close(_))) | None => Received::End,
            Some(Err(error)) => broken(&error),
        }
    }

    /// Takes a frame for sending; it may stay in the buffer until [`Socket::flush`].
    pub(crate) async fn queue(&mut self, message: Message) -> Result<(), Gone> {
        match timeout(self.write_timeout, self.inner.feed(message)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(Gone),
        }
    }

    /// Hands everything taken to the kernel.
    pub(crate) async fn flush(&mut self) -> Result<(), Gone> {
        match timeout(self.write_timeout, self.inner.flush()).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(Gone),
        }
    }

    /// Answers the client's close, if it sent one.
    pub(crate) async fn leave(mut self) {
        let _ = timeout(CLOSE_TIMEOUT, self.inner.flush()).await;
    }

    /// Says why and waits, briefly, for the client to agree.
    pub(crate) async fn close(mut self, why: Close) {
        let (code, reason) = why.frame();
        metrics::counter!("heliograph_websockets_closed_total", "code" => code.to_string()).increment(1);
        let frame = Message::Close(Some(CloseFrame {
            code,
            reason: reason.into(),
        }));
        let farewell = async {
            if self.inner.send(frame).await.is_ok() {
                while let Some(Ok(_)) = self.inner.next().await {}
            }
        };
        let _ = timeout(CLOSE_TIMEOUT, farewell).await;
    }
}

/// How long a client may take to answer a close.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);

fn broken(error: &axum::Error) -> Received {
    // The type of the error inside is of a crate that axum does not re-export; tests hold its words.
    let words = error.to_string();
    if words.starts_with("Space limit exceeded") {
        Received::Wrong(Close::TooBig)
    } else if words.starts_with("UTF-8 encoding error") {
        Received::Wrong(Close::NotUtf8)
    } else if words.starts_with("WebSocket protocol error") && !words.ends_with("reset without closing handshake") {
        Received::Wrong(Close::Protocol)
    } else {
        Received::End
    }
}
