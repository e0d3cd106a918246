//! Stories of people who talk through a real server, told on both backends.

mod again;
mod analysts;
mod away;
mod backups;
mod cursors;
mod dashboard;
mod delivery;
mod devices;
mod groups;
mod imported_again;
mod imported_whole;
mod imports;
mod metrics;
mod past;
mod profiles;
mod reading;
mod rebuilt;
mod replay;
mod restored;
mod sign_in;
mod slow;
mod stopping;
mod talking;
mod telemetry;
mod unreadable;
mod usernames;
