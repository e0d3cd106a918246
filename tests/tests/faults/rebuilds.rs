//! Read models are made anew while something breaks, or another server feeds them: people go on talking, and whoever serves says the same as before.

use heliograph_tests::backend::Backend;
use heliograph_tests::client::http::Client;
use heliograph_tests::deadline::eventually;
use heliograph_tests::world::direct;
use heliograph_tests::world::server::Server;
use heliograph_tests::{Device, World};
use serde_json::{Value, json};

use crate::disk::{SmallDisk, goes_on};
use crate::load::{Load, recovers};

const REBUILD: &str = "/v1/admin/rebuild";
/// Two servers have the keys in common.
const MASTER: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

async fn begins(admin: &Client) {
    admin.post(REBUILD, &json!({})).await.accepted();
}

/// Waits until nothing is under way; gives how it ended.
async fn ended(admin: &Client) -> Value {
    eventually("it has ended", async || {
        let status = admin.get(REBUILD).await.accepted();
        let under_way = ["building", "swapping"].iter().any(|phase| status["phase"] == *phase);
        (!under_way).then_some(status)
    })
    .await
}

/// What the doctor says of read models that include all of the log, while nobody talks.
async fn hashes(admin: &Client) -> Value {
    eventually("the read models include the log's end", async || {
        let mut findings = admin.get("/v1/admin/doctor").await.accepted();
        (findings["hashed_at"] == findings["end"]).then(|| findings["models"].take())
    })
    .await
}

/// Makes them anew, undisturbed and while nobody talks.
async fn made_anew_they_say_the_same(world: &World) {
    let live = hashes(&world.admin).await;
    begins(&world.admin).await;
    assert_eq!(ended(&world.admin).await["phase"], "done", "{}", world.server.last_words());
    assert_eq!(hashes(&world.admin).await, live);
}

/// So much in the log that making the read models anew takes a while.
async fn long_story(device: &Device, chat: &str) {
    for hundred in 0..30 {
        let lines = (0..100).map(async |line| device.send(chat, &format!("long ago {hundred}.{line}")).await);
        futures::future::join_all(lines).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_servers_one_makes_them_anew_and_both_go_on() {
    let backend = Backend::clustered().await;
    let Backend::Clustered { postgres, .. } = &backend else {
        unreachable!("it is clustered")
    };
    let keys = postgres.database().await;
    let shared = [("HELIOGRAPH_KEYS__URL", keys.as_str()), ("HELIOGRAPH_KEYS__MASTER_KEY", MASTER)];
    let mut world = World::on(backend, &shared).await;
    let folder = tempfile::tempdir().expect("a folder can be made");
    let mut second = Server::start(folder, world.backend.arguments(), &shared).await;
    let beside = Client::new(second.address.clone(), &second.admin_token());
    let (alice, bob) = (world.person("Alice").await, world.person("Bob").await);
    let chat = direct(&alice.phone, &bob).await;
    let load = Load::start(&chat, &[&alice, &bob]);
    for round in [[true, false], [false, true], [true, true], [true, true]] {
        let who: Vec<_> = [&world.admin, &beside]
            .into_iter()
            .zip(round)
            .filter_map(|(admin, is_one)| is_one.then_some(admin))
            .collect();
        for admin in &who {
            begins(admin).await;
        }
        let mut statuses = Vec::new();
        for admin in &who {
            statuses.push(ended(admin).await);
        }
        assert!(statuses.iter().any(|status| status["phase"] == "done"), "{statuses:?}");
        recovers(&world, &alice, &alice).await;
    }
    load.stop(&[&alice, &bob]).await;
    let live = hashes(&world.admin).await;
    for admin in [&beside, &world.admin] {
        begins(admin).await;
        assert_eq!(ended(admin).await["phase"], "done");
        assert_eq!((hashes(&world.admin).await, hashes(&beside).await), (live.clone(), live.clone()));
    }
    // The other one takes over what the first one fed.
    assert!(second.stop().await.success());
    recovers(&world, &alice, &alice).await;
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_dies_meanwhile_costs_nothing_but_what_was_built() {
    let mut world = World::clustered().await;
    let (alice, bob) = (world.person("Alice").await, world.person("Bob").await);
    let chat = direct(&alice.phone, &bob).await;
    let own = direct(&alice.phone, &alice).await;
    long_story(&alice.phone, &own).await;
    let load = Load::start(&chat, &[&alice, &bob]);
    let mut phases = Vec::new();
    for round in 0..6 {
        begins(&world.admin).await;
        // Each look takes its time: the moments are others in every round.
        for _ in 0..round * 40 {
            world.admin.get(REBUILD).await.accepted();
        }
        let Backend::Clustered { postgres, .. } = &mut world.backend else {
            unreachable!("it is clustered")
        };
        postgres.kill9();
        postgres.restart().await;
        phases.push(ended(&world.admin).await["phase"].take());
        recovers(&world, &alice, &alice).await;
    }
    println!("{phases:?}");
    assert!(phases.iter().all(|phase| phase == "failed" || phase == "done"), "{phases:?}");
    load.stop(&[&alice, &bob]).await;
    made_anew_they_say_the_same(&world).await;
    world.finish().await;
}

async fn killed(backend: Backend) {
    let mut world = World::on(backend, &[]).await;
    let (alice, bob) = (world.person("Alice").await, world.person("Bob").await);
    let chat = direct(&alice.phone, &bob).await;
    let own = direct(&alice.phone, &alice).await;
    long_story(&alice.phone, &own).await;
    let load = Load::start(&chat, &[&alice, &bob]);
    for round in 0..8 {
        begins(&world.admin).await;
        for _ in 0..round * 30 {
            world.admin.get(REBUILD).await.accepted();
        }
        world.crash().await;
        recovers(&world, &alice, &alice).await;
    }
    load.stop(&[&alice, &bob]).await;
    made_anew_they_say_the_same(&world).await;
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_killed_meanwhile_goes_on_embedded() {
    killed(Backend::Embedded).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_killed_meanwhile_goes_on_clustered() {
    killed(Backend::clustered().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_has_no_room_on_the_disk_is_not_begun() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let disk = match SmallDisk::over(folder.path()) {
        Ok(disk) => disk,
        Err(why) => {
            println!("skipped: a small disk can't be mounted here ({why})");
            return;
        }
    };
    let mut world = World::in_folder(Backend::Embedded, &[], folder).await;
    let (alice, bob) = (world.person("Alice").await, world.person("Bob").await);
    let chat = direct(&alice.phone, &bob).await;
    let load = Load::start(&chat, &[&alice, &bob]);
    goes_on(&bob, &chat, 50).await;
    let ballast = disk.leave(16 << 20);
    begins(&world.admin).await;
    let status = ended(&world.admin).await;
    assert_eq!(status["phase"], "failed", "{status}");
    assert!(status["error"].as_str().is_some_and(|why| why.contains("MB are free")), "{status}");
    recovers(&world, &alice, &alice).await;
    std::fs::remove_file(ballast).expect("it is there");
    begins(&world.admin).await;
    let status = ended(&world.admin).await;
    assert_eq!(status["phase"], "done", "{status}");
    load.stop(&[&alice, &bob]).await;
    world.finish().await;
}
