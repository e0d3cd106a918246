//! The tests' chance: ids of commands, and seeds that are printed.

use uuid::Uuid;

/// A command id that nobody has used.
#[expect(clippy::disallowed_methods, reason = "a client draws its ids itself; no test depends on which")]
pub fn command_id() -> Uuid {
    Uuid::new_v4()
}

/// The seed in the environment's `name`, else one that was never used; printed either way, so that a
/// failing run can be had again.
pub fn seed(name: &str) -> u64 {
    let given = std::env::var(name).ok().map(|text| text.parse().expect("the seed is a number"));
    let seed = given.unwrap_or_else(|| command_id().as_u64_pair().0);
    println!("{name}={seed}");
    seed
}
