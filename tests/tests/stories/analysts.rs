//! What analysts do: SQL on the archive, exported files in `DuckDB`.

use std::process::Output;

use heliograph_tests::Backend;
use heliograph_tests::World;
use heliograph_tests::deadline::eventually;
use heliograph_tests::duckdb::duckdb;
use heliograph_tests::launch::binary;
use heliograph_tests::story;
use heliograph_tests::world::{direct, group};
use serde_json::{Value, json};
use sqlx::any::{AnyPoolOptions, install_default_drivers};
use tokio::process::Command;

/// Runs an export beside the server.
async fn export(world: &World, arguments: &[&str]) -> Output {
    let mut command = Command::new(binary());
    command.arg("export").args(arguments).arg("--data").arg(world.server.folder());
    command.output().await.expect("the program can be started")
}

/// Exports into a file of the story's own; the file, and what is said of it.
async fn exported(world: &World, arguments: &[&str], name: &str) -> (String, Value) {
    let file = world.server.beside().join(name).display().to_string();
    let done = export(world, &[arguments, &["--out", &file]].concat()).await;
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    (file, serde_json::from_slice(&done.stdout).expect("a line of JSON"))
}

/// Three messages, the second edited, the third deleted.
async fn talk(world: &mut World) -> String {
    let (alice, bob) = (world.person("Alice").await, world.person("Bob").await);
    let chat = direct(&alice.phone, &bob).await;
    for text in ["one, with a comma", "two", "three"] {
        alice.phone.send(&chat, text).await;
    }
    alice.phone.edit(&chat, 2, "zwei").await.accepted();
    alice.phone.delete(&chat, 3).await.accepted();
    chat
}

story!(exported_messages_are_counted_by_duckdb, |world| {
    let chat = talk(world).await;
    for format in ["parquet", "csv", "ndjson"] {
        let arguments = ["messages", "--format", format, "--content"];
        let (file, said) = exported(world, &arguments, &format!("messages.{format}")).await;
        assert_eq!(said["rows"], 3, "{format}");
        let from = if format == "ndjson" {
            format!("read_json_auto('{file}')")
        } else {
            format!("'{file}'")
        };
        let rows = duckdb(&format!("select chat, message, text, deleted, edits from {from} order by message"));
        let row = |message: i64, text: Value, deleted: i64, edits: i64| json!({"chat": chat, "message": message, "text": text, "deleted": deleted, "edits": edits});
        let expected = [
            row(1, json!("one, with a comma"), 0, 0),
            row(2, json!("zwei"), 0, 1),
            row(3, Value::Null, 1, 0),
        ];
        assert_eq!(rows, expected, "{format}");
    }
});

story!(exported_facts_are_all_there_and_say_nothing_that_was_written, |world| {
    talk(world).await;
    let (parquet, said) = exported(world, &["facts"], "facts.parquet").await;
    let (csv, again) = exported(world, &["facts", "--format", "csv"], "facts.csv").await;
    assert_eq!(said["rows"], again["rows"]);
    let counts = "count(*) as facts, count(distinct (position, idx)) as places, count(*) filter (type = 'chat.message_sent') as messages";
    let [of_parquet, of_csv] = [&parquet, &csv].map(|file| duckdb(&format!("select {counts} from '{file}'")));
    assert_eq!(of_parquet, [json!({"facts": said["rows"], "places": said["rows"], "messages": 3})]);
    assert_eq!(of_parquet, of_csv);
    let written = std::fs::read_to_string(&csv).expect("a file");
    assert!(
        !written.contains("with a comma") && !written.contains("Alice") && !written.contains("sealed"),
        "{written}"
    );
    let times = duckdb(&format!(
        "select count(*) as times from '{parquet}' where recorded_at > timestamptz '2020-01-01' and sent_at is not null"
    ));
    assert_eq!(times, [json!({"times": said["rows"]})]);
});

story!(an_export_that_fails_leaves_nothing_behind, |world| {
    talk(world).await;
    let out = world.server.beside().join("none").join("facts.csv");
    let refused = export(world, &["facts", "--out", &out.display().to_string()]).await;
    assert_eq!(refused.status.code(), Some(1));
    let out = world.server.beside().join("facts.csv").display().to_string();
    let refused = export(world, &["facts", "--format", "csv", "--from", "9", "--to", "soon", "--out", &out]).await;
    assert_eq!(refused.status.code(), Some(2));
    // A file that may not grow is like a full disk.
    let limited = format!(
        "ulimit -f 0; exec \"$@\" export facts --format csv --out {out} --data {}",
        world.server.folder().display()
    );
    let full = Command::new("sh")
        .args(["-c", &limited, "sh"])
        .arg(binary())
        .output()
        .await
        .expect("a shell");
    assert_ne!(full.status.code(), Some(0));
    let left: Vec<_> = std::fs::read_dir(world.server.beside())
        .expect("a folder")
        .map(|entry| entry.expect("an entry").file_name())
        .collect();
    assert!(
        !left
            .iter()
            .any(|name| name.to_string_lossy().contains("facts") || name.to_string_lossy().contains("export")),
        "{left:?}"
    );
});

story!(an_export_of_a_range_is_of_that_and_as_it_was_at_its_end, |world| {
    let (alice, bob) = (world.person("Alice").await, world.person("Bob").await);
    let chat = direct(&alice.phone, &bob).await;
    alice.phone.send(&chat, "one").await;
    let first = world.now().await;
    alice.phone.send(&chat, "two").await;
    let second = world.now().await;
    alice.phone.edit(&chat, 2, "zwei").await.accepted();
    alice.phone.delete(&chat, 1).await.accepted();
    for (ends, expected) in [
        (vec!["--to", &*second], vec![json!([1, "one", 0, 0]), json!([2, "two", 0, 0])]),
        (vec!["--from", &*first, "--to", &*second], vec![json!([2, "two", 0, 0])]),
        (vec!["--from", &*first], vec![json!([2, "zwei", 1, 0])]),
        (vec![], vec![json!([1, null, 0, 1]), json!([2, "zwei", 1, 0])]),
    ] {
        let name = format!("range-{}.parquet", ends.join(""));
        let (file, _) = exported(world, &[&["messages", "--content"], &*ends].concat(), &name).await;
        let rows = duckdb(&format!("select message, text, edits, deleted from '{file}' order by message"));
        let rows: Vec<Value> = rows
            .iter()
            .map(|row| json!([row["message"], row["text"], row["edits"], row["deleted"]]))
            .collect();
        assert_eq!(rows, expected, "{ends:?}");
    }
});

story!(a_disk_that_fills_half_way_leaves_what_was_there, |world| {
    let (alice, bob) = (world.person("Alice").await, world.person("Bob").await);
    let chat = direct(&alice.phone, &bob).await;
    for number in 0..20 {
        alice.phone.send(&chat, &format!("{number} {}", "and so on ".repeat(100))).await;
    }
    let out = world.server.beside().join("export").display().to_string();
    std::fs::write(&out, "as it was").expect("a file can be written");
    for what in ["facts", "messages"] {
        for format in ["parquet", "csv", "ndjson"] {
            // One block is written, the next is refused.
            let limited = format!(
                "ulimit -f 1; exec \"$@\" export {what} --content --format {format} --out {out} --data {}",
                world.server.folder().display()
            );
            let mut full = Command::new("sh");
            let full = full.args(["-c", &limited, "sh"]).arg(binary()).output().await.expect("a shell");
            let words = String::from_utf8_lossy(&full.stderr);
            assert_eq!(full.status.code(), Some(1), "{what} {format}: {words}");
            assert!(words.contains("nothing was left behind"), "{what} {format}: {words}");
            assert_eq!(std::fs::read(&out).expect("it is there"), b"as it was", "{what} {format}");
            let left = std::fs::read_dir(world.server.beside()).expect("a folder");
            let left: Vec<_> = left.map(|entry| entry.expect("an entry").file_name()).collect();
            assert!(
                !left.iter().any(|name| name.to_string_lossy().starts_with(".heliograph")),
                "{what} {format}: {left:?}"
            );
        }
    }
});

/// Asks the archive until it says what is expected.
async fn archive_says(world: &World, sql: &'static str, expected: i64) {
    install_default_drivers();
    let url = match &world.backend {
        Backend::Embedded => format!("sqlite:{}?mode=ro", world.server.folder().join("archive.db").display()),
        Backend::Clustered { database, .. } => database.clone(),
    };
    eventually(sql, async || {
        let archive = AnyPoolOptions::new().max_connections(1).connect(&url).await.ok()?;
        if url.starts_with("postgres") {
            sqlx::query("set search_path to archive").execute(&archive).await.ok()?;
        }
        let said: i64 = sqlx::query_scalar(sql).fetch_one(&archive).await.ok()?;
        archive.close().await;
        (said == expected).then_some(())
    })
    .await;
}

async fn the_archive_is_kept_up(backend: Backend) {
    let mut world = World::on(backend, &[("HELIOGRAPH_ARCHIVE__ENABLED", "true")]).await;
    talk(&mut world).await;
    archive_says(&world, "select count(*) from messages where edits = 1 or deleted_at is not null", 2).await;
    world.crash().await;
    let carol = world.person("Carol").await;
    let chat = group(&carol.phone, "later", &[]).await;
    carol.phone.send(&chat, "after the crash").await;
    archive_says(&world, "select cast(sum(messages) as bigint) from messages_per_day", 4).await;
    archive_says(&world, "select count(*) from facts where data like '%crash%'", 0).await;
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_archive_is_kept_up_embedded() {
    the_archive_is_kept_up(Backend::Embedded).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_archive_is_kept_up_clustered() {
    the_archive_is_kept_up(Backend::clustered().await).await;
}

async fn the_archive_goes_on_where_it_was(backend: Backend) {
    let mut world = World::on(backend, &[("HELIOGRAPH_ARCHIVE__ENABLED", "true")]).await;
    let alice = world.person("Alice").await;
    let chat = group(&alice.phone, "on and off", &[]).await;
    alice.phone.send(&chat, "while it is kept").await;
    archive_says(&world, "select count(*) from messages", 1).await;
    for (enabled, text) in [("false", "while it is not"), ("true", "and again")] {
        world.server.stop().await;
        world.server.set("HELIOGRAPH_ARCHIVE__ENABLED", enabled);
        world.server.go_on().await;
        alice.phone.send(&chat, text).await;
    }
    archive_says(&world, "select count(*) from messages", 3).await;
    archive_says(
        &world,
        "select count(*) from (select distinct position, idx from facts where type = 'chat.message_sent') f",
        3,
    )
    .await;
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_archive_goes_on_where_it_was_embedded() {
    the_archive_goes_on_where_it_was(Backend::Embedded).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_archive_goes_on_where_it_was_clustered() {
    the_archive_goes_on_where_it_was(Backend::clustered().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_damaged_archive_holds_nobody_up() {
    let mut world = World::on(Backend::Embedded, &[("HELIOGRAPH_ARCHIVE__ENABLED", "true")]).await;
    talk(&mut world).await;
    archive_says(&world, "select count(*) from messages", 3).await;
    world.server.stop().await;
    let files = ["archive.db", "archive.db-wal", "archive.db-shm"].map(|name| world.server.folder().join(name));
    // Of the latter two a server that ended in good order left none.
    for file in &files {
        drop(std::fs::remove_file(file));
    }
    std::fs::write(&files[0], "no database at all ".repeat(500)).expect("a file can be written");
    world.server.go_on().await;
    let carol = world.person("Carol").await;
    let chat = group(&carol.phone, "all the same", &[]).await;
    carol.phone.send(&chat, "it works").await;
    eventually("the doctor tells of the archive", async || {
        let findings = world.admin.get("/v1/admin/doctor").await.accepted();
        findings["problems"].to_string().contains("archive.db").then_some(())
    })
    .await;
    let up = world.server.metrics("heliograph_archive_up").await;
    assert_eq!(up, [("heliograph_archive_up".to_owned(), 0.0)]);
    world.server.stop().await;
    for file in &files {
        drop(std::fs::remove_file(file));
    }
    world.server.go_on().await;
    archive_says(&world, "select count(*) from messages", 4).await;
    world.finish().await;
}

/// Waits until operators are told that the archive is kept up, or that it is not.
async fn archive_is_up(world: &World, up: f64) {
    eventually("it is told whether the archive is kept up", async || {
        let told = world.server.metrics("heliograph_archive_up").await;
        (told == [("heliograph_archive_up".to_owned(), up)]).then_some(())
    })
    .await;
}

/// Changes the archive's file behind the server's back.
async fn change_archive(world: &World, sql: &'static str) {
    install_default_drivers();
    let url = format!("sqlite:{}", world.server.folder().join("archive.db").display());
    let archive = AnyPoolOptions::new().max_connections(1).connect(&url).await.expect("it is there");
    sqlx::query(sql).execute(&archive).await.expect("it can be changed");
    archive.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_archive_that_fails_later_is_told_of_until_it_goes_on() {
    let mut world = World::on(Backend::Embedded, &[("HELIOGRAPH_ARCHIVE__ENABLED", "true")]).await;
    talk(&mut world).await;
    archive_says(&world, "select count(*) from messages", 3).await;
    archive_is_up(&world, 1.0).await;
    change_archive(&world, "alter table facts rename to away").await;
    let carol = world.person("Carol").await;
    let chat = group(&carol.phone, "all the same", &[]).await;
    carol.phone.send(&chat, "it works").await;
    archive_is_up(&world, 0.0).await;
    let findings = world.admin.get("/v1/admin/doctor").await.accepted();
    assert!(findings["problems"].to_string().contains("comes no further"), "{findings}");
    change_archive(&world, "alter table away rename to facts").await;
    archive_is_up(&world, 1.0).await;
    archive_says(&world, "select count(*) from messages", 4).await;
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_archive_of_more_than_the_log_has_is_told_of_and_left() {
    let mut world = World::on(Backend::Embedded, &[("HELIOGRAPH_ARCHIVE__ENABLED", "true")]).await;
    let alice = world.person("Alice").await;
    let chat = group(&alice.phone, "to be forgotten", &[]).await;
    alice.phone.send(&chat, "kept").await;
    world.retire(&alice).await;
    world.server.stop().await;
    let older = world.server.beside().join("older.db");
    std::fs::copy(world.server.folder().join("log.db"), &older).expect("a copy");
    world.server.go_on().await;
    alice.phone.send(&chat, "lost").await;
    archive_says(&world, "select count(*) from messages", 2).await;
    world.server.stop().await;
    for database in ["log", "read", "state"] {
        for ending in ["db", "db-wal", "db-shm"] {
            // Of the latter two a server that ended in good order left none.
            drop(std::fs::remove_file(world.server.folder().join(format!("{database}.{ending}"))));
        }
    }
    std::fs::copy(&older, world.server.folder().join("log.db")).expect("a copy");
    world.server.go_on().await;
    alice.phone.send(&chat, "something else").await;
    eventually("the doctor tells of the archive", async || {
        let findings = world.admin.get("/v1/admin/doctor").await.accepted();
        findings["problems"].to_string().contains("from more of this one").then_some(())
    })
    .await;
    archive_says(&world, "select count(*) from messages", 2).await;
    world.finish().await;
}
