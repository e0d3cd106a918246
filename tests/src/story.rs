//! Telling a story on both backends.

/// Declares a test that runs on each backend: `story!(name, |world| { … });`. The world's end is
/// checked after the story ([`World::finish`](crate::World::finish)).
#[macro_export]
macro_rules! story {
    ($(#[$meta:meta])* $name:ident, |$world:ident| $body:block) => {
        $(#[$meta])*
        mod $name {
            #[allow(unused_imports, reason = "a story may need nothing else of its file")]
            use super::*;

            async fn tell($world: &mut $crate::World) {
                $body
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn embedded() {
                let mut world = $crate::World::embedded().await;
                tell(&mut world).await;
                world.finish().await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn clustered() {
                let mut world = $crate::World::clustered().await;
                tell(&mut world).await;
                world.finish().await;
            }
        }
    };
}
