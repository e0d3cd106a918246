use super::*;

#[tokio::test]
async fn after_a_full_disk_a_transaction_is_none_within_another() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("small.db").display());
    let db = Db::open(&url, 1, "normal").await.unwrap();
    sqlx::query("create table t (b blob)").execute(&db.pool).await.unwrap();
    // Of this connection alone: to it the disk is full.
    sqlx::query("pragma max_page_count = 8").execute(&db.pool).await.unwrap();
    let mut tx = db.pool.now().begin().await.unwrap();
    let big = "insert into t values (randomblob(1000000))";
    let full = sqlx::query(big).execute(&mut *tx).await.unwrap_err();
    assert_eq!(full.as_database_error().unwrap().code().as_deref(), Some("13"));
    // SQLite has ended it already.
    let _ = tx.rollback().await;
    let mut tx = db.pool.now().begin_with("begin immediate").await.unwrap();
    sqlx::query(big).execute(&mut *tx).await.unwrap();
    tx.commit().await.unwrap();
    let (rows,): (i64,) = sqlx::query_as("select count(*) from t").fetch_one(&db.pool).await.unwrap();
    assert_eq!(rows, 1);
}
