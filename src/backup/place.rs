//! Where a backup goes: a folder of its own, and what is left of it when it fails: nothing.

use std::fs::{self, DirBuilder};
use std::io::ErrorKind;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};

use super::manifest::{self, Half};
use crate::folder;

/// Stands there until the backup is whole, and says that nobody else writes one there.
const MARK: &str = "unfinished";

/// A folder that a backup is written to; emptied again when dropped, unless it is kept.
#[derive(Debug)]
pub struct Place {
    path: PathBuf,
    is_new: bool,
    is_kept: bool,
}

impl Place {
    /// Makes the folder; one that holds anything is refused.
    pub fn make(path: &Path) -> Result<Self> {
        let is_new = is_empty(path)?.is_none();
        if is_new {
            let made = DirBuilder::new().recursive(true).mode(0o700).create(path);
            made.with_context(|| format!("can't make the folder {}", path.display()))?;
        }
        folder::create(&path.join(MARK)).with_context(|| format!("can't write to {}", path.display()))?;
        Ok(Self {
            path: path.to_owned(),
            is_new,
            is_kept: false,
        })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The backup is whole: it stays.
    pub fn keep(mut self) -> Result<()> {
        self.is_kept = true;
        let mark = self.path.join(MARK);
        fs::remove_file(&mark).with_context(|| format!("can't remove {}", mark.display()))?;
        manifest::sync(&self.path)?;
        match self.path.canonicalize().ok().as_deref().and_then(Path::parent) {
            Some(parent) if self.is_new => manifest::sync(parent),
            Some(_) | None => Ok(()),
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if self.is_kept {
            return;
        }
        // It was empty, so whatever is there now is ours. What can't be removed has no manifest: it is no backup.
        for entry in fs::read_dir(&self.path).into_iter().flatten().flatten() {
            let _ = fs::remove_file(entry.path());
        }
        if self.is_new {
            let _ = fs::remove_dir(&self.path);
        }
    }
}

/// Whether a backup may be written there.
pub fn check(path: &Path) -> Result<()> {
    if is_empty(path)? != Some(false) {
        return Ok(());
    }
    let is_backup = [Half::Log, Half::Keys].iter().any(|half| path.join(half.file()).exists());
    ensure!(
        !is_backup,
        "{} holds a backup already: each goes to a new folder, named by its day, say",
        path.display()
    );
    anyhow::bail!(
        "{} is not empty: name a new folder. If it is a backup that was interrupted (it holds a file called {MARK}), delete it",
        path.display()
    )
}

/// `None`: there is no such folder.
pub fn is_empty(path: &Path) -> Result<Option<bool>> {
    match fs::read_dir(path) {
        Ok(mut entries) => Ok(Some(entries.next().is_none())),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("can't look into {}", path.display())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_that_is_not_kept_is_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let new = folder.path().join("new");
        for path in [folder.path(), &new] {
            let was = is_empty(path).unwrap();
            let place = Place::make(path).unwrap();
            fs::write(place.path().join("log.db"), "half").unwrap();
            drop(place);
            assert_eq!(is_empty(path).unwrap(), was, "{}", path.display());
        }
    }

    #[test]
    fn what_holds_something_is_refused_and_told_apart() {
        let folder = tempfile::tempdir().unwrap();
        check(folder.path()).unwrap();
        for (file, says) in [("log.db", "was interrupted"), ("backup.json", "holds a backup already")] {
            fs::write(folder.path().join(file), "").unwrap();
            let refused = check(folder.path()).unwrap_err().to_string();
            assert!(refused.contains(says), "{refused}");
        }
    }
}
