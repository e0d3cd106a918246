//! More than the server takes on: it says so, and when to ask again.

use futures::future::join_all;
use heliograph_tests::World;
use heliograph_tests::backend::Backend;
use heliograph_tests::chance::command_id;
use serde_json::json;

use crate::scene::Scene;

/// Sent at once into a chat of which only one may wait.
const MESSAGES: usize = 200;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_turned_away_comes_again_and_is_heard_once() {
    let mut world = World::on(Backend::Embedded, &[("HELIOGRAPH_EXECUTOR__QUEUE", "1")]).await;
    let scene = Scene::set(&mut world).await;
    let (phone, path) = (&scene.alice.phone.client, scene.fill("/v1/chats/{group}/messages"));
    let mut waiting: Vec<_> = (0..MESSAGES).map(|_| command_id()).collect();
    let mut turned_away = 0;
    while !waiting.is_empty() {
        let sent = waiting
            .iter()
            .map(|id| phone.post(&path, &json!({"text": id.to_string()})).id(*id).attempt());
        let answers = join_all(sent).await;
        let mut again = Vec::new();
        for (id, answer) in waiting.into_iter().zip(answers) {
            let answer = answer.expect("an answer");
            if answer.status.is_success() {
                continue;
            }
            assert_eq!(answer.status.as_u16(), 503, "{}", answer.text);
            answer.refused("overloaded");
            assert!(
                answer.body["error"]["retry_after_ms"].as_u64().is_some_and(|wait| wait > 0),
                "{}",
                answer.text
            );
            again.push(id);
        }
        turned_away += again.len();
        waiting = again;
    }
    assert!(turned_away > 0, "all were taken on");
    let chat = phone.get(scene.fill("/v1/chats/{group}")).at(&world.now().await).await.accepted();
    assert_eq!(chat["chat"]["top_message"], MESSAGES + 1, "{chat}");
    world.finish().await;
}
