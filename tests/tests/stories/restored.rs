//! An older backup is restored, and life goes on over the numbers that were lost: nobody takes new updates for those that they have.

use std::fs;
use std::path::Path;

use heliograph_tests::client::socket::Socket;
use heliograph_tests::client::view::{Cursor, View};
use heliograph_tests::deadline::eventually;
use heliograph_tests::world::direct;
use heliograph_tests::{Device, World};

/// What is said and lost, and then said anew: more, so that the numbers that were lost are all given again.
const LOST: i64 = 5;
const ANEW: i64 = 12;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cursor_of_a_lost_future_is_noticed_however_late_it_comes() {
    let mut world = World::embedded().await;
    let (alice, bob) = (world.person("Alice").await, world.person("Bob").await);
    let chat = direct(&alice.phone, &bob).await;
    alice.phone.send(&chat, "kept").await;
    for person in [&alice, &bob] {
        person.hears("kept").await;
    }
    bob.laptop.offline().await;
    world.server.stop().await;
    let backup = tempfile::tempdir().expect("a folder can be made");
    copy(world.server.folder(), backup.path());
    world.server.go_on().await;

    say(&alice.phone, &chat, "lost", LOST).await;
    let lost = format!("lost {LOST}");
    let astray = [&alice.phone, &alice.laptop, &bob.phone];
    for device in astray {
        device.hears(&lost).await;
        device.offline().await;
    }
    world.server.stop().await;
    empty(world.server.folder());
    copy(backup.path(), world.server.folder());
    world.server.go_on().await;

    let cursor = bob.phone.knows(View::cursor);
    assert_eq!(
        refused(&world, &bob.phone, cursor).await,
        Some(cursor.seq - LOST),
        "from the future"
    );
    say(&alice.phone, &chat, "anew", ANEW).await;
    let head = cursor.seq - LOST + ANEW;
    eventually("the numbers are given again", async || {
        let answer = bob.phone.client.get("/v1/updates").await;
        (answer.body["head"].as_i64() == Some(head)).then_some(())
    })
    .await;
    assert_eq!(refused(&world, &bob.phone, cursor).await, Some(head), "from another history");

    let expected: Vec<String> = ["kept".to_owned()]
        .into_iter()
        .chain((1..=ANEW).map(|number| format!("anew {number}")))
        .collect();
    for device in astray.into_iter().chain([&bob.laptop]) {
        device.online();
        device.hears(&format!("anew {ANEW}")).await;
        assert_eq!(device.knows(|view| view.texts(&chat).join(", ")), expected.join(", "), "{device}");
    }
    for device in astray {
        assert_eq!(device.knows(|view| view.resyncs), 1, "{device}");
    }
    assert_eq!(bob.laptop.knows(|view| view.resyncs), 0, "what it had is in the backup: it goes on");
    world.finish().await;
}

/// Says so many things, numbered from 1.
async fn say(device: &Device, chat: &str, what: &str, times: i64) {
    for number in 1..=times {
        device.send(chat, &format!("{what} {number}")).await;
    }
}

/// Both doors send the cursor away; the head that they name instead.
async fn refused(world: &World, device: &Device, cursor: Cursor) -> Option<i64> {
    let mut socket = Socket::connect(&world.server.address.authority()).await.expect("it connects");
    let first = socket.open(&device.client.token, Some(cursor)).await;
    assert_eq!(socket.closed().await, Some(4409), "{first:?}");
    let polled = device.client.get(format!("/v1/updates?{}&wait=1", cursor.query())).await;
    polled.refused("resync");
    polled.body["head"].as_i64()
}

/// Everything in a folder that has no folders in it.
fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("a file");
        fs::copy(entry.path(), to.join(entry.file_name())).expect("a copy");
    }
}

fn empty(folder: &Path) {
    for entry in fs::read_dir(folder).expect("a folder") {
        fs::remove_file(entry.expect("a file").path()).expect("it goes");
    }
}
