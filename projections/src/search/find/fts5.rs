//! In SQLite: the full-text index gives entries with the words, the newest first and wherever they are; whether they are wanted, their row says.

use infra::db::{Db, json};
use sqlx::{AssertSqlSafe, Error};

use super::{Found, Listed, Wanted};

pub(super) async fn find(db: &Db, wanted: &Wanted<'_>, scan: u32) -> Result<Found, Error> {
    let within = format!("e.chat in ({}) and e.sent_at >= $5 and e.sent_at < $6", db.engine.text_list("$4"));
    let row = db.engine.array(&["e.id", "e.chat", "e.message"]);
    let sql = format!(
        "select count(*), coalesce(min(w.id), 0), '[' || coalesce(group_concat(case when {within} then {row} end, ','), '') || ']' from \
         (select rowid as id from words where words match $1 and rowid < $2 order by rowid desc limit $3) w join entries e on e.id = w.id"
    );
    let asked = sqlx::query_as(AssertSqlSafe(sql))
        .bind(wanted.all(" AND ", " OR ", String::clone))
        .bind(wanted.before)
        .bind(i64::from(scan))
        .bind(json(wanted.chats)?)
        .bind(wanted.since)
        .bind(wanted.until);
    let listed: Listed = asked.fetch_one(&db.pool).await?;
    Found::read(&listed, i64::from(scan))
}
