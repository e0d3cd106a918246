//! A group of appends that share one transaction and one insert.

use std::collections::HashMap;

use domain::id::Position;
use domain::stream::Stream;
use serde::Serialize;
use sqlx::SqliteConnection;

use super::super::Record;
use super::fault;
use super::writer::Job;

/// `$1`: the position before the first; `$2`: the rows, `[stream, prev, at, length]`; `$3`: each row's id and body, one
/// after the other, so that bodies are neither escaped nor parsed. Each row is parsed once, not once per cell. What fails
/// is the whole transaction, so SQLite need not note what the statement alone would take back.
const INSERT: &str = "
    with m(number, cells) as materialized (select key, jsonb(value) from json_each($2))
    insert or rollback into commits (position, stream, prev, id, body)
    select $1 + number + 1, json_extract(cells, '$[0]'), json_extract(cells, '$[1]'), substr($3, json_extract(cells, '$[2]'), 16),
        substr($3, json_extract(cells, '$[2]') + 16, json_extract(cells, '$[3]'))
    from m";

#[derive(Serialize)]
struct Row<'a>(&'a str, i64, usize, usize);

/// Appends split into those whose expectation holds, with what they become, and the others.
#[derive(Debug, Default)]
pub(super) struct Batch {
    pub(super) accepted: Vec<Job>,
    pub(super) records: Vec<Record>,
    prevs: Vec<i64>,
    /// Overtaken, or written before.
    pub(super) refused: Vec<Job>,
}

impl Batch {
    /// Decides in order of arrival; `lasts` are where the jobs' streams end before the batch, `end` where the log does.
    pub(super) fn decide(jobs: Vec<Job>, lasts: &[i64], end: i64) -> Self {
        let mut batch = Self::default();
        let mut moved: HashMap<Stream, i64> = HashMap::with_capacity(jobs.len());
        let mut next = end;
        for (job, last) in jobs.into_iter().zip(lasts) {
            let append = &job.append;
            let last = moved.get(&append.stream).unwrap_or(last);
            let prev = append.expected.map_or(0, Position::get);
            let Some(position) = Position::try_from(next + 1).ok().filter(|_| prev == *last) else {
                batch.refused.push(job);
                continue;
            };
            next += 1;
            moved.insert(append.stream.clone(), next);
            batch.prevs.push(prev);
            batch.records.push(Record {
                position,
                stream: append.stream.clone(),
                id: append.id,
                body: append.body.clone(),
            });
            batch.accepted.push(job);
        }
        batch
    }

    /// Writes the accepted ones, all or none: one statement is one transaction.
    pub(super) async fn insert(&self, connection: &mut SqliteConnection, end: i64) -> Result<(), fault::Fault> {
        if self.records.is_empty() {
            return Ok(());
        }
        let (rows, data) = self.parameters();
        let insert = sqlx::query(INSERT).bind(end).bind(rows).bind(data);
        insert.execute(connection).await.map_err(|error| fault::writing(&error))?;
        Ok(())
    }

    fn parameters(&self) -> (String, Vec<u8>) {
        let names: Vec<String> = self.records.iter().map(|record| record.stream.to_string()).collect();
        let mut rows = Vec::with_capacity(names.len());
        let mut data = Vec::with_capacity(self.records.iter().map(|record| record.body.len() + 16).sum());
        for ((record, prev), name) in self.records.iter().zip(&self.prevs).zip(&names) {
            rows.push(Row(name, *prev, data.len() + 1, record.body.len()));
            data.extend_from_slice(record.id.0.as_bytes());
            data.extend_from_slice(&record.body);
        }
        (serde_json::to_string(&rows).expect("names and numbers are JSON"), data)
    }
}
