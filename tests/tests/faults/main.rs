//! What breaks: processes are killed or stalled, disks fill up, clocks jump, keys are erased or lost; nothing acknowledged is
//! lost, nothing acts twice, and the server recovers by itself.

mod chaos;
mod clock;
mod codes;
mod crowd;
mod disk;
mod erasure;
mod kills;
mod load;
mod lost_keys;
mod machine;
mod outages;
mod parked;
mod rebuilds;
mod stalls;
