//! People and the operator as clients.

use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use futures::{SinkExt, StreamExt};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async_with_config};

const PATIENCE: Duration = Duration::from_mins(1);

/// An answer: status, `Heliograph-Position`, body.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) position: Option<String>,
    pub(crate) body: Value,
}

impl Answer {
    pub(crate) fn code(&self) -> &str {
        self.body["error"]["code"].as_str().unwrap_or("none")
    }

    /// The body, if this is a success.
    pub(crate) fn good(self) -> Result<Value> {
        ensure!(self.status.is_success(), "{}: {}", self.status, self.body);
        Ok(self.body)
    }
}

/// Whoever has a token.
#[derive(Debug, Clone)]
pub(crate) struct Holder {
    pub(crate) url: String,
    pub(crate) token: String,
    http: reqwest::Client,
}

impl Holder {
    pub(crate) fn new(url: &str, token: &str) -> Self {
        let http = reqwest::Client::builder()
            .timeout(Duration::from_secs(70))
            .build()
            .expect("no TLS to set up");
        Self {
            url: url.to_owned(),
            token: token.to_owned(),
            http,
        }
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.http.request(method, format!("{}{path}", self.url)).bearer_auth(&self.token)
    }

    pub(crate) async fn get(&self, path: &str) -> Result<Answer> {
        answer(self.request(Method::GET, path)).await
    }

    pub(crate) async fn get_at(&self, path: &str, position: &str) -> Result<Answer> {
        answer(self.request(Method::GET, path).header("heliograph-position", position)).await
    }

    pub(crate) async fn send(&self, method: Method, path: &str, body: Value) -> Result<Answer> {
        answer(self.request(method, path).json(&body)).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Result<Answer> {
        self.send(Method::POST, path, body).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Result<Answer> {
        answer(self.request(Method::DELETE, path)).await
    }
}

pub(crate) async fn answer(request: reqwest::RequestBuilder) -> Result<Answer> {
    let response = request.send().await?;
    let status = response.status();
    let position = response
        .headers()
        .get("heliograph-position")
        .map(|value| value.to_str().map(str::to_owned))
        .transpose()?;
    let text = response.text().await?;
    let body = if text.is_empty() {
        Value::Null
    } else {
        serde_json::from_str(&text).with_context(|| text.clone())?
    };
    Ok(Answer { status, position, body })
}

/// The operator.
#[derive(Debug, Clone)]
pub(crate) struct Admin(pub(crate) Holder);

impl Admin {
    pub(crate) fn new(url: &str, token: &str) -> Self {
        Self(Holder::new(url, token))
    }

    pub(crate) async fn person(&self, name: &str) -> Result<Person> {
        let account = self.0.post("/v1/accounts", json!({ "name": name })).await?.good()?;
        let id = account["account"]["id"].as_i64().context("an id")?;
        self.device_of(id).await
    }

    /// A further device of an account.
    pub(crate) async fn device_of(&self, account: i64) -> Result<Person> {
        let device = self
            .0
            .post(&format!("/v1/accounts/{account}/devices"), json!({ "name": "laptop" }))
            .await?
            .good()?;
        Ok(Person {
            account,
            device: device["device"].as_i64().context("a device")?,
            as_holder: Holder::new(&self.0.url, device["token"].as_str().context("a token")?),
        })
    }
}

/// Somebody at one of their devices.
#[derive(Debug, Clone)]
pub(crate) struct Person {
    pub(crate) account: i64,
    pub(crate) device: i64,
    pub(crate) as_holder: Holder,
}

impl std::ops::Deref for Person {
    type Target = Holder;

    fn deref(&self) -> &Holder {
        &self.as_holder
    }
}

impl Person {
    /// A group with these members.
    pub(crate) async fn group(&self, members: &[&Person]) -> Result<String> {
        let members: Vec<i64> = members.iter().map(|person| person.account).collect();
        let chat = self
            .post("/v1/chats", json!({ "title": "Hikers", "members": members }))
            .await?
            .good()?;
        Ok(chat["chat"]["id"].as_str().context("an id")?.to_owned())
    }

    pub(crate) async fn say(&self, chat: &str, text: &str) -> Result<Answer> {
        self.post(&format!("/v1/chats/{chat}/messages"), json!({ "text": text })).await
    }

    /// When the update with this number happened, as polling from the start tells.
    pub(crate) async fn told_at(&self, seq: i64) -> Result<i64> {
        let (mut last, mut query) = (json!({}), "after=0".to_owned());
        while last["seq"].as_i64().unwrap_or(0) < seq {
            let limit = (seq - last["seq"].as_i64().unwrap_or(0)).min(1_000);
            let page = self.get(&format!("/v1/updates?epoch=2&{query}&limit={limit}")).await?.good()?;
            last = page["updates"]
                .as_array()
                .and_then(|updates| updates.last())
                .context("no such update")?
                .clone();
            query = format!("after={}&at={}", last["seq"], last["at"]);
        }
        last["at"].as_i64().context("a time")
    }

    /// Opens a WebSocket behind `after`; `None`: only what is new.
    pub(crate) async fn online(&self, after: Option<i64>) -> Result<Socket> {
        let mut socket = Socket::connect(&self.url).await?;
        let mut open = json!({ "type": "open", "token": self.token });
        if let Some(after) = after {
            open["epoch"] = json!(2);
            open["after"] = json!(after);
            if after > 0 {
                open["at"] = json!(self.told_at(after).await?);
            }
        }
        socket.send(&open).await?;
        let ready = socket.frame().await?;
        ensure!(ready["type"] == "ready", "{ready}");
        socket.last = after.unwrap_or(ready["head"].as_i64().context("a head")?);
        socket.head = ready["head"].as_i64().context("a head")?;
        Ok(socket)
    }
}

/// A WebSocket that insists on dense numbers.
#[derive(Debug)]
pub(crate) struct Socket {
    inner: WebSocketStream<MaybeTlsStream<TcpStream>>,
    /// The last update seen.
    pub(crate) last: i64,
    /// As `ready` said.
    pub(crate) head: i64,
    /// Updates that have come and were not asked for yet.
    pub(crate) updates: std::collections::VecDeque<Value>,
}

impl Socket {
    pub(crate) async fn connect(url: &str) -> Result<Self> {
        let (inner, _) = connect_async_with_config(format!("{}/v1/ws", url.replace("http", "ws")), None, true).await?;
        Ok(Self {
            inner,
            last: 0,
            head: 0,
            updates: std::collections::VecDeque::new(),
        })
    }

    pub(crate) async fn send(&mut self, frame: &Value) -> Result<()> {
        self.text(frame.to_string()).await
    }

    pub(crate) async fn text(&mut self, text: String) -> Result<()> {
        Ok(self.inner.send(Message::text(text)).await?)
    }

    pub(crate) async fn binary(&mut self) -> Result<()> {
        Ok(self.inner.send(Message::binary(vec![1, 2, 3])).await?)
    }

    /// The next text frame, pings aside.
    pub(crate) async fn frame(&mut self) -> Result<Value> {
        loop {
            match timeout(PATIENCE, self.inner.next())
                .await
                .context("nothing comes")?
                .context("it ended")??
            {
                Message::Text(text) => return Ok(serde_json::from_str(&text)?),
                Message::Ping(_) | Message::Pong(_) => {}
                other => bail!("{other:?}"),
            }
        }
    }

    /// Waits for so many pings, answering them.
    pub(crate) async fn pinged(&mut self, times: usize) -> Result<()> {
        let mut seen = 0;
        while seen < times {
            let message = timeout(PATIENCE, self.inner.next())
                .await
                .context("no ping comes")?
                .context("it ended")??;
            ensure!(!message.is_close(), "{message:?}");
            seen += usize::from(message.is_ping());
        }
        Ok(())
    }

    /// The code with which the server closes; what it says before that is passed over.
    pub(crate) async fn closed(&mut self) -> Result<u16> {
        loop {
            match timeout(PATIENCE, self.inner.next()).await.context("it stays open")? {
                Some(Ok(Message::Close(Some(frame)))) => return Ok(frame.code.into()),
                Some(Ok(_)) => {}
                other => bail!("no close frame: {other:?}"),
            }
        }
    }

    /// The next frame that is no updates; those are kept.
    pub(crate) async fn answer(&mut self) -> Result<Value> {
        loop {
            let frame = self.frame().await?;
            if frame["type"] != "updates" {
                return Ok(frame);
            }
            self.take(&frame)?;
        }
    }

    /// The next update.
    pub(crate) async fn update(&mut self) -> Result<Value> {
        while self.updates.is_empty() {
            let frame = self.frame().await?;
            ensure!(frame["type"] == "updates", "{frame}");
            self.take(&frame)?;
        }
        self.updates.pop_front().context("just checked")
    }

    /// The next so many updates.
    pub(crate) async fn next(&mut self, count: usize) -> Result<Vec<Value>> {
        let mut updates = Vec::new();
        for _ in 0..count {
            updates.push(
                self.update()
                    .await
                    .with_context(|| format!("behind {} of {count}", updates.len()))?,
            );
        }
        Ok(updates)
    }

    fn take(&mut self, frame: &Value) -> Result<()> {
        let updates = frame["updates"].as_array().context("updates")?;
        ensure!(frame["first"].as_i64() == Some(self.last + 1), "behind {} came {frame}", self.last);
        self.last += i64::try_from(updates.len())?;
        self.updates.extend(updates.iter().cloned());
        Ok(())
    }

    /// Sends a command and waits for its answer.
    pub(crate) async fn command(&mut self, mut frame: Value) -> Result<Value> {
        let id = heliograph_tests::chance::command_id();
        frame["id"] = json!(id);
        self.send(&frame).await?;
        let answer = self.answer().await?;
        ensure!(answer["id"] == json!(id), "{answer}");
        Ok(answer)
    }
}

/// The types of updates.
pub(crate) fn types(updates: &[Value]) -> Vec<&str> {
    updates.iter().map(|update| update["type"].as_str().unwrap_or("none")).collect()
}

/// The texts of messages in updates.
pub(crate) fn texts(updates: &[Value]) -> Vec<&str> {
    updates.iter().filter_map(|update| update["message"]["text"].as_str()).collect()
}
