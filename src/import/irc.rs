//! IRC logs, as in the archive of the #ubuntu channel: a file a day, `[09:14] <nick> text`.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail, ensure};
use domain::time::Timestamp;
use uuid::Uuid;

use super::reading::{self, Line as Read};
use super::told::{Told, part, source};

mod annotation;
mod clock;
mod line;
mod room;

use line::Line;
use room::Room;

/// A network, in which a nick is somebody. Who was seen is asked for once; all else that a file tells depends on no other.
#[derive(Debug)]
pub struct Network {
    key: Uuid,
    /// Whom the files tell of that were read so far.
    seen: HashSet<Uuid>,
}

impl Network {
    /// For these files, whose names have to differ, and whose days have begun.
    pub fn new(name: &str, files: &[PathBuf], now: Timestamp) -> Result<Self> {
        let mut known = HashSet::new();
        for file in files {
            let is_file = reading::is_file(file)?;
            ensure!(is_file, "{} is no file: name the logs in it", file.display());
            let name = stem(file)?;
            let day = clock::day(&name)
                .with_context(|| format!("{}: its name does not begin with a day, as in 2004-12-25.raw.txt", file.display()))?;
            ensure!(
                clock::begins(day) <= now.0,
                "{}: its day has not begun: none of it can have happened yet",
                file.display()
            );
            ensure!(
                known.insert(name),
                "{}: another file of the same name is to be imported; import it as of another --network",
                file.display()
            );
        }
        Ok(Self {
            key: source(&format!("irc:{name}")),
            seen: HashSet::new(),
        })
    }

    /// Reads a log, and the annotations beside it.
    pub fn read(&mut self, file: &Path) -> Result<Told> {
        let name = stem(file)?;
        let lines = reading::lines(file)?;
        let replies = match beside(file, &name) {
            Some(annotations) => annotation::replies(&reading::lines(&annotations)?),
            None => annotation::Replies::default(),
        };
        if lines.iter().all(|line| !says_something(line)) {
            bail!(
                "{}: no line of it can be read as one of an IRC log, as in [09:14] <nick> text; it has to be text in UTF-8, and may be \
                 compressed (.gz); nothing of it was imported",
                file.display()
            );
        }
        self.told(&name, &lines, &replies)
    }

    fn told(&mut self, name: &str, lines: &[Read], replies: &annotation::Replies) -> Result<Told> {
        let day = clock::day(name).context("the name does not begin with a day")?;
        let file = part(self.key, &format!("file:{name}"));
        let mut room = Room::new(self.key, file, name, &mut self.seen, day);
        room.begins_at(lines.iter().find_map(|line| match line {
            Read::Text(text) => line::minutes(text),
            Read::NotText | Read::TooLong => None,
        }));
        for (number, line) in lines.iter().enumerate() {
            match line {
                Read::Text(text) => room.take(number, line::parse(text), replies.of(number)),
                Read::NotText => room.told.skip("line that is not UTF-8"),
                Read::TooLong => room.told.skip("line that is too long"),
            }
        }
        for _ in 0..replies.broken {
            room.told.skip("broken line of annotations");
        }
        Ok(room.told)
    }
}

/// Whether it is a line of a log.
fn says_something(line: &Read) -> bool {
    match line {
        Read::Text(text) => !matches!(line::parse(text), Line::Blank | Line::Broken),
        Read::NotText | Read::TooLong => false,
    }
}

/// A log's name without what says how it is kept: `2004-12-25.train-c` of `2004-12-25.train-c.raw.txt.gz`.
fn stem(file: &Path) -> Result<String> {
    let name = file.file_name().and_then(|name| name.to_str());
    let name = name.with_context(|| format!("{} has no name that is text", file.display()))?;
    let name = name.strip_suffix(".gz").unwrap_or(name);
    let name = name.strip_suffix(".txt").unwrap_or(name);
    Ok(name.strip_suffix(".raw").unwrap_or(name).to_owned())
}

fn beside(file: &Path, stem: &str) -> Option<PathBuf> {
    ["annotation.txt", "annotation.txt.gz"]
        .map(|ending| file.with_file_name(format!("{stem}.{ending}")))
        .into_iter()
        .find(|path| path.exists())
}

#[cfg(test)]
mod tests;
