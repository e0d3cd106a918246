//! A file that has its name only once it is whole.

use std::fs::File;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use tempfile::NamedTempFile;

/// A file under another name in the same folder; dropped, it is gone.
#[derive(Debug)]
pub struct Draft {
    path: PathBuf,
    file: NamedTempFile,
}

impl Draft {
    /// For what is to be at this path.
    pub fn beside(path: &Path) -> Result<Self> {
        let folder = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty())
            .unwrap_or(Path::new("."));
        let file = tempfile::Builder::new()
            .prefix(".heliograph-export-")
            .tempfile_in(folder)
            .with_context(|| format!("can't write into {}", folder.display()))?;
        anyhow::ensure!(!path.is_dir(), "{} is a folder: name a file", path.display());
        Ok(Self {
            path: path.to_owned(),
            file,
        })
    }

    /// What to write into.
    pub fn file(&self) -> Result<File> {
        Ok(self.file.as_file().try_clone()?)
    }

    /// It is whole, and gets its name once it is on disk.
    pub fn keep(self) -> Result<()> {
        let can = || format!("can't write {}; nothing was left behind", self.path.display());
        self.file.as_file().sync_all().with_context(can)?;
        let said = can();
        self.file.persist(&self.path).context(said)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn it_has_its_name_only_once_it_is_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("facts.csv");
        std::fs::write(&path, "old").unwrap();
        let half = Draft::beside(&path).unwrap();
        half.file().unwrap().write_all(b"ha").unwrap();
        drop(half);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
        assert_eq!(std::fs::read(&path).unwrap(), b"old");
        let whole = Draft::beside(&path).unwrap();
        whole.file().unwrap().write_all(b"whole").unwrap();
        whole.keep().unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"whole");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
