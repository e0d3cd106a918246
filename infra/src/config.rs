//! The configuration: one struct per section, from a TOML file and the environment, checked as a whole.
//!
//! `Default` is a working laptop. A key `section.key` of the file is `HELIOGRAPH_SECTION__KEY` in the
//! environment, which wins. Unknown keys are refused, and names in the environment that can only be misspelt keys.

use std::path::{Path, PathBuf};

use figment::Figment;
use figment::providers::{Env, Format, Toml};
use serde::{Deserialize, Serialize};

pub mod accounts;
pub mod archive;
pub mod chats;
pub mod data;
pub mod database;
pub mod delivery;
pub mod environment;
pub mod executor;
pub mod keys;
pub mod limits;
pub mod log;
#[cfg(test)]
mod manual;
pub mod networks;
pub mod password;
pub mod secret;
pub mod server;
pub mod sign_in;
pub mod sms;
pub mod smtp;
pub mod telemetry;
pub mod updates;

/// The prefix of the environment's keys.
const PREFIX: &str = "HELIOGRAPH_";

/// Everything that can be set. Serialises with its secrets hidden.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The door.
    pub server: server::Server,
    /// The data folder.
    pub data: data::Data,
    /// The event log.
    pub log: log::Log,
    /// The read models' database.
    pub database: database::Database,
    /// The keys that close what people write.
    pub keys: keys::Keys,
    /// How people come in.
    pub sign_in: sign_in::SignIn,
    /// What it costs to try a password.
    pub password: password::Password,
    /// Update sequences.
    pub updates: updates::Updates,
    /// What time does to accounts.
    pub accounts: accounts::Accounts,
    /// What holds in all chats.
    pub chats: chats::Chats,
    /// Deciding.
    pub executor: executor::Executor,
    /// How often one may ask.
    pub limits: limits::Limits,
    /// What is told to a collector.
    pub telemetry: telemetry::Telemetry,
    /// What analysts ask with SQL.
    pub archive: archive::Archive,
    /// How codes get to people.
    pub delivery: delivery::Delivery,
    /// The mail server that takes codes.
    pub smtp: smtp::Smtp,
    /// The provider of text messages that takes codes.
    pub sms: sms::Sms,
}

/// A configuration that can't be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It can't be read, or holds an unknown key or a value of the wrong type.
    #[error("the configuration can't be read:\n  {}", told(.0))]
    Unreadable(Box<figment::Error>),
    /// Names in the environment that are nearly ours.
    #[error("the environment sets what is no setting:\n  {}", .0.join("\n  "))]
    Misspelt(Vec<String>),
    /// The file that was named does not exist.
    #[error("there is no configuration file {0}")]
    Missing(PathBuf),
    /// Its values make no sense.
    #[error("the configuration is wrong:\n  {}", .0.join("\n  "))]
    Wrong(Vec<String>),
}

impl Config {
    /// Reads the file (if one is named) and the environment; the caller puts its flags over it and
    /// then calls [`Config::check`].
    pub fn load(file: Option<&Path>) -> Result<Self, Error> {
        misspelt()?;
        let mut sources = Figment::new();
        if let Some(file) = file {
            if !file.is_file() {
                return Err(Error::Missing(file.to_owned()));
            }
            sources = sources.merge(Toml::file_exact(file));
        }
        sources
            .merge(Env::prefixed(PREFIX).filter(|key| key.as_str().contains("__")).split("__"))
            .extract()
            .map_err(|error| Error::Unreadable(Box::new(error)))
    }

    /// Checks all of it, and names everything that is wrong at once.
    pub fn check(&self) -> Result<(), Error> {
        let mut wrong = Vec::new();
        self.server.check(&mut wrong);
        self.log.check(&mut wrong);
        self.database.check(&mut wrong);
        self.keys.check(&mut wrong);
        self.sign_in.check(&mut wrong);
        self.password.check(&mut wrong);
        self.updates.check(&mut wrong);
        self.accounts.check(&mut wrong);
        self.chats.check(&mut wrong);
        self.executor.check(&mut wrong);
        self.limits.check(&mut wrong);
        self.telemetry.check(&mut wrong);
        self.delivery.check(self.server.listen, &mut wrong);
        self.smtp.check(self.delivery.email == delivery::Email::Smtp, &mut wrong);
        self.sms.check(self.delivery.phone == delivery::Phone::Sms, &mut wrong);
        if wrong.is_empty() { Ok(()) } else { Err(Error::Wrong(wrong)) }
    }
}

/// What is wrong, in the words of the manual: the key, where it stands, what it must be.
fn told(errors: &figment::Error) -> String {
    let of_one = |error: figment::Error| {
        let key = if error.path.is_empty() {
            String::new()
        } else {
            format!("{}: ", error.path.join("."))
        };
        let file = error.metadata.as_ref().and_then(|metadata| metadata.source.as_ref()?.file_path());
        let place = match (file, &error.metadata) {
            (Some(file), _) => format!(" (in {})", file.display()),
            (None, Some(_)) => " (in the environment)".to_owned(),
            (None, None) => String::new(),
        };
        format!("{key}{}{place}", error.kind)
    };
    errors.clone().into_iter().map(of_one).collect::<Vec<_>>().join("\n  ")
}

/// What is nearly a key would else be ignored without a word.
fn misspelt() -> Result<(), Error> {
    let misspelt: Vec<String> = environment::strangers()
        .into_iter()
        .filter_map(|stranger| Some(format!("{}: write {}", stranger.name, stranger.meant?)))
        .collect();
    if misspelt.is_empty() {
        Ok(())
    } else {
        Err(Error::Misspelt(misspelt))
    }
}

/// Notes `key` as wrong unless the value is within the range.
fn within<T: PartialOrd + std::fmt::Display>(wrong: &mut Vec<String>, key: &str, value: &T, range: std::ops::RangeInclusive<T>) {
    if !range.contains(value) {
        wrong.push(format!("{key} = {value}: must be {} … {}", range.start(), range.end()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(toml: &str) -> Result<Config, Box<figment::Error>> {
        Ok(Figment::from(Toml::string(toml)).extract()?)
    }

    #[test]
    fn the_default_is_a_working_laptop() {
        Config::default().check().unwrap();
        assert_eq!(parse("").unwrap().server.listen, "127.0.0.1:8080".parse().unwrap());
    }

    #[test]
    fn unknown_keys_are_refused_by_name() {
        let error = parse("[server]\nlissten = \"127.0.0.1:1\"").unwrap_err().to_string();
        assert!(error.contains("lissten"), "{error}");
    }

    #[test]
    fn a_value_of_the_wrong_type_is_told_by_its_key_and_its_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("heliograph.toml");
        std::fs::write(&file, "[server]\nconnections = \"many\"").unwrap();
        let error = Config::load(Some(&file)).unwrap_err().to_string();
        assert!(
            error.contains("server.connections: ") && error.contains("heliograph.toml"),
            "{error}"
        );
        assert!(!error.contains("default.server"), "{error}");
    }

    #[test]
    fn everything_wrong_is_named_at_once() {
        let config = parse("[database]\nlanes = 0\n[log]\nreplicas = 2").unwrap();
        let error = config.check().unwrap_err().to_string();
        assert!(error.contains("database.lanes") && error.contains("log.replicas"), "{error}");
    }

    #[test]
    fn secrets_stay_hidden_in_what_is_printed() {
        let config = parse("[database]\nurl = \"postgres://me:hunter2@host/db\"\n[server]\nadmin_token = \"admin.hunter2-hunter2-hunter2-hunter2-hunter2\"\n[keys]\nmaster_key = \"hunter2\"\n[smtp]\npassword = \"hunter2\"\n[sms]\npassword = \"hunter2\"\ntoken = \"hunter2\"\nheaders = [\"X-Key: hunter2\"]\nbody = \"key=hunter2\"").unwrap();
        let printed = format!("{config:?}{}", serde_json::to_string(&config).unwrap());
        assert!(!printed.contains("hunter2"), "{printed}");
        assert!(printed.contains("me:***@host/db"), "{printed}");
    }
}
