//! The archive: every fact is a row, however it came there, and what people wrote is not in it.

use domain::id::LogId;
use infra::db::{Db, Engine, Writes};
use projections::ReadModels;
use projections::archive::{self, Archive};
use projections::checkpoint::Refused;
use projections::lane::Lane;
use projections::projection::{Batch, Projection as _};
use projections::read_models::OpenError;
use sqlx::{Connection as _, Row as _};
use uuid::Uuid;

use crate::annals::chat_id;
use crate::chronicle::Chronicle;
use crate::database::Place;
use crate::deeds::{alice, bob, deletes, group, reads, says};

/// An archive and what it is kept in.
struct Kept {
    archive: ReadModels,
    _place: Place,
}

impl Kept {
    async fn open(engine: Engine) -> Self {
        let place = Place::new(engine).await;
        let db = Db::open_apart(&place.url, 2, "off", archive::SCHEMA).await.unwrap();
        Self {
            archive: archive::open(db, place.state.clone(), LogId(Uuid::nil())).await.unwrap(),
            _place: place,
        }
    }

    async fn apply(&self, chronicle: &Chronicle) {
        let mut connection = self.archive.db.pool.acquire().await.unwrap();
        let mut tx = connection.begin().await.unwrap();
        let mut writes = Writes::new(self.archive.db.engine, &mut tx);
        let facts = chronicle.facts.clone();
        Archive.apply(&Lane::WHOLE, &Batch { facts }, &mut writes).await.unwrap();
        writes.settled().await.unwrap();
        tx.commit().await.unwrap();
    }

    /// As if another version of the program had made it.
    async fn version(&self, version: i64) {
        let made = sqlx::query("update checkpoints set version = $1").bind(version);
        made.execute(&self.archive.db.pool).await.unwrap();
    }

    /// Two numbers of each row.
    async fn pairs(&self, sql: &'static str) -> Vec<(i64, i64)> {
        let rows = sqlx::query(sql).fetch_all(&self.archive.db.pool).await.unwrap();
        rows.iter().map(|row| (row.get(0), row.get(1))).collect()
    }
}

pub(crate) async fn analysts_ask_for_days_members_and_reads(engine: Engine) {
    let kept = Kept::open(engine).await;
    let chat = chat_id(1);
    let mut chronicle = Chronicle::default();
    group(&mut chronicle, chat);
    says(&mut chronicle, chat, 1, alice());
    says(&mut chronicle, chat, 2, bob());
    deletes(&mut chronicle, chat, &[1]);
    reads(&mut chronicle, bob(), chat, 2);
    kept.apply(&chronicle).await;
    assert_eq!(kept.pairs("select messages, length from messages_per_day").await, [(2, 10)]);
    assert_eq!(kept.pairs("select joined, gone from members_per_day").await, [(2, 0)]);
    assert_eq!(kept.pairs("select marks, readers from reads_per_day").await, [(1, 1)]);
    let messages = "select message, coalesce(deleted_at, 0) from messages order by message";
    assert_eq!(kept.pairs(messages).await, [(1, chronicle.facts[3].recorded_at.0), (2, 0)]);
    let replies = "select position, reply_to from facts where reply_to is not null";
    assert_eq!(kept.pairs(replies).await, [(3, 1)]);
}

pub(crate) async fn what_another_version_made_is_made_anew_or_left(engine: Engine) {
    let kept = Kept::open(engine).await;
    let mut chronicle = Chronicle::default();
    group(&mut chronicle, chat_id(1));
    kept.apply(&chronicle).await;
    let reopened = async |log: u128| {
        let (db, state) = (kept.archive.db.clone(), kept.archive.state.clone());
        archive::open(db, state, LogId(Uuid::from_u128(log))).await
    };
    let counts = "select (select count(*) from facts), (select count(*) from checkpoints)";
    reopened(0).await.unwrap();
    assert_eq!(kept.pairs(counts).await, [(1, 1)], "its own is left as it is");
    assert!(matches!(reopened(7).await, Err(OpenError::Refused(Refused::OtherLog { .. }))));
    kept.version(99).await;
    assert!(matches!(reopened(0).await, Err(OpenError::Refused(Refused::NewerVersion { .. }))));
    assert_eq!(kept.pairs(counts).await, [(1, 1)], "what is refused is left as it is");
    kept.version(0).await;
    let mut analyst = kept.archive.db.pool.acquire().await.unwrap();
    let mut idle = analyst.begin().await.unwrap();
    sqlx::query("select count(*) from facts").fetch_all(&mut *idle).await.unwrap();
    reopened(0).await.unwrap();
    assert_eq!(kept.pairs(counts).await, [(0, 1)], "who reads holds nobody up");
    idle.rollback().await.unwrap();
    drop(analyst);
    kept.apply(&chronicle).await;
    assert_eq!(kept.pairs(counts).await, [(1, 1)]);
}

#[tokio::test]
async fn what_became_of_a_message_is_found_by_its_number() {
    let kept = Kept::open(Engine::Sqlite).await;
    let plan = sqlx::query("explain query plan select * from messages")
        .fetch_all(&kept.archive.db.pool)
        .await
        .unwrap();
    let steps: Vec<String> = plan.iter().map(|step| step.get("detail")).collect();
    let of_a_message = steps
        .iter()
        .filter(|step| step.starts_with("SEARCH") && step.contains("(chat=? AND message=?)"));
    assert_eq!(of_a_message.count(), 2, "edits and deletions: {steps:?}");
}

pub(crate) async fn what_people_wrote_is_not_in_the_archive(engine: Engine) {
    let kept = Kept::open(engine).await;
    let mut chronicle = Chronicle::default();
    group(&mut chronicle, chat_id(1));
    says(&mut chronicle, chat_id(1), 1, alice());
    kept.apply(&chronicle).await;
    kept.apply(&chronicle).await;
    let written = "select count(*), coalesce(sum(case when data like '%title%' or data like '%text%' or data like '%sealed%' then 1 else 0 end), 0) from facts";
    assert_eq!(kept.pairs(written).await, [(2, 0)]);
}
