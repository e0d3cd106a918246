//! What breaks: processes are killed or stalled, disks fill up, clocks jump, keys are erased; nothing acknowledged is
//! lost, nothing acts twice, and the server recovers by itself.

mod chaos;
mod clock;
mod disk;
mod erasure;
mod kills;
mod load;
mod machine;
mod parked;
mod stalls;
