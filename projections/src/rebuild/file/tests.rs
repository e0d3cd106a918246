use super::*;

/// A file of read models, as a killed process leaves it: what was written last is in its write-ahead log only.
async fn made(folder: &Path, name: &str) {
    let elsewhere = tempfile::tempdir().unwrap();
    let path = elsewhere.path().join(name);
    let db = Db::open(&url(&path), 1, "normal").await.unwrap();
    sqlx::raw_sql("create table self (name text)").execute(&db.pool).await.unwrap();
    sqlx::query("insert into self values ($1)")
        .bind(name)
        .execute(&db.pool)
        .await
        .unwrap();
    for file in [path.clone()].iter().chain(&beside(&path)) {
        fs::copy(file, folder.join(file.file_name().unwrap())).unwrap();
    }
    db.close().await;
}

/// What `read.db` was called when it was written.
async fn live(folder: &Path) -> String {
    let db = Db::open(&url(&folder.join(LIVE)), 1, "normal").await.unwrap();
    let name = sqlx::query_scalar("select name from self").fetch_one(&db.pool).await.unwrap();
    db.close().await;
    name
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort_unstable();
    names
}

#[tokio::test]
async fn the_newest_complete_one_counts_and_what_was_not_complete_goes() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["read.db", "read.2.db", "read.10.db", "read.next.db"] {
        made(folder.path(), name).await;
    }
    tidy(folder.path()).await.unwrap();
    assert_eq!(names(folder.path()), ["read.db"]);
    assert_eq!(live(folder.path()).await, "read.10.db");
    tidy(folder.path()).await.unwrap();
    assert_eq!(live(folder.path()).await, "read.10.db");
}

#[tokio::test]
async fn where_nothing_was_made_anew_nothing_is_touched() {
    let folder = tempfile::tempdir().unwrap();
    made(folder.path(), "read.db").await;
    let before = names(folder.path());
    tidy(folder.path()).await.unwrap();
    assert_eq!(names(folder.path()), before);
    assert_eq!(live(folder.path()).await, "read.db");
}
