//! The read models on both engines: what each event does to them, and the laws that hold whatever happens.

mod annals;
mod archive;
mod chronicle;
mod database;
mod deeds;
mod effects;
mod laws;
mod past;
mod people;
mod recalled;
mod seen;
mod standing;
mod unread;

use infra::db::Engine;

/// Each story on both engines.
macro_rules! on_both_engines {
    ($($module:ident::{$($story:ident),* $(,)?}),* $(,)?) => {
        mod sqlite {
            $($(#[tokio::test(flavor = "multi_thread", worker_threads = 2)] async fn $story() { crate::$module::$story(super::Engine::Sqlite).await; })*)*
        }
        mod postgres {
            $($(#[tokio::test(flavor = "multi_thread", worker_threads = 2)] async fn $story() { crate::$module::$story(super::Engine::Postgres).await; })*)*
        }
    };
}

on_both_engines!(
    effects::{
        an_account_has_a_profile_devices_and_a_username,
        a_name_belongs_to_its_last_holder,
        a_group_has_members_with_roles,
        a_message_is_sent_edited_and_deleted,
        messages_are_found_by_page_id_and_fact,
    },
    people::{
        contacts_are_added_called_and_removed,
        wishes_are_told_of_each_pair,
        a_phone_number_finds_who_had_it_last,
        who_is_erased_knows_nobody_and_lets_nobody_do_anything,
    },
    unread::{
        dialogs_are_ordered_by_activity_and_count_what_is_unread,
        who_joins_late_has_read_what_was_said_before,
    },
    recalled::{
        a_command_is_remembered_by_its_scope_and_id,
        old_commands_are_trimmed_in_bites,
        a_stream_ahead_of_time_makes_no_commands_old,
        what_was_imported_is_remembered_for_ever,
        made_anew_they_remember_imports_of_any_age_and_people_of_a_day,
        the_last_snapshot_is_kept,
        bulk_statements_find_rows_by_index,
        commands_are_found_by_index_before_anything_is_known_of_their_table,
        rows_that_became_an_older_copy_of_themselves_are_not_believed,
    },
    laws::{
        batches_and_lanes_make_no_difference,
        unread_is_what_a_recount_says,
    },
    past::{
        the_past_is_what_the_read_models_said_then,
    },
    seen::{
        devices_are_seen_and_the_latest_counts,
        who_looks_every_day_has_looked_since_the_first,
    },
    standing::{
        an_account_stands_as_was_last_said,
        who_is_to_be_erased_is_found_when_it_is_due,
    },
    archive::{
        analysts_ask_for_days_members_and_reads,
        what_people_wrote_is_not_in_the_archive,
        what_another_version_made_is_made_anew_or_left,
    },
);
