//! What each event does to the read models, asked as the gateway and the executor ask.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::chronicle::{Chronicle, account, closed, sealed};
use domain::account::Event as AccountEvent;
use domain::account::event::{DeviceAuthorised, DeviceEnded, ProfileChanged, Registered, TokenHash, UsernameChanged};
use domain::aggregate::Known;
use domain::chat::content::{Entity, EntityKind};
use domain::chat::event::{Created, Event, MemberAdded, MemberGone, MessageEdited, MessageSent, MessagesDeleted, Renamed, RoleChanged};
use domain::chat::{Right, Role};
use domain::fact::Fact;
use domain::id::{AccountId, ChatId, CommitId, DeviceId, LogId, MessageId, NameKey, Position};
use domain::inbox;
use domain::name::Event as NameEvent;
use domain::name::event::{Claimed, Held};
use domain::stream::Stream;
use infra::clock::Clock;
use infra::db::Column::{Int, Text};
use infra::db::{BulkDelete, BulkUpdate, Engine, Writes};
use infra::executor::{Recall, Snapshot};
use infra::log::Mark;
use projections::lane::Lane;
use projections::projection::{Batch, Projection};
use projections::{chats, commands, dialogs, directory, members, timeline};
use sqlx::{AssertSqlSafe, Row};
use uuid::Uuid;

use crate::annals::chat_id;
use crate::database::Database;

const ALICE: i64 = 7;
const BOB: i64 = 8;
const CAROL: i64 = 9;

fn alice() -> AccountId {
    account(ALICE)
}

fn bob() -> AccountId {
    account(BOB)
}

fn message(id: i64) -> MessageId {
    MessageId::try_from(id).unwrap()
}

fn device(id: i64) -> DeviceId {
    DeviceId::try_from(id).unwrap()
}

fn member(id: i64, role: Role, after: Option<i64>) -> MemberAdded {
    MemberAdded {
        account: account(id),
        role,
        after: after.map(message),
    }
}

/// Alice makes a group with Bob.
fn group(chronicle: &mut Chronicle, chat: ChatId) {
    let members = vec![member(ALICE, Role::Owner, None), member(BOB, Role::Member, None)];
    let created = Created {
        members,
        title: Some(sealed(alice(), "title")),
    };
    chronicle.record(Stream::Chat(chat), alice(), Event::Created(created));
}

fn says(chronicle: &mut Chronicle, chat: ChatId, id: i64, from: AccountId) {
    let sent = MessageSent {
        message: message(id),
        from,
        length: 5,
        entities: vec![Entity {
            kind: EntityKind::Bold,
            offset: 0,
            length: 5,
            account: None,
        }],
        reply_to: (id > 1).then(|| message(id - 1)),
        text: sealed(from, &format!("text {id}")),
    };
    chronicle.record(Stream::Chat(chat), from, Event::MessageSent(sent));
}

fn deletes(chronicle: &mut Chronicle, chat: ChatId, messages: &[i64]) {
    let messages = messages.iter().map(|id| message(*id)).collect();
    chronicle.record(Stream::Chat(chat), alice(), Event::MessagesDeleted(MessagesDeleted { messages }));
}

fn reads(chronicle: &mut Chronicle, who: AccountId, chat: ChatId, up_to: i64) {
    let read = inbox::event::Read {
        chat,
        up_to: message(up_to),
    };
    chronicle.record(Stream::Inbox(who), who, inbox::Event::Read(read));
}

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
            name: sealed(alice(), "phone"),
        }));
    }
    let ended_at = happens(AccountEvent::DeviceEnded(DeviceEnded { device: device(1) }));
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
    assert_eq!(directory::device(db, alice(), device(2)).await.unwrap().as_ref(), devices.last());
    assert_eq!(devices[1].token, TokenHash("token 2".to_owned()));
    assert_eq!(directory::device(db, alice(), device(3)).await.unwrap(), None);
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
    let held = |account| Held { account, fact: None };
    let until = chronicle.now;
    let claimed = |account| {
        NameEvent::Claimed(Claimed {
            account,
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
        title: sealed(alice(), "renamed"),
    }));
    happens(Event::MemberRemoved(MemberGone { account: bob() }));
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
    assert!(!dialogs::standing(db, bob(), chat).await.unwrap().unwrap().member);
    assert_eq!(dialogs::dialog(db, bob(), chat).await.unwrap(), None);
    assert_eq!(dialogs::page(db, bob(), None, 10).await.unwrap(), vec![]);
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
        text: sealed(alice(), "new"),
    };
    let edited = chronicle.record(Stream::Chat(chat), alice(), Event::MessageEdited(edited));
    deletes(&mut chronicle, chat, &[1]);
    let found = async || timeline::message(database.db(), chat, message(1)).await.unwrap().unwrap();
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
    database.apply(&chronicle.facts[3..]).await;
    let third = found().await;
    assert_eq!((third.content, third.entities.len(), third.deleted), (None, 0, true));
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
    let page = async |from| ids(timeline::page(db, chat, from, 2).await.unwrap());
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
    let last = timeline::last(db, &[(chat, message(3)), (other, message(5))]).await.unwrap();
    assert_eq!(ids(last).iter().sum::<i64>(), 2 + 5);
}

pub(crate) async fn dialogs_are_ordered_by_activity_and_count_what_is_unread(engine: Engine) {
    let database = Database::open(engine).await;
    let mut chronicle = Chronicle::default();
    for number in [1, 2, 3] {
        group(&mut chronicle, chat_id(number));
    }
    for id in 1..=4 {
        says(&mut chronicle, chat_id(1), id, alice());
    }
    says(&mut chronicle, chat_id(2), 1, bob());
    deletes(&mut chronicle, chat_id(1), &[1, 4]);
    reads(&mut chronicle, bob(), chat_id(1), 2);
    reads(&mut chronicle, bob(), chat_id(1), 1);
    database.apply(&chronicle.facts).await;
    let db = database.db();
    let page = dialogs::page(db, bob(), None, 10).await.unwrap();
    let seen: Vec<_> = page
        .iter()
        .map(|dialog| (dialog.chat, dialog.unread, dialog.read_up_to.map(MessageId::get)))
        .collect();
    assert_eq!(seen, [(chat_id(2), 0, Some(1)), (chat_id(1), 1, Some(2)), (chat_id(3), 0, None)]);
    assert_eq!((page[1].members, page[1].top_message), (2, Some(message(4))));
    assert_eq!(page[1].last.as_ref().map(|last| last.message), Some(message(3)));
    assert_eq!(page[2].last, None);
    let mut places = None;
    for dialog in &page {
        let next = dialogs::page(db, bob(), places, 1).await.unwrap();
        assert_eq!(next, std::slice::from_ref(dialog));
        places = Some(dialog.place());
        assert_eq!(dialogs::dialog(db, bob(), dialog.chat).await.unwrap().as_ref(), Some(dialog));
    }
    assert_eq!(dialogs::page(db, bob(), places, 1).await.unwrap(), []);
    let own = dialogs::dialog(db, alice(), chat_id(1)).await.unwrap().unwrap();
    assert_eq!((own.unread, own.read_up_to), (0, Some(message(4))));
}

pub(crate) async fn who_joins_late_has_read_what_was_said_before(engine: Engine) {
    let database = Database::open(engine).await;
    let mut chronicle = Chronicle::default();
    let (chat, carol) = (chat_id(1), account(CAROL));
    group(&mut chronicle, chat);
    says(&mut chronicle, chat, 1, alice());
    says(&mut chronicle, chat, 2, alice());
    chronicle.record(
        Stream::Chat(chat),
        alice(),
        Event::MemberAdded(member(CAROL, Role::Member, Some(2))),
    );
    says(&mut chronicle, chat, 3, alice());
    chronicle.record(Stream::Chat(chat), carol, Event::MemberLeft(MemberGone { account: carol }));
    for id in [4, 5] {
        says(&mut chronicle, chat, id, alice());
    }
    let joined = chronicle.record(
        Stream::Chat(chat),
        alice(),
        Event::MemberAdded(member(CAROL, Role::Member, Some(5))),
    );
    says(&mut chronicle, chat, 6, alice());
    database.apply(&chronicle.facts[..5]).await;
    let unread = async || {
        dialogs::dialog(database.db(), carol, chat)
            .await
            .unwrap()
            .map(|dialog| dialog.unread)
    };
    assert_eq!(unread().await, Some(1));
    database.apply(&chronicle.facts[5..8]).await;
    assert_eq!(unread().await, None);
    database.apply(&chronicle.facts[8..]).await;
    assert_eq!(unread().await, Some(1));
    let standing = dialogs::standing(database.db(), carol, chat).await.unwrap().unwrap();
    assert_eq!((standing.member, standing.joined_at), (true, Some(joined.recorded_at)));
}

pub(crate) async fn a_command_is_remembered_by_its_scope_and_id(engine: Engine) {
    let database = Database::open(engine).await;
    let mut chronicle = Chronicle::default();
    for id in 1..=3 {
        says(&mut chronicle, chat_id(1), id, alice());
    }
    database.apply(&chronicle.facts).await;
    let asked: Vec<_> = [(&chronicle.facts[2], "7"), (&chronicle.facts[0], "8"), (&chronicle.facts[0], "7")]
        .iter()
        .map(|(fact, scope)| ((*scope).to_owned(), fact.command))
        .collect();
    let found = commands::accepted(database.db(), None, &asked).await.unwrap();
    let found: Vec<_> = found
        .iter()
        .map(|found| found.as_ref().map(|found| (found.position, found.digest.as_str())))
        .collect();
    let expected = |index: usize| Some((chronicle.facts[index].at.position, chronicle.facts[index].digest.as_str()));
    assert_eq!(found, [expected(2), None, expected(0)]);
    assert_eq!(commands::accepted(database.db(), None, &[]).await.unwrap(), []);
    assert_eq!(database.models.accepted(None, &asked[1..2]).await.unwrap(), [None]);
    // Accepted for two streams by two processes at once: whichever is applied first, the first in the log counts.
    let again = |index: usize, command| {
        Arc::new(Fact {
            command,
            ..Fact::clone(&chronicle.facts[index])
        })
    };
    database
        .apply(&[again(2, chronicle.facts[1].command), again(0, chronicle.facts[2].command)])
        .await;
    let found = commands::accepted(
        database.db(),
        None,
        &[asked[0].clone(), ("7".to_owned(), chronicle.facts[1].command)],
    )
    .await
    .unwrap();
    let found: Vec<_> = found.iter().flatten().map(|found| found.position).collect();
    assert_eq!(found, [chronicle.facts[0].at.position, chronicle.facts[1].at.position]);
}

pub(crate) async fn old_commands_are_trimmed_in_bites(engine: Engine) {
    let database = Database::open(engine).await;
    let mut chronicle = Chronicle::default();
    for id in 1..=1200 {
        says(&mut chronicle, chat_id(1), id, alice());
    }
    chronicle.now = chronicle.now.plus_seconds(60 * 60);
    let kept = 600;
    for id in 1..=kept {
        says(&mut chronicle, chat_id(2), id, alice());
    }
    database.apply(&chronicle.facts).await;
    assert_eq!(database.count("commands").await, 1200 + kept);
    chronicle.now = chronicle.now.plus_seconds(23 * 60 * 60 + 1800);
    let mut left = Vec::new();
    for id in kept + 1..=kept + 4 {
        says(&mut chronicle, chat_id(2), id, alice());
        database.apply(&chronicle.facts[chronicle.facts.len() - 1..]).await;
        left.push(database.count("commands").await);
    }
    assert_eq!(left, [700 + kept + 1, 200 + kept + 2, kept + 3, kept + 4]);
}

pub(crate) async fn a_stream_ahead_of_time_makes_no_commands_old(engine: Engine) {
    let database = Database::open(engine).await;
    let mut chronicle = Chronicle::default();
    for id in 1..=10 {
        says(&mut chronicle, chat_id(1), id, alice());
    }
    database.apply(&chronicle.facts).await;
    let clock = Clock::manual(chronicle.now);
    chronicle.now = chronicle.now.plus_seconds(25 * 60 * 60);
    says(&mut chronicle, chat_id(2), 1, alice());
    let mut commands = commands::Commands::new(clock.clone());
    let mut connection = database.db().pool.acquire().await.unwrap();
    let lane = Lane::all(1).next().unwrap();
    let batch = Batch {
        facts: chronicle.facts[10..].to_vec(),
    };
    let mut writes = Writes::new(engine, &mut connection);
    commands.apply(&lane, &batch, &mut writes).await.unwrap();
    writes.settled().await.unwrap();
    assert_eq!(database.count("commands").await, 11);
    clock.set(chronicle.now);
    let mut writes = Writes::new(engine, &mut connection);
    commands.apply(&lane, &batch, &mut writes).await.unwrap();
    writes.settled().await.unwrap();
    assert_eq!(database.count("commands").await, 1, "when that time has come they are");
}

pub(crate) async fn the_last_snapshot_is_kept(engine: Engine) {
    let database = Database::open(engine).await;
    let snapshot = |log: u128, position: i64| Snapshot {
        mark: Mark {
            log: LogId(Uuid::from_u128(log)),
            position: Position::try_from(position).unwrap(),
            commit: CommitId(Uuid::from_u128(7)),
        },
        version: 3,
        state: format!("{{\"at\":{position}}}"),
    };
    let stream = Stream::Chat(chat_id(1));
    let models = &database.models;
    let save = async |snapshots: &[Snapshot]| {
        let snapshots = snapshots.iter().map(|snapshot| (stream.clone(), snapshot.clone()));
        models.save_snapshots(snapshots.collect()).await.unwrap();
        models.snapshot(&stream).await.unwrap().unwrap()
    };
    assert_eq!(models.snapshot(&stream).await.unwrap(), None);
    assert_eq!(save(&[snapshot(1, 5), snapshot(1, 6), snapshot(1, 4)]).await, snapshot(1, 6));
    assert_eq!(save(&[snapshot(1, 5)]).await, snapshot(1, 6));
    assert_eq!(save(&[snapshot(2, 5)]).await, snapshot(2, 5));
}

/// No statement of a batch may read a whole table: checked by the plans, which name the index that they use.
pub(crate) async fn bulk_statements_find_rows_by_index(engine: Engine) {
    let database = Database::open(engine).await;
    let mut chronicle = Chronicle::default();
    group(&mut chronicle, chat_id(1));
    for id in 1..=2000 {
        says(&mut chronicle, chat_id(1), id, alice());
    }
    database.apply(&chronicle.facts).await;
    let edit = BulkUpdate {
        table: "timeline",
        keys: &[("chat", Text), ("message", Int)],
        set: &[("content", Text)],
        only: "and timeline.deleted = 0",
    };
    let delete = BulkDelete {
        table: "timeline",
        keys: &[("chat", Text), ("message", Int)],
    };
    let command = commands::ask(engine);
    for (sql, parameter, table) in [
        (edit.sql(engine), r#"[["g-1",5,"x"],["g-1",6,"y"]]"#, "timeline"),
        (delete.sql(engine), r#"[["g-1",5],["g-1",6]]"#, "timeline"),
        (command, r#"[[0,"7","00000000-0000-7000-8000-000000000001"]]"#, "commands"),
    ] {
        // So small a table is read as a whole, unless that is forbidden: then a plan without an index still does it.
        let plan = plan(&database, &sql, parameter, "set enable_seqscan = off").await;
        let whole = [format!("SCAN {table}"), "SCAN c".to_owned(), format!("Seq Scan on {table}")];
        assert!(whole.iter().all(|whole| !plan.contains(whole.as_str())), "{sql}\n{plan}");
    }
}

/// Of a table that grows from nothing to thousands of rows PostgreSQL believes for a while that it is small.
pub(crate) async fn commands_are_found_by_index_before_anything_is_known_of_their_table(engine: Engine) {
    let database = Database::open(engine).await;
    let plan = plan(&database, &commands::ask(engine), "[]", "").await;
    assert!(!plan.contains("SCAN c") && !plan.contains("Seq Scan on commands"), "{plan}");
}

pub(crate) async fn rows_that_became_an_older_copy_of_themselves_are_not_believed(engine: Engine) {
    let database = Database::open(engine).await;
    let mut chronicle = Chronicle::default();
    says(&mut chronicle, chat_id(1), 1, alice());
    database.apply(&chronicle.facts).await;
    let asked = [("7".to_owned(), chronicle.facts[0].command)];
    let models = &database.models;
    for (included, believed) in [
        (None, true),
        // No checkpoint was moved. A file that is open stays what it is.
        (Some(chronicle.facts[0].at.position), engine == Engine::Sqlite),
    ] {
        let command = models.accepted(included, &asked).await;
        assert_eq!(command.is_ok(), believed, "{command:?}");
        let first = models.messages(included, chat_id(1), &[message(1)]).await;
        assert_eq!(first.is_ok(), believed, "{first:?}");
        let nothing = models.messages(included, chat_id(1), &[message(2)]).await;
        assert_eq!(nothing.ok(), believed.then(Known::new));
    }
}

async fn plan(database: &Database, sql: &str, parameter: &str, settings: &'static str) -> String {
    let (explain, column) = match database.db().engine {
        Engine::Sqlite => ("explain query plan", "detail"),
        Engine::Postgres => ("explain", "QUERY PLAN"),
    };
    let mut connection = database.db().pool.acquire().await.unwrap();
    if database.db().engine == Engine::Postgres {
        sqlx::raw_sql(settings).execute(&mut *connection).await.unwrap();
    }
    let sql = AssertSqlSafe(format!("{explain} {sql}"));
    let rows = sqlx::query(sql).bind(parameter).fetch_all(&mut *connection).await.unwrap();
    rows.iter().map(|row| row.get::<String, _>(column)).collect::<Vec<_>>().join("\n")
}
