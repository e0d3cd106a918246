//! What says that a folder is a whole backup: its files with their sizes and checksums. It is written last.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{self, Read as _, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail, ensure};
use domain::id::{AccountId, CommitId, LogId, Position};
use domain::time::Timestamp;
use infra::log::Mark;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::folder;

/// The layout that this program writes and reads.
const FORMAT: u32 = 1;

/// Which half of an installation a manifest is of. Each has its own, so that one folder may hold both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Half {
    /// The log, and what stands beside it.
    Log,
    /// The keys.
    Keys,
}

/// What was backed up, and when.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Manifest {
    format: u32,
    /// The version of the program that made it.
    program: String,
    /// When it was begun, in µs since 1970 (UTC).
    pub taken_at: Timestamp,
    /// The log, or whose keys these are.
    pub log: LogId,
    /// The log's last commit: all of it is in the copy, or the keys of all that it names are. `None`: there was none.
    pub position: Option<Position>,
    commit: Option<CommitId>,
    /// Whose keys were erased by then.
    pub erased: Vec<AccountId>,
    files: Vec<Entry>,
}

/// What every manifest says, whatever else.
#[derive(Deserialize)]
struct Version {
    format: u32,
}

/// A file of a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Entry {
    name: String,
    bytes: u64,
    /// 64 hexadecimal digits.
    sha256: String,
}

impl Half {
    /// The manifest's file.
    pub fn file(self) -> &'static str {
        match self {
            Self::Log => "backup.json",
            Self::Keys => "keys.json",
        }
    }

    /// The files that it may list. A restore writes no others.
    fn names(self) -> &'static [&'static str] {
        match self {
            Self::Log => &["log.db", "state.db"],
            Self::Keys => &["keys.db", "master.key"],
        }
    }
}

impl Manifest {
    /// Describes what is about to be copied.
    pub fn new(taken_at: Timestamp, log: LogId, end: Option<Mark>, erased: Vec<AccountId>) -> Self {
        Self {
            format: FORMAT,
            program: env!("CARGO_PKG_VERSION").to_owned(),
            taken_at,
            log,
            position: end.map(|end| end.position),
            commit: end.map(|end| end.commit),
            erased,
            files: Vec::new(),
        }
    }

    /// Bytes of all its files.
    pub fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.bytes).sum()
    }

    /// Whether it lists this file.
    pub fn has(&self, name: &str) -> bool {
        self.files.iter().any(|file| file.name == name)
    }

    /// Puts a file that is in the folder onto the disk and onto the list.
    pub fn seal(&mut self, folder: &Path, name: &str) -> Result<()> {
        let path = folder.join(name);
        let (bytes, sha256) = File::open(&path)
            .and_then(|mut file| {
                file.sync_all()?;
                pour(&mut file, &mut io::sink())
            })
            .with_context(|| format!("can't put {} onto the disk", path.display()))?;
        let name = name.to_owned();
        self.files.push(Entry { name, bytes, sha256 });
        Ok(())
    }

    /// Makes the folder a backup: of whose files the names, too, are on the disk before.
    pub fn write(&self, half: Half, folder: &Path) -> Result<()> {
        sync(folder)?;
        folder::write(folder, half.file(), &serde_json::to_string_pretty(self)?)?;
        sync(folder)
    }

    /// A folder's, if it holds this half of a backup.
    pub fn find(half: Half, folder: &Path) -> Result<Option<Self>> {
        let path = folder.join(half.file());
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error).with_context(|| format!("can't read {}", path.display())),
        };
        let unreadable = || format!("{} is damaged: take another copy of the backup", path.display());
        let Version { format } = serde_json::from_str(&text).with_context(unreadable)?;
        ensure!(
            format == FORMAT,
            "{} has format {format}, and this heliograph reads {FORMAT}: use the one that made it, or a newer one",
            path.display()
        );
        let manifest: Self = serde_json::from_str(&text).with_context(unreadable)?;
        let stranger = manifest.files.iter().find(|file| !half.names().contains(&file.name.as_str()));
        ensure!(
            stranger.is_none() && manifest.has(half.names()[0]),
            "{} lists other files than a backup has: take another copy of it",
            path.display()
        );
        Ok(Some(manifest))
    }

    /// The same; there must be one.
    pub fn read(half: Half, folder: &Path) -> Result<Self> {
        match Self::find(half, folder)? {
            Some(manifest) => Ok(manifest),
            None => bail!(
                "{} is no finished backup: it holds no {}. One that was interrupted has none; take another",
                folder.display(),
                half.file()
            ),
        }
    }

    /// Reads every file, and makes sure that it is what was backed up.
    pub fn verify(&self, folder: &Path) -> Result<()> {
        self.files.iter().try_for_each(|file| file.pour(folder, &mut io::sink()))
    }

    /// The same, and copies them.
    pub fn copy(&self, from: &Path, to: &Path) -> Result<()> {
        for file in &self.files {
            let path = to.join(&file.name);
            let mut copy = folder::create(&path).with_context(|| format!("can't make {}", path.display()))?;
            file.pour(from, &mut copy)?;
            copy.sync_all()
                .with_context(|| format!("can't put {} onto the disk", path.display()))?;
        }
        Ok(())
    }
}

impl Entry {
    fn pour(&self, folder: &Path, to: &mut impl Write) -> Result<()> {
        let path: PathBuf = folder.join(&self.name);
        let (bytes, sha256) = File::open(&path)
            .and_then(|mut file| pour(&mut file, to))
            .with_context(|| format!("can't copy {}", path.display()))?;
        ensure!(
            (bytes, &sha256) == (self.bytes, &self.sha256),
            "{} is not what was backed up: it was changed or damaged since. Take another copy of the backup, or an older one",
            path.display()
        );
        Ok(())
    }
}

/// Copies all; gives how many bytes that was, and their checksum.
fn pour(from: &mut File, to: &mut impl Write) -> io::Result<(u64, String)> {
    let (mut sum, mut bytes) = (Sha256::new(), 0);
    let mut buffer = vec![0; 1 << 20];
    loop {
        let read = from.read(&mut buffer)?;
        if read == 0 {
            let mut digits = String::with_capacity(64);
            for byte in sum.finalize() {
                write!(digits, "{byte:02x}").expect("a text takes whatever is written");
            }
            return Ok((bytes, digits));
        }
        sum.update(&buffer[..read]);
        to.write_all(&buffer[..read])?;
        bytes += read as u64;
    }
}

/// Puts a folder's names onto the disk.
pub fn sync(folder: &Path) -> Result<()> {
    let synced = File::open(folder).and_then(|folder| folder.sync_all());
    synced.with_context(|| format!("can't put {} onto the disk", folder.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sealed(folder: &Path) -> Manifest {
        fs::write(folder.join("log.db"), "a log").unwrap();
        let log = LogId(uuid::Uuid::nil());
        let mut manifest = Manifest::new(Timestamp(5), log, None, Vec::new());
        manifest.seal(folder, "log.db").unwrap();
        manifest
    }

    #[test]
    fn a_folder_is_a_backup_once_its_manifest_is_there_and_as_long_as_its_files_are_the_same() {
        let (folder, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let manifest = sealed(folder.path());
        assert_eq!(manifest.bytes(), 5);
        let refused = Manifest::read(Half::Log, folder.path()).unwrap_err().to_string();
        assert!(refused.contains("no finished backup"), "{refused}");
        manifest.write(Half::Log, folder.path()).unwrap();
        Manifest::read(Half::Log, folder.path())
            .unwrap()
            .copy(folder.path(), to.path())
            .unwrap();
        assert_eq!(fs::read_to_string(to.path().join("log.db")).unwrap(), "a log");
        fs::write(folder.path().join("log.db"), "a lot").unwrap();
        let refused = manifest.verify(folder.path()).unwrap_err().to_string();
        assert!(refused.contains("log.db is not what was backed up"), "{refused}");
    }

    #[test]
    fn a_manifest_of_another_format_or_with_other_files_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let manifest = serde_json::to_value(sealed(folder.path())).unwrap();
        for (key, value, says) in [
            ("format", serde_json::json!(2), "has format 2"),
            ("log", serde_json::json!("?"), "is damaged"),
            (
                "files",
                serde_json::json!([{ "name": "../log.db", "bytes": 5, "sha256": "" }]),
                "lists other files",
            ),
        ] {
            let mut changed = manifest.clone();
            changed[key] = value;
            fs::write(folder.path().join("backup.json"), changed.to_string()).unwrap();
            let refused = Manifest::read(Half::Log, folder.path()).unwrap_err().to_string();
            assert!(refused.contains(says), "{refused}");
        }
    }
}
