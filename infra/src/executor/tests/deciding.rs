//! Deciding: what is answered, what shares a commit, and that nobody is answered from a stale memory.

use domain::chat::command::Edit;
use domain::chat::{Chat, Rejection};
use domain::inbox::{Command as InboxCommand, Inbox};
use futures::future::join_all;
use sqlx::ConnectOptions as _;
use sqlx::sqlite::SqliteConnectOptions;

use super::world::*;
use crate::executor::{Error, Executor};

#[tokio::test]
async fn a_message_is_in_the_log_closed_and_its_answer_holds_its_facts() {
    let world = World::new().await;
    let executor = world.executor();
    let done = send(&executor, ALICE, 1, "attack at dawn").await.unwrap();
    assert_eq!(sent(&done), message(1));
    assert!(!done.repeated);
    let stored: Vec<_> = done.facts.iter().map(|fact| (**fact).clone()).collect();
    assert_eq!(world.facts().await, stored, "what is answered is what is stored");
    let bytes = std::fs::read(world.folder.path().join("log.db-wal")).unwrap();
    assert!(!bytes.windows(14).any(|window| window == b"attack at dawn"));
}

#[tokio::test]
async fn what_queues_at_a_chat_shares_a_commit_in_the_order_of_asking() {
    let world = World::new().await;
    let executor = world.executor();
    send(&executor, ALICE, 1, "first").await.unwrap();
    world.log.close();
    let held = tokio::spawn({
        let executor = executor.clone();
        async move { send(&executor, ALICE, 2, "held").await }
    });
    until(|| world.log.came.load(std::sync::atomic::Ordering::SeqCst) == 2).await;
    let queued = join_all((3..20).map(|id| send(&executor, BOB, id, "queued")));
    let opening = async { world.log.open() };
    let (answers, ()) = futures::join!(queued, opening);
    assert_eq!(sent(&held.await.unwrap().unwrap()), message(2));
    let ids: Vec<_> = answers.iter().map(|answer| sent(answer.as_ref().unwrap())).collect();
    assert_eq!(ids, (3..20).map(message).collect::<Vec<_>>());
    assert_eq!(world.commits().await, 3);
    for (answer, id) in answers.iter().zip(3..) {
        assert!(
            answer.as_ref().unwrap().facts.iter().all(|fact| fact.command == command(id)),
            "a command's own facts only"
        );
    }
}

#[tokio::test]
async fn one_rejected_among_many_costs_the_others_nothing() {
    let world = World::new().await;
    let executor = world.executor();
    let others = join_all([
        send(&executor, ALICE, 1, "a"),
        send(&executor, 3, 2, "not mine"),
        send(&executor, BOB, 3, "b"),
    ])
    .await;
    assert_eq!(sent(others[0].as_ref().unwrap()), message(1));
    assert_eq!(others[1], Err(Error::Rejected(Rejection::NotAMember)));
    assert_eq!(sent(others[2].as_ref().unwrap()), message(2));
}

#[tokio::test]
async fn two_executors_that_write_one_chat_both_get_through() {
    let world = World::new().await;
    let (one, other) = (world.executor(), world.executor());
    let many = |executor: Executor, by, ids: std::ops::Range<u128>| async move {
        for id in ids {
            send(&executor, by, id, "hello").await.unwrap();
        }
    };
    tokio::join!(many(one, ALICE, 0..50), many(other, BOB, 100..150));
    let messages = world.facts().await.len() - 1;
    assert_eq!(messages, 100, "and one creation");
}

#[tokio::test]
async fn nobody_is_rejected_because_of_a_stale_memory() {
    let world = World::new().await;
    let (one, other) = (world.executor(), world.executor());
    let group: domain::id::ChatId = "g-7".parse().unwrap();
    let create = domain::chat::command::Create {
        title: domain::chat::TitleText::parse("Title").unwrap(),
        members: vec![],
        description: None,
    };
    one.execute::<Chat>(group, request(ALICE, 1, domain::chat::Command::Create(create)))
        .await
        .unwrap();
    let early = other.execute::<Chat>(group, request(BOB, 2, say("let me in"))).await;
    assert_eq!(early, Err(Error::Rejected(Rejection::NotAMember)));
    one.execute::<Chat>(group, request(ALICE, 3, domain::chat::Command::Add { account: account(BOB) }))
        .await
        .unwrap();
    other.execute::<Chat>(group, request(BOB, 2, say("let me in"))).await.unwrap();
}

#[tokio::test]
async fn what_needs_no_change_is_answered_with_the_position_decided_upon_by_a_fresh_state() {
    let world = World::new().await;
    let (one, other) = (world.executor(), world.executor());
    send(&one, ALICE, 1, "hello").await.unwrap();
    let delete = domain::chat::Command::Delete {
        messages: vec![message(1)],
    };
    let first = ask(&one, ALICE, 2, delete.clone()).await.unwrap();
    let again = ask(&other, ALICE, 3, delete.clone()).await.unwrap();
    assert_eq!((again.position, again.facts.len()), (first.position, 0));
    send(&one, ALICE, 4, "more").await.unwrap();
    let fresh = ask(&other, ALICE, 5, delete).await.unwrap();
    assert!(fresh.position > first.position);
}

#[tokio::test]
async fn old_messages_are_known_from_the_read_models_and_new_ones_from_memory() {
    let world = World::new().await;
    let executor = world.executor();
    send(&executor, ALICE, 1, "old").await.unwrap();
    world.follow().await;
    send(&executor, ALICE, 2, "new").await.unwrap();
    let edit = |id| domain::chat::Command::Edit(Edit::plain(message(id), body("edited")));
    ask(&executor, ALICE, 3, edit(1)).await.unwrap();
    ask(&executor, ALICE, 4, edit(2)).await.unwrap();
    assert_eq!(
        ask(&executor, BOB, 5, edit(1)).await,
        Err(Error::Rejected(Rejection::NotYourMessage(message(1))))
    );
    assert_eq!(
        ask(&executor, BOB, 6, edit(3)).await,
        Err(Error::Rejected(Rejection::MessageNotFound(message(3))))
    );
    let delete = domain::chat::Command::Delete {
        messages: vec![message(1)],
    };
    let together = join_all([
        ask(&executor, ALICE, 7, delete),
        ask(&executor, ALICE, 8, edit(1)),
        ask(&executor, ALICE, 9, say("x")),
    ])
    .await;
    assert!(together[0].is_ok());
    assert_eq!(
        together[1],
        Err(Error::Rejected(Rejection::MessageDeleted(message(1)))),
        "also of the same batch"
    );
    assert!(together[2].is_ok());
}

#[tokio::test]
async fn a_chat_that_exists_is_not_created_again_and_another_can_be() {
    let world = World::new().await;
    let executor = world.executor();
    let create = || {
        let title = domain::chat::TitleText::parse("Title").unwrap();
        domain::chat::Command::Create(domain::chat::command::Create {
            title,
            members: vec![],
            description: None,
        })
    };
    let attempt = |by, id, chat: &str| executor.execute::<Chat>(chat.parse().unwrap(), request(by, id, create()));
    attempt(ALICE, 1, "g-1").await.unwrap();
    assert_eq!(attempt(BOB, 2, "g-1").await, Err(Error::Rejected(Rejection::AlreadyExists)));
    let drawn_again = attempt(BOB, 2, "g-2").await.unwrap();
    let repeated = attempt(BOB, 2, "g-2").await.unwrap();
    assert_eq!((repeated.repeated, repeated.facts), (true, drawn_again.facts));
    assert_eq!(
        attempt(BOB, 2, "g-1").await,
        Err(Error::Reused),
        "the id belongs to g-2 now: draw again"
    );
}

#[tokio::test]
async fn a_clock_that_jumps_back_takes_no_stream_with_it() {
    let world = World::new().await;
    let executor = world.executor();
    send(&executor, ALICE, 1, "now").await.unwrap();
    world.clock.set(domain::time::Timestamp(5));
    send(&executor, ALICE, 2, "back").await.unwrap();
    send(&world.executor(), ALICE, 3, "still").await.unwrap();
    let times: Vec<_> = world.facts().await.iter().map(|fact| fact.recorded_at.0).collect();
    assert_eq!(times, [1_000_000; 4]);
}

#[tokio::test]
async fn read_marks_within_a_second_share_a_commit_and_only_the_last_of_a_chat_is_kept() {
    let world = World::new().await;
    let executor = world.executor();
    let read = |id: u128, up_to| {
        let top = Some(message(100));
        let command = InboxCommand::Read {
            chat: direct(),
            up_to: message(up_to),
            top,
        };
        executor.execute::<Inbox>(account(ALICE), request(ALICE, id, command))
    };
    let start = std::time::Instant::now();
    assert_eq!(read(1, 1).await.unwrap().facts.len(), 1);
    let quick = join_all((2..30).map(|id| read(id, i64::try_from(id).unwrap()))).await;
    assert!(start.elapsed() >= std::time::Duration::from_secs(1));
    let kept: Vec<_> = quick.iter().map(|answer| answer.as_ref().unwrap().facts.len()).collect();
    assert_eq!(kept, [vec![0; 27], vec![1]].concat());
    assert_eq!(world.commits().await, 2);
    let position = quick[0].as_ref().unwrap().position;
    assert!(quick.iter().all(|answer| answer.as_ref().unwrap().position == position));
    assert_eq!(read(40, 29).await.unwrap().facts.len(), 0, "nothing new");
}

#[tokio::test]
async fn what_is_tied_to_an_erased_account_is_refused_and_others_go_on() {
    let world = World::new().await;
    let executor = world.executor();
    send(&executor, ALICE, 1, "hello").await.unwrap();
    world.keys.erase(account(ALICE)).await.unwrap();
    let answers = join_all([send(&executor, ALICE, 2, "ghost"), send(&executor, BOB, 3, "hello?")]).await;
    assert_eq!(answers[0], Err(Error::Erased(account(ALICE))));
    assert!(answers[1].is_ok());
    world.keys.erase(account(9)).await.unwrap();
    assert_eq!(
        register(&executor, 9).await,
        Err(Error::Erased(account(9))),
        "also what another asks for"
    );
    assert!(register(&executor, 10).await.is_ok());
}

#[tokio::test]
async fn an_account_whose_key_is_lost_gets_no_other_and_what_it_asks_is_not_done() {
    let world = World::new().await;
    let carol = 20;
    register(&world.executor(), carol).await.unwrap();
    let mut rows = SqliteConnectOptions::new()
        .filename(world.folder.path().join("keys.db"))
        .connect()
        .await
        .unwrap();
    let lose = sqlx::query("delete from account_keys where account = $1").bind(carol);
    assert_eq!(lose.execute(&mut rows).await.unwrap().rows_affected(), 1);
    let world = world.with_keys_opened_again().await;
    let commits = world.commits().await;
    let executor = world.executor();
    let asked = join_all([send(&executor, carol, 101, "lost"), send(&executor, BOB, 102, "hello")]).await;
    assert_eq!(asked[0], Err(Error::KeyLost(account(carol))));
    assert!(asked[1].is_ok(), "others go on");
    let told = authorise(&executor, carol, 103).await;
    assert_eq!(told, Err(Error::KeyLost(account(carol))), "also what another asks for");
    assert_eq!(world.commits().await, commits + 1);
    let found = sqlx::query("select account from account_keys where account = $1").bind(carol);
    assert!(found.fetch_optional(&mut rows).await.unwrap().is_none(), "no key was made");
    assert!(register(&executor, 21).await.is_ok(), "who comes into being gets one");
}
