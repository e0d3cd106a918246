//! Lines of a body, as they come: no line and no pause longer than allowed.

use std::time::Duration;

use axum::body::{Body, BodyDataStream, Bytes};
use futures::StreamExt;
use tokio::time::timeout;

use crate::error::Error;

/// Bytes of a line, at most: a message of 4,096 characters with 100 entities fits, however it is written.
pub(super) const LINE_MAX: usize = 128 * 1024;

/// Lines of a body.
#[derive(Debug)]
pub(super) struct Lines {
    body: BodyDataStream,
    /// Of the line that is not complete yet.
    begun: Vec<u8>,
    /// What came behind it.
    rest: Bytes,
    pause: Duration,
    ended: bool,
}

impl Lines {
    /// Whose next piece may take `pause` to come.
    pub(super) fn of(body: Body, pause: Duration) -> Self {
        Self {
            body: body.into_data_stream(),
            begun: Vec::new(),
            rest: Bytes::new(),
            pause,
            ended: false,
        }
    }

    /// The next line that is not blank; `None` at the end. Dropped before it is there, it loses nothing.
    pub(super) async fn next(&mut self) -> Result<Option<Vec<u8>>, Error> {
        loop {
            if let Some(line) = self.complete()? {
                if line.iter().all(u8::is_ascii_whitespace) {
                    continue;
                }
                return Ok(Some(line));
            }
            if self.ended {
                return Ok(None);
            }
            match timeout(self.pause, self.body.next()).await {
                Err(_) => return Err(Error::RequestTimeout),
                Ok(Some(Ok(piece))) => self.rest = piece,
                Ok(Some(Err(_))) => return Err(Error::InvalidRequest("the body could not be read to its end".to_owned())),
                Ok(None) => self.ended = true,
            }
        }
    }

    /// A line that is there: up to its line feed, or to the body's end.
    fn complete(&mut self) -> Result<Option<Vec<u8>>, Error> {
        let end = self.rest.iter().position(|byte| *byte == b'\n');
        let piece = self.rest.split_to(end.unwrap_or(self.rest.len()));
        if self.begun.len() + piece.len() > LINE_MAX {
            return Err(Error::BodyTooLarge { limit: LINE_MAX });
        }
        self.begun.extend_from_slice(&piece);
        if end.is_some() {
            // The line feed itself.
            let _ = self.rest.split_to(1);
        } else if !self.ended || self.begun.is_empty() {
            return Ok(None);
        }
        Ok(Some(std::mem::take(&mut self.begun)))
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use futures::stream;

    use super::*;

    fn lines(pieces: &[&'static str]) -> Lines {
        let pieces: Vec<_> = pieces.iter().map(|piece| Ok::<_, Infallible>(*piece)).collect();
        Lines::of(Body::from_stream(stream::iter(pieces)), Duration::from_secs(1))
    }

    async fn all(mut lines: Lines) -> Vec<String> {
        let mut found = Vec::new();
        while let Some(line) = lines.next().await.unwrap() {
            found.push(String::from_utf8(line).unwrap());
        }
        found
    }

    #[tokio::test]
    async fn lines_are_whole_however_they_come() {
        assert_eq!(all(lines(&["one\ntw", "o\n", "\n \nthr", "ee"])).await, ["one", "two", "three"]);
        assert!(all(lines(&[])).await.is_empty());
    }

    #[tokio::test]
    async fn a_line_without_end_is_refused_before_it_takes_memory() {
        let piece: &'static str = "x".repeat(LINE_MAX / 2 + 1).leak();
        assert!(matches!(
            lines(&[piece, piece, piece]).next().await,
            Err(Error::BodyTooLarge { .. })
        ));
    }
}
