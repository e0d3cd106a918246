//! Why read models could not be made anew. Those that serve go on in any case.

use std::io;
use std::path::{Path, PathBuf};

use infra::log;

use crate::read_models::OpenError;

/// Why read models could not be made anew.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database can't be used.
    #[error("the read models' database: {0}")]
    Database(#[from] sqlx::Error),
    /// What is built can't be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The log can't be read.
    #[error(transparent)]
    Log(#[from] log::Error),
    /// A file can't be made, named or deleted.
    #[error("{path}: {error}", path = .0.display(), error = .1)]
    File(PathBuf, io::Error),
    /// Those that serve would have too little left.
    #[error("{} MB are free where the read models are, at least {} MB are needed to make them anew", .free >> 20, .needed >> 20)]
    NoRoom {
        /// In bytes.
        free: u64,
        /// In bytes.
        needed: u64,
    },
    /// Something that is not ours is where they are built.
    #[error(
        "read models are built in the schema {0}, and there is one that they were never built in: rename it, or give the read models a database of \
         their own (database.url)"
    )]
    Taken(String),
    /// What is built came no further.
    #[error("{0}")]
    Building(String),
    /// Another process of the installation makes them anew.
    #[error("another process makes the read models anew")]
    Elsewhere,
    /// Those that serve never stood still long enough.
    #[error("the new read models were ready, but could not be put in place: {0}; try again when there is less to do")]
    NoTurn(String),
    /// Somebody wanted it so.
    #[error("cancelled")]
    Cancelled,
}

impl Error {
    pub(super) fn file(path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |error| Self::File(path.to_owned(), error)
    }
}
