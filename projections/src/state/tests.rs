use domain::id::{AccountId, CommitId, DeviceId, LogId, Position, Seq};
use domain::time::Timestamp;
use infra::db::Db;
use infra::log::Mark;
use uuid::Uuid;

use super::*;

const ALICE: AccountId = AccountId::MIN;
const PHONE: DeviceId = DeviceId::MIN;

async fn state() -> (tempfile::TempDir, State) {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("state.db").display());
    let state = State::open(Db::open(&url, 2, "full").await.unwrap()).await.unwrap();
    (folder, state)
}

fn cursor(seq: i64) -> Cursor {
    Cursor {
        epoch: 1,
        seq: Seq::try_from(seq).unwrap(),
        seen_at: Timestamp(seq),
    }
}

#[tokio::test]
async fn a_cursor_only_rises() {
    let (_folder, state) = state().await;
    assert_eq!(state.cursor(ALICE, PHONE).await.unwrap(), None);
    for seq in [5, 3, 9, 7] {
        state.acknowledge(&[((ALICE, PHONE), cursor(seq))]).await.unwrap();
    }
    assert_eq!(state.cursor(ALICE, PHONE).await.unwrap(), Some(cursor(9)));
}

#[tokio::test]
async fn cursors_of_many_devices_move_at_once_each_as_far_as_it_may() {
    let (_folder, state) = state().await;
    let laptop = PHONE.next().unwrap();
    state.acknowledge(&[((ALICE, PHONE), cursor(5))]).await.unwrap();
    state
        .acknowledge(&[((ALICE, PHONE), cursor(4)), ((ALICE, laptop), cursor(7))])
        .await
        .unwrap();
    assert_eq!(state.cursor(ALICE, PHONE).await.unwrap(), Some(cursor(5)));
    assert_eq!(state.cursor(ALICE, laptop).await.unwrap(), Some(cursor(7)));
    state.acknowledge(&[]).await.unwrap();
}

#[tokio::test]
async fn of_who_is_forgotten_nothing_says_when_it_was_there() {
    let (_folder, state) = state().await;
    let bob = AccountId::MAX;
    for account in [ALICE, bob] {
        state.acknowledge(&[((account, PHONE), cursor(5))]).await.unwrap();
        state.see(&[((account, PHONE), Timestamp(7))]).await.unwrap();
        state.raise_floors(&[(account.get(), PHONE.get(), 3)]).await.unwrap();
    }
    state.forget(&[]).await.unwrap();
    state.forget(&[ALICE]).await.unwrap();
    assert_eq!(state.cursor(ALICE, PHONE).await.unwrap(), None);
    assert!(state.seen(ALICE).await.unwrap().is_empty());
    assert_eq!(state.floor(ALICE, PHONE).await.unwrap().map(Seq::get), Some(3));
    assert_eq!(state.cursor(bob, PHONE).await.unwrap(), Some(cursor(5)));
    assert_eq!(state.seen(bob).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_floor_only_rises() {
    let (_folder, state) = state().await;
    assert_eq!(state.floor(ALICE, PHONE).await.unwrap(), None);
    for seq in [5, 3] {
        state.raise_floors(&[(ALICE.get(), PHONE.get(), seq)]).await.unwrap();
    }
    assert_eq!(state.floor(ALICE, PHONE).await.unwrap().map(Seq::get), Some(5));
}

#[tokio::test]
async fn of_several_runners_of_a_reactor_the_furthest_counts() {
    let (_folder, state) = state().await;
    let mark = |position| Mark {
        log: LogId(Uuid::nil()),
        position: Position::try_from(position).unwrap(),
        commit: CommitId(Uuid::from_u128(7)),
    };
    assert_eq!(state.reactor("username").await.unwrap(), None);
    state.reacted("username", &mark(5)).await.unwrap();
    state.reacted("username", &mark(3)).await.unwrap();
    assert_eq!(state.reactor("username").await.unwrap(), Some(mark(5)));
}
