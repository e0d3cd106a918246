//! Laws: rows are a function of the facts alone, and counts are what counting says.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::chronicle::account;
use domain::fact::Fact;
use domain::id::{AccountId, ChatId, MessageId};
use infra::db::Engine;
use projections::dialogs::{self, Dialog};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use crate::annals::{ACCOUNTS, Annals, Count, Move, moves};
use crate::database::Database;

/// Cases per engine, always the same: databases take their time. So many others by chance, where `PROPTEST_CASES` says how many.
const CASES: u32 = 100;

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

/// At many moments, whenever the read models are abreast.
pub(crate) async fn unread_is_what_a_recount_says(engine: Engine) {
    let database = Database::open(engine).await;
    check((moves(150), 5usize..60), |(moves, every): (Vec<Move>, usize)| {
        let (database, end) = (&database, moves.len());
        async move {
            database.clear().await;
            let (mut counted, mut said, mut applied) = (Vec::new(), Vec::new(), 0);
            let whole = Annals::of(&moves).chronicle.facts;
            for moment in (every..end).step_by(every).chain([end]) {
                let annals = Annals::of(&moves[..moment]);
                let facts = &whole[..annals.chronicle.facts.len()];
                if cuts_a_commit(&whole, facts.len()) {
                    continue;
                }
                database.apply_cut(&[&facts[applied..]], 2).await;
                applied = facts.len();
                counted.push((moment, annals.counts()));
                said.push((moment, counts(database).await));
            }
            (said, counted)
        }
    });
}

/// What all dialogs of all accounts say.
async fn counts(database: &Database) -> Vec<(AccountId, ChatId, Count)> {
    let mut said = Vec::new();
    for who in (1..=ACCOUNTS).map(account) {
        let page = dialogs::page(database.db(), who, None, None, 100).await.unwrap();
        said.extend(page.iter().map(|dialog| (who, dialog.chat, count(dialog))));
    }
    said.sort();
    said
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
        failure_persistence: None,
        max_shrink_iters: 200,
        ..Config::default()
    };
    let mut runner = match std::env::var_os("PROPTEST_CASES") {
        Some(_) => TestRunner::new(config),
        None => TestRunner::new_with_rng(Config { cases: CASES, ..config }, TestRng::deterministic_rng(RngAlgorithm::ChaCha)),
    };
    let here = tokio::runtime::Handle::current();
    let law = |value| {
        let (one, other) = tokio::task::block_in_place(|| here.block_on(sides(value)));
        prop_assert_eq!(one, other);
        Ok(())
    };
    runner.run(&drawn, law).unwrap();
}

/// Whether behind so many facts a commit goes on.
fn cuts_a_commit(facts: &[Arc<Fact>], place: usize) -> bool {
    (1..facts.len()).contains(&place) && facts[place - 1].at.position == facts[place].at.position
}

/// Cuts facts at these places, but never a commit.
pub(crate) fn cut<'a>(facts: &'a [Arc<Fact>], places: &[usize]) -> Vec<&'a [Arc<Fact>]> {
    let mut places: Vec<usize> = places
        .iter()
        .copied()
        .filter(|place| !cuts_a_commit(facts, *place))
        .chain([0, facts.len()])
        .collect();
    places.sort_unstable();
    places.windows(2).map(|ends| &facts[ends[0]..ends[1]]).collect()
}
