//! Measures what applying message facts costs, per projection and in processor time (Linux):
//! `cargo run --release -p heliograph-projections --example apply -- [postgres://… | sqlite:<new file>] [messages] [chats]`.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Result;
use domain::actor::Actor;
use domain::chat::Role;
use domain::chat::event::{Created, Event, MemberAdded, MessageSent};
use domain::fact::{Fact, FactRef};
use domain::id::{AccountId, ChatId, CommandId, DeviceId, LogId, MessageId, Position};
use domain::sealed::{Closed, Sealed};
use domain::stream::Stream;
use domain::time::Timestamp;
use heliograph_projections::lane::Lane;
use heliograph_projections::projection::{Batch, Projection};
use heliograph_projections::state::State;
use heliograph_projections::{ReadModels, chats, commands, dialogs, directory, members, people, timeline};
use infra::clock::Clock;
use infra::db::{Db, Engine, Writes};
use sqlx::AnyConnection;
use uuid::{Builder, Uuid};

const BATCH: usize = 200;
const START: i64 = 1_700_000_000_000_000;

#[tokio::main]
async fn main() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let mut arguments = std::env::args().skip(1);
    let at = |name: &str| format!("sqlite:{}", folder.path().join(name).display());
    let url = arguments.next().unwrap_or_else(|| at("read.db"));
    let messages: i64 = arguments.next().map_or(Ok(200_000), |count| count.parse())?;
    let chats: i64 = arguments.next().map_or(Ok(50), |count| count.parse())?;
    let state = State::open(Db::open(&at("state.db"), 2, "full").await?).await?;
    let db = Db::open(&url, 4, "normal").await?;
    let models = ReadModels::open(db, state, LogId(Uuid::nil()), 1).await?;
    apply(&models.db, messages, chats).await?;
    ask(&models.db, chats).await
}

async fn apply(db: &Db, messages: i64, chats: i64) -> Result<()> {
    let mut projections: Vec<Box<dyn Projection>> = vec![
        Box::new(directory::Directory),
        Box::new(people::People),
        Box::new(chats::Chats),
        Box::new(members::Members),
        Box::new(timeline::Timeline),
        Box::new(dialogs::Dialogs),
        Box::new(commands::Commands::new(Clock::system())),
    ];
    let mut connection = db.pool.acquire().await?;
    let used = Used::by(db.engine, &mut connection).await?;
    let mut spent = vec![Duration::ZERO; projections.len() + 1];
    let facts: Vec<_> = (0..chats).map(created).chain((1..=messages).map(|n| sent(n, chats))).collect();
    let start = Instant::now();
    for cut in facts.chunks(BATCH) {
        let batch = Batch { facts: cut.to_vec() };
        let mut tx = sqlx::Connection::begin(&mut *connection).await?;
        let mut before = used.cpu()?;
        for (projection, spent) in projections.iter_mut().zip(&mut spent) {
            let mut writes = Writes::new(db.engine, &mut tx);
            projection.apply(&Lane::WHOLE, &batch, &mut writes).await?;
            writes.settled().await?;
            let after = used.cpu()?;
            *spent += after.saturating_sub(before);
            before = after;
        }
        tx.commit().await?;
        *spent.last_mut().expect("one more than projections") += used.cpu()?.saturating_sub(before);
    }
    let elapsed = start.elapsed();
    let names = projections.iter().map(|projection| projection.name()).chain(["(commit)"]);
    for (name, spent) in names.zip(&spent) {
        print_line(name, *spent, facts.len());
    }
    print_line("together", spent.iter().sum(), facts.len());
    print_line("elapsed", elapsed, facts.len());
    Ok(())
}

/// Processor time of this process and, with PostgreSQL, of the connection's other end on this machine.
struct Used {
    backend: Option<PathBuf>,
}

impl Used {
    async fn by(engine: Engine, connection: &mut AnyConnection) -> Result<Self> {
        let backend = match engine {
            Engine::Sqlite => None,
            Engine::Postgres => {
                let pid: i64 = sqlx::query_scalar("select pg_backend_pid()::bigint").fetch_one(connection).await?;
                Some(PathBuf::from(format!("/proc/{pid}/schedstat"))).filter(|path| path.exists())
            }
        };
        Ok(Self { backend })
    }

    fn cpu(&self) -> Result<Duration> {
        let threads = fs::read_dir("/proc/self/task")?.flatten().map(|task| task.path().join("schedstat"));
        let nanos = |path: PathBuf| -> Result<u64> {
            let text = fs::read_to_string(path).unwrap_or_default();
            Ok(text.split(' ').next().filter(|first| !first.is_empty()).map_or(Ok(0), str::parse)?)
        };
        let nanos: Result<Vec<u64>> = threads.chain(self.backend.clone()).map(nanos).collect();
        Ok(Duration::from_nanos(nanos?.iter().sum()))
    }
}

#[expect(clippy::cast_precision_loss, reason = "figures for people")]
fn print_line(name: &str, spent: Duration, facts: usize) {
    let micros = spent.as_secs_f64() * 1e6 / facts as f64;
    println!("{name:<10} {micros:>7.2} µs per fact {:>10.0} facts/s", 1e6 / micros);
}

/// How long reads take, on what has been applied.
async fn ask(db: &Db, chats: i64) -> Result<()> {
    let account = AccountId::try_from(1)?;
    for _ in 0..3 {
        let start = Instant::now();
        let page = dialogs::page(db, account, None, None, 2_000).await?;
        println!("a page of {} dialogs: {:?}", page.len(), start.elapsed());
        let start = Instant::now();
        dialogs::page(db, account, None, None, 50).await?;
        println!("a page of 50 dialogs: {:?}", start.elapsed());
    }
    let ids: Vec<_> = (1..=200).map(|n| (author(n, chats).to_string(), command(n))).collect();
    let start = Instant::now();
    let found = commands::accepted(db, None, &ids).await?;
    println!(
        "200 commands looked up ({} found): {:?}",
        found.iter().flatten().count(),
        start.elapsed()
    );
    Ok(())
}

fn chat(n: i64) -> ChatId {
    format!("g-{}", n % 1_000_000 + 1).parse().expect("a chat's id")
}

fn author(n: i64, chats: i64) -> AccountId {
    AccountId::try_from(n % chats + 1000).expect("an account's id")
}

fn position(n: i64) -> FactRef {
    let position = Position::try_from(n).expect("a position");
    FactRef { position, index: 0 }
}

/// Sorts by time, as a UUID of version 7 does.
fn command(n: i64) -> CommandId {
    let millis = u64::try_from(START / 1000 + n / 10).expect("after 1970");
    let mut random = [0; 10];
    random[2..].copy_from_slice(&(n.wrapping_mul(0x5851_f42d_4c95_7f2d)).to_be_bytes());
    CommandId(Builder::from_unix_timestamp_millis(millis, &random).into_uuid())
}

fn fact(n: i64, at: i64, chat: ChatId, by: AccountId, event: Event) -> Arc<Fact> {
    Arc::new(Fact {
        at: position(at),
        stream: Stream::Chat(chat),
        recorded_at: Timestamp(START + n * 100),
        sent_at: None,
        by: Actor::Device(by, DeviceId::MIN),
        command: command(n),
        digest: "0123456789abcdef0123456789abcdef".to_owned(),
        event: event.into(),
    })
}

fn created(n: i64) -> Arc<Fact> {
    let member = |account| MemberAdded::at_first(account, Role::Member);
    let members = vec![
        member(AccountId::MIN),
        member(AccountId::try_from(n + 1000).expect("an account's id")),
    ];
    fact(-n, n + 1, chat(n), AccountId::MIN, Event::Created(Created { members, title: None }))
}

fn sent(n: i64, chats: i64) -> Arc<Fact> {
    let from = author(n, chats);
    let text = Sealed::Closed(Closed {
        of: from,
        cipher: "A".repeat(220),
    });
    let message = MessageId::try_from((n - 1) / chats + 1).expect("a message's id");
    let sent = MessageSent {
        length: 100,
        ..MessageSent::plain(message, from, text)
    };
    fact(n, n + chats, chat(n % chats), from, Event::MessageSent(sent))
}
