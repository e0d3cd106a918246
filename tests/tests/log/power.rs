//! Power cuts under the embedded log: what was not synced is lost, kept or torn, sector by sector, and every acknowledged
//! append is still there.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use domain::id::{CommitId, Position};
use futures::StreamExt as _;
use infra::log::sqlite::SqliteLog;
use infra::log::{EventLog, Follow, Record};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use crate::disk::{Appender, Said, memory, sound};

const SECTOR: usize = 512;
const CUTS: usize = 100;
/// Enough for the write-ahead log to be written back, which begins within a second, and begun again.
const WRITTEN: usize = 48 << 20;

/// What the child did to its disk, in order.
enum Note {
    Open(usize, PathBuf),
    Write(usize, usize, Vec<u8>),
    Truncate(usize, usize),
    Sync(usize),
    Unlink(usize),
    Said(String),
}

/// A file as the disk has it: what is surely there, and what was written since the last sync.
#[derive(Default)]
struct File {
    path: PathBuf,
    exists: bool,
    synced: Vec<u8>,
    since: Vec<Change>,
}

enum Change {
    Write(usize, Vec<u8>),
    Truncate(usize),
}

impl Change {
    fn apply(&self, bytes: &mut Vec<u8>) {
        match self {
            Self::Write(at, written) => put(bytes, *at, written),
            Self::Truncate(size) => bytes.resize(*size, 0),
        }
    }

    /// Each sector on its own, or not at all.
    fn tear(&self, bytes: &mut Vec<u8>, random: &mut StdRng) {
        match self {
            Self::Write(at, written) => {
                for (index, sector) in written.chunks(SECTOR).enumerate() {
                    if random.random_bool(0.5) {
                        put(bytes, at + index * SECTOR, sector);
                    }
                }
            }
            Self::Truncate(size) if random.random_bool(0.5) => bytes.resize(*size, 0),
            Self::Truncate(_) => {}
        }
    }
}

fn put(bytes: &mut Vec<u8>, at: usize, written: &[u8]) {
    if bytes.len() < at + written.len() {
        bytes.resize(at + written.len(), 0);
    }
    bytes[at..at + written.len()].copy_from_slice(written);
}

impl File {
    fn sync(&mut self) {
        for change in self.since.drain(..) {
            change.apply(&mut self.synced);
        }
    }

    /// The file after a power cut: everything since the sync lost, or a beginning of it kept and the next torn, or all of it torn.
    fn after_cut(&self, random: &mut StdRng) -> Vec<u8> {
        let mut bytes = self.synced.clone();
        let kept = match random.random_range(0..3) {
            0 => return bytes,
            1 => random.random_range(0..=self.since.len()),
            _ => 0,
        };
        for change in &self.since[..kept] {
            change.apply(&mut bytes);
        }
        let torn = if kept > 0 {
            (kept + 1).min(self.since.len())
        } else {
            self.since.len()
        };
        for change in &self.since[kept..torn] {
            change.tear(&mut bytes, random);
        }
        bytes
    }
}

fn notes(file: &Path) -> Vec<Note> {
    let bytes = fs::read(file).unwrap();
    let mut rest = bytes.as_slice();
    let mut notes = Vec::new();
    while let Some((head, behind)) = rest.split_at_checked(32) {
        let number = |range: std::ops::Range<usize>| {
            let bytes = head[range].iter().rev();
            bytes.fold(0usize, |number, byte| number << 8 | usize::from(*byte))
        };
        let (file, length, offset) = (number(1..2), number(4..8), number(8..16));
        // The child may have been killed while it noted this.
        let Some((body, behind)) = behind.split_at_checked(length) else {
            break;
        };
        rest = behind;
        notes.push(match head[0] {
            1 => Note::Open(file, PathBuf::from(String::from_utf8(body.to_vec()).unwrap())),
            2 => Note::Write(file, offset, body.to_vec()),
            3 => Note::Truncate(file, offset),
            4 => Note::Sync(file),
            5 => Note::Unlink(file),
            _ => Note::Said(String::from_utf8_lossy(body).into_owned()),
        });
    }
    notes
}

/// Whether the disk keeps its word.
#[derive(PartialEq, Eq, Clone, Copy)]
enum Disk {
    Honest,
    /// Says that it synced, and did not.
    Lying,
}

/// Cuts the power at many moments; gives how many acknowledged appends were lost and how many logs did not open.
async fn cut_the_power(notes: Vec<Note>, disk: Disk, seed: u64) -> (usize, usize) {
    let mut random = StdRng::seed_from_u64(seed);
    let moments = moments(&notes, &mut random);
    let mut files: Vec<File> = Vec::new();
    let mut acknowledged: Vec<(Position, CommitId)> = Vec::new();
    let (mut lost, mut refused) = (0, 0);
    for (moment, note) in notes.into_iter().enumerate() {
        match note {
            Note::Open(file, path) => {
                files.resize_with(files.len().max(file + 1), File::default);
                (files[file].path, files[file].exists) = (path, true);
            }
            Note::Write(file, at, bytes) => files[file].since.push(Change::Write(at, bytes)),
            Note::Truncate(file, size) => files[file].since.push(Change::Truncate(size)),
            Note::Sync(file) if disk == Disk::Honest => files[file].sync(),
            Note::Sync(_) => {}
            Note::Unlink(file) => (files[file].exists, files[file].synced, files[file].since) = (false, Vec::new(), Vec::new()),
            Note::Said(text) => acknowledged.extend(text.lines().filter_map(|line| match Said::parse(line)? {
                Said::Acknowledged(position, id) => Some((position, id)),
                Said::Failed(error) => panic!("{error}"),
            })),
        }
        if moments.contains(&moment) && !acknowledged.is_empty() {
            match after_the_cut(&files, &acknowledged, &mut random).await {
                Some(missing) => lost += missing,
                None => refused += 1,
            }
            if disk == Disk::Lying && lost > 0 {
                break;
            }
        }
    }
    (lost, refused)
}

/// Some anywhere, some where the write-ahead log is written back.
fn moments(notes: &[Note], random: &mut StdRng) -> HashSet<usize> {
    let backwards = |note: &Note| matches!(note, Note::Write(0, ..) | Note::Sync(0) | Note::Truncate(..));
    let checkpoints: Vec<usize> = (0..notes.len()).filter(|at| backwards(&notes[*at])).collect();
    let anywhere: Vec<usize> = (0..CUTS).map(|_| random.random_range(0..notes.len())).collect();
    let there = (0..CUTS).map(|_| checkpoints[random.random_range(0..checkpoints.len())]);
    there.chain(anywhere).collect()
}

/// Opens what is left; gives how many acknowledged appends are missing, `None` when it does not open, or holds garbage.
async fn after_the_cut(files: &[File], acknowledged: &[(Position, CommitId)], random: &mut StdRng) -> Option<usize> {
    let folder = memory();
    for file in files.iter().filter(|file| file.exists && file.path.extension().is_some()) {
        fs::write(folder.path().join(file.path.file_name().unwrap()), file.after_cut(random)).unwrap();
    }
    let log = Arc::new(SqliteLog::open(folder.path().join("log.db")).await.ok()?);
    let end = log.end().await.ok()?.map_or(0, |end| usize::try_from(end.get()).unwrap());
    let records = whole(&mut log.follow(None), end).await?;
    log.close().await;
    if !sound(&records) {
        return None;
    }
    let there = |(position, id): &&(Position, CommitId)| {
        let record = usize::try_from(position.get() - 1).ok().and_then(|index| records.get(index));
        record.is_some_and(|record| record.id == *id)
    };
    Some(acknowledged.len() - acknowledged.iter().filter(there).count())
}

async fn whole(follow: &mut Follow, count: usize) -> Option<Vec<Arc<Record>>> {
    let mut records = Vec::new();
    while records.len() < count {
        records.extend(follow.next().await?.ok()?);
    }
    Some(records)
}

#[tokio::test]
async fn a_power_cut_loses_nothing_that_was_acknowledged() {
    let mut child = Appender::start(Some(WRITTEN));
    let mut count = 0;
    while child.next().is_some() {
        count += 1;
    }
    let noted = notes(&child.folder.path().join("notes"));
    let written_back = noted.iter().filter(|note| matches!(note, Note::Write(0, ..))).count();
    assert!(
        count > 1_000 && written_back > 1_000,
        "{count} appends, {written_back} pages written back"
    );
    let seed = 0xC07;
    assert_eq!(cut_the_power(noted, Disk::Honest, seed).await, (0, 0), "seed {seed}");
}

/// The same story on a disk whose syncs do nothing: else the one above would prove nothing.
#[tokio::test]
async fn a_disk_that_lies_is_noticed() {
    let mut child = Appender::start(Some(2 << 20));
    while child.next().is_some() {}
    let noted = notes(&child.folder.path().join("notes"));
    let (lost, refused) = cut_the_power(noted, Disk::Lying, 0xC07).await;
    assert!(lost > 0, "{lost} lost, {refused} refused");
}
