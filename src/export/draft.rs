//! A file that has its name only once it is whole.

use std::fs::File;
use std::io;
use std::os::fd::AsRawFd as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use rustix::fs::{AtFlags, CWD, Mode, OFlags, linkat, open};
use tempfile::{Builder, NamedTempFile};

/// What a draft is called on its way to its name.
const PREFIX: &str = ".heliograph-export-";

/// A file without a name, so that it goes with the process however that ends; where the system has no such files, under another name
/// in the same folder. Dropped, it is gone.
#[derive(Debug)]
pub struct Draft {
    path: PathBuf,
    folder: PathBuf,
    file: Kind,
}

#[derive(Debug)]
enum Kind {
    Nameless(File),
    Named(NamedTempFile),
}

impl Draft {
    /// For what is to be at this path.
    pub fn beside(path: &Path) -> Result<Self> {
        let folder = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty())
            .unwrap_or(Path::new("."));
        let file = nameless(folder)
            .and_then(|file| takes_names(folder).map(|()| Kind::Nameless(file)))
            .or_else(|_| Builder::new().prefix(PREFIX).tempfile_in(folder).map(Kind::Named))
            .with_context(|| format!("can't write into {}", folder.display()))?;
        anyhow::ensure!(!path.is_dir(), "{} is a folder: name a file", path.display());
        Ok(Self {
            path: path.to_owned(),
            folder: folder.to_owned(),
            file,
        })
    }

    /// What to write into.
    pub fn file(&self) -> Result<File> {
        Ok(self.as_file().try_clone()?)
    }

    /// It is whole, and gets its name once it is on disk.
    pub fn keep(self) -> Result<()> {
        let said = format!("can't write {}; nothing was left behind", self.path.display());
        self.named().context(said)
    }

    fn named(self) -> io::Result<()> {
        self.as_file().sync_all()?;
        match self.file {
            // A link takes no name that there is already.
            Kind::Nameless(file) => linked(&file, &self.folder)?.persist(&self.path).map(drop)?,
            Kind::Named(file) => file.persist(&self.path).map(drop)?,
        }
        Ok(())
    }

    fn as_file(&self) -> &File {
        match &self.file {
            Kind::Nameless(file) => file,
            Kind::Named(file) => file.as_file(),
        }
    }
}

/// A file without a name, for nobody else to read.
fn nameless(folder: &Path) -> io::Result<File> {
    let flags = OFlags::WRONLY | OFlags::TMPFILE | OFlags::CLOEXEC;
    Ok(File::from(open(folder, flags, Mode::RUSR | Mode::WUSR)?))
}

/// Whether what has no name can be given one later: not on every file system, nor in every container. Tried with a file of its own, since
/// a file that has lost its name gets no other.
fn takes_names(folder: &Path) -> io::Result<()> {
    linked(&nameless(folder)?, folder).map(drop)
}

/// The file under a name for the moment.
fn linked(file: &File, folder: &Path) -> io::Result<NamedTempFile<()>> {
    Builder::new().prefix(PREFIX).make_in(folder, |path| link(file, path))
}

fn link(file: &File, path: &Path) -> io::Result<()> {
    Ok(linkat(CWD, place(file), CWD, path, AtFlags::SYMLINK_FOLLOW)?)
}

/// Where the system shows a file that is open.
fn place(file: &File) -> PathBuf {
    format!("/proc/self/fd/{}", file.as_raw_fd()).into()
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

    #[test]
    fn where_files_need_names_it_has_another_until_it_is_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("facts.csv");
        let draft = Draft {
            path: path.clone(),
            folder: folder.path().to_owned(),
            file: Kind::Named(Builder::new().prefix(PREFIX).tempfile_in(folder.path()).unwrap()),
        };
        draft.file().unwrap().write_all(b"whole").unwrap();
        assert!(!path.exists());
        draft.keep().unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"whole");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
