//! The servers of the tests' own: they start, die and come back with what they had.

use heliograph_tests::nats::Nats;
use heliograph_tests::postgres::Postgres;
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
