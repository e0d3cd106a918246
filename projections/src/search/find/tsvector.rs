//! In PostgreSQL, whose index gives the entries with a word in no order, and all of them at once: what is said often is looked for in the
//! newest entries one by one; what these do not have is said seldom, and picked by the index.

use infra::db::Db;
use sqlx::{AssertSqlSafe, Error};

use super::{Found, Wanted};

/// Entries that are looked at one by one, in one chat: at first, which tells how often it is said; and where it is said often, as long as the most
/// of these may have enough of what is wanted.
const OF_CHAT: [i64; 2] = [500, 5_000];

/// The same of all chats.
const OF_ALL: [i64; 3] = [1_000, 5_000, 20_000];

/// Of so many entries one or more has words that are said often.
const OFTEN: i64 = 50;

/// Entries that picking lists where there are so many: who asks for fewer mostly asks for more behind them, and each pick finds all of them anew.
const PICKED: u32 = 1_000;

/// Entries of the chats are few that are sooner looked at one by one than picked by words that are said often.
const FEW: i64 = 10_000;

pub(super) async fn find(db: &Db, wanted: &Wanted<'_>, scan: u32) -> Result<Found, Error> {
    if !wanted.months.is_empty() {
        // What was sent long ago is not among the newest.
        return picked(db, wanted, scan, &wanted.indexed()).await;
    }
    let looks = if wanted.in_one { &OF_CHAT[..] } else { &OF_ALL };
    let most = looks.iter().max().copied().unwrap_or_default();
    let mut often = None;
    for look in looks {
        let newest = look_at(db, wanted, scan, *look, often.is_none()).await?;
        if newest.has_enough(scan) {
            return Ok(newest.found);
        }
        let said_often = *often.get_or_insert(newest.said >= look / OFTEN);
        if !said_often || newest.hits * (most / look) < enough(scan) {
            break;
        }
    }
    let one_by_one = often == Some(true) && !wanted.in_one && few(db, wanted).await?;
    let condition = if one_by_one { wanted.said() } else { wanted.indexed() };
    picked(db, wanted, scan, &condition).await
}

/// With so many nobody looks further.
fn enough(scan: u32) -> i64 {
    i64::from(scan / 4)
}

/// What the newest entries have.
struct Newest {
    found: Found,
    hits: i64,
    /// How many of them have the words, whosever they are if all were looked at.
    said: i64,
}

impl Newest {
    fn has_enough(&self, scan: u32) -> bool {
        self.found.next.is_none() || self.hits >= enough(scan)
    }
}

/// Those of the newest `look` entries that have the words, and of these the chats'; `all`: what others say is looked at, too.
async fn look_at(db: &Db, wanted: &Wanted<'_>, scan: u32, look: i64, all: bool) -> Result<Newest, Error> {
    let looked = wanted.looked_at(look, all);
    let sql = format!(
        "with looked as materialized ({looked}), \
         hit as materialized (select rowid from looked where said and own order by rowid desc limit $3) \
         select (select count(*) from hit), (select coalesce(min(rowid), 0) from hit), {}, \
         (select count(*) from looked), (select coalesce(min(rowid), 0) from looked), (select count(*) from looked where said)",
        list(db)
    );
    let (hits, oldest_hit, list, looked, oldest, said) = ask(db, wanted, sql, scan).await?;
    let full = hits == i64::from(scan);
    let (through, oldest) = if full { (look, oldest_hit) } else { (looked, oldest) };
    let found = Found::read(&(through, oldest, list), look)?;
    Ok(Newest { found, hits, said })
}

/// Whether the chats have few entries.
async fn few(db: &Db, wanted: &Wanted<'_>) -> Result<bool, Error> {
    let sql = format!("select count(*) from (select 1 from words where {OWN} limit {FEW}) own");
    let asked = sqlx::query_scalar(AssertSqlSafe(sql)).persistent(false).bind(wanted.chats());
    let count: i64 = asked.fetch_one(&db.pool).await?;
    Ok(count < FEW)
}

/// Those of the chats' entries for which the condition holds.
async fn picked(db: &Db, wanted: &Wanted<'_>, scan: u32, condition: &str) -> Result<Found, Error> {
    let scan = scan.max(PICKED);
    // Entries of one chat have a word for that; that it is that chat's is only checked.
    let own = if wanted.in_one {
        format!("({OWN}) is true")
    } else {
        OWN.to_owned()
    };
    // All of them, before any is chosen: who reads back from the newest until there are enough may read everything.
    let sql = format!(
        "with own as materialized (select rowid from words where {own} and {condition}), \
         hit as materialized (select rowid from own where rowid < $2 order by rowid desc limit $3) \
         select (select count(*) from hit), (select coalesce(min(rowid), 0) from hit), {}, 0::bigint, 0::bigint, 0::bigint",
        list(db)
    );
    let (hits, oldest, list, ..) = ask(db, wanted, sql, scan).await?;
    Found::read(&(hits, oldest, list), i64::from(scan))
}

/// Whether an entry is of one of the chats.
const OWN: &str = "chat = any(string_to_array($1, ','))";

/// The hits, as JSON.
fn list(db: &Db) -> String {
    let rows = db.engine.arrays(&["e.id", "e.chat", "e.message"]);
    format!("(select {rows} from hit join entries e on e.id = hit.rowid where e.sent_at >= $4 and e.sent_at < $5)")
}

type Answer = (i64, i64, String, i64, i64, i64);

/// Planned anew each time, for how many chats and which words there are says how it is done best.
async fn ask(db: &Db, wanted: &Wanted<'_>, sql: String, scan: u32) -> Result<Answer, Error> {
    let asked = sqlx::query_as(AssertSqlSafe(sql)).persistent(false).bind(wanted.chats());
    let asked = asked
        .bind(wanted.before)
        .bind(i64::from(scan))
        .bind(wanted.since)
        .bind(wanted.until);
    asked.fetch_one(&db.pool).await
}

impl Wanted<'_> {
    fn chats(&self) -> String {
        let chats: Vec<String> = self.chats.iter().map(ToString::to_string).collect();
        chats.join(",")
    }

    /// The newest entries: of the one chat, where all are its own; else of all chats.
    fn looked_at(&self, look: i64, all: bool) -> String {
        let said = self.said();
        if self.in_one {
            return format!(
                "select w.rowid, {said} as said, true as own from entries e join words w on w.rowid = e.id \
                 where e.chat = $1 and e.id < $2 order by e.message desc limit {look}"
            );
        }
        let (said, own) = if all { (said, OWN) } else { (format!("{OWN} and {said}"), "true") };
        format!("select rowid, {said} as said, {own} as own from words where rowid < $2 order by rowid desc limit {look}")
    }

    /// A condition by an entry itself. Hashes are letters and digits.
    fn said(&self) -> String {
        let said: Vec<String> = self.hashes.iter().map(|hash| format!("strpos(hashes, '{hash}') > 0")).collect();
        said.join(" and ")
    }

    /// The same, by the index.
    fn indexed(&self) -> String {
        let all = self.all(" & ", " | ", |hash| format!("'{hash}'"));
        format!("array_to_tsvector(string_to_array(hashes, ' ')) @@ $words${all}$words$::tsquery")
    }
}
