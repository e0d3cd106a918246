//! The gateway as its clients see it: a real server over a temporary folder.

mod acks;
mod bad_input;
mod boundary;
mod calls;
mod catching_up;
mod client;
mod connections;
mod creating;
mod documentation;
mod frames;
mod kinds;
mod live;
mod pages;
mod people;
mod polling;
mod reading;
mod resync;
mod rights;
mod seen;
mod server;
mod sign_in;
mod signals;
mod slow;
mod stopping;
mod views;
