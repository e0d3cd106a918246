//! Addresses: said by accounts, their names taken and released by a reactor.

use std::sync::Arc;

use domain::account::address::AddressUse;
use domain::account::command::NewAddress;
use domain::account::{self, Account};
use domain::actor::{ADMIN, Actor, SIGN_IN};
use domain::event::Event;
use domain::fact::Fact;
use domain::id::DeviceId;
use domain::name::{self, Name};
use domain::stream::Stream;
use heliograph_tests::deadline::eventually;
use projections::reactor::{Context, Reactor, Trouble};
use projections::reactors::address::Addresses;

use crate::town::{ALICE, BOB, Town, id};

const HERS: &str = "+4930111111";
const OTHER: &str = "+4930222222";

/// The account says that it is reached there.
async fn moves_to(town: &Town, account: i64, purpose: AddressUse, address: &str) {
    let set = account::Command::SetAddress {
        address: NewAddress {
            purpose,
            name: town.address_key(address),
            address: address.to_owned(),
        },
        shown: None,
        tries: None,
    };
    town.ask::<Account>(Actor::Device(id(account), DeviceId::MIN), id(account), set)
        .await;
}

/// Who lets people in claims the address's name.
async fn claims(town: &Town, account: i64, address: &str) {
    let claim = name::Command::Claim {
        holder: id(account).into(),
        fact: None,
        until: domain::time::Timestamp(i64::MAX),
    };
    town.ask::<Name>(Actor::Service(SIGN_IN.to_owned()), town.address_key(address), claim)
        .await;
}

/// Waits until the address leads to the account.
async fn leads_to(town: &Town, address: &str, account: i64) {
    eventually("it leads to the account", async || {
        let name = town.name_of(&town.address_key(address)).await;
        matches!(name, Name::Taken { holder, .. } if holder.account == id(account)).then_some(())
    })
    .await;
}

/// Waits until the address leads to nobody.
async fn leads_to_nobody(town: &Town, address: &str) {
    eventually("it leads to nobody", async || {
        (town.name_of(&town.address_key(address)).await == Name::Free).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_claim_that_a_dead_process_left_is_completed_and_one_that_is_gone_is_made_again() {
    let town = Town::new().await;
    let _reacting = town.reacts(Arc::new(Addresses));
    claims(&town, ALICE, HERS).await;
    moves_to(&town, ALICE, AddressUse::Phone, HERS).await;
    leads_to(&town, HERS, ALICE).await;
    moves_to(&town, BOB, AddressUse::Phone, OTHER).await;
    leads_to(&town, OTHER, BOB).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_is_left_is_anybodys_at_once() {
    let town = Town::new().await;
    let _reacting = town.reacts(Arc::new(Addresses));
    moves_to(&town, ALICE, AddressUse::Phone, HERS).await;
    leads_to(&town, HERS, ALICE).await;
    moves_to(&town, ALICE, AddressUse::Phone, OTHER).await;
    leads_to(&town, OTHER, ALICE).await;
    leads_to_nobody(&town, HERS).await;
    claims(&town, BOB, HERS).await;
    moves_to(&town, BOB, AddressUse::Phone, HERS).await;
    leads_to(&town, HERS, BOB).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_erased_is_reached_nowhere() {
    let town = Town::new().await;
    let _reacting = town.reacts(Arc::new(Addresses));
    moves_to(&town, ALICE, AddressUse::Phone, HERS).await;
    moves_to(&town, ALICE, AddressUse::Email, OTHER).await;
    leads_to(&town, HERS, ALICE).await;
    leads_to(&town, OTHER, ALICE).await;
    let erase = account::Command::BeginErasure;
    town.ask::<Account>(Actor::Service(ADMIN.to_owned()), id(ALICE), erase).await;
    leads_to_nobody(&town, HERS).await;
    leads_to_nobody(&town, OTHER).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_for_recovery_leads_to_nobody_and_is_anybodys() {
    let town = Town::new().await;
    let _reacting = town.reacts(Arc::new(Addresses));
    for account in [ALICE, BOB] {
        moves_to(&town, account, AddressUse::Recovery, HERS).await;
        moves_to(&town, account, AddressUse::Phone, &format!("+49{account}")).await;
        leads_to(&town, &format!("+49{account}"), account).await;
    }
    assert_eq!(town.name_of(&town.address_key(HERS)).await, Name::Free);
}

/// The reactor as it reacts once more, long after, to what came first.
#[derive(Debug)]
struct Late;

#[async_trait::async_trait]
impl Reactor for Late {
    fn name(&self) -> &'static str {
        "late"
    }

    fn concerns(&self, stream: &Stream) -> bool {
        Addresses.concerns(stream)
    }

    async fn react(&self, fact: &Fact, context: &Context) -> Result<(), Trouble> {
        match &fact.event {
            Event::Account(account::Event::AddressAdded(_)) => Addresses.react(fact, context).await,
            _ => Ok(()),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_was_left_since_is_not_taken_again() {
    let town = Town::new().await;
    let reacting = town.reacts(Arc::new(Addresses));
    for address in [HERS, OTHER] {
        moves_to(&town, ALICE, AddressUse::Phone, address).await;
        leads_to(&town, address, ALICE).await;
    }
    leads_to_nobody(&town, HERS).await;
    reacting.cancel();
    town.reacts_so_far(Arc::new(Late)).await;
    leads_to_nobody(&town, HERS).await;
    leads_to(&town, OTHER, ALICE).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn several_reactors_and_one_that_starts_over_repeat_nothing() {
    let town = Town::new().await;
    let (_one, _other) = (town.reacts(Arc::new(Addresses)), town.reacts(Arc::new(Addresses)));
    for address in [HERS, OTHER, HERS] {
        moves_to(&town, ALICE, AddressUse::Phone, address).await;
    }
    leads_to(&town, HERS, ALICE).await;
    leads_to_nobody(&town, OTHER).await;
    sqlx::query("delete from reactors")
        .execute(&town.models.state.db.pool)
        .await
        .unwrap();
    let _again = town.reacts(Arc::new(Addresses));
    moves_to(&town, BOB, AddressUse::Phone, OTHER).await;
    leads_to(&town, OTHER, BOB).await;
    leads_to(&town, HERS, ALICE).await;
}
