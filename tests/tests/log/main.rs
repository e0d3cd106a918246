//! The event log's conformance suite: one set of stories, told on both logs, and each log's own faults.

mod append;
mod broker;
mod disk;
mod file;
mod follow;
mod many;
mod place;
mod power;
mod shipped;
mod words;

/// Runs each story on both logs.
macro_rules! on_both_logs {
    ($($story:ident: $what:path),* $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $story() {
                $what(&mut crate::place::Place::sqlite()).await;
            })*
        }
        mod jetstream {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $story() {
                $what(&mut crate::place::Place::jetstream().await).await;
            })*
        }
    };
}

on_both_logs! {
    what_is_appended_is_read: crate::append::what_is_appended_is_read,
    a_stream_is_read_in_order_however_long: crate::append::a_stream_is_read_in_order_however_long,
    an_expectation_that_fails_is_a_conflict: crate::append::an_expectation_that_fails_is_a_conflict,
    the_same_commit_again_gives_the_first_position: crate::append::the_same_commit_again_gives_the_first_position,
    appends_of_many_are_answered_each_on_its_own: crate::append::appends_of_many_are_answered_each_on_its_own,
    a_commit_may_be_as_long_as_the_limit: crate::append::a_commit_may_be_as_long_as_the_limit,
    a_log_keeps_its_name_and_content: crate::append::a_log_keeps_its_name_and_content,
    a_mark_is_verified: crate::append::a_mark_is_verified,
    of_two_writers_one_wins: crate::many::of_two_writers_one_wins,
    no_increment_is_lost: crate::many::no_increment_is_lost,
    a_hundred_thousand_streams: crate::many::a_hundred_thousand_streams,
    followers_see_everything_in_order: crate::follow::followers_see_everything_in_order,
    a_follower_starts_where_it_is_told: crate::follow::a_follower_starts_where_it_is_told,
    a_follower_waits_for_the_first_commit: crate::follow::a_follower_waits_for_the_first_commit,
    a_follower_of_another_log_is_told: crate::follow::a_follower_of_another_log_is_told,
    a_follower_outlives_a_restart: crate::follow::a_follower_outlives_a_restart,
}
