//! In PostgreSQL, whose index gives the entries with a word in no order, and all of them at once: what is said often is looked for in the
//! newest entries one by one; what these do not have is said seldom, and picked by the index.

use infra::db::Db;
use sqlx::{AssertSqlSafe, Error};

use super::{Found, Wanted};

/// Entries of one chat that are looked at one by one: at first, which tells how often it is said there; and where it is said often, if so many
/// may have enough of what is wanted.
const OF_CHAT: [i64; 2] = [500, MOST_OF_CHAT];
const MOST_OF_CHAT: i64 = 5_000;

/// Entries that are looked at one by one at first, in whatever chat, which tells how often it is said.
const FIRST: i64 = 1_000;

/// Entries that are looked at where it is said often, as long as so many may have enough of what is wanted.
const FURTHER: [i64; 2] = [5_000, FURTHEST];
const FURTHEST: i64 = 20_000;

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
    if wanted.in_one {
        in_one(db, wanted, scan).await
    } else {
        in_all(db, wanted, scan).await
    }
}

async fn in_one(db: &Db, wanted: &Wanted<'_>, scan: u32) -> Result<Found, Error> {
    for look in OF_CHAT {
        let newest = look_at(db, wanted, scan, look, &wanted.of_chat(look)).await?;
        if newest.has_enough(scan) {
            return Ok(newest.found);
        }
        if newest.said < look / OFTEN || newest.hits * (MOST_OF_CHAT / look) < enough(scan) {
            break;
        }
    }
    picked(db, wanted, scan, &wanted.indexed()).await
}

async fn in_all(db: &Db, wanted: &Wanted<'_>, scan: u32) -> Result<Found, Error> {
    let first = look_at(db, wanted, scan, FIRST, &wanted.of_all(FIRST)).await?;
    if first.has_enough(scan) {
        return Ok(first.found);
    }
    let often = first.said >= FIRST / OFTEN;
    let (mut hits, mut looked) = (first.hits, FIRST);
    for look in FURTHER.into_iter().filter(|_| often) {
        if hits * (FURTHEST / looked) < enough(scan) {
            break;
        }
        let further = look_at(db, wanted, scan, look, &wanted.of_own_alone(look)).await?;
        if further.has_enough(scan) {
            return Ok(further.found);
        }
        (hits, looked) = (further.hits, look);
    }
    let one_by_one = often && few(db, wanted).await?;
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
    /// How many of them have the words.
    said: i64,
}

impl Newest {
    fn has_enough(&self, scan: u32) -> bool {
        self.found.next.is_none() || self.hits >= enough(scan)
    }
}

/// Those of `look` entries that have the words, and of these the chats'.
async fn look_at(db: &Db, wanted: &Wanted<'_>, scan: u32, look: i64, looked: &str) -> Result<Newest, Error> {
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

    /// The newest entries of the one chat: all of them are its own.
    fn of_chat(&self, look: i64) -> String {
        format!(
            "select w.rowid, {} as said, true as own from entries e join words w on w.rowid = e.id \
             where e.chat = $1 and e.id < $2 order by e.message desc limit {look}",
            self.said()
        )
    }

    /// The newest entries, whosever they are.
    fn of_all(&self, look: i64) -> String {
        newest(&self.said(), OWN, look)
    }

    /// The same; what others say is not looked at.
    fn of_own_alone(&self, look: i64) -> String {
        newest(&format!("{OWN} and {}", self.said()), "true", look)
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

fn newest(said: &str, own: &str, look: i64) -> String {
    format!("select rowid, {said} as said, {own} as own from words where rowid < $2 order by rowid desc limit {look}")
}
