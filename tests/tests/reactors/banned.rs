//! Who is banned from a channel follows it no more, and who follows it no more does not run it, whichever of the two came first.

use std::sync::Arc;

use domain::actor::Actor;
use domain::chat::{Chat, Command, Right, Role};
use domain::event::Event;
use domain::id::{ChatId, DeviceId};
use domain::inbox::{self, Inbox};
use domain::stream::Stream;
use heliograph_tests::deadline::eventually;
use projections::reactors::banned::Banned;

use crate::town::{ALICE, BOB, Town, id};

fn channel() -> ChatId {
    "c-8".parse().unwrap()
}

async fn does(town: &Town, command: Command) {
    town.ask::<Chat>(Actor::Device(id(ALICE), DeviceId::MIN), channel(), command).await;
}

async fn bans(town: &Town) {
    let ban = Command::Ban {
        account: id(BOB),
        until: None,
    };
    does(town, ban).await;
}

/// What became of his following, by type.
async fn following(town: &Town) -> Vec<&'static str> {
    town.facts(&Stream::Inbox(id(BOB))).await.iter().map(Event::type_name).collect()
}

async fn is_out(town: &Town) {
    eventually("he follows it no more", async || {
        (following(town).await.last() == Some(&"inbox.unsubscribed")).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_following_and_being_banned_at_one_moment_the_ban_stays() {
    for follows_first in [true, false] {
        let town = Town::new().await;
        town.founds(ALICE, channel(), &[]).await;
        let (_one, _other) = (town.reacts(Arc::new(Banned)), town.reacts(Arc::new(Banned)));
        if follows_first {
            town.follows(BOB, channel()).await;
            bans(&town).await;
        } else {
            bans(&town).await;
            // It was looked before the ban whether he may.
            town.follows(BOB, channel()).await;
        }
        is_out(&town).await;
        assert_eq!(following(&town).await, ["inbox.subscribed", "inbox.unsubscribed"]);
    }
}

/// Somebody comes to be banned elsewhere: who comes later is out only once all that came before was reacted to.
async fn all_is_reacted_to(town: &Town) {
    let other: ChatId = "c-9".parse().unwrap();
    town.founds(BOB, other, &[]).await;
    let ban = Command::Ban {
        account: id(ALICE),
        until: None,
    };
    town.ask::<Chat>(Actor::Device(id(BOB), DeviceId::MIN), other, ban).await;
    town.follows(ALICE, other).await;
    eventually("she follows it no more", async || {
        let inbox = town.facts(&Stream::Inbox(id(ALICE))).await;
        (inbox.last().map(Event::type_name) == Some("inbox.unsubscribed")).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whom_nobody_keeps_out_follows_however_late_a_ban_is_reacted_to() {
    let town = Town::new().await;
    town.founds(ALICE, channel(), &[]).await;
    bans(&town).await;
    does(&town, Command::Unban { account: id(BOB) }).await;
    town.follows(BOB, channel()).await;
    let _reacting = town.reacts(Arc::new(Banned));
    all_is_reacted_to(&town).await;
    assert_eq!(following(&town).await, ["inbox.subscribed"]);
}

async fn promotes(town: &Town) {
    let role = Role::Admin([Right::PostMessages].into());
    does(town, Command::SetRole { account: id(BOB), role }).await;
}

async fn leaves(town: &Town) {
    let by = Actor::Device(id(BOB), DeviceId::MIN);
    let gone = inbox::Command::Unsubscribe { chat: channel() };
    town.ask::<Inbox>(by, id(BOB), gone).await;
}

/// The last that the channel said.
async fn last(town: &Town) -> Option<&'static str> {
    town.facts(&Stream::Chat(channel())).await.last().map(Event::type_name)
}

#[tokio::test(flavor = "multi_thread")]
async fn who_leaves_while_being_made_an_admin_is_none() {
    for leaves_first in [true, false] {
        let town = Town::new().await;
        town.founds(ALICE, channel(), &[]).await;
        town.follows(BOB, channel()).await;
        let (_one, _other) = (town.reacts(Arc::new(Banned)), town.reacts(Arc::new(Banned)));
        if leaves_first {
            leaves(&town).await;
            // It was looked before whether he follows it.
            promotes(&town).await;
        } else {
            promotes(&town).await;
            leaves(&town).await;
        }
        eventually("he does not run it", async || {
            (last(&town).await == Some("chat.member_left")).then_some(())
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_follows_again_runs_it_however_late_that_it_left_is_reacted_to() {
    let town = Town::new().await;
    town.founds(ALICE, channel(), &[]).await;
    town.follows(BOB, channel()).await;
    leaves(&town).await;
    town.follows(BOB, channel()).await;
    promotes(&town).await;
    let _reacting = town.reacts(Arc::new(Banned));
    all_is_reacted_to(&town).await;
    assert_eq!(last(&town).await, Some("chat.role_changed"));
}
