//! What the executor asks the read models for: commands and snapshots; and how statements find their rows.

use std::sync::Arc;

use crate::chronicle::Chronicle;
use domain::actor::Actor;
use domain::aggregate::Messages;
use domain::fact::Fact;
use domain::id::{CommitId, LogId, Position, ServiceTokenId};
use domain::stream::Stream;
use infra::clock::Clock;
use infra::db::Column::{Int, Text};
use infra::db::{BulkDelete, BulkUpdate, Engine, Writes};
use infra::executor::{Recall, Snapshot};
use infra::log::Mark;
use projections::commands::{self, Commands};
use projections::lane::Lane;
use projections::projection::{Batch, Projection};
use projections::{dialogs, directory, people, timeline, updates};
use sqlx::{AssertSqlSafe, Row};
use uuid::Uuid;

use crate::annals::chat_id;
use crate::database::Database;
use crate::deeds::{alice, bob, device, group, message, says};

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
    let mut commands = Commands::new(clock.clone());
    take(&mut commands, &database, &chronicle.facts[10..]).await;
    assert_eq!(database.count("commands").await, 11);
    clock.set(chronicle.now);
    take(&mut commands, &database, &chronicle.facts[10..]).await;
    assert_eq!(database.count("commands").await, 1, "when that time has come they are");
}

/// The commands of these facts, as one batch.
async fn take(commands: &mut Commands, database: &Database, facts: &[Arc<Fact>]) {
    let mut connection = database.db().pool.acquire().await.unwrap();
    let mut writes = Writes::new(database.db().engine, &mut connection);
    let batch = Batch { facts: facts.to_vec() };
    commands.apply(&Lane::WHOLE, &batch, &mut writes).await.unwrap();
    writes.settled().await.unwrap();
}

pub(crate) async fn what_was_imported_is_remembered_for_ever(engine: Engine) {
    let database = Database::open(engine).await;
    let mut chronicle = Chronicle::default();
    says(&mut chronicle, chat_id(1), 1, alice());
    let imported = Arc::new(Fact {
        by: Actor::Import(alice()),
        sent_at: Some(chronicle.now.plus_seconds(-1_000_000)),
        ..Fact::clone(&chronicle.facts[0])
    });
    database.apply(&[Arc::clone(&imported)]).await;
    let asked = [("service.import".to_owned(), imported.command), ("7".to_owned(), imported.command)];
    chronicle.now = chronicle.now.plus_seconds(400 * 24 * 60 * 60);
    for id in 2..=3 {
        says(&mut chronicle, chat_id(1), id, alice());
        database.apply(&chronicle.facts[chronicle.facts.len() - 1..]).await;
        let found = commands::accepted(database.db(), None, &asked).await.unwrap();
        let positions: Vec<_> = found.iter().map(|found| found.as_ref().map(|found| found.position)).collect();
        assert_eq!(positions, [Some(imported.at.position), None]);
    }
    let message = timeline::sent_at(database.db(), &[imported.at]).await.unwrap().remove(0);
    assert_eq!(
        (message.sent_at, message.recorded_at),
        (imported.happened_at(), imported.recorded_at)
    );
    let told_at = updates::recorded_at(&database.models, imported.at).await.unwrap();
    assert_eq!(told_at, Some(imported.recorded_at), "a cursor's time is this log's own");
}

pub(crate) async fn made_anew_they_remember_imports_of_any_age_and_people_of_a_day(engine: Engine) {
    let database = Database::open(engine).await;
    let mut chronicle = Chronicle::default();
    for id in 1..=2 {
        says(&mut chronicle, chat_id(1), id, alice());
    }
    chronicle.now = chronicle.now.plus_seconds(2 * 24 * 60 * 60);
    says(&mut chronicle, chat_id(1), 3, alice());
    let [first, old, new] = [0, 1, 2].map(|index| Arc::clone(&chronicle.facts[index]));
    let imported = Arc::new(Fact {
        by: Actor::Import(alice()),
        ..Fact::clone(&first)
    });
    let mut commands = Commands::until(Clock::manual(chronicle.now), Some(new.recorded_at));
    take(
        &mut commands,
        &database,
        &[Arc::clone(&imported), Arc::clone(&old), Arc::clone(&new)],
    )
    .await;
    let asked = [("service.import", &imported), ("7", &old), ("7", &new)];
    let asked = asked.map(|(scope, fact)| (scope.to_owned(), fact.command));
    let found = commands::accepted(database.db(), None, &asked).await.unwrap();
    let positions: Vec<_> = found.iter().map(|found| found.as_ref().map(|found| found.position)).collect();
    assert_eq!(positions, [Some(imported.at.position), None, Some(new.at.position)]);
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
    let (command, wish) = (commands::ask(engine), people::ask(engine));
    for (sql, parameter, table) in [
        (edit.sql(engine), r#"[["g-1",5,"x"],["g-1",6,"y"]]"#, "timeline"),
        (delete.sql(engine), r#"[["g-1",5],["g-1",6]]"#, "timeline"),
        (command, r#"[[0,"7","00000000-0000-7000-8000-000000000001"]]"#, "commands"),
        (wish, "[[0,7,8]]", "b"),
    ] {
        // So small a table is read as a whole, unless that is forbidden: then a plan without an index still does it.
        let plan = plan(&database, &sql, parameter, "set enable_seqscan = off").await;
        let whole = [
            format!("SCAN {table}"),
            "SCAN c".to_owned(),
            "SCAN p".to_owned(),
            format!("Seq Scan on {table}"),
        ];
        assert!(whole.iter().all(|whole| !plan.contains(whole.as_str())), "{sql}\n{plan}");
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
        assert_eq!(nothing.ok(), believed.then(Messages::new));
        let wishes = models.wishes(included, &[(alice(), bob())]).await;
        assert_eq!(wishes.is_ok(), believed, "{wishes:?}");
    }
    // Nor do they say who is let in.
    models.progress.reached(&Lane::WHOLE, chronicle.facts[0].at.position);
    let believed = engine == Engine::Sqlite;
    let device = directory::device(models, alice(), device(1)).await;
    assert_eq!(device.is_ok(), believed, "{device:?}");
    let service = directory::service_token(models, ServiceTokenId::MIN).await;
    assert_eq!(service.is_ok(), believed, "{service:?}");
    let standing = dialogs::standing(models, alice(), chat_id(1)).await;
    assert_eq!(standing.is_ok(), believed, "{standing:?}");
}
