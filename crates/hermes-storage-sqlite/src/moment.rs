//! Moments as the database keeps them: milliseconds since 1970.

use jiff::Timestamp;

use crate::fault::Fault;

pub(crate) fn stored(moment: Timestamp) -> i64 {
    moment.as_millisecond()
}

pub(crate) fn read(milliseconds: i64) -> Result<Timestamp, Fault> {
    Timestamp::from_millisecond(milliseconds).map_err(Fault::damaged)
}
