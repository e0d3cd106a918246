//! What each event does to the read models, asked as the gateway and the executor ask.

use std::collections::BTreeSet;

use crate::chronicle::{Chronicle, account, closed, sealed};
use domain::account::Event as AccountEvent;
use domain::account::event::{DeviceAuthorised, DeviceEnded, DeviceRenamed, ProfileChanged, Registered, TokenHash, UsernameChanged};
use domain::chat::event::{Described, Event, MemberGone, MessageEdited, ProtectionChanged, Renamed, RoleChanged, SlowModeChanged};
use domain::chat::{Permission, Right, Role, SlowMode};
use domain::id::NameKey;
use domain::name::Event as NameEvent;
use domain::name::event::{Claimed, Held};
use domain::stream::Stream;
use infra::db::Engine;
use infra::executor::Recall;
use projections::{chats, dialogs, directory, members, timeline};

use crate::annals::chat_id;
use crate::database::Database;
use crate::deeds::{CAROL, alice, bob, deletes, device, group, member, message, says};

pub(crate) async fn an_account_has_a_profile_devices_and_a_username(engine: Engine) {
    let database = Database::open(engine).await;
    let mut chronicle = Chronicle::default();
    let key: NameKey = format!("{:064x}", 5).parse().unwrap();
    let stream = Stream::Account(alice());
    let mut happens = |event| chronicle.record(stream.clone(), alice(), event).recorded_at;
    let registered_at = happens(AccountEvent::Registered(Registered {
        bot: true,
        profile: sealed(alice(), "Alice"),
    }));
    for id in [1, 2] {
        happens(AccountEvent::DeviceAuthorised(DeviceAuthorised {
            device: device(id),
            token: TokenHash(format!("token {id}")),
            sign_in: None,
            name: sealed(alice(), "phone"),
        }));
    }
    happens(AccountEvent::DeviceRenamed(DeviceRenamed {
        device: device(2),
        name: sealed(alice(), "tablet"),
    }));
    let ended_at = happens(AccountEvent::DeviceEnded(DeviceEnded {
        device: device(1),
        reason: None,
    }));
    happens(AccountEvent::ProfileChanged(ProfileChanged {
        profile: sealed(alice(), "Alicia"),
    }));
    happens(AccountEvent::UsernameChanged(UsernameChanged {
        name: Some(key.clone()),
        former: None,
        username: Some(sealed(alice(), "alicia")),
    }));
    for fact in &chronicle.facts {
        database.apply(std::slice::from_ref(fact)).await;
    }
    let expected = directory::Account {
        id: alice(),
        bot: true,
        profile: closed(alice(), "Alicia"),
        username_key: Some(key),
        username: Some(closed(alice(), "alicia")),
        registered_at,
        standing: directory::Standing::default(),
    };
    let db = database.db();
    assert_eq!(directory::account(db, alice()).await.unwrap(), Some(expected.clone()));
    assert_eq!(directory::accounts(db, None, 10).await.unwrap(), vec![expected.clone()]);
    assert_eq!(directory::accounts(db, Some(alice()), 10).await.unwrap(), vec![]);
    assert_eq!(directory::accounts_with(db, &[bob(), alice()]).await.unwrap(), vec![expected]);
    assert_eq!(directory::account(db, bob()).await.unwrap(), None);
    let devices = directory::devices(db, alice()).await.unwrap();
    assert_eq!(
        devices.iter().map(|device| device.ended_at).collect::<Vec<_>>(),
        [Some(ended_at), None]
    );
    assert_eq!(
        directory::device(&database.models, alice(), device(2)).await.unwrap().as_ref(),
        devices.last()
    );
    let names = [&devices[0].name, &devices[1].name];
    assert_eq!(names, [&closed(alice(), "phone"), &closed(alice(), "tablet")]);
    let active = async |after| directory::active_devices(db, after, chronicle.now, 10).await.unwrap();
    let second = directory::Active {
        account: alice(),
        device: device(2),
        authorised_at: devices[1].authorised_at,
    };
    assert_eq!(active(None).await, [second]);
    assert_eq!(active(Some((alice(), device(2)))).await, []);
    let before = directory::active_devices(db, None, devices[1].authorised_at, 10).await.unwrap();
    assert_eq!(before, [], "authorised at that time, not before");
    assert_eq!(devices[1].token, TokenHash("token 2".to_owned()));
    assert_eq!(directory::device(&database.models, alice(), device(3)).await.unwrap(), None);
}

pub(crate) async fn a_name_belongs_to_its_last_holder(engine: Engine) {
    let database = Database::open(engine).await;
    let mut chronicle = Chronicle::default();
    let key: NameKey = format!("{:064x}", 5).parse().unwrap();
    for who in [alice(), bob()] {
        let registered = Registered {
            bot: false,
            profile: sealed(who, "name"),
        };
        chronicle.record(Stream::Account(who), who, AccountEvent::Registered(registered));
    }
    database.apply(&chronicle.facts).await;
    let holder = async || directory::by_username(database.db(), &key).await.unwrap().map(|account| account.id);
    let held = |account| Held {
        account,
        chat: None,
        fact: None,
        rests_until: None,
    };
    let until = chronicle.now;
    let claimed = |account| {
        NameEvent::Claimed(Claimed {
            account,
            chat: None,
            until,
            fact: None,
        })
    };
    for (event, then) in [
        (claimed(alice()), None),
        (NameEvent::Taken(held(alice())), Some(alice())),
        (NameEvent::Released(held(alice())), None),
        (claimed(bob()), None),
        (NameEvent::Taken(held(bob())), Some(bob())),
    ] {
        let fact = chronicle.record(Stream::Name(key.clone()), alice(), event);
        database.apply(&[fact]).await;
        assert_eq!(holder().await, then);
    }
}

pub(crate) async fn a_group_has_members_with_roles(engine: Engine) {
    let database = Database::open(engine).await;
    let mut chronicle = Chronicle::default();
    let chat = chat_id(1);
    group(&mut chronicle, chat);
    let created_at = chronicle.now;
    let admin = Role::Admin(BTreeSet::from([Right::AddMembers, Right::Promote]));
    let stream = Stream::Chat(chat);
    let mut happens = |event| chronicle.record(stream.clone(), alice(), event);
    happens(Event::MemberAdded(member(CAROL, Role::Member, None)));
    happens(Event::RoleChanged(RoleChanged {
        account: account(CAROL),
        role: admin.clone(),
    }));
    happens(Event::Renamed(Renamed {
        message: None,
        title: sealed(alice(), "renamed"),
    }));
    happens(Event::MemberRemoved(MemberGone {
        account: bob(),
        message: None,
        count: None,
    }));
    happens(Event::Described(Described {
        description: Some(sealed(alice(), "about us")),
    }));
    happens(Event::Described(Described { description: None }));
    happens(Event::ProtectionChanged(ProtectionChanged { protected: true }));
    happens(Event::SlowModeChanged(SlowModeChanged {
        seconds: SlowMode::new(30).unwrap(),
    }));
    for fact in &chronicle.facts {
        database.apply(std::slice::from_ref(fact)).await;
    }
    let db = database.db();
    let found = chats::chat(db, chat).await.unwrap().unwrap();
    let expected = chats::Chat {
        chat,
        title: Some(closed(alice(), "renamed")),
        created_at: Some(created_at),
        members: 2,
        top_message: None,
        top_at: created_at,
        description: None,
        denied: Permission::denied_at_first(),
        slow_mode: 30,
        protected: true,
        username: None,
    };
    assert_eq!(found, expected);
    assert_eq!(chats::chat(db, chat_id(2)).await.unwrap(), None);
    let of_page = |page: Vec<members::Member>| page.into_iter().map(|member| (member.account, member.role)).collect::<Vec<_>>();
    let all = of_page(members::members(db, chat, None, 10).await.unwrap());
    assert_eq!(all, [(alice(), Role::Owner), (account(CAROL), admin.clone())]);
    let behind = of_page(members::members(db, chat, Some(alice()), 10).await.unwrap());
    assert_eq!(behind, [(account(CAROL), admin.clone())]);
    assert_eq!(members::role(db, chat, account(CAROL)).await.unwrap(), Some(admin));
    assert_eq!(members::role(db, chat, bob()).await.unwrap(), None);
    assert!(!dialogs::standing(&database.models, bob(), chat).await.unwrap().unwrap().member);
    assert_eq!(dialogs::dialog(db, bob(), chat).await.unwrap(), None);
    assert_eq!(dialogs::page(db, bob(), None, None, 10).await.unwrap(), vec![]);
}

pub(crate) async fn a_message_is_sent_edited_and_deleted(engine: Engine) {
    let database = Database::open(engine).await;
    let chat = chat_id(1);
    let mut chronicle = Chronicle::default();
    group(&mut chronicle, chat);
    says(&mut chronicle, chat, 1, alice());
    let sent = chronicle.facts[1].clone();
    let edited = MessageEdited {
        message: message(1),
        length: 3,
        entities: Vec::new(),
        mentions: vec![bob()],
        text: sealed(alice(), "new"),
    };
    let edited = chronicle.record(Stream::Chat(chat), alice(), Event::MessageEdited(edited));
    deletes(&mut chronicle, chat, &[1]);
    let found = async || timeline::message(database.db(), bob(), chat, message(1)).await.unwrap().unwrap();
    database.apply(&chronicle.facts[..2]).await;
    let first = found().await;
    assert_eq!((first.author, first.at, first.sent_at), (alice(), sent.at, sent.recorded_at));
    assert_eq!(
        (first.content, first.length, first.entities.len()),
        (Some(closed(alice(), "text 1")), 5, 1)
    );
    assert_eq!((first.edited_at, first.deleted), (None, false));
    database.apply(&chronicle.facts[2..3]).await;
    let second = found().await;
    assert_eq!(
        (second.content, second.length, second.entities.len()),
        (Some(closed(alice(), "new")), 3, 0)
    );
    assert_eq!((second.edited_at, second.at), (Some(edited.recorded_at), sent.at));
    assert_eq!(second.mentions, [bob()]);
    database.apply(&chronicle.facts[3..]).await;
    let third = found().await;
    assert_eq!((third.content, third.entities.len(), third.deleted), (None, 0, true));
    assert_eq!(third.mentions, []);
    let known = database.models.messages(None, chat, &[message(1), message(2)]).await.unwrap();
    assert_eq!(known.len(), 1);
    assert!(known[&message(1)].deleted);
    assert_eq!(known[&message(1)].from, alice());
}

pub(crate) async fn messages_are_found_by_page_id_and_fact(engine: Engine) {
    let database = Database::open(engine).await;
    let mut chronicle = Chronicle::default();
    let (chat, other) = (chat_id(1), chat_id(2));
    for id in 1..=5 {
        says(&mut chronicle, chat, id, alice());
        says(&mut chronicle, other, id, bob());
    }
    deletes(&mut chronicle, chat, &[3]);
    database.apply(&chronicle.facts).await;
    let db = database.db();
    let ids = |page: Vec<timeline::Message>| page.iter().map(|found| found.message.get()).collect::<Vec<_>>();
    let page = async |from| ids(timeline::page(db, bob(), chat, from, 2).await.unwrap());
    assert_eq!(page(timeline::From::Before(None)).await, [4, 5]);
    assert_eq!(page(timeline::From::Before(Some(message(4)))).await, [1, 2]);
    assert_eq!(page(timeline::From::After(None)).await, [1, 2]);
    assert_eq!(page(timeline::From::After(Some(message(2)))).await, [4, 5]);
    let wanted = [(chat, message(3)), (other, message(5)), (other, message(6))];
    let mut found = timeline::messages(db, &wanted).await.unwrap();
    found.sort_by_key(|found| found.chat);
    assert_eq!(
        found.iter().map(|found| (found.chat, found.message)).collect::<Vec<_>>(),
        wanted[..2]
    );
    assert!(found[0].deleted);
    let sent = timeline::sent_at(db, &[chronicle.facts[3].at]).await.unwrap();
    assert_eq!(
        sent.iter().map(|found| (found.chat, found.message)).collect::<Vec<_>>(),
        [(other, message(2))]
    );
    let last = timeline::last(db, bob(), &[(chat, message(3), 0), (other, message(5), 0)])
        .await
        .unwrap();
    assert_eq!(ids(last).iter().sum::<i64>(), 2 + 5);
}
