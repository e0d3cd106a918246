//! A machine for a server of a test's own, whose wall clock jumps and whose disk is full on demand (`machine.c`).

use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::preload;

/// Where the dials stand in their file: eight bytes each.
const AHEAD: u64 = 0;
const FULL: u64 = 8;

/// A machine for whoever is started with its [`environment`](Self::environment); nobody else notices anything.
#[derive(Debug)]
pub struct Machine {
    folder: TempDir,
    library: PathBuf,
    disk: PathBuf,
    dials: File,
}

impl Machine {
    /// Makes one whose disk is what is below this folder.
    pub fn with_disk(disk: &Path) -> Self {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let machine = Self {
            library: preload::library("src/machine.c", folder.path()),
            disk: disk.canonicalize().expect("the disk is there"),
            dials: File::create(folder.path().join("dials")).expect("a file can be made"),
            folder,
        };
        machine.turn(AHEAD, 0);
        machine.turn(FULL, 0);
        machine
    }

    /// The environment of a process that runs on it.
    pub fn environment(&self) -> [(&str, String); 3] {
        let text = |path: &Path| path.to_str().expect("a temporary folder's name is text").to_owned();
        [
            ("LD_PRELOAD", text(&self.library)),
            ("MACHINE_DIALS", text(&self.folder.path().join("dials"))),
            ("MACHINE_DISK", text(&self.disk)),
        ]
    }

    /// The wall clock jumps, and from now on is this far ahead of the real one; behind it, where negative.
    pub fn set_clock_ahead(&self, seconds: i64) {
        self.turn(AHEAD, seconds);
    }

    /// From now on there is no room for any file to grow.
    pub fn fill_disk(&self) {
        self.turn(FULL, 1);
    }

    /// There is room again.
    pub fn free_disk(&self) {
        self.turn(FULL, 0);
    }

    fn turn(&self, dial: u64, to: i64) {
        self.dials.write_all_at(&to.to_ne_bytes(), dial).expect("a file can be written");
    }
}
