//! `heliograph doctor release`: a parked fact is applied after all.

use std::str::FromStr;

use anyhow::{Context as _, Result, bail};
use clap::Args;
use infra::config::Config;
use serde_json::json;

use crate::beside::Beside;
use crate::say::say;

/// Have a parked fact applied, once its cause is mended
#[derive(Debug, Args)]
#[command(
    after_help = "`heliograph doctor` lists what is parked, with the command for each. The answer stands on stdout as JSON: `outcome` is \
                        `applied`, or `pending` (under way, or a reactor's or the archive's, which go on in their own time). Exit codes: 0 released, \
                        1 not, or parked again (the reason stands on stderr), 2 wrong usage."
)]
pub struct Release {
    /// Who goes on without it: a projection, a reactor (`reactor.username`), or '*' for all projections
    projection: String,
    /// Which fact: its position in the log and its index there, `48211.0`
    #[arg(value_name = "POSITION.INDEX")]
    fact: Fact,
}

/// A fact's place in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Fact {
    position: i64,
    index: u32,
}

impl FromStr for Fact {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Self> {
        let (position, index) = text.split_once('.').context("must be a position and an index, as in 48211.0")?;
        Ok(Self {
            position: position.parse()?,
            index: index.parse()?,
        })
    }
}

impl Release {
    /// Releases it and prints what became of it.
    pub async fn run(self, config: Config) -> Result<()> {
        let server = Beside::server(config).await?;
        let Fact { position, index } = self.fact;
        let wanted = json!({ "projection": self.projection, "position": position, "index": index });
        let released = server.post("/v1/admin/parked/release", &wanted).await;
        server.leave().await?;
        let released = released?;
        if released["outcome"] == "parked_again" {
            let error = released["error"].as_str().unwrap_or("it does not say why");
            bail!("the fact {position}.{index} failed again and is parked again: {error}");
        }
        say(released)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fact_is_read_as_the_doctor_tells_it() {
        let (position, index) = (48211, 2);
        assert_eq!("48211.2".parse::<Fact>().unwrap(), Fact { position, index });
        for wrong in ["", "48211", "48211.", ".0", "a.b", "1.-1"] {
            assert!(wrong.parse::<Fact>().is_err(), "{wrong}");
        }
    }
}
