//! What breaks: processes are killed or stalled, disks fill up, keys are erased; nothing acknowledged is
//! lost, nothing acts twice, and the server recovers by itself. (A clock that jumps back is tried where the
//! clock is an argument: in the executor's own tests.)

mod chaos;
mod disk;
mod erasure;
mod kills;
mod load;
mod parked;
mod stalls;
