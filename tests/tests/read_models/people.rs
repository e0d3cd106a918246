//! How accounts stand to each other, as the gateway and the executor ask.

use domain::account::Wishes;
use domain::account::address::AddressUse;
use domain::account::event::{AddressAdded, AddressDropped, Blocked, ContactAdded, ContactRemoved, ErasureBegun, Event, PrivacyChanged};
use domain::account::privacy::{Allowed, Privacy};
use domain::id::{AccountId, NameKey};
use domain::stream::Stream;
use infra::db::Engine;
use infra::executor::Recall;
use projections::people::{self, Contact};

use crate::chronicle::{Chronicle, account, closed, sealed};
use crate::database::Database;
use crate::deeds::{CAROL, alice, bob};

fn key(number: u64) -> NameKey {
    format!("{number:064x}").parse().unwrap()
}

/// What becomes of one account, a fact at a time.
async fn happens(database: &Database, chronicle: &mut Chronicle, who: AccountId, event: Event) {
    let fact = chronicle.record(Stream::Account(who), who, event);
    database.apply(&[fact]).await;
}

fn added(other: AccountId, name: Option<&str>) -> Event {
    Event::ContactAdded(ContactAdded {
        account: other,
        name: name.map(|name| sealed(alice(), name)),
    })
}

fn blocks(other: AccountId) -> Event {
    Event::Blocked(Blocked { account: other })
}

fn wants(write: Allowed) -> Event {
    let privacy = Privacy {
        write,
        ..Privacy::default()
    };
    Event::PrivacyChanged(PrivacyChanged { privacy })
}

fn reached_at(number: u64) -> Event {
    Event::AddressAdded(AddressAdded {
        purpose: AddressUse::Phone,
        name: key(number),
        address: sealed(alice(), "a number"),
    })
}

fn not_reached_at(number: u64) -> Event {
    Event::AddressDropped(AddressDropped {
        purpose: AddressUse::Phone,
        name: key(number),
    })
}

pub(crate) async fn contacts_are_added_called_and_removed(engine: Engine) {
    let database = Database::open(engine).await;
    let mut chronicle = Chronicle::default();
    let carol = account(CAROL);
    for event in [added(carol, Some("Carrie")), added(bob(), Some("Bobby")), added(carol, None)] {
        happens(&database, &mut chronicle, alice(), event).await;
    }
    let contact = |account, name: Option<&str>| Contact {
        account,
        name: name.map(|name| closed(alice(), name)),
    };
    let (his, hers) = ([contact(bob(), Some("Bobby"))], [contact(carol, None)]);
    let db = database.db();
    let page = async |after, limit| people::contacts(db, alice(), after, limit).await.unwrap();
    assert_eq!(page(None, 10).await, [his.clone(), hers.clone()].concat());
    assert_eq!(page(None, 1).await, his);
    assert_eq!(page(Some(bob()), 10).await, hers);
    assert_eq!(people::contacts_among(db, alice(), &[carol, alice()]).await.unwrap(), hers);
    assert_eq!(people::contacts(db, bob(), None, 10).await.unwrap(), []);
    let removed = Event::ContactRemoved(ContactRemoved { account: bob() });
    happens(&database, &mut chronicle, alice(), removed).await;
    assert_eq!(page(None, 10).await, hers);
}

pub(crate) async fn wishes_are_told_of_each_pair(engine: Engine) {
    let database = Database::open(engine).await;
    let mut chronicle = Chronicle::default();
    let carol = account(CAROL);
    let nothing = Wishes::default();
    let asked = [(alice(), bob()), (bob(), alice()), (alice(), carol), (carol, carol)];
    let wishes = async || database.models.wishes(None, &asked).await.unwrap();
    assert_eq!(wishes().await, [nothing; 4]);
    assert_eq!(database.models.wishes(None, &[]).await.unwrap(), []);
    for event in [added(bob(), None), blocks(carol), wants(Allowed::Contacts)] {
        happens(&database, &mut chronicle, alice(), event).await;
    }
    let privacy = Privacy {
        write: Allowed::Contacts,
        ..Privacy::default()
    };
    let (contact, blocked) = (
        Wishes {
            contact: true,
            privacy,
            ..nothing
        },
        Wishes {
            blocked: true,
            privacy,
            ..nothing
        },
    );
    assert_eq!(wishes().await, [contact, nothing, blocked, nothing]);
    assert_eq!(people::blocked(database.db(), alice(), None, 10).await.unwrap(), [carol]);
    assert_eq!(people::blocked(database.db(), alice(), Some(carol), 10).await.unwrap(), []);
    assert_eq!(people::privacy(database.db(), alice()).await.unwrap(), privacy);
    assert_eq!(people::privacy(database.db(), bob()).await.unwrap(), Privacy::default());
    for event in [wants(Allowed::Everybody), Event::Unblocked(Blocked { account: carol })] {
        happens(&database, &mut chronicle, alice(), event).await;
    }
    assert_eq!(wishes().await[2], nothing);
}

pub(crate) async fn a_phone_number_finds_who_had_it_last(engine: Engine) {
    let database = Database::open(engine).await;
    let mut chronicle = Chronicle::default();
    let found = async |number| {
        people::by_phone(database.db(), &[key(number), key(99)])
            .await
            .unwrap()
            .get(&key(number))
            .copied()
    };
    happens(&database, &mut chronicle, alice(), reached_at(1)).await;
    assert_eq!((found(1).await, found(2).await), (Some(alice()), None));
    for event in [not_reached_at(1), reached_at(2)] {
        happens(&database, &mut chronicle, alice(), event).await;
    }
    assert_eq!((found(1).await, found(2).await), (None, Some(alice())));
    // In another lane her dropping it may come later than his having it.
    happens(&database, &mut chronicle, bob(), reached_at(2)).await;
    assert_eq!(found(2).await, Some(bob()));
    happens(&database, &mut chronicle, alice(), not_reached_at(2)).await;
    assert_eq!(found(2).await, Some(bob()));
}

pub(crate) async fn who_is_erased_knows_nobody_and_lets_nobody_do_anything(engine: Engine) {
    let database = Database::open(engine).await;
    let mut chronicle = Chronicle::default();
    let theirs = chronicle.record(Stream::Account(bob()), bob(), added(alice(), None));
    database.apply(&[theirs]).await;
    let stream = Stream::Account(alice());
    let from = chronicle.facts.len();
    for event in [
        added(bob(), Some("Bobby")),
        blocks(account(CAROL)),
        wants(Allowed::Nobody),
        reached_at(1),
        Event::ErasureBegun(ErasureBegun {}),
    ] {
        chronicle.record(stream.clone(), alice(), event);
    }
    // A fact at a time, and all at once.
    for batch in 1..=2 {
        for facts in chronicle.facts[from..].chunks(if batch == 1 { 1 } else { 5 }) {
            database.apply(facts).await;
        }
        for table in ["blocked", "phones"] {
            assert_eq!(database.count(table).await, 0, "{table}");
        }
        let privacy = people::privacy(database.db(), alice()).await.unwrap();
        assert_eq!(privacy, Privacy::GONE);
        assert_eq!(database.count("contacts").await, 1, "his knowing her is his");
    }
}
