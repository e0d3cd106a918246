//! The event log's conformance suite: every log does the same.

use std::sync::Arc;

use bytes::Bytes;
use domain::id::{AccountId, CommitId, Position};
use domain::stream::Stream;
use futures::StreamExt;
use infra::log::sqlite::SqliteLog;
use infra::log::{Append, AppendError, EventLog};
use uuid::Uuid;

fn stream(n: i64) -> Stream {
    Stream::Account(AccountId::try_from(n).unwrap())
}

fn append(n: i64, expected: Option<Position>) -> Append {
    Append {
        stream: stream(n),
        expected,
        id: CommitId(Uuid::new_v4()),
        body: Bytes::from_static(b"{\"a\":\"b\"}"),
    }
}

#[tokio::test]
async fn smoke() {
    let folder = tempfile::tempdir().unwrap();
    let log = Arc::new(SqliteLog::open(folder.path().join("log.db")).await.unwrap());
    let first = append(1, None);
    let position = log.append(first.clone()).await.unwrap();
    assert_eq!(log.append(first).await, Ok(position));
    assert_eq!(
        log.append(append(1, None)).await,
        Err(AppendError::Conflict { last: Some(position) })
    );
    let many = log
        .append_many(vec![append(1, Some(position)), append(2, None), append(2, Some(position))])
        .await;
    println!("{many:?}");
    let mut follow = log.follow(None);
    println!("{:?}", follow.next().await);
    println!("{:?}", log.read(&stream(1), None).await);
    log.close().await;
    let log = Arc::new(SqliteLog::open(folder.path().join("log.db")).await.unwrap());
    println!("{:?}", log.read(&stream(1), Some(position)).await);
    println!(
        "{:?} {:?} {:?}",
        log.end().await,
        log.at(position).await,
        log.last(&stream(2)).await
    );
    println!("{:?}", infra::log::floor::floor(log, 500, 1000, 64, 1.0).await);
}
