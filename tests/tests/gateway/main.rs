//! The gateway as its clients see it: a real server over a temporary folder.

mod acks;
mod bad_input;
mod catching_up;
mod client;
mod connections;
mod creating;
mod documentation;
mod frames;
mod live;
mod pages;
mod polling;
mod reading;
mod resync;
mod rights;
mod server;
mod signals;
mod slow;
mod stopping;
