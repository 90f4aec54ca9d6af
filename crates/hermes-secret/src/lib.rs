//! Values that must not be shown: secrets that cannot be printed, URLs that are safe to show, and
//! text from strangers made safe for a terminal.
//!
//! The rule of this crate is that a leak is a type error. [`Secret`] has no `Display`, no
//! `Serialize`, no `PartialEq`; its `Debug` says nothing about its content. Whoever needs the bytes
//! writes [`Secret::expose`], which is easy to find in a review.

mod secret;
mod text;
mod url;

pub use self::{
    secret::Secret,
    text::{LABEL_LIMIT, is_hostile, plain, visible, visible_lines},
    url::SafeUrl,
};
