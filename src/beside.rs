//! The server of a data folder, for tools: the one that runs, else one that is started for the moment.

use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use infra::config::Config;
use reqwest::Response;
use serde_json::Value;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;

use crate::door::Door;
use crate::folder::{Running, User};
use crate::installation;
use crate::say::{self, say};
use crate::serve::Opening;

/// Tokens of one page.
const PAGE: usize = 100;

/// How long a server that is starting is waited for.
const PATIENCE: Duration = Duration::from_secs(30);
const POLL: Duration = Duration::from_millis(100);

/// Who serves a data folder.
#[derive(Debug)]
pub enum Found {
    /// Nobody.
    Nobody,
    /// Somebody whose door is not open: it waits for its log or database, or is stopping.
    Closed,
    /// A server.
    Open(Beside),
}

/// A data folder's server.
#[derive(Debug)]
pub struct Beside {
    door: Door,
    token: String,
    /// Only when it was started here.
    own: Option<(CancellationToken, JoinHandle<Result<()>>)>,
}

impl Beside {
    /// The one that runs, or one started now for the installation that there is.
    pub async fn server(config: Config) -> Result<Self> {
        if let Some(running) = Self::running(&config).await? {
            return Ok(running);
        }
        ensure!(
            installation::may_exist(&config),
            "{} holds no installation: name its data folder with --data; `heliograph serve` makes a new one",
            config.data.folder.display()
        );
        Self::start(config).await
    }

    /// The same; where there is no installation one is made, and that is said.
    pub async fn server_or_new(config: Config) -> Result<Self> {
        if let Some(running) = Self::running(&config).await? {
            return Ok(running);
        }
        let (is_new, folder) = (!installation::may_exist(&config), config.data.folder.clone());
        let server = Self::start(config).await?;
        if is_new {
            say::remark(format_args!("{} held no installation; a new one was made", folder.display()));
        }
        Ok(server)
    }

    /// Starts one, on a free port of this machine alone.
    async fn start(mut config: Config) -> Result<Self> {
        config.server.listen = ([127, 0, 0, 1], 0).into();
        config.check()?;
        let opening = Opening::new(config).await?;
        let (door, token, alarm) = (
            Door::new(&opening.url()?),
            opening.token.reveal().to_owned(),
            opening.crew.alarm.clone(),
        );
        let (ready, is_ready) = oneshot::channel();
        let served = tokio::spawn(opening.serve(move || {
            let _ = ready.send(());
        }));
        match timeout(PATIENCE, is_ready).await {
            Ok(Ok(())) => {}
            // It ended; its task says why.
            Ok(Err(_)) => {
                served.await??;
                bail!("the server ended before it was ready");
            }
            Err(_) => bail!("the log or a database can't be reached: `heliograph doctor` says which"),
        }
        catch_up(&door).await;
        Ok(Self {
            door,
            token,
            own: Some((alarm, served)),
        })
    }

    /// The one that runs, if one does; waited for while it is starting or stopping.
    pub async fn running(config: &Config) -> Result<Option<Self>> {
        match Self::find(config, PATIENCE).await? {
            Found::Nobody => Ok(None),
            Found::Open(server) => Ok(Some(server)),
            Found::Closed => bail!(
                "the server of {} does not open its door: it waits for its log or database, or is stopping; see what it says",
                config.data.folder.display()
            ),
        }
    }

    /// Looks for one; waits so long for a door to open.
    pub async fn find(config: &Config, patience: Duration) -> Result<Found> {
        let began = Instant::now();
        loop {
            match User::of(&config.data.folder)? {
                User::Nobody => return Ok(Found::Nobody),
                User::Server(running) => {
                    let door = Door::new(&running.url);
                    if door.is_open().await {
                        return Self::at(door, config).map(Found::Open);
                    }
                }
                User::Unannounced => {}
            }
            if began.elapsed() >= patience {
                return Ok(Found::Closed);
            }
            sleep(POLL).await;
        }
    }

    fn at(door: Door, config: &Config) -> Result<Self> {
        let token = Running::admin_token(&config.data.folder, config.server.admin_token.as_ref())?;
        let token = token.context("a server is running, but its admin token is not known: set HELIOGRAPH_SERVER__ADMIN_TOKEN")?;
        Ok(Self {
            door,
            token: token.reveal().to_owned(),
            own: None,
        })
    }

    /// Asks it for something.
    pub async fn get(&self, path: &str) -> Result<Value> {
        self.door.get(&self.token, path).await
    }

    /// Asks it for what comes bit by bit.
    pub async fn stream(&self, path: &str, query: &[(&str, String)]) -> Result<Response> {
        self.door.stream(&self.token, path, query).await
    }

    /// Has it do something.
    pub async fn post(&self, path: &str, body: &Value) -> Result<Value> {
        self.door.post(&self.token, path, body).await
    }

    /// Has many things done, a line each; answers a line each.
    pub async fn lines(&self, path: &str, lines: String) -> Result<String> {
        self.door.lines(&self.token, path, lines).await
    }

    /// Prints all that a list has, page by page, an object a line. `path` has no query; `rows` is the field that holds a page's rows.
    pub async fn print_all(&self, path: &str, rows: &str) -> Result<()> {
        let mut after = Value::Null;
        loop {
            let cursor = if after.is_null() {
                String::new()
            } else {
                format!("&after={after}")
            };
            let page = self.get(&format!("{path}?limit={PAGE}{cursor}")).await?;
            for row in page[rows].as_array().into_iter().flatten() {
                say(row)?;
            }
            after = page["next"].clone();
            if after.is_null() {
                return Ok(());
            }
        }
    }

    /// Has something ended.
    pub async fn delete(&self, path: &str) -> Result<Value> {
        self.door.delete(&self.token, path).await
    }

    /// Stops it, if it was started here.
    pub async fn leave(self) -> Result<()> {
        if let Some((alarm, served)) = self.own {
            alarm.cancel();
            served.await??;
        }
        Ok(())
    }
}

/// Waits a while until the read models of a server that was started here include what its log held: nobody else has begun with them.
async fn catch_up(door: &Door) {
    let began = Instant::now();
    while door.is_behind().await {
        if began.elapsed() > PATIENCE {
            tracing::error!("the read models are far behind the log; `heliograph serve` brings them up to date");
            return;
        }
        sleep(POLL).await;
    }
}
