//! What the OpenAPI document and docs/API.md say is what the server does.

use std::collections::BTreeSet;

use anyhow::{Context, Result};
use reqwest::Method;
use serde_json::Value;

use super::client::answer;
use super::server::Server;

const MANUAL: &str = include_str!("../../../docs/API.md");
/// Others that name routes.
const OTHERS: [&str; 6] = [
    include_str!("../../../README.md"),
    include_str!("../../../CHANGELOG.md"),
    include_str!("../../../docs/ANALYSTS.md"),
    include_str!("../../../docs/BACKUP.md"),
    include_str!("../../../docs/IMPORTING.md"),
    include_str!("../../../docs/SECURITY.md"),
];

/// `GET /v1/chats/{}`: methods and paths, whatever a path's parts are called.
fn route(method: &str, path: &str) -> String {
    let path = path.split(['?', ' ']).next().unwrap_or_default();
    let parts: Vec<&str> = path
        .split('/')
        .map(|part| if part.starts_with('{') { "{}" } else { part })
        .collect();
    format!("{} {}", method.to_uppercase(), parts.join("/"))
}

fn documented(openapi: &Value) -> Result<BTreeSet<String>> {
    let paths = openapi["paths"].as_object().context("paths")?;
    let routes = paths
        .iter()
        .flat_map(|(path, item)| item.as_object().into_iter().flatten().map(move |(method, _)| route(method, path)));
    Ok(routes.collect())
}

/// The routes that a text names, each in backticks.
fn named(text: &str) -> BTreeSet<String> {
    let quoted = text.split('`').skip(1).step_by(2);
    let routes = quoted.filter_map(|quoted| quoted.split_once(' '));
    routes
        .filter(|(method, _)| ["GET", "POST", "PUT", "PATCH", "DELETE"].contains(method))
        .map(|(method, path)| route(method, path))
        .collect()
}

#[tokio::test]
async fn every_documented_route_is_there_and_the_manual_names_the_same() -> Result<()> {
    let server = Server::start().await?;
    let openapi = server.admin.0.get("/v1/openapi.json").await?.good()?;
    let documented = documented(&openapi)?;
    for route in &documented {
        let (method, path) = route.split_once(' ').context("a route")?;
        let path = path.replace("{}", "1");
        let answered = server.admin.0.request(Method::from_bytes(method.as_bytes())?, &path).send().await?;
        assert_ne!(answered.status(), 405, "{route}");
        assert!(
            path == "/metrics" || answered.status() != 404 || !answered.text().await?.contains("\"not_found\""),
            "{route}"
        );
    }
    let mut manual = named(MANUAL);
    manual.remove("GET /v1/openapi.json");
    assert_eq!(manual, documented);
    for other in OTHERS {
        let unknown: Vec<String> = named(other).difference(&documented).cloned().collect();
        assert_eq!(unknown, [""; 0], "nothing is promised that is not there");
    }
    Ok(())
}

#[tokio::test]
async fn every_route_may_meet_a_server_in_trouble() -> Result<()> {
    let server = Server::start().await?;
    let openapi = server.admin.0.get("/v1/openapi.json").await?.good()?;
    for (path, item) in openapi["paths"].as_object().context("paths")? {
        for (method, operation) in item.as_object().context("operations")? {
            let body = &operation["responses"]["5XX"]["content"]["application/json"]["schema"]["$ref"];
            assert_eq!(body, "#/components/schemas/ErrorAnswer", "{method} {path}");
        }
    }
    assert!(openapi["components"]["schemas"]["ErrorAnswer"].is_object());
    Ok(())
}

#[tokio::test]
async fn probes_answer() -> Result<()> {
    let server = Server::start().await?;
    let get = |path: &str| answer(reqwest::Client::new().get(format!("{}{path}", server.url)));
    assert_eq!(get("/healthz").await?.good()?["status"], "ok");
    assert_eq!(get("/readyz").await?.good()?["ready"], true);
    Ok(())
}
