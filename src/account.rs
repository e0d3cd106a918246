//! `heliograph account`: accounts and their devices, through the server's door.

use anyhow::{Result, bail};
use clap::{Args, Subcommand};
use serde_json::{Value, json};

use crate::beside::Beside;
use crate::say::say;
use crate::settings::Settings;

/// Create accounts, authorise devices, list accounts, say who is an admin or suspended, erase accounts
#[derive(Debug, Args)]
#[command(
    after_help = "Works beside a running server of the same data folder, through its door; when none runs, one is started for the moment. \
                  Answers stand on stdout as JSON, one object a line."
)]
pub struct Account {
    #[command(subcommand)]
    what: What,
    #[command(flatten)]
    settings: Settings,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Create an account; prints its id, and the token of a first device unless told otherwise
    Create {
        /// What the account is called
        name: String,
        /// It is a bot
        #[arg(long)]
        bot: bool,
        /// What its first device is called
        #[arg(long, value_name = "NAME", default_value = "first device")]
        device: String,
        /// Authorise no device yet
        #[arg(long, conflicts_with = "device")]
        no_device: bool,
    },
    /// Authorise a further device of an account; its token is printed once and kept nowhere
    Device {
        /// The account's id
        account: i64,
        /// What the device is called
        #[arg(default_value = "device")]
        name: String,
    },
    /// List all accounts
    List,
    /// Let an account administer the installation: list, suspend and restore accounts
    Promote {
        /// The account's id
        account: i64,
    },
    /// Let it do so no more
    Demote {
        /// The account's id
        account: i64,
    },
    /// Keep an account from acting; nothing of it is lost
    Suspend {
        /// The account's id
        account: i64,
    },
    /// Let it act again
    Restore {
        /// The account's id
        account: i64,
    },
    /// Erase an account: its devices are ended, its addresses and its username are given up, and whatever it wrote and is called can never be
    /// read again. Its number stays in its chats; counts and order stay as they are
    Erase {
        /// The account's id
        account: i64,
        /// Really: it can't be undone
        #[arg(long)]
        yes: bool,
    },
}

impl Account {
    /// Does it and prints the answer.
    pub async fn run(self) -> Result<()> {
        self.settings.tell("warn", None)?;
        if let What::Erase { account, yes: false } = self.what {
            bail!(
                "what account {account} wrote would be gone for ever, everywhere; nothing was done. If that is what you want, add --yes; \
                 then copy the keys anew (heliograph backup --keys FOLDER) and delete the older copies: with one of \
                 them and the log it could be read again"
            );
        }
        let config = self.settings.config()?;
        let server = match self.what {
            What::Create { .. } => Beside::server_or_new(config).await?,
            What::Device { .. }
            | What::List
            | What::Promote { .. }
            | What::Demote { .. }
            | What::Suspend { .. }
            | What::Restore { .. }
            | What::Erase { .. } => Beside::server(config).await?,
        };
        let done = self.what.ask(&server).await;
        server.leave().await?;
        done
    }
}

impl What {
    async fn ask(self, server: &Beside) -> Result<()> {
        match self {
            Self::Create {
                name,
                bot,
                device,
                no_device,
            } => {
                let created = server.post("/v1/accounts", &json!({ "name": name, "bot": bot })).await?;
                let account = &created["account"];
                if no_device {
                    return say(json!({ "account": account["id"], "name": account["name"] }));
                }
                authorise(server, &account["id"], &device).await
            }
            Self::Device { account, name } => authorise(server, &json!(account), &name).await,
            Self::List => server.print_all("/v1/admin/accounts", "accounts").await,
            Self::Promote { account } => change(server, account, "promote", json!({ "admin": true })).await,
            Self::Demote { account } => change(server, account, "demote", json!({ "admin": false })).await,
            Self::Suspend { account } => change(server, account, "suspend", json!({ "suspended": true })).await,
            Self::Restore { account } => change(server, account, "restore", json!({ "suspended": false })).await,
            Self::Erase { account, .. } => erase(server, account).await,
        }
    }
}

async fn authorise(server: &Beside, account: &Value, name: &str) -> Result<()> {
    let device = server
        .post(&format!("/v1/accounts/{account}/devices"), &json!({ "name": name }))
        .await?;
    say(json!({ "account": device["account"], "device": device["device"], "token": device["token"] }))
}

/// Changes how an account stands, and says how it does.
async fn change(server: &Beside, account: i64, verb: &str, mut stands: Value) -> Result<()> {
    server.post(&format!("/v1/admin/accounts/{account}/{verb}"), &json!({})).await?;
    stands["account"] = account.into();
    say(stands)
}

async fn erase(server: &Beside, account: i64) -> Result<()> {
    server.delete(&format!("/v1/accounts/{account}/key")).await?;
    say(json!({ "account": account, "erased": true }))
}
