//! Finding messages by their words: whatever their case and marks, only where one is, and only what is still there.

use heliograph_tests::client::http::Answer;
use heliograph_tests::deadline::eventually;
use heliograph_tests::world::{direct, group};
use heliograph_tests::{Device, Person, World, story};
use serde_json::{Value, json};

/// What the index answers once it is there and includes all that has happened.
async fn ask(world: &World, device: &Device, path: &str) -> Answer {
    let at = world.now().await;
    eventually("what is searched is open", async || {
        let answer = device.client.get(path).at(&at).await;
        (!matches!(answer.code(), Some("search_unavailable" | "behind"))).then_some(answer)
    })
    .await
}

async fn found(world: &World, device: &Device, query: &str) -> Vec<(String, i64)> {
    let answer = ask(world, device, &format!("/v1/search?{query}")).await.accepted();
    listed(&answer)
}

async fn found_in(world: &World, device: &Device, chat: &str, query: &str) -> Vec<i64> {
    let answer = ask(world, device, &format!("/v1/chats/{chat}/search?{query}")).await.accepted();
    listed(&answer).into_iter().map(|(_, message)| message).collect()
}

fn listed(answer: &Value) -> Vec<(String, i64)> {
    let messages = answer["messages"].as_array().expect("a list").iter();
    let place = |found: &Value| {
        let chat = found["chat"].as_str().expect("a chat").to_owned();
        (chat, found["message"]["id"].as_i64().expect("a message"))
    };
    messages.map(place).collect()
}

async fn two(world: &mut World) -> (Person, Person, String) {
    let (alice, bob) = (world.person("Alice").await, world.person("Bob").await);
    let chat = direct(&alice.phone, &bob).await;
    (alice, bob, chat)
}

story!(words_are_found_whatever_their_case_and_marks, |world| {
    let (alice, bob, chat) = two(world).await;
    for text in [
        "The Night Train to Lisbon",
        "Un CAFÉ, s'il vous plaît",
        "世界 и МИР",
        "A train of thought at night",
    ] {
        alice.phone.send(&chat, text).await;
    }
    let finds = async |query: &str| found_in(world, &bob.phone, &chat, query).await;
    assert_eq!(finds("q=cafe").await, [2]);
    assert_eq!(finds("q=%D0%BC%D0%B8%D1%80").await, [3]);
    assert_eq!(finds("q=%E7%95%8C").await, [3]);
    assert_eq!(finds("q=night+train").await, [4, 1], "the newest first");
    assert_eq!(finds("q=%22night+train%22").await, [1], "one after the other");
    assert_eq!(finds("q=lis").await, [1], "the beginning of a word");
    assert_eq!(finds("q=lisbo").await, [1]);
    assert_eq!(finds("q=lis+").await, [0; 0], "a word of its own");
    assert_eq!(finds("q=night+day").await, [0; 0]);
    assert_eq!(finds(&format!("q=train&from={}", alice.account)).await, [4, 1]);
    assert_eq!(finds(&format!("q=train&from={}", bob.account)).await, [0; 0]);
});

story!(what_is_found_was_sent_within_the_time_that_was_asked_for, |world| {
    let (alice, bob, chat) = two(world).await;
    for number in 1..=3 {
        alice.phone.send(&chat, &format!("wave {number}")).await;
    }
    let answer = ask(world, &bob.phone, "/v1/search?q=wave").await.accepted();
    let sent: Vec<i64> = answer["messages"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|found| found["message"]["sent_at"].as_i64().expect("a time"))
        .collect();
    let [third, second, first] = sent[..] else {
        panic!("three messages: {sent:?}")
    };
    let finds = async |query: &str| found_in(world, &bob.phone, &chat, &format!("q=wave&{query}")).await;
    assert!(first < second && second < third, "a chat's times rise");
    assert_eq!(finds(&format!("since={second}")).await, [3, 2]);
    assert_eq!(finds(&format!("until={second}")).await, [1]);
    assert_eq!(finds(&format!("since={second}&until={third}")).await, [2]);
    assert_eq!(finds(&format!("since={third}&until={first}")).await, [0; 0]);
    assert_eq!(finds("until=0").await, [0; 0]);
    assert_eq!(finds("since=0&until=9223372036854775807").await, [3, 2, 1]);
    assert_eq!(
        found(world, &bob.phone, &format!("q=wave&since={second}&until={third}")).await,
        [(chat.clone(), 2)]
    );
    // An edit does not change when it was sent.
    alice.phone.edit(&chat, 1, "wave again").await.accepted();
    assert_eq!(finds(&format!("until={second}")).await, [1]);
});

story!(who_is_not_in_a_chat_finds_nothing_there, |world| {
    let (alice, bob, chat) = two(world).await;
    let carol = world.person("Carol").await;
    let room = group(&alice.phone, "Readers", &[&bob]).await;
    alice.phone.send(&chat, "the owl flies tonight").await;
    let told = alice.phone.send(&room, "an owl, a mouse").await;
    assert_eq!(found(world, &bob.phone, "q=owl").await, [(room.clone(), told), (chat.clone(), 1)]);
    assert_eq!(found(world, &carol.phone, "q=owl").await, []);
    let path = format!("/v1/chats/{room}/search?q=owl");
    ask(world, &carol.phone, &path).await.refused("chat_not_found");
    let gone = alice.phone.client.delete(format!("/v1/chats/{room}/members/{}", bob.account));
    gone.await.accepted();
    assert_eq!(found(world, &bob.phone, "q=owl").await, [(chat, 1)]);
    ask(world, &bob.phone, &path).await.refused("chat_not_found");
});

story!(what_is_edited_is_found_as_it_is_and_what_is_deleted_is_not, |world| {
    let (alice, bob, chat) = two(world).await;
    let first = alice.phone.send(&chat, "red apples").await;
    let second = alice.phone.send(&chat, "green apples").await;
    alice.phone.edit(&chat, first, "red pears").await.accepted();
    assert_eq!(found_in(world, &bob.phone, &chat, "q=apples").await, [second]);
    assert_eq!(found_in(world, &bob.phone, &chat, "q=pears").await, [first]);
    alice.phone.delete(&chat, second).await.accepted();
    assert_eq!(found_in(world, &bob.phone, &chat, "q=apples").await, [0; 0]);
    world.restart().await;
    assert_eq!(found_in(world, &bob.phone, &chat, "q=pears").await, [first]);
});

story!(who_is_erased_is_found_no_more, |world| {
    let (alice, bob, chat) = two(world).await;
    alice.phone.send(&chat, "a secret garden").await;
    let kept = bob.phone.send(&chat, "which garden?").await;
    assert_eq!(found_in(world, &bob.phone, &chat, "q=garden").await, [kept, 1]);
    world.server.set("HELIOGRAPH_ACCOUNTS__ERASURE_GRACE_DAYS", "0");
    world.server.set("HELIOGRAPH_ACCOUNTS__UPKEEP_SECONDS", "1");
    world.restart().await;
    alice.phone.client.delete("/v1/me").await.accepted();
    eventually("what she said is not found", async || {
        let found = found_in(world, &bob.phone, &chat, "q=garden").await;
        (found == [kept]).then_some(())
    })
    .await;
    // Who heard what is gone still knows it.
    world.retire(&alice).await;
    world.retire(&bob).await;
});

story!(what_is_found_comes_in_pages, |world| {
    let (alice, bob, chat) = two(world).await;
    for number in 1..=7 {
        alice.phone.send(&chat, &format!("wave {number}")).await;
    }
    let mut path = "/v1/search?q=wave&limit=3".to_owned();
    let mut pages = Vec::new();
    loop {
        let answer = ask(world, &bob.phone, &path).await.accepted();
        assert_eq!(answer["complete"], true);
        let page = listed(&answer).into_iter().map(|(_, message)| message);
        pages.push(page.collect::<Vec<_>>());
        let Some(next) = answer["next"].as_i64() else { break };
        path = format!("/v1/search?q=wave&limit=3&after={next}");
    }
    assert_eq!(pages.concat(), [7, 6, 5, 4, 3, 2, 1]);
    assert_eq!(&pages[..2], [vec![7, 6, 5], vec![4, 3, 2]]);
});

/// Texts as long as they may be, more than are read for one page.
const LONG: usize = 80;

story!(a_page_reads_so_much_and_the_next_goes_on, |world| {
    let (alice, bob, chat) = two(world).await;
    alice.phone.send(&chat, "here").await;
    for _ in 0..LONG {
        alice.phone.send(&chat, &format!("here is it not {}", "a ".repeat(2_000))).await;
    }
    let (mut pages, mut after) = (0, String::new());
    let hits = loop {
        let page = ask(world, &bob.phone, &format!("/v1/search?q=%22it+is%22+here{after}"))
            .await
            .accepted();
        pages += 1;
        match page["next"].as_i64() {
            Some(next) => after = format!("&after={next}"),
            None => break listed(&page),
        }
        assert_eq!(page["messages"], json!([]));
    };
    assert_eq!((pages, hits), (2, Vec::new()), "none says it, one after the other");
});

story!(of_who_is_in_none_of_ones_chats_nothing_is_found, |world| {
    let (alice, bob, chat) = two(world).await;
    let carol = world.person("Carol").await;
    alice.phone.send(&chat, "between us").await;
    let theirs = direct(&carol.phone, &bob).await;
    bob.phone.send(&theirs, "between them").await;
    let by = async |who: &Person| found(world, &carol.phone, &format!("q=between&from={}", who.account)).await;
    assert_eq!(by(&alice).await, []);
    assert_eq!(by(&bob).await, [(theirs, 1)]);
});

story!(who_left_is_found_by_what_they_said, |world| {
    let (alice, bob) = (world.person("Alice").await, world.person("Bob").await);
    let chat = group(&alice.phone, "town", &[&bob]).await;
    bob.phone.send(&chat, "farewell").await;
    let leave = format!("/v1/chats/{chat}/leave");
    bob.phone.client.post(&leave, &json!({})).await.accepted();
    let by = found(world, &alice.phone, &format!("q=farewell&from={}", bob.account)).await;
    assert_eq!(by.len(), 1);
});

story!(what_can_not_be_looked_for_is_refused, |world| {
    let (alice, _, chat) = two(world).await;
    alice.phone.send(&chat, "hello").await;
    let long = "a".repeat(257);
    let many = "a+".repeat(17);
    for query in [
        "q=",
        "q=%20%E2%80%A6",
        &format!("q={long}"),
        &format!("q={many}"),
        "limit=5",
        "q=a&limit=0",
        "q=a&limit=201",
        "q=a&after=x",
        "q=a&since=x",
        "q=a&until=2026-01-01",
        "q=a&from=0",
    ] {
        ask(world, &alice.phone, &format!("/v1/search?{query}"))
            .await
            .refused("invalid_request");
    }
});

story!(who_has_hidden_a_message_does_not_find_it, |world| {
    let (alice, bob, chat) = two(world).await;
    let first = alice.phone.send(&chat, "an owl").await;
    let second = alice.phone.send(&chat, "two owls, one owl").await;
    let hide = json!({ "messages": [first] });
    bob.phone
        .client
        .post(format!("/v1/chats/{chat}/messages/hide"), &hide)
        .await
        .accepted();
    assert_eq!(found_in(world, &bob.phone, &chat, "q=owl").await, [second]);
    assert_eq!(found_in(world, &alice.phone, &chat, "q=owl").await, [second, first]);
});
