//! The data folder: locked by whoever uses it, with the address of the server that does.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use gateway::token::Token;
use infra::clock::Clock;
use infra::config::secret::Secret;
use serde::{Deserialize, Serialize};

const LOCK: &str = "lock";
const RUNNING: &str = "server.json";
const ADMIN_TOKEN: &str = "admin.token";

/// How often, and how far apart, a lock is tried before its holder counts as one who stays.
const LOOKS: u32 = 10;
const LOOK: Duration = Duration::from_millis(20);

/// A data folder that nobody else uses, until it is dropped.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    announced: bool,
    _lock: File,
}

/// Who uses a folder, as seen from outside.
#[derive(Debug)]
pub enum User {
    /// Nobody. What `server.json` may say was left behind.
    Nobody,
    /// Somebody who does not say where its door is: it is starting or stopping.
    Unannounced,
    /// A server.
    Server(Running),
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
        if !take(&lock).with_context(|| format!("can't lock {}", file.display()))? {
            bail!(
                "the data folder {} is in use by process {}; stop it, or name another folder with --data",
                path.display(),
                holder(&mut lock)?
            );
        }
        // What a killed server announced is not to be taken for ours, should the system have given us its number.
        drop(fs::remove_file(path.join(RUNNING)));
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

    /// Tells nobody any more: the door is closed, and its port may be somebody else's soon.
    pub fn withdraw(&mut self) {
        if std::mem::take(&mut self.announced) {
            // Left behind it does no harm: nobody believes it without the lock.
            let _ = fs::remove_file(self.path.join(RUNNING));
        }
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
        self.withdraw();
    }
}

impl User {
    /// Of this folder. An announcement is believed only while whoever made it holds the lock: of a server that was killed
    /// it stays behind, and at its port anybody may listen by now.
    pub fn of(path: &Path) -> Result<Self> {
        let file = path.join(LOCK);
        let mut lock = match File::open(&file) {
            Ok(lock) => lock,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Self::Nobody),
            Err(error) => return Err(error).with_context(|| format!("can't open {}", file.display())),
        };
        match lock.try_lock_shared() {
            Ok(()) => return Ok(Self::Nobody),
            Err(TryLockError::WouldBlock) => {}
            Err(TryLockError::Error(error)) => return Err(error).with_context(|| format!("can't look at {}", file.display())),
        }
        let holder = holder(&mut lock)?;
        let announced = Running::read(path).filter(|running| running.pid.to_string() == holder);
        Ok(announced.map_or(Self::Unannounced, Self::Server))
    }
}

impl Running {
    /// What the folder says about its server; whether that still runs is to be seen, see [`User::of`].
    pub fn read(folder: &Path) -> Option<Self> {
        serde_json::from_str(&fs::read_to_string(folder.join(RUNNING)).ok()?).ok()
    }

    /// The operator's token: the configured one, else the folder's, if it has one.
    pub fn admin_token(folder: &Path, configured: Option<&Secret>) -> Result<Option<Secret>> {
        if let Some(token) = configured {
            return Ok(Some(token.clone()));
        }
        match fs::read_to_string(folder.join(ADMIN_TOKEN)) {
            Ok(token) => Ok(Some(Secret::from(token.trim().to_owned()))),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).with_context(|| format!("can't read {}", folder.join(ADMIN_TOKEN).display())),
        }
    }
}

/// Takes the lock; `false`: somebody has it. Who only looks ([`User::of`]) has it for a moment.
fn take(lock: &File) -> io::Result<bool> {
    for _ in 0..LOOKS {
        match lock.try_lock() {
            Ok(()) => return Ok(true),
            Err(TryLockError::WouldBlock) => std::thread::sleep(LOOK),
            Err(TryLockError::Error(error)) => return Err(error),
        }
    }
    Ok(false)
}

/// The process that wrote itself down as the lock's holder.
fn holder(lock: &mut File) -> io::Result<String> {
    let mut pid = String::new();
    lock.read_to_string(&mut pid)?;
    Ok(pid.trim().to_owned())
}

/// Writes a file that only its owner can read, whole or not at all.
pub fn write(folder: &Path, name: &str, text: &str) -> Result<()> {
    let (path, draft) = (folder.join(name), folder.join(format!("{name}.new")));
    let mut file = private(OpenOptions::new().write(true).create(true).truncate(true)).open(&draft)?;
    writeln!(file, "{text}")?;
    file.sync_all()?;
    fs::rename(&draft, &path).with_context(|| format!("can't write {}", path.display()))
}

/// Makes a file that only its owner can read, where there is none.
pub fn create(path: &Path) -> io::Result<File> {
    private(OpenOptions::new().write(true).create_new(true)).open(path)
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
    fn an_announcement_is_believed_only_from_who_holds_the_lock() {
        let place = tempfile::tempdir().unwrap();
        assert!(matches!(User::of(place.path()).unwrap(), User::Nobody));
        let mut folder = Folder::lock(place.path()).unwrap();
        assert!(matches!(User::of(place.path()).unwrap(), User::Unannounced));
        folder.announce("http://127.0.0.1:1").unwrap();
        assert!(matches!(User::of(place.path()).unwrap(), User::Server(running) if running.url == "http://127.0.0.1:1"));
        let left_behind = fs::read_to_string(place.path().join(RUNNING)).unwrap();
        drop(folder);
        // As a killed server leaves it; its process even seems to live.
        fs::write(place.path().join(RUNNING), left_behind).unwrap();
        assert!(matches!(User::of(place.path()).unwrap(), User::Nobody));
        // A new server has the lock, and not yet told where its door is.
        let stale = serde_json::to_string(&Running {
            pid: 1,
            url: "http://127.0.0.1:1".to_owned(),
        })
        .unwrap();
        let _folder = Folder::lock(place.path()).unwrap();
        fs::write(place.path().join(RUNNING), stale).unwrap();
        assert!(matches!(User::of(place.path()).unwrap(), User::Unannounced));
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
