//! Connections that are cut, stalled or filled with rubbish.

use std::time::Duration;

use heliograph_tests::deadline::eventually;
use heliograph_tests::{World, story};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

use crate::scene::Scene;

/// How many connections are spoilt at a time.
const MANY: usize = 200;

/// Beginnings of requests that never end.
fn beginnings(scene: &Scene) -> Vec<Vec<u8>> {
    let token = &scene.alice.phone.client.token;
    let head = format!(
        "POST /v1/chats/{} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\ncontent-type: application/json\r\n",
        scene.dm
    );
    let upgrade = "GET /v1/ws HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    let mut half_a_frame = upgrade.as_bytes().to_vec();
    // A masked text frame of 1,000 bytes, of which three come.
    half_a_frame.extend_from_slice(&[0x81, 0xFE, 0x03, 0xE8, 1, 2, 3, 4, b'{', b'"', b't']);
    vec![
        Vec::new(),
        b"G".to_vec(),
        b"GET /v1/me HTTP/1.1\r\nhost".to_vec(),
        head.as_bytes().to_vec(),
        format!("{head}content-length: 1000\r\n\r\n{{\"te").into_bytes(),
        format!("{head}transfer-encoding: chunked\r\n\r\n5\r\n{{\"te").into_bytes(),
        upgrade.as_bytes().to_vec(),
        half_a_frame,
    ]
}

async fn open_connections(world: &World) -> f64 {
    world
        .server
        .metrics("heliograph_connections")
        .await
        .iter()
        .map(|(_, value)| value)
        .sum()
}

story!(connections_cut_in_the_middle_leave_nothing_behind, |world| {
    let scene = Scene::set(world).await;
    let before = open_connections(world).await;
    for beginning in beginnings(&scene) {
        let mut cut = Vec::new();
        for _ in 0..MANY / 8 {
            let mut stream = TcpStream::connect(world.server.address.authority()).await.expect("it connects");
            stream.write_all(&beginning).await.expect("it is sent");
            cut.push(stream);
        }
        drop(cut);
        scene.goes_on().await;
    }
    eventually("the cut connections are gone", async || {
        (open_connections(world).await <= before + 4.0).then_some(())
    })
    .await;
});

story!(rubbish_is_refused_and_forgotten, |world| {
    let scene = Scene::set(world).await;
    let long = format!("GET /{} HTTP/1.1\r\nhost: x\r\n\r\n", "a".repeat(200_000)).into_bytes();
    let fat = format!("GET /v1/me HTTP/1.1\r\nhost: x\r\nx: {}\r\n\r\n", "a".repeat(500_000)).into_bytes();
    let many = format!("GET /v1/me HTTP/1.1\r\nhost: x\r\n{}\r\n", "x: y\r\n".repeat(5_000)).into_bytes();
    let twice = b"POST /v1/chats HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n{}".to_vec();
    let huge = b"POST /v1/chats HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 99999999999999\r\n\r\n".to_vec();
    let random: Vec<u8> = (0..50_000_u32)
        .map(|n| u8::try_from(n.wrapping_mul(2_654_435_761) >> 24).expect("a byte"))
        .collect();
    let tls = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03".to_vec();
    for rubbish in [
        long,
        fat,
        many,
        twice,
        huge,
        random,
        tls,
        b"\r\n\r\n\r\n".to_vec(),
        b"GET / HTTP/9.9\r\n\r\n".to_vec(),
    ] {
        let mut stream = TcpStream::connect(world.server.address.authority()).await.expect("it connects");
        // The server may hang up before it was all sent.
        drop(stream.write_all(&rubbish).await);
        let mut answer = vec![0; 16];
        let read = timeout(Duration::from_secs(3), stream.read(&mut answer)).await;
        let start = String::from_utf8_lossy(&answer).into_owned();
        let served = matches!(read, Ok(Ok(length)) if length > 0) && !start.starts_with("HTTP/1.1 4");
        assert!(
            !served,
            "{:?} was answered {start:?}",
            String::from_utf8_lossy(&rubbish[..rubbish.len().min(40)])
        );
    }
    scene.goes_on().await;
});

story!(who_sends_a_byte_now_and_then_is_not_waited_for_for_ever, |world| {
    let scene = Scene::set(world).await;
    let mut slow = Vec::new();
    for beginning in beginnings(&scene) {
        for _ in 0..MANY / 8 {
            let mut stream = TcpStream::connect(world.server.address.authority()).await.expect("it connects");
            stream.write_all(&beginning).await.expect("it is sent");
            slow.push(stream);
        }
    }
    let dripping = async {
        // A header that grows by a byte a second is never complete.
        while !slow.is_empty() {
            let mut alive = Vec::new();
            for mut stream in slow.drain(..) {
                let mut byte = [0];
                let hung_up = matches!(timeout(Duration::from_millis(1), stream.read(&mut byte)).await, Ok(Ok(0) | Err(_)));
                if !hung_up && stream.write_all(b"a").await.is_ok() {
                    alive.push(stream);
                }
            }
            slow = alive;
            sleep(Duration::from_secs(1)).await;
        }
    };
    let talking = async {
        for _ in 0..20 {
            scene.goes_on().await;
        }
    };
    let (dripped, ()) = tokio::join!(timeout(Duration::from_secs(150), dripping), talking);
    assert!(dripped.is_ok(), "connections that never send a whole request are kept for ever");
});
