//! One writer: appending, reading, conflicts, repetition, limits.

use bytes::Bytes;
use domain::id::Position;
use domain::stream::Stream;
use infra::clock::Clock;
use infra::log::{AppendError, COMMIT_MAX_BYTES, Error, Mark, verify};

use crate::place::Place;
use crate::words::{account, commit};

pub(crate) async fn what_is_appended_is_read(place: &mut Place) {
    let log = place.open().await;
    assert_eq!(log.end().await.unwrap(), None);
    assert_eq!(log.last(&account(1)).await.unwrap(), None);
    assert_eq!(log.read(&account(1), None).await.unwrap(), []);

    // Whatever bytes they are: quotes, zeros, nothing.
    let streams = [account(1), Stream::System, Stream::Chat("dm-1-2".parse().unwrap())];
    let bodies = [
        Bytes::from_static(b"{\"a\":\"\\u0000'\"}"),
        Bytes::from_static(b"\0\xff\"\n"),
        Bytes::new(),
    ];
    let mut last = None;
    for (stream, body) in streams.iter().zip(&bodies) {
        let append = commit(stream, None, body.clone());
        let position = log.append(append.clone()).await.unwrap();
        assert!(Some(position) > last, "positions rise");
        last = Some(position);
        let record = log.at(position).await.unwrap().expect("it is there");
        assert_eq!(
            (record.position, &record.stream, record.id, &record.body),
            (position, stream, append.id, body)
        );
        assert_eq!(log.read(stream, None).await.unwrap(), [record]);
        assert_eq!(log.last(stream).await.unwrap(), Some(position));
    }
    assert_eq!(log.end().await.unwrap(), last);
    let beyond = last.and_then(Position::next).unwrap();
    assert_eq!(log.at(beyond).await.unwrap(), None);
}

pub(crate) async fn a_stream_is_read_in_order_however_long(place: &mut Place) {
    let log = place.open().await;
    let mut positions = Vec::new();
    for number in 0..2_500 {
        let other = commit(&account(2), log.last(&account(2)).await.unwrap(), "other");
        if number % 100 == 0 {
            log.append(other).await.unwrap();
        }
        let append = commit(&account(1), positions.last().copied(), number.to_string());
        positions.push(log.append(append).await.unwrap());
    }
    let all = log.read(&account(1), None).await.unwrap();
    assert_eq!(all.iter().map(|record| record.position).collect::<Vec<_>>(), positions);
    assert!(
        all.iter()
            .enumerate()
            .all(|(number, record)| record.body == number.to_string().as_bytes())
    );
    let rest = log.read(&account(1), Some(positions[1_299])).await.unwrap();
    assert_eq!(rest, all[1_300..]);
    assert_eq!(log.read(&account(1), positions.last().copied()).await.unwrap(), []);
}

pub(crate) async fn an_expectation_that_fails_is_a_conflict(place: &mut Place) {
    let log = place.open().await;
    let first = log.append(commit(&account(1), None, "first")).await.unwrap();
    let conflict = Err(AppendError::Conflict { last: Some(first) });
    assert_eq!(log.append(commit(&account(1), None, "expected none")).await, conflict);
    let other = log.append(commit(&account(2), None, "other")).await.unwrap();
    assert_eq!(log.append(commit(&account(1), Some(other), "of another stream")).await, conflict);
    let empty = log.append(commit(&account(3), Some(first), "of an empty stream")).await;
    assert_eq!(empty, Err(AppendError::Conflict { last: None }));
    let second = log.append(commit(&account(1), Some(first), "second")).await.unwrap();
    let behind = log.append(commit(&account(1), Some(first), "expected the first")).await;
    assert_eq!(behind, Err(AppendError::Conflict { last: Some(second) }));
    assert_eq!(log.read(&account(1), None).await.unwrap().len(), 2);
}

pub(crate) async fn the_same_commit_again_gives_the_first_position(place: &mut Place) {
    let log = place.open().await;
    let first = commit(&account(1), None, "first");
    let position = log.append(first.clone()).await.unwrap();
    assert_eq!(log.append(first.clone()).await, Ok(position));
    let second = commit(&account(1), Some(position), "second");
    let both = log.append_many(vec![second.clone(), second.clone()]).await;
    assert_eq!(both[0], both[1], "in one batch too");
    let third = log.append(commit(&account(1), both[1].clone().ok(), "third")).await.unwrap();
    assert_eq!(log.append(first).await, Ok(position), "though the stream has moved on");
    assert_eq!(log.append(second).await, both[0]);
    assert_eq!(log.last(&account(1)).await.unwrap(), Some(third));
    assert_eq!(log.read(&account(1), None).await.unwrap().len(), 3);
}

pub(crate) async fn appends_of_many_are_answered_each_on_its_own(place: &mut Place) {
    let log = place.open().await;
    let taken = log.append(commit(&account(1), None, "taken")).await.unwrap();
    let many = vec![
        commit(&account(1), None, "too late"),
        commit(&account(2), None, "new"),
        commit(&account(3), None, vec![b'x'; COMMIT_MAX_BYTES + 1]),
        commit(&account(1), Some(taken), "next"),
        commit(&account(4), Some(taken), "nothing there"),
    ];
    let answers = log.append_many(many).await;
    let [late, new, large, next, nothing] = answers.as_slice() else {
        panic!("five answers")
    };
    let (new, next) = (new.clone().unwrap(), next.clone().unwrap());
    assert!(matches!(late, Err(AppendError::Conflict { last }) if *last == Some(taken) || *last == Some(next)));
    assert_eq!(
        large,
        &Err(AppendError::TooLarge {
            size: COMMIT_MAX_BYTES + 1
        })
    );
    assert_eq!(nothing, &Err(AppendError::Conflict { last: None }));
    assert_eq!(log.at(new).await.unwrap().unwrap().body, "new");
    assert_eq!(log.at(next).await.unwrap().unwrap().body, "next");
    assert!(log.append_many(Vec::new()).await.is_empty());
}

pub(crate) async fn a_commit_may_be_as_long_as_the_limit(place: &mut Place) {
    let log = place.open().await;
    let longest = commit(&account(1), None, vec![b'"'; COMMIT_MAX_BYTES]);
    let position = log.append(longest.clone()).await.unwrap();
    assert_eq!(log.at(position).await.unwrap().unwrap().body, longest.body);
    assert_eq!(log.read(&account(1), None).await.unwrap()[0].body, longest.body);
    let longer = commit(&account(1), Some(position), vec![b'"'; COMMIT_MAX_BYTES + 1]);
    assert_eq!(
        log.append(longer).await,
        Err(AppendError::TooLarge {
            size: COMMIT_MAX_BYTES + 1
        })
    );
    log.append(commit(&account(1), Some(position), "the stream is as it was"))
        .await
        .unwrap();
}

pub(crate) async fn a_log_keeps_its_name_and_content(place: &mut Place) {
    let log = place.open().await;
    let id = log.id();
    let position = log.append(commit(&account(1), None, "kept")).await.unwrap();
    drop(log);
    place.restart().await;
    let log = place.open().await;
    assert_eq!(log.id(), id);
    assert_eq!(log.end().await.unwrap(), Some(position));
    assert_eq!(log.last(&account(1)).await.unwrap(), Some(position));
    let next = log.append(commit(&account(1), Some(position), "next")).await.unwrap();
    assert_eq!(log.read(&account(1), Some(position)).await.unwrap()[0].position, next);
}

pub(crate) async fn a_mark_is_verified(place: &mut Place) {
    let log = place.open().await;
    let append = commit(&account(1), None, "remembered");
    let position = log.append(append.clone()).await.unwrap();
    let mark = Mark {
        log: log.id(),
        position,
        commit: append.id,
    };
    verify(&*log, &mark).await.unwrap();
    let clock = Clock::system();
    let others = [
        Mark {
            commit: clock.commit_id(),
            ..mark
        },
        Mark {
            position: position.next().unwrap(),
            ..mark
        },
        Mark {
            log: domain::id::LogId(clock.commit_id().0),
            ..mark
        },
    ];
    for other in others {
        assert!(matches!(verify(&*log, &other).await, Err(Error::Replaced(_))), "{other:?}");
    }
}
