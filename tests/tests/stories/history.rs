//! A chat's history: around a message, from a time on, by author, and what a page covers.

use heliograph_tests::world::{direct, group};
use heliograph_tests::{Device, story};
use serde_json::{Value, json};

async fn page(device: &Device, chat: &str, query: &str) -> Value {
    let path = format!("/v1/chats/{chat}/messages?{query}");
    device.client.get(path).await.accepted()
}

fn ids(page: &Value) -> Vec<i64> {
    let messages = page["messages"].as_array().expect("a list").iter();
    messages.map(|message| message["id"].as_i64().expect("an id")).collect()
}

fn covers(page: &Value) -> [i64; 3] {
    ["first", "last", "top"].map(|name| page["covers"][name].as_i64().expect("an id"))
}

story!(a_page_says_what_it_covers_so_that_gaps_are_clear, |world| {
    let (alice, bob) = (world.person("Alice").await, world.person("Bob").await);
    let chat = direct(&alice.phone, &bob).await;
    for number in 1..=10 {
        alice.phone.send(&chat, &format!("wave {number}")).await;
    }
    for number in [1, 4, 5, 10] {
        alice.phone.delete(&chat, number).await.accepted();
    }
    let at = world.now().await;
    let whole = bob.phone.client.get(format!("/v1/chats/{chat}/messages")).at(&at).await.accepted();
    assert_eq!((ids(&whole), covers(&whole)), (vec![2, 3, 6, 7, 8, 9], [1, 10, 10]));
    let newest = page(&bob.phone, &chat, "limit=2").await;
    assert_eq!((ids(&newest), covers(&newest)), (vec![8, 9], [8, 10, 10]));
    let older = page(&bob.phone, &chat, "before=8&limit=3").await;
    assert_eq!((ids(&older), covers(&older)), (vec![3, 6, 7], [3, 7, 10]));
    let oldest = page(&bob.phone, &chat, "before=3&limit=3").await;
    assert_eq!((ids(&oldest), covers(&oldest)), (vec![2], [1, 2, 10]), "the first is gone");
    let behind = page(&bob.phone, &chat, "after=3&limit=2").await;
    assert_eq!((ids(&behind), covers(&behind)), (vec![6, 7], [4, 7, 10]));
    let end = page(&bob.phone, &chat, "after=9").await;
    assert_eq!((ids(&end), covers(&end)), (vec![], [10, 10, 10]));
    for (around, shown, covered) in [
        ("6", vec![2, 3, 6, 7], [2, 7, 10]),
        ("5", vec![2, 3, 6, 7], [2, 7, 10]),
        ("1", vec![2, 3], [1, 3, 10]),
    ] {
        let page = page(&bob.phone, &chat, &format!("around={around}&limit=4")).await;
        assert_eq!((ids(&page), covers(&page)), (shown, covered), "around {around}");
    }
});

story!(history_is_found_by_time_and_by_author, |world| {
    let (alice, bob) = (world.person("Alice").await, world.person("Bob").await);
    let room = group(&alice.phone, "Readers", &[&bob]).await;
    for number in 1..=6 {
        let author = if number % 2 == 0 { &bob } else { &alice };
        author.phone.send(&room, &format!("wave {number}")).await;
    }
    let at = world.now().await;
    let whole = alice
        .phone
        .client
        .get(format!("/v1/chats/{room}/messages"))
        .at(&at)
        .await
        .accepted();
    let messages = whole["messages"].as_array().expect("a list");
    let all = ids(&whole);
    for (index, message) in messages.iter().enumerate() {
        let sent_at = message["sent_at"].as_i64().expect("a time");
        let since = page(&bob.phone, &room, &format!("at={sent_at}")).await;
        // Two may have the same time.
        assert!(ids(&since).ends_with(&all[index..]), "{since}");
        let later = page(&bob.phone, &room, &format!("at={}", sent_at + 1)).await;
        assert!(all[index + 1..].ends_with(&ids(&later)), "{later}");
    }
    assert_eq!(ids(&page(&bob.phone, &room, "at=0").await), all);
    let his: Vec<i64> = messages
        .iter()
        .filter(|message| message["from"] == json!(bob.account))
        .map(|message| message["id"].as_i64().expect("an id"))
        .collect();
    assert_eq!(his.len(), 3);
    let of_bob = format!("from={}", bob.account);
    assert_eq!(ids(&page(&alice.phone, &room, &of_bob).await), his);
    let newest = page(&alice.phone, &room, &format!("{of_bob}&limit=2")).await;
    assert_eq!((ids(&newest), covers(&newest)[0]), (his[1..].to_vec(), his[1]));
    let rest = page(&alice.phone, &room, &format!("{of_bob}&limit=2&before={}", his[1])).await;
    assert_eq!((ids(&rest), covers(&rest)[0]), (his[..1].to_vec(), 1));
});

story!(of_the_places_to_begin_one_can_be_given, |world| {
    let (alice, bob) = (world.person("Alice").await, world.person("Bob").await);
    let chat = direct(&alice.phone, &bob).await;
    alice.phone.send(&chat, "hello").await;
    for query in [
        "before=1&after=1",
        "around=1&at=5",
        "from=1&after=1",
        "around=0",
        "at=-1",
        "around=1&as_of=1",
        "from=1&as_of=1",
    ] {
        let path = format!("/v1/chats/{chat}/messages?{query}");
        alice.phone.client.get(path).at(&world.now().await).await.refused("invalid_request");
    }
});
