//! Reactors: usernames, addresses, and what becomes of facts that a reactor fails on. And upkeep, which follows no log, but the time.

mod addresses;
mod banned;
mod counting;
mod erasures;
mod idle;
mod late;
mod parking;
mod town;
mod usernames;
