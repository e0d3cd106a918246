//! Who else on this machine may look into the data folder.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

/// What the names of our files begin with; SQLite's and drafts have more behind it.
const OURS: [&str; 10] = [
    "log.db",
    "state.db",
    "keys.db",
    "read.",
    "archive.db",
    "search.db",
    "master.key",
    "admin.token",
    "server.json",
    "lock",
];

/// Warns of a folder and of files that are not their owner's alone, with what to run.
pub fn examine(folder: &Path, warnings: &mut Vec<String>) {
    if is_open(folder) {
        let folder = folder.display();
        warnings.push(format!(
            "others on this machine may look into the data folder; run: chmod 700 {folder}"
        ));
    }
    let files = open_files(folder);
    if !files.is_empty() {
        let files: Vec<_> = files.iter().map(|file| file.display().to_string()).collect();
        warnings.push(format!(
            "others on this machine may read or change what is in the data folder; run: chmod 600 {}",
            files.join(" ")
        ));
    }
}

fn open_files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let is_ours = |name: &str| OURS.iter().any(|ours| name.starts_with(ours));
    let ours = entries.filter(|entry| entry.file_name().to_str().is_some_and(is_ours));
    let mut open: Vec<_> = ours.map(|entry| entry.path()).filter(|file| is_open(file)).collect();
    open.sort_unstable();
    open
}

fn is_open(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|metadata| metadata.permissions().mode() & 0o077 != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn warnings(folder: &Path) -> Vec<String> {
        let mut warnings = Vec::new();
        examine(folder, &mut warnings);
        warnings
    }

    fn allow(path: &Path, mode: u32) {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn what_others_may_read_is_named_with_what_to_run() {
        let place = tempfile::tempdir().unwrap();
        let (folder, file) = (place.path(), |name: &str| place.path().join(name));
        allow(folder, 0o700);
        for (name, mode) in [
            ("log.db", 0o600),
            ("keys.db-wal", 0o640),
            ("admin.token", 0o604),
            ("notes.txt", 0o644),
        ] {
            fs::write(file(name), "").unwrap();
            allow(&file(name), mode);
        }
        let told = warnings(folder);
        let run = format!("chmod 600 {} {}", file("admin.token").display(), file("keys.db-wal").display());
        assert!(told.len() == 1 && told[0].ends_with(&run), "{told:?}");
        allow(&file("admin.token"), 0o600);
        allow(&file("keys.db-wal"), 0o600);
        assert_eq!(warnings(folder), [""; 0]);
        allow(folder, 0o750);
        let told = warnings(folder);
        assert!(
            told.len() == 1 && told[0].ends_with(&format!("chmod 700 {}", folder.display())),
            "{told:?}"
        );
        allow(folder, 0o700);
    }
}
