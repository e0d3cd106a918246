//! Names that logs tell, imported together, one by one, and again: the later one stands, and nothing is told twice.

use std::path::{Path, PathBuf};

use heliograph_tests::{World, story};
use serde_json::{Value, json};
use uuid::Uuid;

use super::imports::{device_of, facts, import, outcomes};

/// Three days of somebody who is written in different ways, and takes another nick in between.
const DAYS: [(&str, &str); 3] = [
    ("1999-12-29", "[10:00] <Bob> one\n"),
    (
        "1999-12-30",
        "[10:00] <bob> two\n=== bob is now known as Rob\n[10:05] <Rob> three\n",
    ),
    ("1999-12-31", "[09:00] <BOB> four\n"),
];

/// The days' logs, in a folder of their own.
fn logs() -> (tempfile::TempDir, Vec<PathBuf>) {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let paths = DAYS.map(|(day, text)| {
        let path = folder.path().join(format!("{day}.raw.txt"));
        std::fs::write(&path, text).expect("a file can be written");
        path
    });
    (folder, paths.into())
}

/// Facts of imports: how many there are.
async fn imported(world: &World) -> usize {
    let answer = world.admin.get("/v1/events").await;
    assert!(answer.status.is_success(), "{}", answer.text);
    let facts = answer.text.lines().map(|line| serde_json::from_str::<Value>(line).expect("a fact"));
    facts.filter(|fact| fact["by"]["service"] == "import").count()
}

async fn imports(world: &World, files: &[&Path]) -> Value {
    let (done, summary, words) = import(world, "irc", files).await;
    assert!(done, "{words}");
    summary
}

story!(
    logs_that_were_imported_together_change_nothing_when_each_is_imported_alone,
    |world| {
        let (_folder, files) = logs();
        let files: Vec<&Path> = files.iter().map(PathBuf::as_path).collect();
        let summary = imports(world, &files).await;
        assert_eq!((&summary["messages"], &summary["accounts"]), (&json!(4), &json!(1)), "{summary}");
        let whole = imported(world).await;
        for file in &files {
            let again = imports(world, &[file]).await;
            assert_eq!(
                (&again["messages"], &again["accounts"], &again["other"]),
                (&json!(0), &json!(0), &json!(0)),
                "{again}"
            );
            assert_eq!(imported(world).await, whole, "the log grew by {}", file.display());
        }
        device_of(world, "BOB").await;
    }
);

story!(an_earlier_log_that_comes_later_turns_no_name_back, |world| {
    let (_folder, files) = logs();
    for file in files.iter().rev() {
        imports(world, &[file]).await;
        device_of(world, "BOB").await;
    }
    let whole = imported(world).await;
    let files: Vec<&Path> = files.iter().map(PathBuf::as_path).collect();
    imports(world, &files).await;
    assert_eq!(imported(world).await, whole);
    device_of(world, "BOB").await;
});

/// The root of the ids that imports make.
const ROOT: Uuid = Uuid::from_u128(0x6f0a_2f57_9c1b_4b0e_9d0a_51c3_77e8_42d1);
/// µs of a minute.
const MINUTE: i64 = 60_000_000;

story!(names_that_an_import_told_under_other_ids_are_not_told_again, |world| {
    let (_folder, files) = logs();
    let network = Uuid::new_v5(&ROOT, b"irc:irc");
    let id = |day: usize, line: &str| Uuid::new_v5(&Uuid::new_v5(&network, format!("file:{}", DAYS[day].0).as_bytes()), line.as_bytes());
    // The 29th of December 1999, at ten.
    let ten = 10_954 * 24 * 60 * MINUTE + 600 * MINUTE;
    let day = 24 * 60 * MINUTE;
    let register = json!({"id": Uuid::new_v5(&network, b"nick:bob"), "at": ten, "do": {"register": {"name": "bob"}}});
    let account = outcomes(world, &[register]).await[0]["account"].clone();
    let call = |id: Uuid, at: i64, name: &str| json!({"id": id, "at": at, "by": account, "do": {"call": {"name": name}}});
    let told = outcomes(
        world,
        &[
            call(id(0, "0:first"), ten, "Bob"),
            call(id(1, "0:back"), ten + day, "bob"),
            call(id(1, "1:call"), ten + day, "Rob"),
            call(id(2, "0:back"), ten + 2 * day - 60 * MINUTE, "BOB"),
        ],
    )
    .await;
    assert!(told.iter().all(|outcome| outcome["error"].is_null()), "{told:?}");
    let names = facts(world, "account.profile_changed").await;
    for file in &files {
        imports(world, &[file]).await;
        assert_eq!(facts(world, "account.profile_changed").await, names, "{}", file.display());
    }
    device_of(world, "BOB").await;
});
