//! Cells of rows as the domain's types.

use std::error::Error as StdError;
use std::str::FromStr;

use domain::time::Timestamp;
use serde::de::DeserializeOwned;
use sqlx::any::AnyRow;
use sqlx::{Error, Row};

/// Reads a row's cells by their column's name.
pub(crate) trait Cells {
    fn int(&self, column: &str) -> Result<i64, Error>;
    fn text(&self, column: &str) -> Result<String, Error>;

    /// A number, or null.
    fn int_or_none(&self, column: &str) -> Result<Option<i64>, Error>;
    /// A text, or null.
    fn text_or_none(&self, column: &str) -> Result<Option<String>, Error>;
    /// A number that is an id.
    fn id<T: TryFrom<i64, Error: StdError + Send + Sync + 'static>>(&self, column: &str) -> Result<T, Error>;
    /// A number that is an id, unless it is null or 0.
    fn id_or_none<T: TryFrom<i64, Error: StdError + Send + Sync + 'static>>(&self, column: &str) -> Result<Option<T>, Error>;
    /// A text that has a form.
    fn parsed<T: FromStr<Err: StdError + Send + Sync + 'static>>(&self, column: &str) -> Result<T, Error>;
    /// A text that has a form, or null.
    fn parsed_or_none<T: FromStr<Err: StdError + Send + Sync + 'static>>(&self, column: &str) -> Result<Option<T>, Error>;
    /// A JSON text, or null.
    fn json_or_none<T: DeserializeOwned>(&self, column: &str) -> Result<Option<T>, Error>;

    /// A number that fits.
    fn count(&self, column: &str) -> Result<u32, Error> {
        u32::try_from(self.int(column)?).map_err(|error| malformed(column, error))
    }

    /// A number that is a flag.
    fn flag(&self, column: &str) -> Result<bool, Error> {
        Ok(self.int(column)? != 0)
    }

    /// A number that is a time.
    fn time(&self, column: &str) -> Result<Timestamp, Error> {
        self.int(column).map(Timestamp)
    }

    /// A number that is a time, or null.
    fn time_or_none(&self, column: &str) -> Result<Option<Timestamp>, Error>;

    /// A JSON text.
    fn json<T: DeserializeOwned>(&self, column: &str) -> Result<T, Error> {
        self.json_or_none(column)?.ok_or_else(|| malformed(column, Error::RowNotFound))
    }
}

impl Cells for AnyRow {
    fn int(&self, column: &str) -> Result<i64, Error> {
        self.try_get(column)
    }

    fn text(&self, column: &str) -> Result<String, Error> {
        self.try_get(column)
    }

    fn int_or_none(&self, column: &str) -> Result<Option<i64>, Error> {
        self.try_get(column)
    }

    fn text_or_none(&self, column: &str) -> Result<Option<String>, Error> {
        self.try_get(column)
    }

    fn id<T: TryFrom<i64, Error: StdError + Send + Sync + 'static>>(&self, column: &str) -> Result<T, Error> {
        T::try_from(self.int(column)?).map_err(|error| malformed(column, error))
    }

    fn id_or_none<T: TryFrom<i64, Error: StdError + Send + Sync + 'static>>(&self, column: &str) -> Result<Option<T>, Error> {
        let id: Option<i64> = self.try_get(column)?;
        let id = id.filter(|id| *id != 0).map(T::try_from);
        id.transpose().map_err(|error| malformed(column, error))
    }

    fn parsed<T: FromStr<Err: StdError + Send + Sync + 'static>>(&self, column: &str) -> Result<T, Error> {
        self.text(column)?.parse().map_err(|error| malformed(column, error))
    }

    fn parsed_or_none<T: FromStr<Err: StdError + Send + Sync + 'static>>(&self, column: &str) -> Result<Option<T>, Error> {
        let text: Option<String> = self.try_get(column)?;
        let read = text.map(|text| text.parse());
        read.transpose().map_err(|error| malformed(column, error))
    }

    fn json_or_none<T: DeserializeOwned>(&self, column: &str) -> Result<Option<T>, Error> {
        let text: Option<String> = self.try_get(column)?;
        let read = text.map(|text| serde_json::from_str(&text));
        read.transpose().map_err(|error| malformed(column, error))
    }

    fn time_or_none(&self, column: &str) -> Result<Option<Timestamp>, Error> {
        Ok(self.try_get::<Option<i64>, _>(column)?.map(Timestamp))
    }
}

fn malformed(column: &str, source: impl StdError + Send + Sync + 'static) -> Error {
    Error::ColumnDecode {
        index: column.to_owned(),
        source: Box::new(source),
    }
}
