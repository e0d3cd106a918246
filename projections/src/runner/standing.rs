//! Whether the rows still are where the lanes left them: a failover may bring back an older copy of the database, which
//! lanes that have nothing to do would not notice.

use std::time::Duration;

use super::Stop;
use crate::checkpoint;
use crate::lane::Lane;
use crate::read_models::ReadModels;

/// How often the rows are asked.
const LOOK: Duration = Duration::from_secs(2);

/// Ends when a lane's rows are behind where it has been, or are cut into another number of lanes than they were.
pub(super) async fn watch(models: ReadModels) -> Result<(), Stop> {
    loop {
        tokio::time::sleep(LOOK).await;
        let lanes = models.lanes();
        if matches!(checkpoint::lanes(&models.db).await, Ok(Some(found)) if found != lanes) {
            return Err(Stop::Renewed);
        }
        for lane in Lane::all(lanes) {
            let left = models.progress.of(&lane);
            // Unreachable just now: who has something to write finds that out.
            let Ok(found) = checkpoint::load(&models.db, &lane).await else {
                continue;
            };
            if found.map(|mark| mark.position) < left {
                return Err(Stop::Rewound);
            }
        }
    }
}
