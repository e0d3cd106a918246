//! `heliograph token`: services that may read the log, through the server's door.

use anyhow::Result;
use clap::{Args, Subcommand};
use domain::system::{self, InvalidTokenName, TokenName};
use domain::time::Timestamp;
use serde_json::json;

use crate::beside::Beside;
use crate::say::say;
use crate::settings::Settings;

/// Let services in that read the log, list them, end their tokens
#[derive(Debug, Args)]
#[command(
    after_help = "Works beside a running server of the same data folder, through its door; when none runs, one is started for the moment. \
                  Answers stand on stdout as JSON, one object a line."
)]
pub struct Token {
    #[command(subcommand)]
    what: What,
    #[command(flatten)]
    settings: Settings,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Let a service in; its token is printed once and kept nowhere
    Create {
        /// As whom the service acts: 1 to 32 of a-z, 0-9, - and _, a letter first; not admin or import
        #[arg(value_parser = free_name)]
        name: TokenName,
        /// What it may: `events:read` (facts without what people wrote), `events:content` (with it). May be given several times
        #[arg(long = "scope", value_name = "SCOPE", default_value = "events:read", value_parser = ["events:read", "events:content"])]
        scopes: Vec<String>,
        /// From when on the token is of no use (RFC 3339, as in 2026-12-31T00:00:00Z); without it: never
        #[arg(long, value_name = "TIME")]
        expires: Option<Timestamp>,
    },
    /// List services' tokens, those that were ended too
    List,
    /// End a token: it is refused from now on
    End {
        /// The token's number
        id: i64,
    },
}

/// A name that a service may be given.
fn free_name(text: &str) -> Result<TokenName, String> {
    let name: TokenName = text.parse().map_err(|invalid: InvalidTokenName| invalid.to_string())?;
    if name.is_reserved() {
        return Err(system::Rejection::ReservedName.to_string());
    }
    Ok(name)
}

impl Token {
    /// Does it and prints the answer.
    pub async fn run(self) -> Result<()> {
        self.settings.tell("warn", None)?;
        let server = Beside::server(self.settings.config()?).await?;
        let done = self.what.ask(&server).await;
        server.leave().await?;
        done
    }
}

impl What {
    async fn ask(self, server: &Beside) -> Result<()> {
        match self {
            Self::Create { name, scopes, expires } => {
                let wanted = json!({ "name": name.as_str(), "scopes": scopes, "expires_at": expires });
                let mut issued = server.post("/v1/admin/tokens", &wanted).await?;
                if let Some(fields) = issued.as_object_mut() {
                    // One was drawn for this command: it can't be repeated.
                    fields.remove("repeated");
                }
                say(issued)
            }
            Self::List => server.print_all("/v1/admin/tokens", "tokens").await,
            Self::End { id } => {
                server.delete(&format!("/v1/admin/tokens/{id}")).await?;
                say(json!({ "id": id, "ended": true }))
            }
        }
    }
}
