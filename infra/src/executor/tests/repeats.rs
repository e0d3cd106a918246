//! Sent again, acts once: to the same process, another, after a restart, long after.

use std::sync::atomic::Ordering;

use domain::chat::Rejection;
use domain::chat::command::Edit;
use futures::future::join_all;

use super::world::*;
use crate::executor::Error;

#[tokio::test]
async fn an_accepted_command_sent_again_gets_its_first_answer_wherever_and_whenever_it_comes() {
    let world = World::new().await;
    let (here, elsewhere) = (world.executor(), world.executor());
    let first = send(&here, ALICE, 1, "once").await.unwrap();
    let again = |answer: Answer| {
        let answer = answer.unwrap();
        assert!(answer.repeated);
        assert_eq!((answer.position, &answer.facts), (first.position, &first.facts));
    };
    again(send(&here, ALICE, 1, "once").await);
    again(send(&elsewhere, ALICE, 1, "once").await);
    world.follow().await;
    // The next command prunes what the read models include.
    send(&here, ALICE, 2, "other").await.unwrap();
    send(&elsewhere, ALICE, 3, "other").await.unwrap();
    again(send(&here, ALICE, 1, "once").await);
    again(send(&elsewhere, ALICE, 1, "once").await);
    again(send(&world.executor(), ALICE, 1, "once").await);
    assert_eq!(world.commits().await, 3);
}

#[tokio::test]
async fn the_same_command_twice_at_once_acts_once() {
    let world = World::new().await;
    let (here, elsewhere) = (world.executor(), world.executor());
    let twice = join_all([
        send(&here, ALICE, 1, "a"),
        send(&here, ALICE, 1, "a"),
        send(&elsewhere, ALICE, 1, "a"),
    ])
    .await;
    let mut repeated: Vec<_> = twice.iter().map(|answer| answer.as_ref().unwrap().repeated).collect();
    repeated.sort_unstable();
    assert_eq!(repeated, [false, true, true]);
    assert!(twice.iter().all(|answer| sent(answer.as_ref().unwrap()) == message(1)));
}

#[tokio::test]
async fn commands_of_one_commit_that_come_again_together_are_looked_up_once() {
    let world = World::new().await;
    let all = async || {
        let executor = world.executor();
        join_all((1..=20).map(async |id| send(&executor, ALICE, id, "many").await.unwrap())).await
    };
    let first = all().await;
    world.follow().await;
    world.log.looked_up.store(0, Ordering::SeqCst);
    let again = all().await;
    let looked_up = world.log.looked_up.load(Ordering::SeqCst);
    for (first, again) in first.iter().zip(&again) {
        assert!(again.repeated);
        assert_eq!((first.position, &first.facts), (again.position, &again.facts));
    }
    assert_eq!((world.commits().await, looked_up), (1, 1));
}

#[tokio::test]
async fn an_id_used_for_another_command_is_refused_wherever_and_whenever_it_comes() {
    let world = World::new().await;
    let (here, elsewhere) = (world.executor(), world.executor());
    let other_chat = domain::id::ChatId::direct(account(ALICE), account(ALICE));
    let elsewhere_said = || here.execute::<domain::chat::Chat>(other_chat, request(ALICE, 1, say("once")));
    send(&here, ALICE, 1, "once").await.unwrap();
    assert_eq!(send(&here, ALICE, 1, "twice").await, Err(Error::Reused));
    assert_eq!(send(&elsewhere, ALICE, 1, "twice").await, Err(Error::Reused));
    assert_eq!(elsewhere_said().await, Err(Error::Reused), "in another chat");
    world.follow().await;
    send(&here, BOB, 1, "another's id is another id").await.unwrap();
    assert_eq!(send(&here, ALICE, 1, "twice").await, Err(Error::Reused));
    assert_eq!(elsewhere_said().await, Err(Error::Reused), "in another chat, later");
}

#[tokio::test]
async fn an_id_that_another_process_used_is_not_used_here_once_that_was_seen() {
    let world = World::new().await;
    let (here, elsewhere) = (world.executor(), world.executor());
    let other_chat = domain::id::ChatId::direct(account(ALICE), account(ALICE));
    let first = send(&here, ALICE, 1, "once").await.unwrap();
    assert_eq!(send(&elsewhere, ALICE, 1, "twice").await, Err(Error::Reused));
    let elsewhere_said = || elsewhere.execute::<domain::chat::Chat>(other_chat, request(ALICE, 1, say("twice")));
    assert_eq!(elsewhere_said().await, Err(Error::Reused), "in another chat");
    assert_eq!(send(&elsewhere, ALICE, 1, "once").await.unwrap().facts, first.facts);
    world.follow().await;
    assert_eq!(elsewhere_said().await, Err(Error::Reused), "in another chat, later");
    assert_eq!(world.commits().await, 1);
}

#[tokio::test]
async fn one_id_at_two_chats_at_once_is_used_by_one() {
    let world = World::new().await;
    let executor = world.executor();
    let other_chat = domain::id::ChatId::direct(account(ALICE), account(ALICE));
    let there = executor.execute::<domain::chat::Chat>(other_chat, request(ALICE, 1, say("once")));
    let (here, there) = futures::join!(send(&executor, ALICE, 1, "once"), there);
    assert!(here.is_ok() != there.is_ok(), "{here:?} {there:?}");
    assert!([here, there].contains(&Err(Error::Reused)));
}

#[tokio::test]
async fn a_rejected_command_is_decided_afresh_and_its_id_is_free() {
    let world = World::new().await;
    let executor = world.executor();
    let edit = || domain::chat::Command::Edit(Edit::plain(message(1), body("edited")));
    assert_eq!(
        ask(&executor, ALICE, 1, edit()).await,
        Err(Error::Rejected(Rejection::MessageNotFound(message(1))))
    );
    send(&executor, ALICE, 2, "hello").await.unwrap();
    assert!(!ask(&executor, ALICE, 1, edit()).await.unwrap().repeated);
    assert_eq!(
        ask(&executor, ALICE, 3, domain::chat::Command::Leave).await.map(drop),
        Err(Error::Rejected(Rejection::NotAGroup))
    );
    send(&executor, ALICE, 3, "its id is free").await.unwrap();
}

#[tokio::test]
async fn without_the_read_models_nothing_is_decided() {
    let world = World::new().await;
    let executor = world.executor();
    world.models.unavailable.store(1, Ordering::SeqCst);
    assert!(matches!(send(&executor, ALICE, 1, "hello").await, Err(Error::Unavailable(_))));
    assert_eq!(world.commits().await, 0);
    send(&executor, ALICE, 1, "hello").await.unwrap();
}

#[tokio::test]
async fn an_answer_that_is_missing_does_not_pass_for_never_accepted() {
    let world = World::new().await;
    send(&world.executor(), ALICE, 1, "hello").await.unwrap();
    world.follow().await;
    send(&world.executor(), ALICE, 2, "behind").await.unwrap();
    world.models.short.store(1, Ordering::SeqCst);
    let executor = world.executor();
    assert!(matches!(send(&executor, ALICE, 1, "hello").await, Err(Error::Unavailable(_))));
    assert!(send(&executor, ALICE, 1, "hello").await.unwrap().repeated);
}
