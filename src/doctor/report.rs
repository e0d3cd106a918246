//! What the doctor found: asked of the running server, else of one that is started for the moment.

use gateway::checkup::Checkup as _;
use infra::config::Config;
use serde::Serialize;
use serde_json::{Value, json};

use super::{Checkup, PATIENCE, modes};
use crate::beside::{Beside, Found};
use crate::installation;

/// Commits that read models may be behind without a word.
const LAG: i64 = 10_000;

/// What was found.
#[derive(Debug, Serialize)]
pub struct Report {
    /// In effect, secrets hidden: the running server's, else what a server would get.
    pub config: Value,
    /// Where this command's configuration is another than the running server's.
    pub differences: Vec<String>,
    /// Who was asked.
    pub server: Standing,
    /// What the server says: log, read models, parked facts, keys, hashes.
    pub findings: Value,
    /// What works, but not as one would want.
    pub warnings: Vec<String>,
    /// What does not work.
    pub problems: Vec<String>,
}

/// How the data folder's server was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// It was running.
    Running,
    /// It has not opened its door yet, or not any more.
    Starting,
    /// None was running; one was started for the moment.
    StartedForTheMoment,
    /// None was running, and none was started.
    NotRunning,
}

impl Report {
    /// Looks.
    pub async fn of(config: Config) -> Self {
        let checkup = without_server(&config);
        let mut report = Self {
            config: checkup.config(),
            differences: Vec::new(),
            server: Standing::NotRunning,
            findings: Value::Null,
            warnings: Vec::new(),
            problems: Vec::new(),
        };
        if let Err(wrong) = config.check() {
            report.problems.push(wrong.to_string());
            return report;
        }
        modes::examine(&config.data.folder, &mut report.warnings);
        match Beside::find(&config, PATIENCE).await {
            Ok(Found::Open(server)) => {
                report.server = Standing::Running;
                report.ask(server).await;
                if report.findings.is_null() {
                    report.look(&checkup).await;
                }
            }
            Ok(Found::Closed) => {
                report.server = Standing::Starting;
                report.problems.push(format!(
                    "the server of {} is starting, or stopping: its door is not open. It waits for its log or database; see what it says on \
                     stderr, and below what can't be reached from here",
                    config.data.folder.display()
                ));
                report.look(&checkup).await;
            }
            Ok(Found::Nobody) => report.start(config, &checkup).await,
            Err(error) => report.problems.push(format!("{error:#}")),
        }
        report
    }

    /// Starts a server for the moment, unless it is known already why it would not come up.
    async fn start(&mut self, config: Config, checkup: &Checkup) {
        self.look(checkup).await;
        if !installation::may_exist(&config) {
            return self.problems.push(format!(
                "{} holds no installation, and none was made: name its data folder with --data; `heliograph serve` makes a new one",
                config.data.folder.display()
            ));
        }
        if self.problems.is_empty() {
            match Beside::server(config).await {
                Ok(server) => {
                    self.server = Standing::StartedForTheMoment;
                    self.ask(server).await;
                }
                Err(error) => self.problems.push(format!("{error:#}")),
            }
        }
    }

    /// What can be said without a server.
    async fn look(&mut self, checkup: &Checkup) {
        let remarks = checkup.look().await;
        note(&mut self.warnings, remarks.warnings);
        note(&mut self.problems, remarks.problems);
    }

    /// What the server says.
    async fn ask(&mut self, server: Beside) {
        let findings = server.get("/v1/admin/doctor").await;
        let left = server.leave().await;
        match findings.and_then(|findings| left.map(|()| findings)) {
            Ok(findings) => self.take(findings),
            Err(error) => self.problems.push(format!("{error:#}")),
        }
    }

    fn take(&mut self, mut findings: Value) {
        let mut taken = |key: &str| {
            findings
                .as_object_mut()
                .and_then(|findings| findings.remove(key))
                .unwrap_or_default()
        };
        let texts = |list: Value| serde_json::from_value(list).unwrap_or_default();
        let (config, warnings, problems) = (taken("config"), texts(taken("warnings")), texts(taken("problems")));
        note(&mut self.warnings, warnings);
        note(&mut self.problems, problems);
        // One that was started for the moment has another port; an older one does not tell.
        if self.server == Standing::Running && config.is_object() {
            self.differences = differences(&config, &self.config);
            self.config = config;
        }
        self.findings = findings;
        self.judge();
    }

    /// What the findings mean.
    fn judge(&mut self) {
        let parked = self.findings["parked"].as_array().map_or(0, Vec::len);
        if parked > 0 {
            self.problems.push(format!(
                "{parked} facts are parked: what parked them goes on without them. Once the cause is mended, mostly by a newer version of \
                 heliograph, have each applied: heliograph doctor release PROJECTION POSITION.INDEX (see findings)"
            ));
        }
        self.keys();
        self.rebuild();
        let position = |name: &str| self.findings[name].as_i64().unwrap_or(0);
        let behind = position("end") - position("checkpoint");
        if behind > LAG {
            self.warnings.push(format!(
                "the read models are {behind} commits behind the log; they catch up by themselves. If that number does not fall, see what the \
                 server says on stderr"
            ));
        }
        if self.findings.is_object() {
            self.findings["lag_positions"] = json!(behind.max(0));
        }
    }

    fn rebuild(&mut self) {
        let rebuild = &self.findings["rebuild"];
        if rebuild["outdated"] == true {
            let how = rebuild["error"].as_str().map_or_else(
                || "new ones are being made from the log".to_owned(),
                |error| format!("making new ones failed and is tried again: {error}"),
            );
            self.warnings.push(format!(
                "the read models that serve are of another version, or in another number of lanes, than this program makes; {how}"
            ));
        }
    }

    fn keys(&mut self) {
        let keys = &self.findings["keys"];
        for (what, wrong) in [
            ("missing", "have no key, though none was erased"),
            ("damaged", "have a key that does not open"),
        ] {
            let number = keys[what].as_u64().unwrap_or(0);
            if number > 0 {
                self.problems.push(format!(
                    "{number} accounts {wrong} (among those whose keys can't be used: {}): what they wrote and are called can't be read, and they \
                     can't write. The database of keys is older than the log, or has lost rows. Stop the server and put back the newest copy of \
                     keys.db: nothing is lost as long as a copy has them. Only if none does: heliograph account erase ID",
                    keys["accounts"]
                ));
            }
        }
    }
}

/// What can be looked over where no server runs.
fn without_server(config: &Config) -> Checkup {
    Checkup {
        config: config.clone(),
        apart: Vec::new(),
    }
}

/// Adds what is not said yet.
fn note(list: &mut Vec<String>, texts: Vec<String>) {
    for text in texts {
        if !list.contains(&text) {
            list.push(text);
        }
    }
}

/// Where the configurations differ. The folder is the same one, by whatever name.
fn differences(theirs: &Value, ours: &Value) -> Vec<String> {
    let mut differences = Vec::new();
    for (section, fields) in theirs.as_object().into_iter().flatten() {
        for (key, theirs) in fields.as_object().into_iter().flatten() {
            let ours = &ours[section][key];
            if theirs != ours && (section.as_str(), key.as_str()) != ("data", "folder") {
                differences.push(format!("{section}.{key}: the server has {theirs}, this command would have {ours}"));
            }
        }
    }
    differences
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn configurations_differ_in_what_has_another_value() {
        let config = Config::default();
        let ours = without_server(&config).config();
        assert_eq!(differences(&ours, &ours), [""; 0]);
        let mut theirs = config;
        theirs.data.folder = "/elsewhere".into();
        theirs.database.lanes = 4;
        let told = differences(&without_server(&theirs).config(), &ours);
        assert_eq!(told, ["database.lanes: the server has 4, this command would have 1"]);
    }

    #[test]
    fn a_lost_key_is_a_problem_and_names_the_repair() {
        let mut report = Report {
            config: Value::Null,
            differences: Vec::new(),
            server: Standing::Running,
            findings: Value::Null,
            warnings: Vec::new(),
            problems: Vec::new(),
        };
        report
            .take(json!({ "keys": { "missing": 0, "damaged": 0, "accounts": [] }, "parked": [], "warnings": ["unwise"], "problems": [] }));
        assert_eq!((report.problems.len(), &report.warnings[..]), (0, &["unwise".to_owned()][..]));
        report.take(
            json!({ "keys": { "missing": 2, "damaged": 0, "accounts": [7, 9] }, "parked": [], "warnings": ["unwise"], "problems": [] }),
        );
        assert_eq!(report.warnings.len(), 1, "said once");
        assert!(
            report.problems[0].contains("[7,9]") && report.problems[0].contains("keys.db"),
            "{:?}",
            report.problems
        );
    }
}
