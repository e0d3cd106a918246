//! What the executor promises, told on a real log in a file.

mod cost;
mod deciding;
mod faults;
mod law;
mod limits;
mod look;
mod repeats;
mod snapshots;
mod world;
