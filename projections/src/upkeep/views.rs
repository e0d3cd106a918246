//! Who has seen which post is forgotten, once its views are not counted any more.

use async_trait::async_trait;

use super::{Chore, DAY, Round, Trouble};

/// Views forgotten together.
const VIEWS: i64 = 5_000;

/// Forgets views that are older than the days after which a post's are not counted any more: the post is older still.
#[derive(Debug, Clone, Copy)]
pub struct ClearViews {
    /// How many.
    pub days: u32,
}

#[async_trait]
impl Chore for ClearViews {
    fn name(&self) -> &'static str {
        "clear_views"
    }

    async fn perform(&self, round: &Round<'_>) -> Result<(), Trouble> {
        let before = round.now.plus_seconds(-DAY * i64::from(self.days));
        while round.models.state.clear_views(before, VIEWS).await? > 0 {}
        Ok(())
    }
}
