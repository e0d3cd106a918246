//! Facts as they come through the server's door: lines of `GET /v1/events`.

use anyhow::{Context as _, Result, ensure};
use domain::id::Position;
use projections::archive::Line;
use serde::Deserialize;

use crate::beside::Beside;
use crate::say;

/// Which facts.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    /// Whose.
    pub server: &'a Beside,
    /// The first of them: a place, as the door wants it.
    pub from: Option<&'a str>,
    /// The last of them.
    pub to: Option<&'a str>,
    /// With what people wrote.
    pub content: bool,
    /// Whether it is told of what can't be read: once is enough.
    pub told: bool,
}

/// A fact that the server can't read: it is left out.
#[derive(Debug, Deserialize)]
struct Unread {
    position: Position,
    unreadable: bool,
}

impl Source<'_> {
    /// Gives each fact of these types (none: of all) to `take`, in order; how many could not be read.
    pub async fn each(&self, types: &[&str], mut take: impl FnMut(Line) -> Result<()>) -> Result<u64> {
        let mut query = Vec::new();
        let ends = [("from", self.from), ("to", self.to)];
        query.extend(ends.into_iter().filter_map(|(name, place)| Some((name, place?.to_owned()))));
        if !types.is_empty() {
            query.push(("type", types.join(",")));
        }
        if self.content {
            query.push(("content", true.to_string()));
        }
        let mut answer = self.server.stream("/v1/events", &query).await?;
        let (mut rest, mut unread) = (Vec::new(), 0);
        while let Some(chunk) = answer.chunk().await.context("the server broke off; nothing was left behind")? {
            rest.extend_from_slice(&chunk);
            let whole = memchr::memrchr(b'\n', &rest).map_or(0, |end| end + 1);
            for line in rest[..whole].split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
                match read(line)? {
                    Some(line) => take(line)?,
                    None => unread += 1,
                }
            }
            rest.drain(..whole);
        }
        ensure!(rest.is_empty(), "the server broke off; nothing was left behind");
        if unread > 0 && self.told {
            say::remark(format_args!(
                "{unread} facts can't be read by this version of the server and were left out"
            ));
        }
        Ok(unread)
    }
}

/// A line; `None`: it tells of a fact that can't be read.
fn read(line: &[u8]) -> Result<Option<Line>> {
    serde_json::from_slice(line)
        .map(Some)
        .or_else(|error| match serde_json::from_slice::<Unread>(line) {
            Ok(unread) if unread.unreadable => {
                tracing::debug!(position = unread.position.get(), "a fact can't be read");
                Ok(None)
            }
            Ok(_) | Err(_) => Err(error).context("the server told a fact that can't be understood"),
        })
}
