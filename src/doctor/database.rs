//! PostgreSQL as the doctor sees it: is it there.

use infra::config::Config;
use infra::config::secret::Address;
use sqlx::{Connection, PgConnection};
use tokio::time::timeout;

use super::PATIENCE;

/// Looks for the databases that are named by address.
pub async fn examine(config: &Config, problems: &mut Vec<String>) {
    for (key, url) in [("database.url", &config.database.url), ("keys.url", &config.keys.url)] {
        let Some(url) = url else { continue };
        if let Err(why) = reach(url).await {
            problems.push(format!("{key} = {url}: can't be reached: {why}"));
        }
    }
}

async fn reach(url: &Address) -> Result<(), String> {
    let asked = async {
        let mut connection = PgConnection::connect(url.reveal()).await?;
        connection.ping().await?;
        connection.close().await
    };
    match timeout(PATIENCE, asked).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err(format!("no answer within {PATIENCE:?}")),
    }
}
