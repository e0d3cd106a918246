//! `docs/EVENTS.md` is made from the code: every type of event, what its fields say, an example as it is replayed.

use std::fmt::Write as _;
use std::path::PathBuf;

use domain::actor::{Actor, SIGN_IN};
use domain::event::Event;
use domain::fact::{Fact, FactRef};
use domain::id::{AccountId, CommandId, DeviceId, Position};
use domain::stream::Stream;
use domain::time::Timestamp;
use infra::clock::Clock;
use infra::seal::{Keys, MasterKey};
use serde_json::value::RawValue;
use uuid::Uuid;

use self::source::{Field, Source};
use super::{Content, line};

mod source;

const INTRODUCTION: &str = "\
# Events

Made from the code by `make bless`; a test fails when it is stale.

Every fact that the log holds is an event of one of the types below. Types are stable names, and what was once written stays readable: an event
grows only by optional fields, so **ignore fields that you do not know**. `heliograph replay` and [`GET /v1/events`](API.md#events) tell facts one a line:

```json
{\"position\":48211,\"index\":0,\"stream\":\"chat.g-42\",\"type\":\"chat.message_sent\",\"recorded_at\":1750000000000000,\"sent_at\":1750000000000000,\"by\":{\"account\":101,\"device\":1},\"command\":\"0190d6a4-7a3c-7000-8000-5f2d6c1b0a01\",\"data\":{…}}
```

| field | what it says |
|---|---|
| `position`, `index` | where the fact stands: its commit's position in the log, and its place in that commit, from 0. A commit holds facts of one stream |
| `stream` | whose fact it is: `chat.<chat id>`, `account.<account id>`, `sign_in.<key>`, `inbox.<account id>`, `name.<key>`, `system` |
| `type` | one of the types below |
| `recorded_at` | when it was recorded, in µs since 1970; rises within a stream |
| `sent_at` | when it happened: the same, or earlier where it was imported |
| `by` | who asked for it: `{\"account\",\"device\"}`, `{\"service\"}` (the operator is `admin`), `{\"account\",\"device\",\"service\"}` (an account that administers, in that role: service `admin`), `{\"account\",\"service\"}` (what an account did elsewhere, told by the service `import`), or `{\"reactor\"}`, a part of the server |
| `command` | the id of the command that it answers; of what was imported, one made from the id that the import gave it |
| `trace` | the W3C trace context of the request that led to it; absent where there was none |
| `data` | the event's own fields, as below; those that may be absent are marked `?` |

What a human wrote or is called is in `content`, which is told only on request (`--content`, `content=true`). It is `null` with `\"erased\":true` beside it once
the key of the account that it belongs to was erased, and `null` with `\"unreadable\":true` while the server can't read it. A fact of a type that the server
does not know, written by a newer version, is told with `\"data\":null,\"unreadable\":true`. So is what is damaged: whatever types are asked for, if one of them is of its kind of stream, since nothing
that is counted may miss it.
";

/// The streams' kinds in the order of their events: name of the types, heading, what the streams are, an example of one, who asks there.
fn categories() -> [(&'static str, &'static str, String, Actor); 7] {
    let alice = Actor::Device(AccountId::new(101).unwrap(), DeviceId::MIN);
    [
        ("chat", "A chat: `chat.<chat id>`", "chat.g-42".to_owned(), alice.clone()),
        (
            "account",
            "An account: `account.<account id>`",
            "account.101".to_owned(),
            alice.clone(),
        ),
        (
            "sign_in",
            "A contact that people sign in with, by its keyed hash: `sign_in.<key>`",
            format!("sign_in.{}", "c".repeat(64)),
            Actor::Service(SIGN_IN.to_owned()),
        ),
        (
            "inbox",
            "An account's view of its chats: `inbox.<account id>`",
            "inbox.101".to_owned(),
            alice,
        ),
        (
            "name",
            "A unique name, by its keyed hash: `name.<key>`",
            format!("name.{}", "a".repeat(64)),
            Actor::Reactor("username".to_owned()),
        ),
        (
            "system",
            "The installation: `system`",
            "system".to_owned(),
            Actor::Service("admin".to_owned()),
        ),
        (
            "interactions",
            "What many do with a chat's messages: `interactions.<chat id>`",
            "interactions.c-42".to_owned(),
            Actor::Service("views".to_owned()),
        ),
    ]
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The source of an aggregate's events: a file, and perhaps a folder of the same name.
fn written(category: &str) -> String {
    let folder = root().join(format!("domain/src/{category}/event"));
    let entries = std::fs::read_dir(folder).into_iter().flatten();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let parts = files.iter().map(|path| std::fs::read_to_string(path).unwrap());
    std::iter::once(read(&format!("domain/src/{category}/event.rs")))
        .chain(parts)
        .collect()
}

#[tokio::test]
async fn the_manual_of_events_says_what_the_code_says() {
    let folder = tempfile::tempdir().unwrap();
    let keys = keys(&folder).await;
    let mut manual = INTRODUCTION.to_owned();
    for (category, heading, stream, by) in categories() {
        let source = Source::read(&written(category));
        write!(manual, "\n## {heading}\n").unwrap();
        for name in Event::TYPES.iter().filter(|name| name.split('.').next() == Some(category)) {
            let (says, fields) = source.event(name);
            write!(manual, "\n### `{name}`\n\n{says}\n\n").unwrap();
            manual += &table(&fields);
            write!(
                manual,
                "```json\n{}```\n",
                example(name, &fields, &stream.parse().unwrap(), by.clone(), &keys)
            )
            .unwrap();
        }
    }
    if std::env::var_os("HELIOGRAPH_BLESS").is_some() {
        std::fs::write(root().join("docs/EVENTS.md"), manual).unwrap();
    } else {
        assert!(
            read("docs/EVENTS.md") == manual,
            "docs/EVENTS.md is stale: `make bless` makes it anew"
        );
    }
}

async fn keys(folder: &tempfile::TempDir) -> Keys {
    let url = format!("sqlite:{}", folder.path().join("keys.db").display());
    let master = MasterKey::from_hex(&"07".repeat(32)).unwrap();
    let keys = Keys::open(Keys::connect(&url).await.unwrap(), &master, Clock::system())
        .await
        .unwrap();
    let accounts = [101, 102].map(|account| AccountId::new(account).unwrap());
    keys.make(&accounts).await.unwrap();
    keys
}

fn table(fields: &[&Field]) -> String {
    if fields.is_empty() {
        return String::new();
    }
    let mut table = "| field | form | what it says |\n|---|---|---|\n".to_owned();
    for field in fields {
        let (name, form, says) = (field.shown(), field.form(), &field.says);
        writeln!(table, "| `{name}` | {form} | {says} |").unwrap();
    }
    table + "\n"
}

/// The type's first golden example as a replay tells it.
fn example(name: &str, fields: &[&Field], stream: &Stream, by: Actor, keys: &Keys) -> String {
    let golden: Vec<Box<RawValue>> = serde_json::from_str(&read(&format!("domain/tests/golden/{name}.json"))).unwrap();
    let mut event = Event::from_json(golden[0].get()).unwrap();
    let contents = fields.iter().filter_map(|field| field.content());
    for (part, content) in event.sealed_parts_mut().zip(contents) {
        let closed = keys.seal(part.of(), stream, content.as_bytes()).unwrap();
        part.close(closed);
    }
    let fact = Fact {
        at: FactRef {
            position: Position::new(48211).unwrap(),
            index: 0,
        },
        stream: stream.clone(),
        recorded_at: Timestamp(1_750_000_000_000_000),
        sent_at: None,
        by,
        command: CommandId(Uuid::from_u128(0x0190_d6a4_7a3c_7000_8000_5f2d_6c1b_0a01)),
        digest: String::new(),
        event,
    };
    let mut lines = Vec::new();
    line(&fact, None, Content::Shown(keys), &mut lines);
    String::from_utf8(lines).unwrap()
}
