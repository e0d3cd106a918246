//! What SQLite's errors mean for a log: who may try again, and what was written.

use super::super::{AppendError, Error};
use crate::db::is_damage;

/// What happened to a statement that appends.
pub(super) enum Fault {
    /// Another writer was there: look again and decide again.
    Overtaken,
    /// Nothing was written.
    Unwritten(String),
    /// It may yet appear, after a restart.
    Unknown(String),
}

const FULL: i32 = 13;
const CONSTRAINT: i32 = 19;
const BUSY: i32 = 5;
const READ_ONLY: i32 = 8;
const CANNOT_OPEN: i32 = 14;
/// `SQLITE_IOERR_WRITE`
const IO_WRITE: i32 = 778;

fn code(error: &sqlx::Error) -> Option<i32> {
    error.as_database_error()?.code()?.parse().ok()
}

/// A failed append: a full disk leaves nothing behind, a failed sync may.
pub(super) fn writing(error: &sqlx::Error) -> Fault {
    match code(error) {
        Some(IO_WRITE) => Fault::Unwritten(error.to_string()),
        Some(code) => match code & 0xff {
            CONSTRAINT => Fault::Overtaken,
            FULL => Fault::Unwritten("no space left on the log's disk".to_owned()),
            BUSY | READ_ONLY | CANNOT_OPEN => Fault::Unwritten(error.to_string()),
            _ => Fault::Unknown(error.to_string()),
        },
        None => Fault::Unknown(error.to_string()),
    }
}

/// A failed read.
#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
pub(super) fn reading(error: sqlx::Error) -> Error {
    if is_damage(&error) {
        damaged(&error.to_string())
    } else {
        Error::Unavailable(error.to_string())
    }
}

/// Damage, with the repair.
pub(super) fn damaged(what: &str) -> Error {
    Error::Damaged(format!(
        "log.db: {what}. Stop the server, keep a copy of log.db, log.db-wal and log.db-shm, and restore the three from a backup; \
         without a backup `sqlite3 log.db .recover` saves what is readable"
    ))
}

impl From<Fault> for AppendError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Overtaken => Self::Unconfirmed("another process writes the same log".to_owned()),
            Fault::Unwritten(why) => Self::Unavailable(why),
            Fault::Unknown(why) => Self::Unconfirmed(why),
        }
    }
}
