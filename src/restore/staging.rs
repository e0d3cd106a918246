//! A data folder that is being made, beside the place where it will be.

use std::fs::{self, File};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail, ensure};
use tempfile::TempDir;

use crate::backup::manifest::sync;
use crate::backup::place::is_empty;

/// Deleted when dropped, unless it is put in its place.
#[derive(Debug)]
pub struct Staging {
    folder: TempDir,
    place: PathBuf,
    parent: PathBuf,
}

impl Staging {
    /// Beside a folder that is not there yet, or is empty.
    pub fn beside(place: &Path) -> Result<Self> {
        let exists = match is_empty(place)? {
            Some(false) => bail!(
                "{} is not empty, and nothing in it was changed: name a new folder with --data. If this one is to be replaced, move it \
                 away first, and keep it until the restored one works",
                place.display()
            ),
            Some(true) => true,
            None => false,
        };
        let place = if exists {
            place.canonicalize()?
        } else {
            std::path::absolute(place)?
        };
        let parent = place
            .parent()
            .context("the data folder can't be the root of the file system")?
            .to_owned();
        fs::create_dir_all(&parent).with_context(|| format!("can't make the folder {}", parent.display()))?;
        let device = |path: &Path| fs::metadata(path).map(|metadata| metadata.dev());
        ensure!(
            !exists || device(&place)? == device(&parent)?,
            "{} is a mount point, which can't be put in place all at once: name a folder in it, and let data.folder name that from now on",
            place.display()
        );
        let folder = tempfile::Builder::new().prefix(".heliograph-restoring-").tempdir_in(&parent);
        let folder = folder.with_context(|| format!("can't write to {}", parent.display()))?;
        Ok(Self { folder, place, parent })
    }

    /// Where it is being made.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// From now on it is the data folder, also after a power cut.
    pub fn put_in_place(self) -> Result<()> {
        for entry in fs::read_dir(self.path())? {
            let path = entry?.path();
            let synced = File::open(&path).and_then(|file| file.sync_all());
            synced.with_context(|| format!("can't put {} onto the disk", path.display()))?;
        }
        sync(self.path())?;
        // An empty folder gives way; one that was filled meanwhile does not.
        fs::rename(self.path(), &self.place).with_context(|| format!("can't make {} the data folder", self.place.display()))?;
        sync(&self.parent)
    }
}
