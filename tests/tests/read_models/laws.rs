//! Laws: rows are a function of the facts alone, and counts are what counting says.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::chronicle::account;
use domain::fact::Fact;
use domain::id::MessageId;
use infra::db::Engine;
use projections::dialogs::{self, Dialog};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::annals::{ACCOUNTS, Annals, Count, Move, moves};
use crate::database::Database;

/// Cases per engine: databases take their time.
const CASES: u32 = 40;

pub(crate) async fn batches_and_lanes_make_no_difference(engine: Engine) {
    let database = Database::open(engine).await;
    let cuts = prop::collection::vec(any::<prop::sample::Index>(), 0..12);
    check((moves(120), cuts, 1u32..5), |(moves, cuts, lanes)| {
        let (facts, database) = (Annals::of(&moves).chronicle.facts, &database);
        async move {
            database.clear().await;
            database.apply(&facts).await;
            let at_once: BTreeSet<_> = database.rows().await.into_iter().collect();
            database.clear().await;
            let places: Vec<_> = cuts.iter().map(|cut| cut.index(facts.len() + 1)).collect();
            database.apply_cut(&cut(&facts, &places), lanes).await;
            let in_parts = database.rows().await.into_iter().collect();
            (&at_once - &in_parts, &in_parts - &at_once)
        }
    });
}

pub(crate) async fn unread_is_what_a_recount_says(engine: Engine) {
    let database = Database::open(engine).await;
    check((moves(150), 1usize..40), |(moves, batch): (Vec<Move>, usize)| {
        let (annals, database) = (Annals::of(&moves), &database);
        async move {
            database.clear().await;
            let batches: Vec<_> = annals.chronicle.facts.chunks(batch).collect();
            database.apply_cut(&batches, 2).await;
            let (mut counted, mut said) = (Vec::new(), Vec::new());
            for who in (1..=ACCOUNTS).map(account) {
                let recount = annals.chats.keys().filter_map(|chat| Some((who, *chat, annals.count(*chat, who)?)));
                counted.extend(recount);
                let page = dialogs::page(database.db(), who, None, None, 100).await.unwrap();
                said.extend(page.iter().map(|dialog| (who, dialog.chat, count(dialog))));
            }
            said.sort();
            counted.sort();
            (said, counted)
        }
    });
}

/// What a dialog says is unread; its numbers must be those of its lists.
fn count(dialog: &Dialog) -> Count {
    let numbers = |ids: &Option<Vec<MessageId>>| ids.iter().flatten().map(|id| id.get()).collect::<Vec<_>>();
    let mentions = numbers(&dialog.mentions);
    assert_eq!(dialog.mentioned as usize, mentions.len());
    Count {
        unread: dialog.unread as usize,
        not_counted: numbers(&dialog.not_counted),
        mentions,
    }
}

/// Both sides must be equal for whatever is drawn.
pub(crate) fn check<S: Strategy, T: PartialEq + std::fmt::Debug, F: Future<Output = (T, T)>>(drawn: S, sides: impl Fn(S::Value) -> F) {
    let config = Config {
        cases: CASES,
        failure_persistence: None,
        max_shrink_iters: 200,
        ..Config::default()
    };
    let here = tokio::runtime::Handle::current();
    let law = |value| {
        let (one, other) = tokio::task::block_in_place(|| here.block_on(sides(value)));
        prop_assert_eq!(one, other);
        Ok(())
    };
    TestRunner::new(config).run(&drawn, law).unwrap();
}

/// Cuts facts at these places, but never a commit.
pub(crate) fn cut<'a>(facts: &'a [Arc<Fact>], places: &[usize]) -> Vec<&'a [Arc<Fact>]> {
    let whole = |place: &usize| *place == 0 || *place == facts.len() || facts[place - 1].at.position < facts[*place].at.position;
    let mut places: Vec<usize> = places
        .iter()
        .copied()
        .filter(|place| whole(place))
        .chain([0, facts.len()])
        .collect();
    places.sort_unstable();
    places.windows(2).map(|ends| &facts[ends[0]..ends[1]]).collect()
}
