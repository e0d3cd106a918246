//! How accounts stand, as rows: admins, the suspended, those that are to be erased and those that are gone.

use domain::account::Event;
use domain::account::event::{
    Demoted, ErasureBegun, ErasureCalledOff, ErasureScheduled, Profile, Promoted, Registered, Restored, Suspended,
};
use domain::id::AccountId;
use domain::sealed::Sealed;
use domain::stream::Stream;
use domain::time::Timestamp;
use infra::db::Engine;
use projections::directory::{self, Standing};

use crate::chronicle::{Chronicle, sealed};
use crate::database::Database;
use crate::deeds::{alice, bob};

fn registered(who: AccountId) -> Event {
    let profile: Sealed<Profile> = sealed(who, "somebody");
    Event::Registered(Registered { bot: false, profile })
}

async fn standing(database: &Database, who: AccountId) -> Standing {
    directory::account(database.db(), who).await.unwrap().unwrap().standing
}

pub(crate) async fn an_account_stands_as_was_last_said(engine: Engine) {
    let database = Database::open(engine).await;
    let mut chronicle = Chronicle::default();
    let stream = Stream::Account(alice());
    let born = chronicle.record(stream.clone(), alice(), registered(alice()));
    database.apply(&[born]).await;
    assert_eq!(standing(&database, alice()).await, Standing::default());
    let due_at = Timestamp(99);
    let none = Standing::default();
    let admin = Standing { admin: true, ..none };
    for (event, then) in [
        (Event::Promoted(Promoted {}), admin),
        (
            Event::Suspended(Suspended {}),
            Standing {
                suspended_at: Some(Timestamp(0)),
                ..admin
            },
        ),
        (Event::Restored(Restored {}), admin),
        (Event::Demoted(Demoted {}), none),
        (
            Event::ErasureScheduled(ErasureScheduled { due_at }),
            Standing {
                erasure_due_at: Some(due_at),
                ..none
            },
        ),
        (Event::ErasureCalledOff(ErasureCalledOff {}), none),
        (Event::Promoted(Promoted {}), admin),
        (
            Event::Suspended(Suspended {}),
            Standing {
                suspended_at: Some(Timestamp(0)),
                ..admin
            },
        ),
        (
            Event::ErasureBegun(ErasureBegun {}),
            Standing {
                erased_at: Some(Timestamp(0)),
                ..none
            },
        ),
    ] {
        let fact = chronicle.record(stream.clone(), alice(), event);
        database.apply(std::slice::from_ref(&fact)).await;
        let since = |at: Option<Timestamp>| at.map(|_| fact.happened_at());
        let then = Standing {
            suspended_at: since(then.suspended_at),
            erased_at: since(then.erased_at),
            ..then
        };
        assert_eq!(standing(&database, alice()).await, then);
    }
}

pub(crate) async fn who_is_to_be_erased_is_found_when_it_is_due(engine: Engine) {
    let database = Database::open(engine).await;
    let mut chronicle = Chronicle::default();
    let mut facts = Vec::new();
    for (who, due_at) in [(alice(), Timestamp(20)), (bob(), Timestamp(10))] {
        facts.push(chronicle.record(Stream::Account(who), who, registered(who)));
        let scheduled = Event::ErasureScheduled(ErasureScheduled { due_at });
        facts.push(chronicle.record(Stream::Account(who), who, scheduled));
    }
    database.apply(&facts).await;
    let due = async |after, now| directory::due(database.db(), after, Timestamp(now), 1).await.unwrap();
    assert_eq!(due(None, 9).await, []);
    let first = due(None, 20).await;
    assert_eq!(first, [(bob(), Timestamp(10))]);
    assert_eq!(due(Some(first[0]), 20).await, [(alice(), Timestamp(20))]);
    assert_eq!(due(Some(first[0]), 19).await, []);
}
