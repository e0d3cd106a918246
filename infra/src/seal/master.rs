//! The master key: wraps all others, lives outside backups.

use std::fmt;
use std::fs::{File, OpenOptions, Permissions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

use zeroize::Zeroizing;

use super::Error;
use super::cipher::hex;
use super::store::Store;
use crate::clock::Clock;
use crate::db::Db;

/// The key that wraps all others; overwritten when dropped.
#[derive(Clone)]
pub struct MasterKey(pub(super) Zeroizing<[u8; 32]>);

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MasterKey(…)")
    }
}

impl MasterKey {
    /// Reads 64 hexadecimal digits.
    pub fn from_hex(text: &str) -> Option<Self> {
        let mut key = Zeroizing::new([0; 32]);
        let digits = text.as_bytes();
        if digits.len() != 64 {
            return None;
        }
        for (byte, pair) in key.iter_mut().zip(digits.chunks_exact(2)) {
            let digit = |ascii: u8| char::from(ascii).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
            *byte = digit(pair[0])? << 4 | digit(pair[1])?;
        }
        Some(Self(key))
    }

    /// Reads the file (64 hexadecimal digits, for its owner's eyes alone), if there is one.
    pub fn from_file(path: &Path) -> Result<Option<Self>, Error> {
        Self::read(path).map_err(|problem| unusable(path, problem))
    }

    /// The same. When there is none it is made,
    /// unless `db` holds keys already: a new master key could not open them.
    pub async fn from_file_or_create(path: &Path, db: &Db, clock: &Clock) -> Result<Self, Error> {
        if let Some(key) = Self::from_file(path)? {
            return Ok(key);
        }
        if !Store::is_new(db).await? {
            return Err(Error::MasterMissing(path.to_owned()));
        }
        let key = Self(Zeroizing::new(clock.secret()));
        key.write(path)
            .map_err(|error| unusable(path, format!("can't be written: {error}")))?;
        Ok(key)
    }

    fn read(path: &Path) -> Result<Option<Self>, String> {
        let text = match std::fs::read_to_string(path) {
            Ok(text) => Zeroizing::new(text),
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(format!("can't be read: {error}")),
        };
        let metadata = std::fs::metadata(path).map_err(|error| format!("can't be read: {error}"))?;
        if metadata.permissions().mode() & 0o077 != 0 {
            return Err("others may read it; run: chmod 600 on it".to_owned());
        }
        let key = Self::from_hex(text.trim_end()).ok_or("does not hold 64 hexadecimal digits")?;
        Ok(Some(key))
    }

    /// Whole or not at all: written beside its place, then moved there.
    fn write(&self, path: &Path) -> io::Result<()> {
        let beside = path.with_extension("new");
        let mut file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&beside)?;
        file.set_permissions(Permissions::from_mode(0o600))?;
        writeln!(file, "{}", *Zeroizing::new(hex(&*self.0)))?;
        file.sync_all()?;
        std::fs::rename(&beside, path)?;
        match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => File::open(folder)?.sync_all(),
            Some(_) | None => Ok(()),
        }
    }
}

fn unusable(path: &Path, problem: String) -> Error {
    Error::MasterFile {
        path: path.to_owned(),
        problem,
    }
}
