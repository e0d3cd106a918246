//! The data folder: locked by whoever uses it, with the address of the server that does.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use gateway::token::Token;
use infra::clock::Clock;
use infra::config::secret::Secret;
use serde::{Deserialize, Serialize};

const LOCK: &str = "lock";
const RUNNING: &str = "server.json";
const ADMIN_TOKEN: &str = "admin.token";

/// A data folder that nobody else uses, until it is dropped.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    announced: bool,
    _lock: File,
}

/// The server that uses a folder.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Running {
    /// Its process.
    pub pid: u32,
    /// Its door.
    pub url: String,
}

impl Folder {
    /// Makes the folder when it is missing, and locks it.
    pub fn lock(path: &Path) -> Result<Self> {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(path)
            .with_context(|| format!("can't make the data folder {}", path.display()))?;
        let file = path.join(LOCK);
        let mut lock = private(OpenOptions::new().read(true).write(true).create(true).truncate(false))
            .open(&file)
            .with_context(|| format!("can't open {}", file.display()))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut pid = String::new();
                lock.read_to_string(&mut pid)?;
                bail!(
                    "the data folder {} is in use by process {}; stop it, or name another folder with --data",
                    path.display(),
                    pid.trim()
                );
            }
            Err(TryLockError::Error(error)) => return Err(error).with_context(|| format!("can't lock {}", file.display())),
        }
        lock.set_len(0)?;
        writeln!(lock, "{}", std::process::id())?;
        Ok(Self {
            path: path.to_owned(),
            announced: false,
            _lock: lock,
        })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Tells other tools where the server's door is.
    pub fn announce(&mut self, url: &str) -> Result<()> {
        let running = Running {
            pid: std::process::id(),
            url: url.to_owned(),
        };
        write(&self.path, RUNNING, &serde_json::to_string(&running)?)?;
        self.announced = true;
        Ok(())
    }

    /// The operator's token: the configured one, else the folder's, which is made on the first run.
    pub fn admin_token(&self, configured: Option<&Secret>, clock: &Clock) -> Result<Secret> {
        if let Some(token) = Running::admin_token(&self.path, configured)? {
            return Ok(token);
        }
        let token = Token::Admin(gateway::token::Secret::new(clock.secret())).reveal();
        write(&self.path, ADMIN_TOKEN, &token)?;
        Ok(Secret::from(token))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if self.announced {
            // Left behind by a crash it does no harm: readers compare the process.
            let _ = fs::remove_file(self.path.join(RUNNING));
        }
    }
}

impl Running {
    /// What the folder says about its server; whether that still runs is to be seen.
    pub fn read(folder: &Path) -> Option<Self> {
        serde_json::from_str(&fs::read_to_string(folder.join(RUNNING)).ok()?).ok()
    }

    /// Whether its process still exists.
    pub fn is_alive(&self) -> bool {
        Path::new("/proc").join(self.pid.to_string()).exists()
    }

    /// The operator's token: the configured one, else the folder's, if it has one.
    pub fn admin_token(folder: &Path, configured: Option<&Secret>) -> Result<Option<Secret>> {
        if let Some(token) = configured {
            return Ok(Some(token.clone()));
        }
        match fs::read_to_string(folder.join(ADMIN_TOKEN)) {
            Ok(token) => Ok(Some(Secret::from(token.trim().to_owned()))),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).with_context(|| format!("can't read {}", folder.join(ADMIN_TOKEN).display())),
        }
    }
}

/// Writes a file that only its owner can read, whole or not at all.
fn write(folder: &Path, name: &str, text: &str) -> Result<()> {
    let (path, draft) = (folder.join(name), folder.join(format!("{name}.new")));
    let mut file = private(OpenOptions::new().write(true).create(true).truncate(true)).open(&draft)?;
    writeln!(file, "{text}")?;
    file.sync_all()?;
    fs::rename(&draft, &path).with_context(|| format!("can't write {}", path.display()))
}

fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    options.mode(0o600)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_user_is_refused_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let first = Folder::lock(folder.path()).unwrap();
        let refused = Folder::lock(folder.path()).unwrap_err().to_string();
        assert!(refused.contains(&format!("process {}", std::process::id())), "{refused}");
        drop(first);
        Folder::lock(folder.path()).unwrap();
    }

    #[test]
    fn the_token_is_made_once_and_private() {
        use std::os::unix::fs::PermissionsExt as _;
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::lock(place.path()).unwrap();
        let first = folder.admin_token(None, &Clock::system()).unwrap();
        assert_eq!(folder.admin_token(None, &Clock::system()).unwrap(), first);
        let mode = fs::metadata(place.path().join(ADMIN_TOKEN)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
