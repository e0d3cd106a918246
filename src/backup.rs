//! `heliograph backup`: a copy of the log, beside the server that writes it, and one of the keys, apart from it.

use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use clap::{ArgGroup, Args, Subcommand};
use domain::id::AccountId;
use infra::clock::Clock;
use infra::config::Config;
use infra::log::sqlite::StillLog;
use infra::seal::StillKeys;
use serde_json::json;

use self::manifest::{Half, Manifest};
use self::place::Place;
use self::source::Source;
use crate::say::{self, say};
use crate::settings::Settings;

pub mod manifest;
pub mod place;
mod source;
mod verify;

/// Copy the log, and apart from it the keys, while the server runs or stands still
#[derive(Debug, Args)]
#[command(
    subcommand_negates_reqs = true,
    group(ArgGroup::new("copies").args(["to", "keys"]).required(true).multiple(true)),
    after_help = "The copies are of one moment and fit together: whoever has a past in the log has a key among the keys. The read models \
                  are not in them: they are made anew from the log. Who has log, keys and master key can read everything, also what was \
                  erased later: keep the keys' copies in another place, for a short time. Says on stdout as JSON what was copied. \
                  docs/BACKUP.md tells more, also how JetStream and PostgreSQL are backed up. Exit codes: 0 the backup is whole and on \
                  disk, 1 there is none (the reason stands on stderr), 2 wrong usage."
)]
pub struct Backup {
    #[command(subcommand)]
    what: Option<What>,
    #[command(flatten)]
    settings: Settings,
    /// The folder for the log and for how far devices are; a new one
    #[arg(long, value_name = "FOLDER")]
    to: Option<PathBuf>,
    /// The folder for the keys, in another place; a new one
    #[arg(long, value_name = "FOLDER")]
    keys: Option<PathBuf>,
    /// Copy the master key, too, into the folder of the keys: whoever has that folder can then open them
    #[arg(long, requires = "keys")]
    with_master_key: bool,
}

#[derive(Debug, Subcommand)]
enum What {
    Verify(verify::Verify),
}

impl Backup {
    /// Copies, and prints what.
    pub async fn run(self) -> Result<()> {
        self.settings.tell("warn", None)?;
        if let Some(What::Verify(verify)) = &self.what {
            return verify.run();
        }
        let config = self.settings.config()?;
        config.check()?;
        let source = Source::of(&config)?;
        self.check(&config, &source)?;
        let (to, keys) = self.places()?;
        let taken = self.take(&source, to.as_ref(), keys.as_ref().or(to.as_ref())).await?;
        for place in [to, keys].into_iter().flatten() {
            place.keep()?;
        }
        self.remark(&config, &source);
        say(json!({ "log": taken.log, "position": taken.position, "to": self.to, "keys": self.keys, "bytes": taken.bytes() }))
    }

    /// Refuses what can't be done before anything is made.
    fn check(&self, config: &Config, source: &Source) -> Result<()> {
        for place in self.to.iter().chain(&self.keys) {
            place::check(place)?;
            let inside = std::path::absolute(place)?.starts_with(std::path::absolute(&config.data.folder)?);
            ensure!(
                !inside,
                "{} is in the data folder: a backup there is lost with what it is of; name another place",
                place.display()
            );
        }
        if self.keys.is_some() {
            source.keys()?;
        }
        if self.with_master_key {
            source.master_key()?;
        }
        Ok(())
    }

    /// The log's, and the keys' if it is another.
    fn places(&self) -> Result<(Option<Place>, Option<Place>)> {
        let to = self.to.as_deref().map(Place::make).transpose()?;
        let apart = match (&to, &self.keys) {
            (Some(to), Some(keys)) if same(to.path(), keys) => None,
            (Some(_) | None, keys) => keys.as_deref(),
        };
        Ok((to, apart.map(Place::make).transpose()?))
    }

    /// State, log, keys, in this order: nobody remembers more of the log than its copy holds, and whoever has a past in it has a key.
    async fn take(&self, source: &Source, to: Option<&Place>, keys_to: Option<&Place>) -> Result<Manifest> {
        let taken_at = Clock::system().now();
        if let (Some(to), Some(state)) = (to, source.state()) {
            source.copy(state, to).await?;
        }
        if let Some(to) = to {
            source.copy("log.db", to).await?;
        }
        let path = to.map_or_else(|| source.log(), |to| to.path().join("log.db"));
        let mut log = StillLog::open(&path).await?;
        if to.is_some() {
            log.check().await?;
        }
        let keys_to = keys_to.filter(|_| self.keys.is_some());
        if let Some(keys) = keys_to {
            source.copy("keys.db", keys).await?;
        }
        let erased = examine_keys(source, keys_to, &mut log).await?;
        let manifest = Manifest::new(taken_at, log.id(), log.end().await?, erased);
        log.close().await?;
        self.seal(source, manifest, to, keys_to)
    }

    /// Everything is there: onto the disk with it, and the manifests behind it.
    fn seal(&self, source: &Source, mut manifest: Manifest, to: Option<&Place>, keys: Option<&Place>) -> Result<Manifest> {
        let mut of_keys = manifest.clone();
        if let Some(to) = to {
            for name in source.state().into_iter().chain(["log.db"]) {
                manifest.seal(to.path(), name)?;
            }
        }
        if let Some(keys) = keys {
            of_keys.seal(keys.path(), "keys.db")?;
            if self.with_master_key {
                source.copy_master_key(keys.path())?;
                of_keys.seal(keys.path(), "master.key")?;
            }
            of_keys.write(Half::Keys, keys.path())?;
        }
        let Some(to) = to else { return Ok(of_keys) };
        manifest.write(Half::Log, to.path())?;
        Ok(manifest)
    }

    /// What the operator should think of.
    fn remark(&self, config: &Config, source: &Source) {
        let folder = config.data.folder.display();
        match (&self.to, &self.keys) {
            (Some(to), Some(keys)) if is_within(keys, to) || is_within(to, keys) => say::remark(
                "warning: the keys' copy lies with the log's: who gets one gets both, and what is erased from now on stays \
                 readable for as long as they are kept. Name another place with --keys, on another disk",
            ),
            (Some(_), None) if config.keys.url.is_some() => {
                say::remark("the keys are at keys.url: back that database up apart from this, and after it");
            }
            (Some(_), None) => say::remark(
                "the keys are not in this backup, and without them nobody can read what people wrote: copy them apart, with \
                 --keys FOLDER",
            ),
            (_, Some(_)) | (None, None) => {}
        }
        if self.keys.is_some() && !self.with_master_key && source.master_key().is_ok() && std::io::stderr().is_terminal() {
            say::remark(format_args!(
                "the master key is not in this backup. It never changes: keep one copy of it ({folder}/master.key, if not set \
                 otherwise) where neither log nor keys are. Without it the keys are of no use"
            ));
        }
        if self.with_master_key {
            say::remark("warning: the keys' copy can be opened by whoever has it: the master key lies with it");
        }
    }
}

/// Whose keys were erased; and says whose are lost.
async fn examine_keys(source: &Source, copy: Option<&Place>, log: &mut StillLog) -> Result<Vec<AccountId>> {
    let path = match (copy, source.keys()) {
        (Some(copy), _) => copy.path().join("keys.db"),
        (None, Ok(path)) => path,
        (None, Err(_)) => return Ok(Vec::new()),
    };
    let mut keys = StillKeys::open(&path)
        .await
        .with_context(|| format!("can't open {}", path.display()))?;
    let without = keys.without(&log.accounts().await?).await?;
    if !without.is_empty() {
        say::remark(format_args!(
            "warning: {} accounts have no key, though none was erased: what they wrote can't be read, and from this backup \
             neither; see heliograph doctor",
            without.len()
        ));
    }
    let erased = keys.erased().await?;
    keys.close().await?;
    Ok(erased)
}

fn same(one: &Path, other: &Path) -> bool {
    matches!((one.canonicalize(), other.canonicalize()), (Ok(one), Ok(other)) if one == other)
}

fn is_within(inner: &Path, outer: &Path) -> bool {
    matches!((inner.canonicalize(), outer.canonicalize()), (Ok(inner), Ok(outer)) if inner.starts_with(&outer))
}
