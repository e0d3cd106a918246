//! The servers of the tests' own: they start, die and come back with what they had.

use std::time::Duration;

use heliograph_tests::deadline::eventually;
use heliograph_tests::nats::Nats;
use heliograph_tests::postgres::Postgres;
use heliograph_tests::proxy::Proxy;
use infra::db::Db;
use infra::seal::{self, Keys};
use sqlx::{Connection, PgConnection};

#[tokio::test]
async fn postgres_comes_back_after_kill_9() {
    let mut postgres = Postgres::start().await;
    let url = postgres.database().await;
    assert_ne!(url, postgres.database().await);
    let mut connection = PgConnection::connect(&url).await.unwrap();
    sqlx::query("create table kept as select 7 as number")
        .execute(&mut connection)
        .await
        .unwrap();
    postgres.kill9();
    assert!(PgConnection::connect(&url).await.is_err());
    postgres.restart().await;
    let mut connection = PgConnection::connect(&url).await.unwrap();
    let kept: i32 = sqlx::query_scalar("select number from kept")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(kept, 7);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_that_fell_silent_makes_room_for_another() {
    let postgres = Postgres::start().await;
    let url = postgres.database().await;
    let network = Proxy::start(postgres.port()).await;
    let url = url.replace(&format!(":{}/", postgres.port()), &format!(":{}/", network.port()));
    let db = Db::open(&url, 1, "normal").await.unwrap();
    let ask = || sqlx::query("select 1").fetch_one(&db.pool);
    ask().await.unwrap();
    network.lose_answers();
    // What is tested is that nobody waits any longer.
    let given_up = tokio::time::timeout(Duration::from_millis(200), ask()).await;
    assert!(given_up.is_err(), "nobody answers");
    network.mend();
    eventually("there is room for another", async || ask().await.ok()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_of_keys_that_waiting_does_not_bring_is_told_at_once() {
    let postgres = Postgres::start().await;
    let url = postgres.database().await;
    let (server, _) = url.rsplit_once('/').unwrap();
    let refused = Keys::connect(&format!("{server}/nowhere")).await;
    assert!(
        matches!(&refused, Err(seal::Error::Refused(why)) if why.contains("nowhere")),
        "{refused:?}"
    );
}

#[tokio::test]
async fn nats_comes_back_after_kill_9() {
    let mut nats = Nats::start().await;
    let context = async_nats::jetstream::new(async_nats::connect(nats.url()).await.unwrap());
    let config = async_nats::jetstream::stream::Config {
        name: "kept".to_owned(),
        ..Default::default()
    };
    context.create_stream(config).await.unwrap();
    nats.kill9();
    nats.restart().await;
    let context = async_nats::jetstream::new(async_nats::connect(nats.url()).await.unwrap());
    context.get_stream("kept").await.unwrap();
}
