//! What the executor promises, told on a real log in a file.

mod deciding;
mod faults;
mod law;
mod limits;
mod repeats;
mod snapshots;
mod world;
