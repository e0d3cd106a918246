//! Reactors: usernames, addresses, and what becomes of facts that a reactor fails on.

mod addresses;
mod late;
mod parking;
mod town;
mod usernames;
