//! Where read models are built: a file beside the one that serves, or a schema beside the one that serves.

use super::Error;
use super::chase::Chase;
use super::file::{self, Files};
use super::schema::{self, Schema};
use crate::read_models::ReadModels;

/// Where read models are built.
#[derive(Debug)]
pub enum Place {
    /// With SQLite.
    Files(Files),
    /// With PostgreSQL.
    Schema(Schema),
}

impl Place {
    /// Makes an empty one.
    pub(super) async fn begin(&self, live: &ReadModels, lanes: u32) -> Result<Building, Error> {
        match self {
            Self::Files(files) => files.begin(live, lanes).await.map(Building::File),
            Self::Schema(schema) => schema.begin(live, lanes).await.map(Building::Schema),
        }
    }

    /// Clears away what was left of what a killed process built. `false`: not yet, for another may be building.
    pub(super) async fn clear_away(&self, live: &ReadModels) -> Result<bool, Error> {
        match self {
            // Before they are opened (`file::tidy`).
            Self::Files(_) => Ok(true),
            Self::Schema(schema) => schema.clear_away(live).await,
        }
    }

    /// Refuses to go on at the cost of those that serve.
    pub(super) fn has_room(&self) -> Result<(), Error> {
        match self {
            Self::Files(files) => files.has_room(0),
            // The database's disk is not to be seen from here.
            Self::Schema(_) => Ok(()),
        }
    }
}

/// Read models that are being built.
#[derive(Debug)]
pub(super) enum Building {
    File(file::Building),
    Schema(schema::Building),
}

impl Building {
    pub(super) fn models(&self) -> &ReadModels {
        match self {
            Self::File(building) => building.models(),
            Self::Schema(building) => building.models(),
        }
    }

    /// All is there but what has just come: makes it ready to serve. Nobody feeds it meanwhile.
    pub(super) async fn finish(&mut self, live: &ReadModels) -> Result<(), Error> {
        match self {
            Self::File(building) => building.finish(live).await,
            Self::Schema(building) => building.finish().await,
        }
    }

    /// Puts it in the place of those that serve, once it includes at least what they do.
    pub(super) async fn swap(&mut self, live: &ReadModels, chase: Chase) -> Result<(), Error> {
        match self {
            Self::File(building) => building.swap(live, chase).await,
            Self::Schema(building) => building.swap(live, chase).await,
        }
    }

    /// Clears away those that served before.
    pub(super) async fn tidy_up(self) {
        match self {
            Self::File(building) => building.tidy_up(),
            Self::Schema(building) => building.discard().await,
        }
    }

    /// Clears away what was built.
    pub(super) async fn discard(self) {
        match self {
            Self::File(building) => building.discard().await,
            Self::Schema(building) => building.discard().await,
        }
    }
}
