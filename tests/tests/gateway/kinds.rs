//! The kinds of update that the server tells are those that the reference client considers, and the manual lists.

use std::collections::BTreeSet;

use anyhow::{Context, Result};
use reference::Kind;
use serde_json::Value;

use super::server::Server;

const MANUAL: &str = include_str!("../../../docs/API.md");

/// The `type` of every update that a schema describes.
fn types(schemas: &Value, schema: &Value, found: &mut BTreeSet<String>) {
    if let Some(name) = schema["$ref"].as_str().and_then(|place| place.rsplit('/').next()) {
        types(schemas, &schemas[name], found);
    }
    let names = schema["properties"]["type"]["enum"].as_array().into_iter().flatten();
    found.extend(names.filter_map(|name| name.as_str().map(str::to_owned)));
    for parts in ["oneOf", "anyOf"] {
        for part in schema[parts].as_array().into_iter().flatten() {
            types(schemas, part, found);
        }
    }
    // What is flattened into an update stands beside its fields: messages and the like have types of their own, but no name of one.
    for part in schema["allOf"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|part| part.get("$ref").is_none())
    {
        types(schemas, part, found);
    }
}

#[tokio::test]
async fn the_reference_client_considers_every_kind_of_update() -> Result<()> {
    let server = Server::start().await?;
    let openapi = server.admin.0.get("/v1/openapi.json").await?.good()?;
    let schemas = &openapi["components"]["schemas"];
    let mut told = BTreeSet::new();
    types(schemas, &schemas["Update"], &mut told);
    let considered: BTreeSet<String> = Kind::ALL.iter().map(|kind| kind.name().to_owned()).collect();
    assert_eq!(told, considered);

    let table = MANUAL.split("\n## Updates\n").nth(1).and_then(|rest| rest.split("\n### ").next());
    let rows = table
        .context("the section on updates")?
        .lines()
        .filter(|line| line.starts_with("| `"));
    let cells = rows.filter_map(|row| row.split('|').nth(1));
    let listed: BTreeSet<String> = cells
        .flat_map(|cell| cell.split('`').skip(1).step_by(2))
        .map(str::to_owned)
        .collect();
    assert_eq!(listed, considered);
    Ok(())
}
