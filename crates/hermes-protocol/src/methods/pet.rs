use serde::{Deserialize, Serialize};

/// `pet.info`, which upstream's clients ask for (facts 3.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct PetInfoParams {}

/// `pet.cells`, which its terminal client asks for every few seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct PetCellsParams {}

/// What both answer: there is none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct NoPet {
    /// Never.
    pub enabled: bool,
}
