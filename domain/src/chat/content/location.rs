//! A place on the earth.

use serde::{Deserialize, Serialize};

/// Steps of a degree: about a centimetre.
const STEPS: f64 = 1e7;

/// A place; made by [`Location::parse`]. Kept in whole steps of 10⁻⁷ degrees, so that it is the same wherever it is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Location {
    /// North of the equator, in 10⁻⁷ degrees.
    latitude_e7: i32,
    /// East of Greenwich, in 10⁻⁷ degrees.
    longitude_e7: i32,
    /// How far off it may be, in metres.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    accuracy_m: Option<u32>,
}

/// Why there is no such place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a place has a latitude of -90 to 90 degrees, a longitude of -180 to 180, and an accuracy of at most {} metres",
    Location::ACCURACY_MAX
)]
pub struct InvalidLocation;

impl Location {
    /// The worst accuracy, in metres.
    pub const ACCURACY_MAX: u32 = 1_500;

    /// A place by its degrees.
    pub fn parse(latitude: f64, longitude: f64, accuracy_m: Option<u32>) -> Result<Self, InvalidLocation> {
        let good = accuracy_m.is_none_or(|metres| metres <= Self::ACCURACY_MAX);
        match (steps(latitude, 90.0), steps(longitude, 180.0)) {
            (Some(latitude_e7), Some(longitude_e7)) if good => Ok(Self {
                latitude_e7,
                longitude_e7,
                accuracy_m,
            }),
            (_, _) => Err(InvalidLocation),
        }
    }

    /// Degrees north of the equator.
    pub fn latitude(self) -> f64 {
        f64::from(self.latitude_e7) / STEPS
    }

    /// Degrees east of Greenwich.
    pub fn longitude(self) -> f64 {
        f64::from(self.longitude_e7) / STEPS
    }

    /// How far off it may be, in metres.
    pub fn accuracy_m(self) -> Option<u32> {
        self.accuracy_m
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "180 degrees are 1.8 thousand million steps, which an i32 holds"
)]
fn steps(degrees: f64, most: f64) -> Option<i32> {
    (degrees.abs() <= most).then(|| (degrees * STEPS).round() as i32)
}
