//! A ZIP archive on its way to a client: files are written one behind the other, compressed in a thread of its own.

use std::cell::Cell;
use std::io::{self, Write};
use std::rc::Rc;

use axum::body::Bytes;
use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio::task::spawn_blocking;
use zip::ZipWriter;
use zip::result::ZipError;
use zip::write::{SimpleFileOptions, StreamWriter};

use crate::error::Error;

/// What waits to be compressed, and what waits to be sent, at most so many pieces of each.
const AHEAD: usize = 2;
/// Bytes that are sent together, about.
const PIECE: usize = 64 * 1024;

/// Why an archive breaks off: its client sees that it is not at its end.
#[derive(Debug, thiserror::Error)]
pub(super) enum Broken {
    #[error("the server is about to stop")]
    Stopping,
    #[error("the client is gone")]
    Gone,
    #[error("{0}")]
    Failed(String),
    #[error(transparent)]
    Refused(#[from] Error),
}

/// What the thread is told.
enum Step {
    File(String),
    Bytes(Vec<u8>),
    Finish,
    BreakOff(Broken),
}

/// An archive that is being written.
#[derive(Debug)]
pub(super) struct Archive(Sender<Step>);

impl Archive {
    /// A new one, and what becomes of it.
    pub(super) fn begin() -> (Self, Receiver<Result<Bytes, Broken>>) {
        let (steps, told) = mpsc::channel(AHEAD);
        let (pieces, bytes) = mpsc::channel(AHEAD);
        spawn_blocking(move || write(told, &pieces));
        (Self(steps), bytes)
    }

    /// A further file.
    pub(super) async fn file(&self, name: &str) -> Result<(), Broken> {
        self.tell(Step::File(name.to_owned())).await
    }

    /// More of it.
    pub(super) async fn write(&self, bytes: Vec<u8>) -> Result<(), Broken> {
        self.tell(Step::Bytes(bytes)).await
    }

    /// It is whole.
    pub(super) async fn finish(self) {
        // A client that is gone needs no end.
        let _ = self.tell(Step::Finish).await;
    }

    /// It will never be whole.
    pub(super) async fn break_off(self, why: Broken) {
        if let Broken::Failed(reason) = &why {
            tracing::warn!(reason, "an export broke off");
        }
        let _ = self.tell(Step::BreakOff(why)).await;
    }

    async fn tell(&self, step: Step) -> Result<(), Broken> {
        self.0.send(step).await.map_err(|_| Broken::Gone)
    }
}

/// Writes what it is told, until it is whole, breaks off, or nobody takes it in.
fn write(mut told: Receiver<Step>, pieces: &Sender<Result<Bytes, Broken>>) {
    let cut = Rc::new(Cell::new(false));
    let mut archive = ZipWriter::new_stream(Pieces {
        waiting: Vec::with_capacity(PIECE),
        sink: pieces.clone(),
        cut: Rc::clone(&cut),
    });
    let broken = match follow(&mut archive, &mut told) {
        Ok(()) => match archive.finish().map(|pieces| pieces.into_inner().flush()) {
            Ok(Ok(())) => return,
            Ok(Err(error)) => error.into(),
            Err(error) => error.into(),
        },
        Err(broken) => {
            // Its end, which is written as it is dropped, would make it seem whole.
            cut.set(true);
            drop(archive);
            broken
        }
    };
    let _ = pieces.blocking_send(Err(broken));
}

/// Writes all files.
fn follow(archive: &mut ZipWriter<StreamWriter<Pieces>>, told: &mut Receiver<Step>) -> Result<(), Broken> {
    // What takes more than 4 GiB is one file, too.
    let options = SimpleFileOptions::default().large_file(true);
    loop {
        match told.blocking_recv() {
            Some(Step::File(name)) => archive.start_file(name, options)?,
            Some(Step::Bytes(bytes)) => archive.write_all(&bytes)?,
            Some(Step::Finish) => return Ok(()),
            Some(Step::BreakOff(why)) => return Err(why),
            None => return Err(Broken::Failed("its writing ended too early".to_owned())),
        }
    }
}

impl From<ZipError> for Broken {
    fn from(error: ZipError) -> Self {
        Self::Failed(error.to_string())
    }
}

impl From<io::Error> for Broken {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::Gone,
            _ => Self::Failed(error.to_string()),
        }
    }
}

/// Takes what is compressed, and hands it on in pieces.
struct Pieces {
    waiting: Vec<u8>,
    sink: Sender<Result<Bytes, Broken>>,
    /// Nothing is handed on any more.
    cut: Rc<Cell<bool>>,
}

impl Write for Pieces {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.waiting.extend_from_slice(bytes);
        if self.waiting.len() >= PIECE {
            self.flush()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let piece = std::mem::take(&mut self.waiting);
        if piece.is_empty() || self.cut.get() {
            return Ok(());
        }
        let sent = self.sink.blocking_send(Ok(Bytes::from(piece)));
        sent.map_err(|_| io::ErrorKind::BrokenPipe.into())
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Read as _};

    use zip::ZipArchive;

    use super::*;

    async fn taken_in(mut bytes: Receiver<Result<Bytes, Broken>>) -> Result<Vec<u8>, Broken> {
        let mut whole = Vec::new();
        while let Some(piece) = bytes.recv().await {
            whole.extend_from_slice(&piece?);
        }
        Ok(whole)
    }

    #[tokio::test]
    async fn what_was_written_can_be_read() {
        let (archive, bytes) = Archive::begin();
        let reading = tokio::spawn(taken_in(bytes));
        let long: Vec<u8> = (0..1_000_000_u32).flat_map(u32::to_le_bytes).collect();
        archive.file("account.json").await.unwrap();
        archive.write(b"{}".to_vec()).await.unwrap();
        archive.file("messages/g-1.ndjson").await.unwrap();
        for piece in long.chunks(100_000) {
            archive.write(piece.to_vec()).await.unwrap();
        }
        archive.finish().await;
        let mut read = ZipArchive::new(Cursor::new(reading.await.unwrap().unwrap())).unwrap();
        let mut content = |name: &str| {
            let mut bytes = Vec::new();
            read.by_name(name).unwrap().read_to_end(&mut bytes).unwrap();
            bytes
        };
        assert_eq!(content("account.json"), b"{}");
        assert!(content("messages/g-1.ndjson") == long);
    }

    #[tokio::test]
    async fn what_breaks_off_says_so() {
        let (archive, bytes) = Archive::begin();
        archive.file("account.json").await.unwrap();
        archive.break_off(Broken::Stopping).await;
        assert!(matches!(taken_in(bytes).await, Err(Broken::Stopping)));
    }

    #[tokio::test]
    async fn who_is_gone_is_not_written_for() {
        let (archive, bytes) = Archive::begin();
        drop(bytes);
        archive.file("account.json").await.unwrap();
        // Hardly compressible: it can't all wait somewhere.
        let noise: Vec<u8> = (0..1_000_000_u64)
            .flat_map(|n| (n.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ n >> 7).to_le_bytes())
            .collect();
        let gone = async { while archive.write(noise.clone()).await.is_ok() {} };
        tokio::time::timeout(std::time::Duration::from_mins(1), gone).await.unwrap();
    }
}
