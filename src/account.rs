//! `heliograph account`: accounts and their devices, through the server's door.

use anyhow::Result;
use clap::{Args, Subcommand};
use serde_json::{Value, json};

use crate::beside::Beside;
use crate::settings::Settings;

/// Create accounts, authorise devices, list accounts
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
}

/// Accounts of one page.
const PAGE: usize = 100;

impl Account {
    /// Does it and prints the answer.
    pub async fn run(self) -> Result<()> {
        self.settings.tell("warn");
        let server = Beside::server(self.settings.config()?).await?;
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
                    println!("{}", json!({ "account": account["id"], "name": account["name"] }));
                    return Ok(());
                }
                authorise(server, &account["id"], &device).await
            }
            Self::Device { account, name } => authorise(server, &json!(account), &name).await,
            Self::List => list(server).await,
        }
    }
}

async fn authorise(server: &Beside, account: &Value, name: &str) -> Result<()> {
    let device = server
        .post(&format!("/v1/accounts/{account}/devices"), &json!({ "name": name }))
        .await?;
    println!(
        "{}",
        json!({ "account": device["account"], "device": device["device"], "token": device["token"] })
    );
    Ok(())
}

async fn list(server: &Beside) -> Result<()> {
    let mut after = Value::Null;
    loop {
        let cursor = if after.is_null() {
            String::new()
        } else {
            format!("&after={after}")
        };
        let page = server.get(&format!("/v1/accounts?limit={PAGE}{cursor}")).await?;
        for account in page["accounts"].as_array().into_iter().flatten() {
            println!("{account}");
        }
        after = page["next"].clone();
        if after.is_null() {
            return Ok(());
        }
    }
}
