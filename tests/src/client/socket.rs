//! One WebSocket connection, frame by frame.

use futures::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{WebSocketStream, client_async};

use super::view::Cursor;
use crate::deadline::PATIENCE;

/// A WebSocket connection.
#[derive(Debug)]
pub struct Socket(WebSocketStream<TcpStream>);

/// What came in.
#[derive(Debug)]
pub enum Frame {
    /// A JSON object.
    Said(Value),
    /// The server closes, with this code.
    Closed(Option<u16>),
}

impl Socket {
    /// Connects and upgrades; `host:port`.
    pub async fn connect(authority: &str) -> anyhow::Result<Self> {
        Self::upgrade(TcpStream::connect(authority).await?, authority).await
    }

    /// As [`connect`](Self::connect), on a line that holds few bytes: what is not read soon stays with the server.
    pub async fn connect_narrow(authority: &str, bytes: u32) -> anyhow::Result<Self> {
        let socket = TcpSocket::new_v4()?;
        socket.set_recv_buffer_size(bytes)?;
        Self::upgrade(socket.connect(authority.parse()?).await?, authority).await
    }

    async fn upgrade(stream: TcpStream, authority: &str) -> anyhow::Result<Self> {
        stream.set_nodelay(true)?;
        let (socket, _) = timeout(PATIENCE, client_async(format!("ws://{authority}/v1/ws"), stream)).await??;
        Ok(Self(socket))
    }

    /// Opens the session; gives the first answer.
    pub async fn open(&mut self, token: &str, cursor: Option<Cursor>) -> anyhow::Result<Frame> {
        let mut open = json!({"type": "open", "token": token});
        if let Some(Cursor { epoch, seq, at }) = cursor {
            open["epoch"] = epoch.into();
            open["after"] = seq.into();
            open["at"] = at.into();
        }
        self.say(&open).await?;
        self.hear().await
    }

    /// Sends a JSON object.
    pub async fn say(&mut self, frame: &Value) -> anyhow::Result<()> {
        self.send(Message::text(frame.to_string())).await
    }

    /// Sends any frame.
    pub async fn send(&mut self, frame: Message) -> anyhow::Result<()> {
        Ok(self.0.send(frame).await?)
    }

    /// The next frame. Dropping the future loses nothing.
    pub async fn hear(&mut self) -> anyhow::Result<Frame> {
        loop {
            match self.0.next().await {
                Some(Ok(Message::Text(text))) => return Ok(Frame::Said(serde_json::from_str(&text)?)),
                Some(Ok(Message::Close(close))) => return Ok(Frame::Closed(close.map(|close| close.code.into()))),
                Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => {}
                Some(Ok(Message::Binary(_))) => anyhow::bail!("the server sent a binary frame"),
                Some(Err(error)) => return Err(error.into()),
                None => return Ok(Frame::Closed(None)),
            }
        }
    }

    /// The next frame of a type, skipping others; panics when it does not come.
    pub async fn hear_type(&mut self, kind: &str) -> Value {
        let heard = timeout(PATIENCE, async {
            loop {
                match self.hear().await {
                    Ok(Frame::Said(frame)) if frame["type"] == kind => return frame,
                    Ok(Frame::Said(_)) => {}
                    other => panic!("waited for {kind:?}, got {other:?}"),
                }
            }
        });
        heard.await.unwrap_or_else(|_| panic!("no {kind:?} came"))
    }

    /// Waits until the server closes; gives its code.
    pub async fn closed(&mut self) -> Option<u16> {
        let closed = timeout(PATIENCE, async {
            loop {
                match self.hear().await {
                    Ok(Frame::Said(_)) => {}
                    Ok(Frame::Closed(code)) => return code,
                    Err(_) => return None,
                }
            }
        });
        closed.await.expect("the server closes the connection")
    }
}
