use domain::id::{AccountId, ChatId, CommitId, DeviceId, LogId, MessageId, Position, Seq};
use domain::interactions::event::{Count, ReactionCount};
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
        state.saw(account, channel(), &[MessageId::MIN]).await.unwrap();
    }
    state.forget(&[]).await.unwrap();
    state.forget(&[ALICE]).await.unwrap();
    assert_eq!(state.cursor(ALICE, PHONE).await.unwrap(), None);
    assert!(state.seen(ALICE).await.unwrap().is_empty());
    assert_eq!(state.floor(ALICE, PHONE).await.unwrap().map(Seq::get), Some(3));
    assert_eq!(state.cursor(bob, PHONE).await.unwrap(), Some(cursor(5)));
    assert_eq!(state.seen(bob).await.unwrap().len(), 1);
    assert_eq!(rows(&state, "views").await, 1);
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

fn channel() -> ChatId {
    "c-1".parse().unwrap()
}

async fn rows(state: &State, table: &str) -> i64 {
    let sql = format!("select count(*) from {table}");
    let (count,): (i64,) = sqlx::query_as(AssertSqlSafe(sql)).fetch_one(&state.db.pool).await.unwrap();
    count
}

/// Counts at a time, when nobody has since the second one; answers what was counted and not told yet.
async fn counted(state: &State, reacted: Vec<Reacted>, at: i64) -> Vec<Count> {
    let turn = (Timestamp(at), Timestamp(at - 1));
    state.claim_counts(channel(), reacted, turn).await.unwrap();
    let batches = state.count_batches(10).await.unwrap();
    for batch in &batches {
        state.told_counts(batch).await.unwrap();
    }
    batches.into_iter().flat_map(|batch| batch.messages).collect()
}

fn seen(views: u32) -> Count {
    Count {
        message: MessageId::MIN,
        views: Some(views),
        reactions: None,
    }
}

#[tokio::test]
async fn who_has_seen_a_post_is_forgotten_once_that_is_old() {
    let (_folder, state) = state().await;
    for (account, at) in [(ALICE, 10), (AccountId::MAX, 20)] {
        state.saw(account, channel(), &[MessageId::MIN]).await.unwrap();
        assert_eq!(counted(&state, Vec::new(), at).await, [seen(if at == 10 { 1 } else { 2 })]);
    }
    let gone = async |before: i64| state.clear_views(Timestamp(before), 5).await.unwrap();
    assert_eq!(gone(10).await, 0, "not that old yet");
    assert_eq!(gone(11).await, 1);
    assert_eq!(rows(&state, "view_totals").await, 1, "some of it is left");
    assert_eq!(gone(21).await, 1);
    assert_eq!((rows(&state, "views").await, rows(&state, "view_totals").await), (0, 0));
    state.saw(ALICE, channel(), &[MessageId::MIN]).await.unwrap();
    assert_eq!(gone(99).await, 0, "it is yet to be counted");
}

#[tokio::test]
async fn a_reaction_that_comes_while_others_are_counted_is_counted_again() {
    let (_folder, state) = state().await;
    let place = |at: i64| Position::try_from(at).unwrap();
    let reacted = |at: i64, count: u32| Reacted {
        message: MessageId::MIN,
        position: place(at),
        counts: vec![ReactionCount {
            emoji: "a".to_owned(),
            count,
        }],
    };
    for at in [5, 3] {
        state.note_reaction(channel(), MessageId::MIN, place(at)).await.unwrap();
    }
    assert_eq!(state.uncounted(5).await.unwrap(), [channel()]);
    assert_eq!(
        state.reacted_to(channel(), place(4)).await.unwrap(),
        [],
        "rows do not include it yet"
    );
    assert_eq!(state.reacted_to(channel(), place(5)).await.unwrap(), [(MessageId::MIN, place(5))]);
    state.note_reaction(channel(), MessageId::MIN, place(7)).await.unwrap();
    assert_eq!(counted(&state, vec![reacted(5, 1)], 10).await, []);
    state.saw(ALICE, channel(), &[MessageId::MIN]).await.unwrap();
    let both = Count {
        reactions: Some(reacted(7, 2).counts),
        ..seen(1)
    };
    assert_eq!(counted(&state, vec![reacted(7, 2)], 20).await, [both]);
    assert_eq!(counted(&state, vec![reacted(7, 2)], 30).await, [], "once");
    assert!(state.uncounted(5).await.unwrap().is_empty());
}
