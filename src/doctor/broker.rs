//! The JetStream server as the doctor sees it: is it there, does it sync, how many hold the stream.

use async_nats::ConnectOptions;
use infra::config::log::Log;
use infra::log::jetstream::dial;
use serde_json::Value;
use tokio::time::timeout;

use super::PATIENCE;

/// Where a NATS server tells about itself, unless configured otherwise.
const MONITOR_PORT: u16 = 8222;

/// Looks the log's server over, when there is one.
pub async fn examine(log: &Log, warnings: &mut Vec<String>, problems: &mut Vec<String>) {
    let Some(nats) = &log.nats else {
        return;
    };
    let client = match timeout(PATIENCE, dial(nats.reveal(), ConnectOptions::new())).await {
        Ok(Ok(client)) => client,
        Ok(Err(error)) => return problems.push(format!("log.nats = {nats}: can't be reached: {error}")),
        Err(_) => return problems.push(format!("log.nats = {nats}: can't be reached within {PATIENCE:?}")),
    };
    let host = client.server_info().host;
    let stream = async_nats::jetstream::new(client).get_stream(&log.stream).await;
    // The stream is made by the first start.
    let replicas = stream.map_or(usize::try_from(log.replicas).unwrap_or(1), |stream| {
        stream.cached_info().config.num_replicas
    });
    if replicas == 1 && syncs_always(nats.reveal(), &host).await != Some(true) {
        warnings.push(format!(
            "the stream {} has one replica and its server is not known to sync each write (sync_interval: always): \
             a loss of power may lose acknowledged messages. Set it in nats-server's configuration, or use three replicas",
            log.stream
        ));
    }
}

/// What the server's monitoring says, if it has one.
async fn syncs_always(url: &str, told: &str) -> Option<bool> {
    let named = url.split("://").nth(1)?.rsplit('@').next()?.split([':', ',', '/']).next()?;
    let host = if named.is_empty() { told } else { named };
    let page = reqwest::Client::new()
        .get(format!("http://{host}:{MONITOR_PORT}/varz"))
        .timeout(PATIENCE)
        .send()
        .await
        .ok()?;
    let varz: Value = serde_json::from_str(&page.text().await.ok()?).ok()?;
    Some(varz["jetstream"]["config"]["sync_always"].as_bool().unwrap_or(false))
}
