//! What the server finds in texts that nobody marked.

use heliograph_tests::world::direct;
use heliograph_tests::{Device, story};
use serde_json::{Value, json};

/// The kinds and words of a message's entities, as the answer and a later query tell them alike.
async fn found(device: &Device, chat: &str, what: &Value) -> Vec<(String, String)> {
    let sent = device.client.post(format!("/v1/chats/{chat}/messages"), what).await;
    let at = sent.position.clone().expect("a position");
    let sent = sent.accepted()["message"].clone();
    let path = format!("/v1/chats/{chat}/messages/{}", sent["id"]);
    let kept = device.client.get(path).at(&at).await.accepted();
    assert_eq!(sent["entities"], kept["message"]["entities"]);
    let units: Vec<u16> = sent["text"].as_str().expect("a text").encode_utf16().collect();
    let number = |entity: &Value, field: &str| usize::try_from(entity[field].as_u64().expect("a number")).expect("small");
    let entities = sent["entities"].as_array().cloned().unwrap_or_default();
    entities
        .iter()
        .map(|entity| {
            let (offset, length) = (number(entity, "offset"), number(entity, "length"));
            let words = String::from_utf16_lossy(&units[offset..offset + length]);
            (entity["type"].as_str().expect("a type").to_owned(), words)
        })
        .collect()
}

story!(addresses_tags_and_names_are_found, |world| {
    let (alice, bob) = (world.person("Alice").await, world.person("Bob").await);
    let chat = direct(&alice.phone, &bob).await;
    let text = "👍 see https://example.org/?q=1, write to me@example.org or +1-212-555-0123: #tea $USD @some_body /start";
    let kinds = ["url", "email", "phone_number", "hashtag", "cashtag", "mention", "bot_command"];
    let words = [
        "https://example.org/?q=1",
        "me@example.org",
        "+1-212-555-0123",
        "#tea",
        "$USD",
        "@some_body",
        "/start",
    ];
    let expected: Vec<_> = kinds
        .iter()
        .zip(words)
        .map(|(kind, words)| ((*kind).to_owned(), words.to_owned()))
        .collect();
    assert_eq!(found(&alice.phone, &chat, &json!({"text": text})).await, expected);
    let marked = json!([{"type": "code", "offset": 0, "length": text.encode_utf16().count()}]);
    let in_code = found(&alice.phone, &chat, &json!({"text": text, "entities": marked})).await;
    assert_eq!(in_code, [("code".to_owned(), text.to_owned())]);
});

story!(a_link_behind_words_keeps_its_address_beside_what_is_found, |world| {
    let (alice, bob) = (world.person("Alice").await, world.person("Bob").await);
    let chat = direct(&alice.phone, &bob).await;
    let link = json!([{"type": "text_link", "offset": 12, "length": 4, "url": "https://example.com"}]);
    let sent = json!({"text": "example.org here", "entities": link});
    let sent = bob.phone.client.post(format!("/v1/chats/{chat}/messages"), &sent).await.accepted();
    let entities = &sent["message"]["entities"];
    assert_eq!((&entities[0]["type"], entities[0].get("url")), (&json!("url"), None));
    assert_eq!(
        (&entities[1]["type"], &entities[1]["url"]),
        (&json!("text_link"), &json!("https://example.com"))
    );
});
