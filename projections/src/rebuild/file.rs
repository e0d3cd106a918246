//! Read models in a file: built as `read.next.db`, complete as `read.2.db`, `read.3.db`, …; `read.db` again from the next start on.
//!
//! **The complete file with the highest number is the one that counts; `read.db` is the first.** A file gets a number by being renamed once it is
//! closed and on the disk: there is no moment at which a crash leaves less than one that is whole. A file that is open is never renamed,
//! for SQLite finds its write-ahead log by the name.

#[cfg(test)]
mod tests;

use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use infra::db::Db;
use tokio::time::sleep;

use super::Error;
use super::chase::Chase;
use crate::checkpoint;
use crate::read_models::ReadModels;

const LIVE: &str = "read.db";
const NEXT: &str = "read.next.db";

/// How long those that serve stand still for the new ones, at most, and how often that is tried.
const STANDSTILL: Duration = Duration::from_secs(2);
const TRIES: u32 = 5;
const PAUSE: Duration = Duration::from_secs(1);
/// How many bytes of the disk are left to those that serve, whatever is built.
const LEFT: u64 = 32 << 20;

/// The read models' files in a data folder.
#[derive(Debug)]
pub struct Files {
    folder: PathBuf,
    connections: u32,
    /// The one that serves.
    live: Arc<Mutex<PathBuf>>,
}

/// Before anything is opened: makes the newest complete file `read.db`, and deletes the others.
pub async fn tidy(folder: &Path) -> Result<(), Error> {
    remove(&folder.join(NEXT))?;
    let mut numbered = numbered(folder)?;
    numbered.sort_unstable();
    let Some((_, newest)) = numbered.pop() else { return Ok(()) };
    // The older ones first: none of them may seem to be the newest.
    for (_, older) in numbered {
        remove(&older)?;
    }
    close(Db::open(&url(&newest), 1, "full").await?, &newest).await?;
    let live = folder.join(LIVE);
    // What belongs to the one before is not to be taken for this one's.
    for left in beside(&live) {
        delete(&left)?;
    }
    rename(&newest, &live)
}

impl Files {
    /// Of this folder, in which `read.db` serves; so many connections are opened to a new one.
    pub fn new(folder: &Path, connections: u32) -> Self {
        Self {
            folder: folder.to_owned(),
            connections,
            live: Arc::new(Mutex::new(folder.join(LIVE))),
        }
    }

    /// Whether the disk has room for so many bytes more.
    pub(super) fn has_room(&self, bytes: u64) -> Result<(), Error> {
        let disk = rustix::fs::statvfs(&self.folder).map_err(|error| Error::file(&self.folder)(error.into()))?;
        let (free, needed) = (disk.f_bavail * disk.f_frsize, LEFT + bytes);
        if free < needed {
            Err(Error::NoRoom { free, needed })
        } else {
            Ok(())
        }
    }

    pub(super) async fn begin(&self, live: &ReadModels, lanes: u32) -> Result<Building, Error> {
        let path = self.folder.join(NEXT);
        remove(&path)?;
        let serving = self.live.lock().unwrap_or_else(PoisonError::into_inner).clone();
        self.has_room(fs::metadata(serving).map_or(0, |file| file.len()))?;
        // Nothing is waited for until all is there: of a crash nothing is left but the file's name.
        let db = Db::open(&url(&path), lanes + 2, "off").await?;
        let models = ReadModels::open(db, live.state.clone(), live.log, lanes).await?;
        let last = numbered(&self.folder)?.into_iter().map(|(number, _)| number).max();
        let number = last.unwrap_or(1) + 1;
        Ok(Building {
            models,
            path,
            complete: self.folder.join(format!("read.{number}.db")),
            connections: self.connections + lanes,
            live: Arc::clone(&self.live),
            before: None,
        })
    }
}

/// A file that is being built.
#[derive(Debug)]
pub(super) struct Building {
    models: ReadModels,
    path: PathBuf,
    /// What it is called once it is complete.
    complete: PathBuf,
    connections: u32,
    live: Arc<Mutex<PathBuf>>,
    /// What it has taken the place of.
    before: Option<(Db, PathBuf)>,
}

impl Building {
    pub(super) fn models(&self) -> &ReadModels {
        &self.models
    }

    pub(super) async fn finish(&mut self, live: &ReadModels) -> Result<(), Error> {
        self.take_snapshots().await?;
        close(self.models.db.clone(), &self.path).await?;
        rename(&self.path, &self.complete)?;
        self.path.clone_from(&self.complete);
        let db = Db::open(&url(&self.path), self.connections, "normal").await?;
        self.models = ReadModels::open(db, live.state.clone(), live.log, self.models.lanes()).await?;
        Ok(())
    }

    /// Snapshots are not made from facts by projections: they are taken along.
    async fn take_snapshots(&self) -> Result<(), Error> {
        let live = self.live.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let mut connection = self.models.db.pool.acquire().await?;
        // It looks at the other file, too, until it is closed.
        connection.close_on_drop();
        sqlx::query("attach database $1 as live")
            .bind(live.display().to_string())
            .execute(&mut *connection)
            .await?;
        sqlx::raw_sql("insert or replace into snapshots select * from live.snapshots")
            .execute(&mut *connection)
            .await?;
        Ok(())
    }

    pub(super) async fn swap(&mut self, live: &ReadModels, chase: Chase) -> Result<(), Error> {
        for _ in 0..TRIES {
            let writing = live.writing().await;
            let stand = checkpoint::highest(&live.db.pool).await?;
            if !chase.includes(stand, STANDSTILL).await? {
                drop(writing);
                sleep(PAUSE).await;
                continue;
            }
            chase.stop().await?;
            // From here on nothing is waited for: it is done, or was not begun.
            let before = live.db.exchange(&self.models.db);
            live.renewed(self.models.progress.marks());
            drop(writing);
            let mut now = self.live.lock().unwrap_or_else(PoisonError::into_inner);
            self.before = Some((before, std::mem::replace(&mut *now, self.path.clone())));
            return Ok(());
        }
        Err(Error::NoTurn("they came no nearer to what serves".to_owned()))
    }

    /// Deletes the file before, once its last reader has left; some read for long.
    pub(super) fn tidy_up(self) {
        let Some((before, path)) = self.before else { return };
        tokio::spawn(async move {
            before.close().await;
            if let Err(error) = remove(&path) {
                tracing::warn!(%error, "the read models before can't be deleted; the next start will");
            }
        });
    }

    pub(super) async fn discard(self) {
        self.models.db.close().await;
        if let Err(error) = remove(&self.path) {
            tracing::warn!(%error, "what was built of read models can't be deleted; the next start will");
        }
    }
}

fn url(path: &Path) -> String {
    format!("sqlite:{}", path.display())
}

/// The complete files but the first, by their numbers.
fn numbered(folder: &Path) -> Result<Vec<(u32, PathBuf)>, Error> {
    let entries = fs::read_dir(folder).map_err(Error::file(folder))?;
    let number = |name: &str| name.strip_prefix("read.")?.strip_suffix(".db")?.parse().ok();
    let files = entries.flatten().filter_map(|entry| {
        let number = entry.file_name().to_str().and_then(number)?;
        Some((number, entry.path()))
    });
    Ok(files.collect())
}

/// Closes a file for good: all that it holds is in it, and on the disk.
async fn close(db: Db, path: &Path) -> Result<(), Error> {
    sqlx::raw_sql("pragma wal_checkpoint(truncate)").execute(&db.pool).await?;
    db.close().await;
    let [wal, _] = beside(path);
    if fs::metadata(&wal).is_ok_and(|wal| wal.len() > 0) {
        let why = std::io::Error::other("something still holds it open");
        return Err(Error::File(wal, why));
    }
    File::open(path).and_then(|file| file.sync_all()).map_err(Error::file(path))
}

fn rename(from: &Path, to: &Path) -> Result<(), Error> {
    // The new name may have been another file's, of which a kill left something.
    for left in beside(from).iter().chain(&beside(to)) {
        delete(left)?;
    }
    fs::rename(from, to).map_err(Error::file(to))?;
    let folder = to.parent().unwrap_or(Path::new("."));
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(Error::file(folder))
}

/// Deletes a database: first what makes it one.
fn remove(path: &Path) -> Result<(), Error> {
    delete(path)?;
    beside(path).iter().try_for_each(|left| delete(left))
}

/// SQLite's write-ahead log and its index.
fn beside(path: &Path) -> [PathBuf; 2] {
    ["-wal", "-shm"].map(|ending| {
        let mut name = path.as_os_str().to_owned();
        name.push(ending);
        name.into()
    })
}

fn delete(path: &Path) -> Result<(), Error> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(Error::File(path.to_owned(), error)),
        Ok(()) | Err(_) => Ok(()),
    }
}
