//! The read models are what the log says: made anew, they hold the same rows.

use heliograph_tests::World;
use heliograph_tests::deadline::eventually;
use serde_json::Value;

/// What nobody does here: to ban, invite, react, pin, mention, and follow.
const UNUSED: [&str; 6] = ["bans", "links", "reactions", "pins", "mentions", "sequences"];

/// Deletes the read models once nobody says anything any more; what the log makes of them again must have the same hashes.
pub(super) async fn equals_live(world: &mut World) {
    let live = examine(world).await;
    assert!(world.server.stop().await.success(), "{}", world.server.last_words());
    world.forget_read_models().await;
    world.server.go_on().await;
    let rebuilt = examine(world).await;
    assert_eq!(rebuilt["end"], live["end"], "nothing happened meanwhile");
    assert_eq!(rebuilt["models"], live["models"], "live, and made anew");
}

/// What the doctor says of read models that include all of the log.
async fn examine(world: &World) -> Value {
    let findings = eventually("the read models include the log's end", async || {
        let findings = world.admin.get("/v1/admin/doctor").await.accepted();
        (findings["hashed_at"] == findings["end"]).then_some(findings)
    })
    .await;
    assert_eq!(findings["parked"], Value::Array(Vec::new()), "nothing is parked");
    let unused = |model: &Value| UNUSED.iter().any(|name| model["model"] == *name);
    let models = findings["models"].as_array().expect("a list of read models").iter();
    for model in models.filter(|model| !unused(model)) {
        assert!(model["rows"].as_u64() > Some(0), "there is nothing to compare: {model}");
    }
    findings
}
