//! The law: whatever conflicts, confirmations lost, restarts and repeats, every accepted command is in the log exactly once.
//!
//! A command is its id *and* its chat here: one id at two chats, at two processes, before the read models include either,
//! is the one misuse that nobody sees (`repeats.rs` has those that are seen).

use std::collections::HashMap;
use std::sync::atomic::Ordering;
use std::time::Duration;

use domain::chat::{Chat, Event as ChatEvent};
use domain::event::Event;
use domain::id::ChatId;
use domain::stream::Stream;
use proptest::prelude::*;

use super::world::*;
use crate::executor::{Error, Executor, Limits};

#[derive(Debug, Clone)]
enum Step {
    /// Somebody says something in one of three chats, at one of three processes.
    Send { at: usize, chat: i64, id: u128 },
    /// The log loses, swallows or refuses what comes next.
    Fault { kind: usize, times: usize },
    /// The read models catch up.
    Follow,
    /// A process starts anew.
    Restart { at: usize },
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        12 => (0..3usize, 10..13i64, 0..25u128).prop_map(|(at, chat, id)| Step::Send { at, chat, id }),
        2 => (0..3usize, 1..4usize).prop_map(|(kind, times)| Step::Fault { kind, times }),
        1 => Just(Step::Follow),
        1 => (0..3usize).prop_map(|at| Step::Restart { at }),
    ]
}

/// Some steps at once, then the next.
fn story() -> impl Strategy<Value = Vec<Vec<Step>>> {
    prop::collection::vec(prop::collection::vec(step(), 1..8), 1..12)
}

fn impatient(world: &World) -> Executor {
    let patience = Duration::from_millis(30);
    world.executor_with(Limits {
        patience,
        batch: 3,
        snapshot_every: 4,
        ..Limits::default()
    })
}

async fn said(executor: Executor, chat: i64, id: u128) -> Option<((Stream, u128), i64)> {
    let chat = ChatId::direct(account(ALICE), account(chat));
    match executor.execute::<Chat>(chat, request(ALICE, id, say("hello"))).await {
        Ok(done) => Some(((Stream::Chat(chat), id), sent(&done).get())),
        Err(Error::Reused | Error::Unavailable(_)) => None,
        Err(error) => panic!("{error}"),
    }
}

async fn live(story: Vec<Vec<Step>>) {
    let world = World::new().await;
    let mut executors = [impatient(&world), impatient(&world), impatient(&world)];
    let mut answered: HashMap<(Stream, u128), i64> = HashMap::new();
    for steps in story {
        let mut commands = Vec::new();
        for step in steps {
            match step {
                Step::Send { at, chat, id } => commands.push(said(executors[at].clone(), chat, id)),
                Step::Fault { kind: 0, times } => world.log.lose.store(times, Ordering::SeqCst),
                Step::Fault { kind: 1, times } => world.log.swallow.store(times, Ordering::SeqCst),
                Step::Fault { times, .. } => world.log.refuse.store(times, Ordering::SeqCst),
                Step::Follow => world.follow().await,
                Step::Restart { at } => executors[at] = impatient(&world),
            }
        }
        for (command, message) in futures::future::join_all(commands).await.into_iter().flatten() {
            assert_eq!(*answered.entry(command).or_insert(message), message, "its first answer again");
        }
    }
    hold(&world, &answered).await;
}

/// Every answered command is in the log once, with the message that was answered; every chat's messages are dense.
async fn hold(world: &World, answered: &HashMap<(Stream, u128), i64>) {
    let (mut messages, mut tops) = (HashMap::new(), HashMap::new());
    for fact in world.facts().await {
        let Event::Chat(ChatEvent::MessageSent(sent)) = &fact.event else {
            continue;
        };
        let top = tops.entry(fact.stream.clone()).or_insert(0);
        *top += 1;
        assert_eq!(sent.message.get(), *top, "dense");
        let first = messages.insert((fact.stream.clone(), fact.command.0.as_u128()), *top);
        assert_eq!(first, None, "{} acted twice in {}", fact.command, fact.stream);
    }
    for (command, message) in answered {
        assert_eq!(messages.get(command), Some(message), "{command:?} was answered");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, max_shrink_iters: 200, ..ProptestConfig::default() })]

    #[test]
    fn every_accepted_command_is_in_the_log_exactly_once(story in story()) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        runtime.block_on(live(story));
    }
}
