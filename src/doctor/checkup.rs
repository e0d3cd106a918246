//! What a program can say of its own configuration, and of the servers that it names.

use futures::FutureExt as _;
use futures::future::BoxFuture;
use gateway::checkup::Remarks;
use infra::config::{Config, environment};
use serde_json::Value;

use super::{broker, database, delivery};
use crate::archiving::Archiving;

/// Looks a configuration over: a running server its own, the doctor the one that a server would get.
#[derive(Debug)]
pub struct Checkup {
    /// In effect.
    pub config: Config,
    /// What a running server feeds for analysts.
    pub archive: Option<Archiving>,
}

impl gateway::checkup::Checkup for Checkup {
    fn config(&self) -> Value {
        // Only a folder's name that is no text can't be told.
        serde_json::to_value(&self.config).unwrap_or_default()
    }

    fn look(&self) -> BoxFuture<'_, Remarks> {
        async {
            let mut found = Remarks::default();
            broker::examine(&self.config.log, &mut found.warnings, &mut found.problems).await;
            database::examine(&self.config, &mut found.problems).await;
            settings(&self.config, &mut found.warnings);
            limits(&self.config, &mut found.warnings);
            found.warnings.extend(delivery::warnings(&self.config));
            strangers(&mut found.warnings);
            if let Some(trouble) = self.archive.as_ref().and_then(Archiving::trouble) {
                found
                    .problems
                    .push(format!("the archive is not kept up, and tried again: {trouble}"));
            }
            found
        }
        .boxed()
    }
}

/// What can be said of the settings alone.
fn settings(config: &Config, warnings: &mut Vec<String>) {
    if !config.server.listen.ip().is_loopback() {
        let listen = config.server.listen;
        warnings.push(format!(
            "server.listen = {listen}: others can reach this port, and there is no TLS; put a proxy with TLS before it"
        ));
    }
    if config.database.url.is_some() && config.keys.url.is_none() && config.log.nats.is_some() {
        warnings
            .push("keys.url is not set: the keys are in the data folder of this machine alone; other processes can't use them".to_owned());
    }
    if config.keys.url.is_some() && config.keys.url == config.database.url {
        warnings.push(
            "keys.url is database.url: a restored backup brings erased keys back; give the keys a database with backups of its own"
                .to_owned(),
        );
    }
}

/// Without them nobody is kept from guessing: a server for trying out has none.
fn limits(config: &Config, warnings: &mut Vec<String>) {
    if !config.sign_in.limited {
        warnings.push(
            "sign_in.limited = false: nothing limits how many codes are asked for, sent and tried: whoever goes on for long enough gets in as anybody"
                .to_owned(),
        );
    }
    if !config.limits.enabled {
        warnings.push("limits.enabled = false: nothing limits how often anybody asks, or has codes sent at your cost".to_owned());
    }
}

fn strangers(warnings: &mut Vec<String>) {
    for stranger in environment::strangers() {
        warnings.push(format!(
            "{} is in the environment, and no setting: it changes nothing",
            stranger.name
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn that_guessing_is_not_limited_is_said() {
        let mut config = Config::default();
        let told = |config: &Config| {
            let mut warnings = Vec::new();
            limits(config, &mut warnings);
            warnings
        };
        assert_eq!(told(&config), [""; 0]);
        (config.sign_in.limited, config.limits.enabled) = (false, false);
        assert_eq!(told(&config).len(), 2);
    }
}
