//! Time travel: what a replay says of a moment is what the read models said then.

use std::sync::Arc;

use domain::fact::Fact;
use domain::id::{AccountId, ChatId};
use domain::stream::Stream;
use infra::db::Engine;
use projections::dialogs::{self, Dialog};
use projections::members::{self, Member};
use projections::past::{Asked, Replay};
use projections::timeline::{self, From, Message};
use proptest::prelude::*;

use crate::annals::{ACCOUNTS, Annals, moves};
use crate::chronicle::account;
use crate::database::Database;
use crate::laws::{check, cut};

/// What somebody saw of a chat; nothing, if they were not in it.
type Seen = (ChatId, AccountId, Option<(Dialog, Vec<Member>, Vec<Message>)>);

pub(crate) async fn the_past_is_what_the_read_models_said_then(engine: Engine) {
    let database = Database::open(engine).await;
    check((moves(120), any::<prop::sample::Index>()), |(moves, then)| {
        let (annals, database) = (Annals::of(&moves), &database);
        async move {
            let facts = &annals.chronicle.facts;
            let [before, after] = cut(facts, &[then.index(facts.len() + 1)])[..] else {
                // The moment is the beginning, the end, or within a commit.
                return (Vec::new(), Vec::new());
            };
            database.clear().await;
            database.apply(before).await;
            let (mut said, mut replayed) = (Vec::new(), Vec::new());
            for chat in annals.chats.keys().copied() {
                for who in (1..=ACCOUNTS).map(account) {
                    said.push((chat, who, seen(database, chat, who).await));
                    replayed.push(replay(before, chat, who));
                }
            }
            // What happens afterwards changes nothing of it.
            database.apply(after).await;
            (said, replayed)
        }
    });
}

async fn seen(database: &Database, chat: ChatId, who: AccountId) -> Option<(Dialog, Vec<Member>, Vec<Message>)> {
    let db = database.db();
    let dialog = dialogs::dialog(db, who, chat).await.unwrap()?;
    let members = members::members(db, chat, None, 1_000).await.unwrap();
    let messages = timeline::page(db, who, chat, From::After(None), 1_000).await.unwrap();
    Some(by_streams((dialog, members, messages)))
}

/// What a chat's stream does not tell is left out: where its own sequence stood and, of a channel, how many follow it, and how often its posts were seen.
fn by_streams((mut dialog, members, mut messages): (Dialog, Vec<Member>, Vec<Message>)) -> (Dialog, Vec<Member>, Vec<Message>) {
    dialog.head = None;
    if let ChatId::Channel(_) = dialog.chat {
        dialog.members = 0;
        for message in messages.iter_mut().chain(&mut dialog.last) {
            message.views = 0;
        }
    }
    (dialog, members, messages)
}

fn replay(facts: &[Arc<Fact>], chat: ChatId, who: AccountId) -> Seen {
    let replayed = |asked| {
        let mut replay = Replay::new(chat, asked);
        // How far the other side of a direct chat has read is in its own inbox.
        let readers = [Some(who), chat.peer(who)].into_iter().flatten();
        for stream in [Stream::Chat(chat)].into_iter().chain(readers.map(Stream::Inbox)) {
            facts
                .iter()
                .filter(|fact| fact.stream == stream)
                .for_each(|fact| _ = replay.take(fact));
        }
        replay
    };
    let seen = replayed(Asked::Dialog).seen_by(who).unwrap().map(|dialog| {
        let members = replayed(Asked::Members).members(None, 1_000).unwrap();
        let (messages, _) = replayed(Asked::Messages).page(From::After(None), 1_000, Some(who)).unwrap();
        (dialog, members, messages)
    });
    (chat, who, seen)
}
