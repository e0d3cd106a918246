//! Slow clients: nobody else notices, and at last they have everything.

use std::time::Duration;

use futures::future::join_all;
use heliograph_tests::chance::command_id;
use heliograph_tests::client::insist::insist;
use heliograph_tests::client::socket::{Frame, Socket};
use heliograph_tests::client::view::View;
use heliograph_tests::deadline::PATIENCE;
use heliograph_tests::story;
use heliograph_tests::world::group;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpSocket;
use tokio::time::timeout;

story!(who_reads_nothing_for_long_gets_everything_at_last, |world| {
    let (alice, bob, carol) = (world.person("Alice").await, world.person("Bob").await, world.person("Carol").await);
    let chat = group(&alice.phone, "fast and slow", &[&bob, &carol]).await;
    bob.laptop.offline().await;
    let mut asleep = Socket::connect_narrow(&world.server.address.authority(), 4096)
        .await
        .expect("it connects");
    let mut cursor = bob.laptop.knows(View::cursor);
    asleep.open(&bob.laptop.client.token, Some(cursor)).await.expect("an answer");
    // More than the line and every queue on the way can hold.
    let long = "long ".repeat(700);
    join_all([&alice.phone, &alice.laptop, &carol.phone, &carol.laptop].map(async |writer| {
        for number in 0..150 {
            writer.send(&chat, &format!("{long}{writer} {number}")).await;
        }
    }))
    .await;
    carol.phone.comes_to_know("all 600", |view| view.texts(&chat).len() == 600).await;
    bob.phone.comes_to_know("all 600", |view| view.texts(&chat).len() == 600).await;
    // Now the sleeper wakes up and reads: from its cursor on, without a gap, in whatever sessions it takes.
    let mut heard = 0;
    while heard < 600 {
        let updates = match timeout(PATIENCE, asleep.hear()).await.expect("it goes on").ok() {
            Some(Frame::Said(updates)) if updates["type"] == "updates" => updates,
            Some(Frame::Said(_)) => continue,
            // Who sleeps for very long is shown out, and comes back.
            Some(Frame::Closed(_)) | None => {
                asleep = Socket::connect(&world.server.address.authority()).await.expect("it connects");
                asleep.open(&bob.laptop.client.token, Some(cursor)).await.expect("an answer");
                continue;
            }
        };
        assert_eq!(updates["first"], cursor.seq + 1, "a gap");
        let updates = updates["updates"].as_array().expect("a list");
        cursor.seq += i64::try_from(updates.len()).unwrap();
        cursor.at = updates.last().and_then(|update| update["at"].as_i64());
        heard += updates.iter().filter(|update| update["type"] == "message_sent").count();
    }
});

story!(a_device_that_takes_its_time_misses_nothing, |world| {
    let (alice, bob) = (world.person("Alice").await, world.person("Bob").await);
    let chat = group(&alice.phone, "patience", &[&bob]).await;
    bob.laptop.offline().await;
    bob.laptop.online_at_leisure(Duration::from_millis(200));
    for number in 0..100 {
        alice.phone.send(&chat, &format!("line {number}")).await;
    }
    bob.phone.hears("line 99").await;
    bob.laptop.hears("line 99").await;
});

const SLOW_CLIENTS: usize = 1000;

story!(a_thousand_who_read_a_byte_a_second_cost_little_and_delay_nobody, |world| {
    let (alice, bob) = (world.person("Alice").await, world.person("Bob").await);
    let chat = group(&alice.phone, "the patient", &[&bob]).await;
    // Something to be slow about.
    let long = "long ".repeat(700);
    for number in 0..50 {
        alice.phone.send(&chat, &format!("{long}{number}")).await;
    }
    let before = world.server.resident();
    let authority = world.server.address.authority();
    let connecting = (0..SLOW_CLIENTS).map(async |_| connect(&authority, &bob.phone.client.token).await);
    let slow: Vec<tokio::net::TcpStream> =
        futures::StreamExt::collect(futures::StreamExt::buffered(futures::stream::iter(connecting), 50)).await;
    let reading = tokio::spawn(async move {
        let mut slow = slow;
        loop {
            for stream in &mut slow {
                // Half-closed ones have nothing more to say.
                drop(tokio::time::timeout(Duration::from_millis(1), stream.read_u8()).await);
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    });
    for number in 0..100 {
        // A thousand sessions that open at once may keep the database busy for a while; then it is told.
        let (id, path, body) = (
            command_id(),
            format!("/v1/chats/{chat}/messages"),
            json!({"text": format!("{long}meanwhile {number}")}),
        );
        insist(id, || alice.phone.client.post(&path, &body)).await.accepted();
    }
    bob.phone.hears(&format!("{long}meanwhile 99")).await;
    alice.laptop.hears(&format!("{long}meanwhile 99")).await;
    let grown = world.server.resident().saturating_sub(before);
    println!("{SLOW_CLIENTS} slow clients: {} kB each", grown / 1024 / SLOW_CLIENTS as u64);
    // 256 kB each, half of the 500 kB that each has yet to read.
    assert!(grown < 256 << 20, "{grown} bytes for {SLOW_CLIENTS} slow clients");
    reading.abort();
});

/// A WebSocket session on a line that holds little, opened and left unread.
async fn connect(authority: &str, token: &str) -> tokio::net::TcpStream {
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.set_recv_buffer_size(4096).expect("a small buffer");
    let mut stream = socket.connect(authority.parse().expect("an address")).await.expect("it connects");
    let upgrade = format!(
        "GET /v1/ws HTTP/1.1\r\nHost: {authority}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    );
    stream.write_all(upgrade.as_bytes()).await.expect("it is sent");
    let open = json!({"type": "open", "token": token, "epoch": 2, "after": 0}).to_string();
    // A masked text frame; the mask is zero.
    let length = u8::try_from(open.len()).ok().filter(|length| *length < 126).expect("it is short");
    let mut frame = vec![0x81, 0x80 | length, 0, 0, 0, 0];
    frame.extend_from_slice(open.as_bytes());
    stream.write_all(&frame).await.expect("it is sent");
    stream
}
